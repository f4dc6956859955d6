"""Hears a screen reader's press on a row of a list, which Qt turns into a selection and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QTimer, Signal

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
        # The current row follows its selection, so one looks when both are done.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._on_later_timeout)
        view.selectionModel().selectionChanged.connect(self._later.start)

    def _on_later_timeout(self) -> None:
        selected = self._view.selectionModel().selectedIndexes()
        if selected and selected[0] != self._view.currentIndex():
            self._view.setCurrentIndex(selected[0])
            self.pressed.emit(selected[0])
