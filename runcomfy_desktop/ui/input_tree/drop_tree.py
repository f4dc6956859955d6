"""A tree that things are dragged over: whether they are welcome is decided elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt

from runcomfy_desktop.ui.input_tree.row_tree import RowTree
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel
    from runcomfy_desktop.ui.media_fields.drag_handler import DragHandler


class DropTree(RowTree):
    """Asks `drag_handler`, once it is set, about everything that is dragged here."""

    def __init__(self, model: InputsModel, parent: QWidget) -> None:
        super().__init__(model, parent)
        self.drag_handler: DragHandler | None = None

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._accept_or_ignore(
            event, self.drag_handler is not None and self.drag_handler.can_accept(event.mimeData())
        )

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        at = event.position().toPoint()
        self._accept_or_ignore(
            event,
            self.drag_handler is not None and self.drag_handler.drag_move(event.mimeData(), at),
        )
        self._scroll_near_edge(at)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        if self.drag_handler is not None:
            self.drag_handler.drag_leave()

    def dropEvent(self, event: QDropEvent) -> None:
        at = event.position().toPoint()
        self._accept_or_ignore(
            event, self.drag_handler is not None and self.drag_handler.drop(event.mimeData(), at)
        )

    def _accept_or_ignore(self, event: QDropEvent, is_accepted: bool) -> None:
        if is_accepted:
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
