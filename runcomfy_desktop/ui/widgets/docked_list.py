"""List views with two-line rows in a dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import QFrame, QListView, QWidget

from runcomfy_desktop.ui.widgets.accessible_row_presses import AccessibleRowPresses

if TYPE_CHECKING:
    from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex
    from PySide6.QtGui import QContextMenuEvent

_OPEN_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class DockedListView(QListView):
    """List that fills a dock, without a frame and with the dock's background."""

    def __init__(self, name: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)

    def focus_results(self) -> None:
        """Moves the focus to the list, and selects its first selectable row if none is selected."""
        rows = (self.model().index(number, 0) for number in range(self.model().rowCount()))
        first = next((row for row in rows if row.flags() & Qt.ItemFlag.ItemIsSelectable), None)
        if first is not None:
            if not self.selectedIndexes():
                self.setCurrentIndex(first)
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def is_own_shortcut(self, event: QKeyEvent) -> bool:
        """Returns True for keys that apply to the list, although the window uses them."""
        return False

    def event(self, event: QEvent) -> bool:
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self.is_own_shortcut(event)
        ):
            event.accept()
            return True
        return super().event(event)


class KeyedListView(DockedListView):
    """List whose rows have a string key in `key_role`.

    Emits `open_requested` with a key on a click, on Enter or Space and when a screen reader presses
    a row, and `menu_requested` with a key and a screen position. The model is set once.
    """

    open_requested = Signal(str)
    menu_requested = Signal(str, QPoint)

    def __init__(self, name: str, title: str, key_role: int, parent: QWidget) -> None:
        super().__init__(name, title, parent)
        self._key_role = key_role
        self.clicked.connect(self._on_index_chosen)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        super().setModel(model)
        AccessibleRowPresses(self).pressed.connect(self._on_index_chosen)

    def select_unless_focused(self, row: int) -> None:
        """Selects a row, unless it is negative or the list has the focus."""
        if row >= 0 and not self.hasFocus():
            self.setCurrentIndex(self.model().index(row, 0))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is event.Reason.Keyboard:
            index = self.currentIndex()
            position = self.viewport().mapToGlobal(self.visualRect(index).center())
        else:
            index, position = self.indexAt(event.pos()), event.globalPos()
        if index.isValid():
            self.menu_requested.emit(index.data(self._key_role), position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OPEN_KEYS:
            self._on_index_chosen(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _on_index_chosen(self, index: QModelIndex | QPersistentModelIndex) -> None:
        if index.isValid():
            self.open_requested.emit(index.data(self._key_role))
