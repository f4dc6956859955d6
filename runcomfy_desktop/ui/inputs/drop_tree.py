"""A tree that things are dragged over: whether they are welcome is decided elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt

from runcomfy_desktop.ui.inputs.row_tree import RowTree
from runcomfy_desktop.ui.theme import STEP

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.inputs.drops import Drops
    from runcomfy_desktop.ui.models.inputs import InputsModel


class DropTree(RowTree):
    """Asks `drops`, once it is set, about everything that is dragged here."""

    def __init__(self, model: InputsModel, parent: QWidget) -> None:
        super().__init__(model, parent)
        self.drops: Drops | None = None

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._answer(event, self.drops is not None and self.drops.is_welcome(event.mimeData()))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        at = event.position().toPoint()
        self._answer(event, self.drops is not None and self.drops.move(event.mimeData(), at))
        self._scroll_near_edge(at)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        if self.drops is not None:
            self.drops.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        at = event.position().toPoint()
        self._answer(event, self.drops is not None and self.drops.drop(event.mimeData(), at))

    def _answer(self, event: QDropEvent, is_taken: bool) -> None:
        if is_taken:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        else:
            event.ignore()

    def _scroll_near_edge(self, at: QPoint) -> None:
        edge, bar = 6 * STEP, self.verticalScrollBar()
        if at.y() < edge:
            bar.setValue(bar.value() - 3 * STEP)
        elif at.y() > self.viewport().height() - edge:
            bar.setValue(bar.value() + 3 * STEP)
