"""The graph of a workflow, painted: wheel, drag and keys move and zoom it, a click goes to a node.

One widget paints what is in sight. QGraphicsView with an item per node was measured beside it;
CONTRIBUTING has the figures.
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

from runcomfy_desktop.domain.graph_layout import Layout, Size
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.graph.access import GraphItems
from runcomfy_desktop.ui.graph.camera import Camera
from runcomfy_desktop.ui.graph.painting import GraphPainter, Look, Stand, link_pen, node_size
from runcomfy_desktop.ui.graph.scene import Scene
from runcomfy_desktop.ui.outputs.view import KEY_ZOOM, NOTCH, WHEEL_ZOOM
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.focus_ring import draw_focus_ring
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QFocusEvent

    from runcomfy_desktop.domain.paths import Path
    from runcomfy_desktop.ui.graph.faces import Face

_PAN = 16 * STEP
_RING = 3
_WHEEL_PAN = 0.6


class GraphView(QWidget):
    """Shows a Scene with its faces.

    Emits `node_pressed` with the node that a click or Space chose, `entered` with the node that
    Enter or a double click wants to be worked on, `left` for Escape, `turn_wished` (back or not)
    for a mouse's buttons of that name, `menu_wished` with a node and a place on the screen,
    `node_size_changed` when another font needs another layout.
    """

    node_pressed = Signal(str)
    entered = Signal(str)
    left = Signal()
    turn_wished = Signal(bool)
    menu_wished = Signal(str, QPoint)
    node_size_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera = Camera()
        self.look = Look()
        self.faces: Mapping[str, Face] = {}
        self.scene = Scene(Layout(Size(0, 0), {}, {}, {}), self.node_size())
        self._painter = GraphPainter()
        self._pressed_at: QPoint | None = None
        self._dragged_from: QPoint | None = None
        self.setObjectName("graph_view")
        self.setAccessibleName(_("Workflow graph"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self.setMinimumSize(40 * STEP, 24 * STEP)
        self.access = GraphItems(self)

    # What is shown

    def node_size(self) -> Size:
        return node_size(self.font())

    def show_scene(self, scene: Scene, faces: Mapping[str, Face]) -> None:
        """Shows another graph, all of it."""
        self.scene, self.faces = scene, faces
        self.camera.set_graph(scene.rect)
        if self.look.cursor_id not in scene.boxes:
            self.look.cursor_id = None
        self.camera.fit()
        self._light()
        self.access.begin_anew()

    def show_faces(self, faces: Mapping[str, Face]) -> None:
        """The same nodes, with other names, changes or faults."""
        before, self.faces = self.faces, faces
        for node_id, face in faces.items():
            if before.get(node_id) != face:
                self.update(self.node_rect(node_id).adjusted(-1, -1, 1, 1))

    def set_current(self, node_id: str) -> None:
        """The node that the tree stands on; it is brought into sight."""
        if node_id == self.look.current_id:
            return
        self.look.current_id = self.look.cursor_id = node_id
        self._light()
        self._bring_in(node_id)

    def set_path(self, path: Path | None) -> None:
        self.look.path = None if path is None else path.nodes
        self.look.on_path = set() if path is None else self.scene.strands_of(path.links)
        if path is not None:
            self._bring_in(path.node_id)
        self.update()

    # Zoom and place

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        where = QPointF(self.rect().center()) if at is None else at
        self.camera.zoom_to(self.camera.scale * factor, where)
        self.update()

    def fit(self) -> None:
        self.camera.fit()
        self.update()

    def true_size(self) -> None:
        self.camera.zoom_to(1.0, QPointF(self.rect().center()))
        self.update()

    def pan(self, by: QPoint) -> None:
        before = self.camera.corner
        self.camera.pan(by)
        moved = before - self.camera.corner
        if not moved.isNull():
            # What stays in sight is moved; only the rest is painted.
            self.scroll(moved.x(), moved.y())

    def node_rect(self, node_id: str | None) -> QRect:
        """Where a node is, in this widget; empty when it is not in the graph."""
        box = self._box(node_id)
        return QRect() if box is None else self.camera.to_screen(box).toAlignedRect()

    def node_at(self, at: QPointF) -> str | None:
        """The node at a place, None beside all of them."""
        return self.scene.node_at(self.camera.to_graph(at))

    def sizeHint(self) -> QSize:
        return QSize(160 * STEP, 60 * STEP)

    def _box(self, node_id: str | None) -> QRectF | None:
        return None if node_id is None else self.scene.boxes.get(node_id)

    def _bring_in(self, node_id: str | None) -> None:
        box = self._box(node_id)
        if box is not None:
            corner, was_fitted = self.camera.corner, self.camera.is_fitted
            self.camera.bring_in(box)
            self.camera.is_fitted = was_fitted and corner == self.camera.corner
        self.update()

    def _light(self) -> None:
        """Finds the links that stand out."""
        here = self.look.current_id
        links = () if here is None else self.scene.links_of(here)
        self.look.near = self.scene.strands_of(links)
        self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._painter.set_font(self.font(), self.camera.scale)
        # A graph that is moved aslant is painted anew along two edges, not as a whole.
        for area in event.region():  # type: ignore[attr-defined] # its stub forgot
            painter.setClipRect(area)
            self._paint(painter, area)
        painter.end()

    def _paint(self, painter: QPainter, area: QRect) -> None:
        roles, look, scale = colours(self.palette()), self.look, self.camera.scale
        painter.fillRect(area, QColor(roles.window))
        margin = 2 * _RING
        part = self.camera.part(QRectF(area.adjusted(-margin, -margin, margin, margin)))
        self._paint_links(painter, part)
        for node_id in self.scene.boxes_in(part):
            face = self.faces.get(node_id)
            if face is None:
                continue
            stand = Stand(
                roles,
                scale,
                is_current=node_id == look.current_id,
                is_aside=look.path is not None and node_id not in look.path,
            )
            box = QRectF(self.camera.to_screen(self.scene.boxes[node_id]).toRect())
            self._painter.node(painter, box, face, stand)
        cursor = self.node_rect(look.cursor_id)
        if self.hasFocus() and not cursor.isEmpty():
            ring = cursor.adjusted(-_RING, -_RING, _RING, _RING)
            draw_focus_ring(painter, ring, roles.accent)

    def _paint_links(self, painter: QPainter, part: QRectF) -> None:
        roles, scale, look = colours(self.palette()), self.camera.scale, self.look
        numbers = self.scene.strands_in(part)
        lit = look.near if look.path is None else look.on_path
        shown = [number for number in numbers if number in lit] if lit else []
        base = link_pen(roles, scale, is_lit=False, is_aside=look.path is not None)
        self._painter.links(painter, self.scene.curves(numbers), self.camera, base)
        if shown:
            pen = link_pen(roles, scale, is_lit=True)
            self._painter.links(painter, self.scene.curves(shown), self.camera, pen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.camera.set_room(event.size())
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
            self.turn_wished.emit(event.button() is Qt.MouseButton.BackButton)

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
            self._press(node_id)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            # Two quick presses of another button are two presses.
            self.mousePressEvent(event)
            return
        node_id = self.node_at(event.position())
        if node_id is not None:
            self.entered.emit(node_id)

    def choose(self, node_id: str, *, is_press: bool) -> None:
        """Puts the keyboard on a node and, as a click does, the tree as well."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._set_cursor(node_id)
        if is_press:
            self.node_pressed.emit(node_id)

    def _press(self, node_id: str) -> None:
        self._set_cursor(node_id)
        self.node_pressed.emit(node_id)

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps, fine = event.angleDelta(), event.pixelDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(WHEEL_ZOOM ** (steps.y() / NOTCH), event.position())
        else:
            by = fine if not fine.isNull() else QPoint(steps.x(), steps.y()) * _WHEEL_PAN
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not by.x():
                by = QPoint(by.y(), 0)
            self.pan(by)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        node_id = self.look.cursor_id if by_key else self.node_at(QPointF(event.pos()))
        if node_id is not None:
            self._set_cursor(node_id)
            below = self.mapToGlobal(self.node_rect(node_id).bottomLeft())
            self.menu_wished.emit(node_id, below if by_key else event.globalPos())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1.0 + event.value(), event.position())
                return True
        elif isinstance(event, QGestureEvent):
            return self._pinch(event)
        elif isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            node_id = self.node_at(QPointF(event.pos()))
            face = None if node_id is None else self.faces.get(node_id)
            text = "" if face is None else _tip(face)
            QToolTip.showText(event.globalPos(), tooltip(text), self)
            return True
        return super().event(event)

    def _pinch(self, event: QGestureEvent) -> bool:
        """Two fingers on a touch screen; a touch pad sends gestures of the system instead."""
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
        if self.look.cursor_id is None:
            here = self.look.current_id
            self.look.cursor_id = next(iter(self.scene.boxes), None) if here is None else here
        self.update()
        self.access.tell_focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key, arrow = Qt.Key(event.key()), _ARROWS.get(Qt.Key(event.key()))
        here = self.look.cursor_id
        if arrow is not None and (ctrl or here is None):
            self.pan(QPoint(-arrow[0], -arrow[1]) * _PAN)
        elif arrow is not None:
            self._go_on(here, *arrow)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(KEY_ZOOM)
        elif key is Qt.Key.Key_Minus:
            self.zoom_by(1 / KEY_ZOOM)
        elif key is Qt.Key.Key_0:
            self.fit()
        elif key is Qt.Key.Key_1:
            self.true_size()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and here is not None and not ctrl:
            self.entered.emit(here)
        elif key is Qt.Key.Key_Space and here is not None:
            self._press(here)
        elif key is Qt.Key.Key_Escape:
            self._set_cursor(self.look.current_id)
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _go_on(self, here: str | None, dx: int, dy: int) -> None:
        found = None if here is None else self.scene.neighbour(here, dx, dy)
        if found is not None:
            self._set_cursor(found)

    def _set_cursor(self, node_id: str | None) -> None:
        self.look.cursor_id = node_id
        self._bring_in(node_id)
        self.access.tell_focus()


_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def _tip(face: Face) -> str:
    lines = [face.title, f"{face.class_type} {face.number}", face.fault]
    return "\n".join(filter(None, lines))
