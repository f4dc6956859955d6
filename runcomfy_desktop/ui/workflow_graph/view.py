"""Painted graph of a workflow: wheel, drag and keys move and zoom it, a click goes to a node.

One widget paints the visible part. QGraphicsView with one item per node was measured for
comparison; CONTRIBUTING has the figures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture, QToolTip, QWidget

from runcomfy_desktop.domain.workflow.graph_layout import GraphLayout, NodeSize
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.images.view_transform import KEY_ZOOM, WHEEL_NOTCH, WHEEL_ZOOM
from runcomfy_desktop.ui.style.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.labels import tooltip
from runcomfy_desktop.ui.workflow_graph.accessibility import GraphAccessibility
from runcomfy_desktop.ui.workflow_graph.camera import GraphCamera
from runcomfy_desktop.ui.workflow_graph.graph_painter import (
    GraphPainter,
    GraphViewState,
    NodeStyle,
    link_pen,
    node_size,
)
from runcomfy_desktop.ui.workflow_graph.scene import GraphScene

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QFocusEvent

    from runcomfy_desktop.domain.workflow.graph_paths import UpstreamPath
    from runcomfy_desktop.ui.workflow_graph.graph_nodes import GraphNode

_PAN_STEP = 16 * STEP
_RING_MARGIN = 3
_WHEEL_PAN_FACTOR = 0.6


class GraphView(QWidget):
    """Shows a GraphScene with the display data of its nodes.

    Emits `node_pressed` with the node chosen by a click or Space, `node_activated` with the node to
    edit after Enter or a double click, `exited` on Escape, `navigate_requested` with True for the
    mouse's Back button and False for Forward, `menu_requested` with a node and a screen position,
    and `node_size_changed` when another font requires another layout.
    """

    node_pressed = Signal(str)
    node_activated = Signal(str)
    exited = Signal()
    navigate_requested = Signal(bool)
    menu_requested = Signal(str, QPoint)
    node_size_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera = GraphCamera()
        self.view_state = GraphViewState()
        self.graph_nodes: Mapping[str, GraphNode] = {}
        self.scene = GraphScene(GraphLayout(NodeSize(0, 0), {}, {}, {}), self.node_size())
        self._painter = GraphPainter()
        self._pressed_at: QPoint | None = None
        self._dragged_from: QPoint | None = None
        self.setObjectName("graph_view")
        self.setAccessibleName(_("Workflow graph"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.setMinimumSize(40 * STEP, 24 * STEP)
        self.accessibility = GraphAccessibility(self)

    # Content

    def node_size(self) -> NodeSize:
        return node_size(self.font())

    def show_scene(self, scene: GraphScene, graph_nodes: Mapping[str, GraphNode]) -> None:
        """Shows another graph, fitted into the view."""
        self.scene, self.graph_nodes = scene, graph_nodes
        self.camera.set_graph_rect(scene.rect)
        if self.view_state.cursor_id not in scene.boxes:
            self.view_state.cursor_id = None
        self.camera.fit()
        self._update_current_segments()
        self.accessibility.reset()

    def update_nodes(self, graph_nodes: Mapping[str, GraphNode]) -> None:
        """Updates the names, changes and issues of the same nodes."""
        before, self.graph_nodes = self.graph_nodes, graph_nodes
        for node_id, graph_node in graph_nodes.items():
            if before.get(node_id) != graph_node:
                self.update(self.node_rect(node_id).adjusted(-1, -1, 1, 1))

    def set_current(self, node_id: str) -> None:
        """Marks the tree's current node and scrolls to it."""
        if node_id == self.view_state.current_id:
            return
        self.view_state.current_id = self.view_state.cursor_id = node_id
        self._update_current_segments()
        self._ensure_visible(node_id)

    def set_path(self, path: UpstreamPath | None) -> None:
        self.view_state.path_node_ids = None if path is None else path.nodes
        self.view_state.path_segments = (
            set() if path is None else self.scene.segments_of(path.links)
        )
        if path is not None:
            self._ensure_visible(path.node_id)
        self.update()

    # Zoom and position

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        where = QPointF(self.rect().center()) if at is None else at
        self.camera.zoom_to(self.camera.scale * factor, where)
        self.update()

    def fit(self) -> None:
        self.camera.fit()
        self.update()

    def zoom_to_true_size(self) -> None:
        self.camera.zoom_to(1.0, QPointF(self.rect().center()))
        self.update()

    def pan(self, by: QPoint) -> None:
        before = self.camera.corner
        self.camera.pan(by)
        moved = before - self.camera.corner
        if not moved.isNull():
            # The part that stays visible is scrolled; only the rest is painted.
            self.scroll(moved.x(), moved.y())

    def node_rect(self, node_id: str | None) -> QRect:
        """Returns the rectangle of a node in this widget; empty if it is not in the graph."""
        box = self._box(node_id)
        return QRect() if box is None else self.camera.to_screen_rect(box).toAlignedRect()

    def node_at(self, at: QPointF) -> str | None:
        """Returns the node at a position of this widget, or None."""
        return self.scene.node_at(self.camera.to_graph(at))

    def sizeHint(self) -> QSize:
        return QSize(160 * STEP, 60 * STEP)

    def _box(self, node_id: str | None) -> QRectF | None:
        return None if node_id is None else self.scene.boxes.get(node_id)

    def _ensure_visible(self, node_id: str | None) -> None:
        box = self._box(node_id)
        if box is not None:
            corner, was_fitted = self.camera.corner, self.camera.is_fitted
            self.camera.ensure_visible(box)
            self.camera.is_fitted = was_fitted and corner == self.camera.corner
        self.update()

    def _update_current_segments(self) -> None:
        """Updates the highlighted links of the current node."""
        here = self.view_state.current_id
        links = () if here is None else self.scene.links_of(here)
        self.view_state.current_segments = self.scene.segments_of(links)
        self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._painter.set_font(self.font(), self.camera.scale)
        # After a diagonal move only two edges are repainted, not their bounding rectangle.
        for area in event.region():  # type: ignore[attr-defined] # missing in the stub
            painter.setClipRect(area)
            self._paint(painter, area)
        painter.end()

    def _paint(self, painter: QPainter, area: QRect) -> None:
        roles, view_state, scale = colours(self.palette()), self.view_state, self.camera.scale
        painter.fillRect(area, QColor(roles.window))
        margin = 2 * _RING_MARGIN
        visible_rect = self.camera.to_graph_rect(
            QRectF(area.adjusted(-margin, -margin, margin, margin))
        )
        self._paint_links(painter, visible_rect)
        for node_id in self.scene.nodes_in(visible_rect):
            graph_node = self.graph_nodes.get(node_id)
            if graph_node is None:
                continue
            style = NodeStyle(
                roles,
                scale,
                is_current=node_id == view_state.current_id,
                is_dimmed=view_state.path_node_ids is not None
                and node_id not in view_state.path_node_ids,
            )
            box = QRectF(self.camera.to_screen_rect(self.scene.boxes[node_id]).toRect())
            self._painter.draw_node(painter, box, graph_node, style)
        cursor = self.node_rect(view_state.cursor_id)
        if self.hasFocus() and not cursor.isEmpty():
            ring = cursor.adjusted(-_RING_MARGIN, -_RING_MARGIN, _RING_MARGIN, _RING_MARGIN)
            draw_focus_ring(painter, ring, roles.accent)

    def _paint_links(self, painter: QPainter, visible_rect: QRectF) -> None:
        roles, scale, view_state = colours(self.palette()), self.camera.scale, self.view_state
        numbers = self.scene.segments_in(visible_rect)
        highlighted = (
            view_state.current_segments
            if view_state.path_node_ids is None
            else view_state.path_segments
        )
        shown = [number for number in numbers if number in highlighted] if highlighted else []
        base = link_pen(
            roles, scale, is_highlighted=False, is_dimmed=view_state.path_node_ids is not None
        )
        self._painter.draw_links(painter, self.scene.segments_path(numbers), self.camera, base)
        if shown:
            pen = link_pen(roles, scale, is_highlighted=True)
            self._painter.draw_links(painter, self.scene.segments_path(shown), self.camera, pen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.camera.set_view_size(event.size())
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.node_size_changed.emit()
        if event.type() is QEvent.Type.PaletteChange:
            self.update()

    # Mouse and touch

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed_at = self._dragged_from = event.position().toPoint()
        elif event.button() in (Qt.MouseButton.BackButton, Qt.MouseButton.ForwardButton):
            self.navigate_requested.emit(event.button() is Qt.MouseButton.BackButton)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._pressed_at is None or self._dragged_from is None:
            return
        is_far = (at - self._pressed_at).manhattanLength() >= QApplication.startDragDistance()
        if is_far or self.cursor().shape() is Qt.CursorShape.ClosedHandCursor:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.pan(at - self._dragged_from)
            self._dragged_from = at

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_drag = self.cursor().shape() is Qt.CursorShape.ClosedHandCursor
        pressed, self._pressed_at, self._dragged_from = self._pressed_at, None, None
        self.unsetCursor()
        if pressed is None or was_drag or event.button() is not Qt.MouseButton.LeftButton:
            return
        node_id = self.node_at(event.position())
        if node_id is not None:
            self._press_node(node_id)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            # A double click with another button counts as two presses.
            self.mousePressEvent(event)
            return
        node_id = self.node_at(event.position())
        if node_id is not None:
            self.node_activated.emit(node_id)

    def choose(self, node_id: str, *, is_press: bool) -> None:
        """Focuses a node; `is_press` also selects it in the tree, as a click does."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._set_cursor(node_id)
        if is_press:
            self.node_pressed.emit(node_id)

    def _press_node(self, node_id: str) -> None:
        self._set_cursor(node_id)
        self.node_pressed.emit(node_id)

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps, fine = event.angleDelta(), event.pixelDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(WHEEL_ZOOM ** (steps.y() / WHEEL_NOTCH), event.position())
        else:
            by = fine if not fine.isNull() else QPoint(steps.x(), steps.y()) * _WHEEL_PAN_FACTOR
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not by.x():
                by = QPoint(by.y(), 0)
            self.pan(by)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        is_by_keyboard = event.reason() is QContextMenuEvent.Reason.Keyboard
        node_id = (
            self.view_state.cursor_id if is_by_keyboard else self.node_at(QPointF(event.pos()))
        )
        if node_id is not None:
            self._set_cursor(node_id)
            below = self.mapToGlobal(self.node_rect(node_id).bottomLeft())
            self.menu_requested.emit(node_id, below if is_by_keyboard else event.globalPos())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1.0 + event.value(), event.position())
                return True
        elif isinstance(event, QGestureEvent):
            return self._on_pinch(event)
        elif isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            node_id = self.node_at(QPointF(event.pos()))
            graph_node = None if node_id is None else self.graph_nodes.get(node_id)
            text = "" if graph_node is None else _tooltip_text(graph_node)
            QToolTip.showText(event.globalPos(), tooltip(text), self)
            return True
        return super().event(event)

    def _on_pinch(self, event: QGestureEvent) -> bool:
        """Zooms with two fingers on a touch screen; a touch pad sends native gestures instead."""
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if not isinstance(pinch, QPinchGesture):
            return False
        self._pressed_at = None
        if pinch.changeFlags() & QPinchGesture.ChangeFlag.ScaleFactorChanged:
            self.zoom_by(pinch.scaleFactor(), QPointF(self.mapFromGlobal(pinch.centerPoint())))
        event.accept(pinch)
        return True

    # Keyboard

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.view_state.cursor_id is None:
            here = self.view_state.current_id
            self.view_state.cursor_id = next(iter(self.scene.boxes), None) if here is None else here
        self.update()
        self.accessibility.notify_focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key, arrow = Qt.Key(event.key()), _ARROWS.get(Qt.Key(event.key()))
        here = self.view_state.cursor_id
        if arrow is not None and (ctrl or here is None):
            self.pan(QPoint(-arrow[0], -arrow[1]) * _PAN_STEP)
        elif arrow is not None:
            self._move_cursor(here, *arrow)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(KEY_ZOOM)
        elif key is Qt.Key.Key_Minus:
            self.zoom_by(1 / KEY_ZOOM)
        elif key is Qt.Key.Key_0:
            self.fit()
        elif key is Qt.Key.Key_1:
            self.zoom_to_true_size()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and here is not None and not ctrl:
            self.node_activated.emit(here)
        elif key is Qt.Key.Key_Space and here is not None:
            self._press_node(here)
        elif key is Qt.Key.Key_Escape:
            self._set_cursor(self.view_state.current_id)
            self.exited.emit()
        else:
            super().keyPressEvent(event)

    def _move_cursor(self, here: str | None, dx: int, dy: int) -> None:
        found = None if here is None else self.scene.neighbour(here, dx, dy)
        if found is not None:
            self._set_cursor(found)

    def _set_cursor(self, node_id: str | None) -> None:
        self.view_state.cursor_id = node_id
        self._ensure_visible(node_id)
        self.accessibility.notify_focus()


_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def _tooltip_text(graph_node: GraphNode) -> str:
    lines = [
        graph_node.title,
        f"{graph_node.class_type} {graph_node.id_text}",
        graph_node.issue_text,
    ]
    return "\n".join(filter(None, lines))
