"""Detection of a screen reader's press on a list row, which Qt reports only as a selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelection,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QTimer,
    Signal,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractItemView


class AccessibleRowPresses(QObject):
    """Emits `pressed` when a screen reader presses a row of `view`.

    The view must have its model already and select one row at a time. Mouse and keys move the
    selection together with the current row; a screen reader's press moves only the selection. The
    current row is then made to follow, and `pressed` is emitted.
    """

    pressed = Signal(QModelIndex)

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        # Rows that were selected but have not become the current one. The program may mark another
        # row before the timer fires, so the selection alone is not enough.
        self._pending_indexes: list[QPersistentModelIndex] = []
        # The current row changes after the selection, so the check waits until both have changed.
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timer_timeout)
        view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        view.selectionModel().currentChanged.connect(self._on_current_changed)

    def _on_selection_changed(self, selected: QItemSelection) -> None:
        for index in selected.indexes()[:1]:
            if index != self._view.currentIndex():
                self._pending_indexes.append(QPersistentModelIndex(index))
                self._timer.start()

    def _on_current_changed(self, current: QModelIndex) -> None:
        self._pending_indexes = [each for each in self._pending_indexes if each != current]

    def _on_timer_timeout(self) -> None:
        pressed = [self._index(each) for each in self._pending_indexes if each.isValid()]
        self._pending_indexes.clear()
        if pressed:
            self._view.setCurrentIndex(pressed[-1])
            self.pressed.emit(pressed[-1])

    def _index(self, persistent: QPersistentModelIndex) -> QModelIndex:
        return self._view.model().index(persistent.row(), persistent.column(), persistent.parent())
