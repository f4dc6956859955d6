"""A place around a tree of inputs: drags beside its rows and over its wells come here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent

    from runcomfy_desktop.ui.input_tree.view import InputsView
    from runcomfy_desktop.ui.media_fields.drag_handler import DragHandler


class DropArea(QWidget):
    """The wells lie beside the tree, not in it, so their drags reach what holds both. Whoever is
    one sets `view` and `drag_handler` before anything is dragged."""

    view: InputsView
    drag_handler: DragHandler

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        _accept_or_ignore(event, self.drag_handler.can_accept(event.mimeData()))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        _accept_or_ignore(
            event, self.drag_handler.drag_move(event.mimeData(), self._tree_pos(event))
        )

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drag_handler.drag_leave()

    def dropEvent(self, event: QDropEvent) -> None:
        _accept_or_ignore(event, self.drag_handler.drop(event.mimeData(), self._tree_pos(event)))

    def _tree_pos(self, event: QDropEvent) -> QPoint | None:
        at = self.view.viewport().mapFrom(self, event.position().toPoint())
        is_inside = self.view.isVisible() and self.view.viewport().rect().contains(at)
        return at if is_inside else None


def _accept_or_ignore(event: QDropEvent, is_accepted: bool) -> None:
    """A drop copies: nobody's file is moved away."""
    if is_accepted:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
    else:
        event.ignore()
