"""Determines the target of a drag over the tree, and highlights it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.ui.media_fields import mime_candidates
from runcomfy_desktop.ui.media_fields.media_drop import MediaSource

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.view import InputsView
    from runcomfy_desktop.ui.media_fields.media_drop import MediaDrop
    from runcomfy_desktop.ui.media_fields.media_field_layer import MediaFieldLayer


class DragHandler(QObject):
    """Handles drags over a tree and the area around it.

    Positions are in the tree's viewport, None outside it. A picture goes into the media field under
    the pointer, or into the only media input of the node under the pointer. If there is no node
    with media inputs under the pointer, the picture is opened, as it may contain a workflow.
    `workflow_dropped` carries the path of such a picture, or of a workflow file, which may be
    dropped anywhere.
    """

    workflow_dropped = Signal(object)  # a path, see PendingRequests

    def __init__(
        self, view: InputsView, media_fields: MediaFieldLayer, media_drop: MediaDrop
    ) -> None:
        super().__init__(view)
        self._view = view
        self._media_fields = media_fields
        self._media_drop = media_drop
        self._content: mime_candidates.DragContent | None = None

    def can_accept(self, data: QMimeData) -> bool:
        """Reports whether dragged data could be dropped anywhere here."""
        content = self._content = mime_candidates.read_drag_content(data)
        return bool(content.workflow_path or content.workflow_media_path) or content.is_media

    def drag_move(self, data: QMimeData, at: QPoint | None) -> bool:
        """Highlights the target of a drag; returns True if the data can be dropped."""
        # Each query to the other program takes time, and a drag can have many files: the data is
        # examined when the drag enters, not at every move.
        content = self._content or mime_candidates.read_drag_content(data)
        self._content = content
        if content.workflow_path:
            self._highlight_target(None)
            return True
        target = self._target(at) if content.is_media else None
        self._highlight_target(target)
        return target is not None or bool(self._workflow_media_path(content, at))

    def drag_leave(self) -> None:
        self._content = None
        self._highlight_target(None)

    def drop(self, data: QMimeData, at: QPoint | None) -> bool:
        self._highlight_target(None)
        content, self._content = mime_candidates.read_drag_content(data), None
        target = self._target(at)
        workflow_path = content.workflow_path
        if not workflow_path and target is None:
            workflow_path = self._workflow_media_path(content, at)
        if workflow_path:
            self.workflow_dropped.emit(workflow_path)
            self._media_drop.report_ignored_files(data, workflow_path)
            return True
        if target is None or not content.is_media:
            return False
        self._media_drop.import_data(data, target, MediaSource.DROP)
        return True

    def _target(self, at: QPoint | None) -> InputKey | None:
        if at is None:
            return None
        index, model = self._view.indexAt(at), self._view.inputs
        node = model.node_at(index)
        if node is None:
            return None
        media_keys = model.media_keys(node)
        under = model.key_at(index)
        if under in media_keys:
            return under
        return media_keys[0] if len(media_keys) == 1 else None

    def _workflow_media_path(self, content: mime_candidates.DragContent, at: QPoint | None) -> str:
        """Returns the dropped picture that a drop would open.

        Returns "" over a node with media inputs, which could take the picture.
        """
        node = None if at is None else self._view.inputs.node_at(self._view.indexAt(at))
        has_media_inputs = node is not None and bool(self._view.inputs.media_keys(node))
        return "" if has_media_inputs else content.workflow_media_path

    def _highlight_target(self, key: InputKey | None) -> None:
        self._media_fields.highlight(key)
        node_id = "" if key is None else key.node_id
        if self._view.delegate.highlighted_node != node_id:
            self._view.delegate.highlighted_node = node_id
            self._view.viewport().update()


class DropArea(QWidget):
    """Widget around a tree and its media fields; accepts the drags over all of them.

    The fields are siblings of the tree, not its children. The constructor of a subclass sets `view`
    and `drag_handler`.
    """

    view: InputsView
    drag_handler: DragHandler

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        _accept_or_ignore(event, self.drag_handler.can_accept(event.mimeData()))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        at = self._tree_pos(event)
        _accept_or_ignore(event, self.drag_handler.drag_move(event.mimeData(), at))
        if at is not None:
            self.view.scroll_near_edge(at)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drag_handler.drag_leave()

    def dropEvent(self, event: QDropEvent) -> None:
        _accept_or_ignore(event, self.drag_handler.drop(event.mimeData(), self._tree_pos(event)))

    def _tree_pos(self, event: QDropEvent) -> QPoint | None:
        at = self.view.viewport().mapFrom(self, event.position().toPoint())
        is_inside = self.view.isVisible() and self.view.viewport().rect().contains(at)
        return at if is_inside else None


def _accept_or_ignore(event: QDropEvent, is_accepted: bool) -> None:
    """Accepts a drop as a copy: the other program must not delete its file."""
    if is_accepted:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
    else:
        event.ignore()
