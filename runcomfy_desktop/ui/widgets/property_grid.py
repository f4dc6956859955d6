"""Names and values in two columns; a long value is elided and can be copied whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent, QPainter, QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QToolTip, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.layouts import STRETCH, row
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_ICON = QSize(4 * STEP, 4 * STEP)
_MIN_ROW_HEIGHT = 6 * STEP


class ElidedValueLabel(QLabel):
    """One line of plain text, elided to its width; tooltip and screen reader get the whole text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._mode = Qt.TextElideMode.ElideRight

    def set_elide_mode(self, mode: Qt.TextElideMode) -> None:
        self._mode = mode
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(8 * STEP, super().minimumSizeHint().height())

    def elided_text(self) -> str:
        """Returns the text as far as it fits."""
        return self.fontMetrics().elidedText(self.text(), self._mode, self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(self.rect(), int(flags | Qt.TextFlag.TextSingleLine), self.elided_text())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            is_elided = self.elided_text() != self.text()
            assert isinstance(event, QHelpEvent)
            # The tooltip is shown here instead of set: a screen reader would read its markup. It is
            # escaped because a tooltip guesses whether a text is markup.
            QToolTip.showText(
                event.globalPos(), plain_tooltip(self.text()) if is_elided else "", self
            )
            return True
        return super().event(event)


class PropertyGrid(QWidget):
    """Rows by key, in the order in which they were added; a row without a value is hidden."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: dict[str, QLabel] = {}
        self._values: dict[str, ElidedValueLabel] = {}
        self._copy_buttons: dict[str, QToolButton] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4 * STEP)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)

    def add(self, key: str, name: str, *, copy: bool = False) -> None:
        """Adds a row; with `copy` it has a button that copies the whole value."""
        label, value = QLabel(name), ElidedValueLabel()
        label.setTextFormat(Qt.TextFormat.PlainText)
        # A palette role, not a colour: it follows a change of the theme by itself.
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        value.setObjectName(f"fact_{key}")
        number = len(self._names)
        parts = (value, self._copy_button(key, name)) if copy else (value,)
        self._grid.addWidget(label, number, 0)
        self._grid.addLayout(row(*parts, STRETCH, spacing=STEP), number, 1)
        self._names[key], self._values[key] = label, value

    def set(self, key: str, value: str) -> None:
        self._values[key].setText(value)
        self._values[key].setAccessibleName(f"{self._names[key].text()}: {value}")
        # All rows are as high as one with a button; a hidden row has no height.
        height = max(_MIN_ROW_HEIGHT, self.fontMetrics().height() + STEP) if value else 0
        self._grid.setRowMinimumHeight(list(self._names).index(key), height)
        widgets: list[QWidget] = [self._names[key], self._values[key]]
        if key in self._copy_buttons:
            widgets.append(self._copy_buttons[key])
        for widget in widgets:
            widget.setVisible(bool(value))

    @property
    def name_column_width(self) -> int:
        """Width of the column of names."""
        return max((each.sizeHint().width() for each in self._names.values()), default=0)

    def set_elide_mode(self, key: str, mode: Qt.TextElideMode) -> None:
        """Sets where a value that is too long is elided."""
        self._values[key].set_elide_mode(mode)

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
        TintedIcon(button, "copy")
        self._copy_buttons[key] = button
        return button


def plain_tooltip(text: str) -> str:
    """Returns a tooltip that shows `text` verbatim, whatever markup it resembles."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<p style='white-space:pre-wrap'>" + escaped + "</p>"
