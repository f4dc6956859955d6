"""Facts: names and values in two columns; a long value is shortened, and can be copied whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent, QPainter, QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QToolTip, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.theme import STEP, colours

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_ICON = QSize(4 * STEP, 4 * STEP)
_ROW = 6 * STEP


class ElidedText(QLabel):
    """One line of plain text that shortens with its place; tooltip and screen reader get it all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._mode = Qt.TextElideMode.ElideRight

    def set_mode(self, mode: Qt.TextElideMode) -> None:
        self._mode = mode
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(8 * STEP, super().minimumSizeHint().height())

    def shown_text(self) -> str:
        """What fits in."""
        return self.fontMetrics().elidedText(self.text(), self._mode, self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(self.rect(), int(flags | Qt.TextFlag.TextSingleLine), self.shown_text())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            cut = self.shown_text() != self.text()
            assert isinstance(event, QHelpEvent)
            # Shown, not set: a screen reader would read the markup of a tooltip that is set.
            # Escaped, because a tooltip guesses whether a text is markup.
            QToolTip.showText(event.globalPos(), plain_tooltip(self.text()) if cut else "", self)
            return True
        return super().event(event)


class Facts(QWidget):
    """Rows by key, in the order they were added; a row without a value is hidden."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: dict[str, QLabel] = {}
        self._values: dict[str, ElidedText] = {}
        self._copies: dict[str, QToolButton] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4 * STEP)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)

    def add(self, key: str, name: str, *, copy: bool = False) -> None:
        """A row; with `copy` it gets a button that copies the whole value."""
        label, value = QLabel(name), ElidedText()
        label.setTextFormat(Qt.TextFormat.PlainText)
        # The palette's role, not a colour: it follows a change of the theme by itself.
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        value.setObjectName(f"fact_{key}")
        row = len(self._names)
        place = QHBoxLayout()
        place.setSpacing(STEP)
        place.addWidget(value)
        if copy:
            place.addWidget(self._copy_button(key, name))
        place.addStretch(1)
        self._grid.addWidget(label, row, 0)
        self._grid.addLayout(place, row, 1)
        self._names[key], self._values[key] = label, value
        self._dress()

    def set(self, key: str, value: str) -> None:
        self._values[key].setText(value)
        self._values[key].setAccessibleName(f"{self._names[key].text()}: {value}")
        # As high as a row with a button, so that all of them are; nothing for a row not there.
        height = max(_ROW, self.fontMetrics().height() + STEP) if value else 0
        self._grid.setRowMinimumHeight(list(self._names).index(key), height)
        parts: list[QWidget] = [self._names[key], self._values[key]]
        if key in self._copies:
            parts.append(self._copies[key])
        for part in parts:
            part.setVisible(bool(value))

    @property
    def names_width(self) -> int:
        """How wide the column of names is."""
        return max((each.sizeHint().width() for each in self._names.values()), default=0)

    def set_elide(self, key: str, mode: Qt.TextElideMode) -> None:
        """Where a value that is too long loses its letters."""
        self._values[key].set_mode(mode)

    def value(self, key: str) -> str:
        return self._values[key].text()

    def _copy_button(self, key: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"copy_{key}")
        button.setProperty("flat", True)
        button.setProperty("icon", True)
        button.setIconSize(_ICON)
        button.setToolTip(_("Copy"))
        button.setAccessibleName(_("Copy: %s") % name)
        button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.value(key)))
        self._copies[key] = button
        return button

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        roles = colours(self.palette())
        for button in self._copies.values():
            button.setIcon(icons.icon("copy", roles.muted))


def plain_tooltip(text: str) -> str:
    """A tooltip that shows `text` as it is, whatever markup it looks like."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<p style='white-space:pre-wrap'>" + escaped + "</p>"
