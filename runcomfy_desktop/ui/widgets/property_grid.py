"""Names and values in two columns; a long value is elided and can be copied whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent, QPainter, QPalette
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QToolTip, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style.theme import STEP
from runcomfy_desktop.ui.widgets.buttons import icon_button
from runcomfy_desktop.ui.widgets.foldable_text import COPY_ICON, MIN_ROW_HEIGHT, FoldableText
from runcomfy_desktop.ui.widgets.layouts import STRETCH, Part, row
from runcomfy_desktop.ui.widgets.tinted_icon import TintedIcon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

_COLUMN_SPACING = 2 * STEP


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
    """Rows by key, in the order in which they were added; a row without a value is hidden.

    `name_width` is for a narrow panel, in which all buttons are at its edge: the width of the
    column of names with its spacing, which a longer name widens.
    """

    def __init__(self, parent: QWidget | None = None, *, name_width: int = 0) -> None:
        super().__init__(parent)
        self._is_narrow = name_width > 0
        self._names: dict[str, QLabel] = {}
        self._values: dict[str, ElidedValueLabel | FoldableText] = {}
        self._copy_buttons: dict[str, QToolButton] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(_COLUMN_SPACING if self._is_narrow else 2 * _COLUMN_SPACING)
        self._grid.setColumnMinimumWidth(0, max(0, name_width - _COLUMN_SPACING))
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)

    def add(self, key: str, name: str, *, copy: bool = False) -> None:
        """Adds a row of one line; with `copy` it has a button that copies the whole value."""
        value = ElidedValueLabel()
        value.setObjectName(f"fact_{key}")
        parts: tuple[Part, ...] = (value, STRETCH)
        if copy:
            button = self._copy_button(key, name)
            parts = (value, STRETCH, button) if self._is_narrow else (value, button, STRETCH)
        number = self._add_name(key, name)
        self._grid.addLayout(row(*parts, spacing=STEP), number, 1)
        self._values[key] = value

    def add_foldable(self, key: str, name: str, max_lines: int) -> None:
        """Adds a row of several lines, with buttons that unfold it and copy the whole value."""
        value = FoldableText(key, name, max_lines, self)
        number = self._add_name(key, name)
        self._grid.addWidget(value, number, 1)
        # The name is next to the first line.
        self._names[key].setContentsMargins(0, value.top_margin(), 0, 0)
        self._grid.setAlignment(self._names[key], Qt.AlignmentFlag.AlignTop)
        self._values[key] = value

    def _add_name(self, key: str, name: str) -> int:
        """Adds the name of a row; returns the number of the row."""
        label = QLabel(name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        # A palette role, not a colour: it follows a change of the theme by itself.
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        number = len(self._names)
        self._grid.addWidget(label, number, 0)
        self._names[key] = label
        return number

    def set(self, key: str, value: str) -> None:
        shown = self._values[key]
        if isinstance(shown, FoldableText):
            shown.set_text(value)
        else:
            shown.setText(value)
            shown.setAccessibleName(f"{self._names[key].text()}: {value}")
        self._show_row(key, is_visible=bool(value))

    def set_entries(self, key: str, entries: Sequence[str]) -> None:
        """Sets the entries of a list as the value of a foldable row."""
        shown = self._values[key]
        assert isinstance(shown, FoldableText)
        shown.set_entries(entries)
        self._show_row(key, is_visible=bool(entries))

    def _show_row(self, key: str, *, is_visible: bool) -> None:
        # All rows are as high as one with a button; a hidden row has no height.
        height = max(MIN_ROW_HEIGHT, self.fontMetrics().height() + STEP) if is_visible else 0
        self._grid.setRowMinimumHeight(list(self._names).index(key), height)
        widgets: list[QWidget] = [self._names[key], self._values[key]]
        if key in self._copy_buttons:
            widgets.append(self._copy_buttons[key])
        for widget in widgets:
            widget.setVisible(is_visible)

    @property
    def name_column_width(self) -> int:
        """Width of the column of names."""
        return max((each.sizeHint().width() for each in self._names.values()), default=0)

    def set_elide_mode(self, key: str, mode: Qt.TextElideMode) -> None:
        """Sets where a value that is too long is elided."""
        shown = self._values[key]
        assert isinstance(shown, ElidedValueLabel)
        shown.set_elide_mode(mode)

    def value(self, key: str) -> str:
        return self._values[key].text()

    def _copy_button(self, key: str, name: str) -> QToolButton:
        button = icon_button(_("Copy"), f"copy_{key}", self)
        button.setIconSize(COPY_ICON)
        button.setAccessibleName(_("Copy: %s") % name)
        button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.value(key)))
        TintedIcon(button, "copy")
        self._copy_buttons[key] = button
        return button


def plain_tooltip(text: str) -> str:
    """Returns a tooltip that shows `text` verbatim, whatever markup it resembles."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<p style='white-space:pre-wrap'>" + escaped + "</p>"
