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


class RowPresses(QObject):
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
        self._alone: list[QPersistentModelIndex] = []
        # The current row follows its selection, so one looks when both are done.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._on_later_timeout)
        view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        view.selectionModel().currentChanged.connect(self._on_current_changed)

    def _on_selection_changed(self, selected: QItemSelection) -> None:
        for index in selected.indexes()[:1]:
            if index != self._view.currentIndex():
                self._alone.append(QPersistentModelIndex(index))
                self._later.start()

    def _on_current_changed(self, current: QModelIndex) -> None:
        self._alone = [each for each in self._alone if each != current]

    def _on_later_timeout(self) -> None:
        pressed = [self._index(each) for each in self._alone if each.isValid()]
        self._alone.clear()
        if pressed:
            self._view.setCurrentIndex(pressed[-1])
            self.pressed.emit(pressed[-1])

    def _index(self, kept: QPersistentModelIndex) -> QModelIndex:
        return self._view.model().index(kept.row(), kept.column(), kept.parent())
