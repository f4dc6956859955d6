"""A place around a tree of inputs: drags beside its rows and over its wells come here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent

    from runcomfy_desktop.ui.inputs.drops import Drops
    from runcomfy_desktop.ui.inputs.view import InputsView


class DropPlace(QWidget):
    """The wells lie beside the tree, not in it, so their drags reach what holds both. Whoever is
    one sets `view` and `drops` before anything is dragged."""

    view: InputsView
    drops: Drops

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        _answer(event, self.drops.is_welcome(event.mimeData()))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        _answer(event, self.drops.move(event.mimeData(), self._in_tree(event)))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drops.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        _answer(event, self.drops.drop(event.mimeData(), self._in_tree(event)))

    def _in_tree(self, event: QDropEvent) -> QPoint | None:
        at = self.view.viewport().mapFrom(self, event.position().toPoint())
        is_inside = self.view.isVisible() and self.view.viewport().rect().contains(at)
        return at if is_inside else None


def _answer(event: QDropEvent, is_taken: bool) -> None:
    """A drop copies: nobody's file is moved away."""
    if is_taken:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
    else:
        event.ignore()
