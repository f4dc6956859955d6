"""Hears a screen reader's press on a row of a list, which Qt turns into a selection and no more."""

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
    """Of a view that has its model, and in which one row at a time is selected.

    Mouse and keys move the selection together with the current row, a screen reader's press moves
    the selection alone: the current row is made to follow, and then `pressed` is emitted.
    """

    pressed = Signal(QModelIndex)

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        # Rows that were selected and have not become the current one. The program may mark another
        # row before one looks, so the selection itself does not tell.
        self._pending_indexes: list[QPersistentModelIndex] = []
        # The current row follows its selection, so one looks when both are done.
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
