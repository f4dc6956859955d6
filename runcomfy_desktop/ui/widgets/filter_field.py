"""Filter field above a list."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.buttons import add_clear_button
from runcomfy_desktop.ui.widgets.layouts import row

_LEAVE_KEYS = (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FilterField(QLineEdit):
    """Field that filters a list; Escape clears it.

    `title` is its accessible name and placeholder, `header` the row with the field. Emits
    `results_requested` on Down and Enter, which move the focus to the results.
    """

    results_requested = Signal()

    def __init__(self, name: str, title: str, max_chars: int, parent: QWidget) -> None:
        self.header = QWidget(parent)
        super().__init__(self.header)
        row(self, owner=self.header, margins=(2 * STEP, STEP, 2 * STEP, 2 * STEP))
        self._search_action = QAction(title, self)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setPlaceholderText(f"{title}…")
        self.setMaxLength(max_chars)
        self.setAcceptDrops(False)
        self.addAction(self._search_action, QLineEdit.ActionPosition.LeadingPosition)
        add_clear_button(self, _("Clear the filter"))
        self._apply_style()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in _LEAVE_KEYS:
            self.results_requested.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._apply_style()

    def _apply_style(self) -> None:
        self._search_action.setIcon(icons.icon("search", colours(self.palette()).muted))
