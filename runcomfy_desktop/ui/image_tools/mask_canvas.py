"""Canvas of the mask editor: the picture, the coloured mask and the brush as mouse pointer.

Only the area touched by a stroke is repainted, so that painting stays smooth on a picture of 60
megapixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QPainter, QPen

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.image_tools.mask_layer import MaskBrush, MaskLayer, MaskTool
from runcomfy_desktop.ui.images.image_painter import (
    blank_image,
    draw_levels,
    draw_visible,
    hatch_brush,
)
from runcomfy_desktop.ui.images.zoom_view import ZoomView
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.accessible_roles import set_accessible_role

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QEnterEvent,
        QFocusEvent,
        QImage,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
    )
    from PySide6.QtWidgets import QWidget

_OUTLINE_MARGIN = 4
_LEFT_BUTTON, _MIDDLE_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
_MIN_OUTLINE_RADIUS = 3.0


class MaskCanvas(ZoomView):
    """Canvas on which the mask is painted.

    The left button paints; Shift and a click draw a straight line to that point. Space or the
    middle button drags the picture, the wheel zooms, 0 fits the view, 1 shows true pixels. Without
    a mouse, the arrow keys move the brush, and paint with Shift.

    Emits `painted` after each change of the mask.
    """

    painted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("mask_canvas", parent)
        self._levels: tuple[QImage, ...] = ()
        self._layer: MaskLayer | None = None
        self._tool = MaskTool.BRUSH
        self._brush_size = 64
        self._is_soft = False
        self._pointer_pos: QPointF | None = None
        self._last_point: QPointF | None = None
        self._pan_start: QPointF | None = None
        self._is_painting = False
        self._is_space_held = False
        self.setAccessibleName(_("Picture with its mask"))
        set_accessible_role(self, QAccessible.Role.Graphic)
        self.setMouseTracking(True)
        self.setMinimumSize(80 * STEP, 60 * STEP)

    # Contents

    def show_message(self, message: str) -> None:
        self._levels, self._layer = (), None
        super().show_message(message)

    def show_picture(self, levels: tuple[QImage, ...], layer: MaskLayer) -> None:
        self._levels, self._layer = levels, layer
        self._transform.set_picture_size(QSizeF(levels[0].size()))
        self.setAccessibleDescription(
            _("Arrow keys move the brush, with Shift they paint, and P paints a dot.")
        )
        self._update_cursor()
        self.update()

    def set_brush(self, tool: MaskTool, size: int, *, is_soft: bool) -> None:
        """Sets the brush; `size` is in pixels of the picture."""
        self._update_outline()
        self._tool, self._brush_size, self._is_soft = tool, size, is_soft
        self._update_outline()

    def show_changed(self, part: QRect) -> None:
        """Repaints a changed area of the mask, given in mask pixels."""
        if not part.isEmpty():
            self.update(self._to_widget_rect(part))
            self.painted.emit()

    # Coordinates: widget and mask

    def _mask_scale(self) -> float:
        """Returns the number of mask pixels per picture pixel."""
        if self._layer is None or not self._levels:
            return 1.0
        return self._layer.image.width() / self._levels[0].width()

    def _to_mask(self, pos: QPointF) -> QPointF:
        corner = self._transform.picture_rect().topLeft()
        return (pos - corner) / self._transform.scale * self._mask_scale()

    def _to_widget_rect(self, part: QRect) -> QRect:
        scale = self._transform.scale / self._mask_scale()
        corner = self._transform.picture_rect().topLeft() + QPointF(part.topLeft()) * scale
        widget_rect = QRectF(corner, QSizeF(part.size()) * scale)
        return widget_rect.adjusted(-2, -2, 2, 2).toAlignedRect()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colours(self.palette()).panel))
        if self._layer is None:
            self._paint_message(painter)
        else:
            target, visible = self._transform.picture_rect(), self._visible_rect()
            draw_levels(painter, self._levels, target, visible)
            self._paint_mask(painter, target, visible, event.rect())
            self._paint_outline(painter)
        self._paint_frame(painter)

    def _paint_mask(
        self, painter: QPainter, target: QRectF, visible: QRectF, dirty_rect: QRect
    ) -> None:
        assert self._layer is not None
        dirty_visible = visible.toAlignedRect().intersected(dirty_rect)
        if dirty_visible.isEmpty():
            return
        overlay = blank_image(QRectF(dirty_visible), self.devicePixelRatioF())
        inner = QPainter(overlay)
        inner.translate(-dirty_visible.x(), -dirty_visible.y())
        draw_visible(inner, self._layer.image, target, visible)
        inner.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        inner.fillRect(dirty_visible, hatch_brush())
        inner.end()
        painter.drawImage(dirty_visible.topLeft(), overlay)

    def _brush_outline(self) -> QRectF:
        """Returns the outline of the brush at the pointer."""
        if self._pointer_pos is None:
            return QRectF()
        radius = max(_MIN_OUTLINE_RADIUS, self._brush_size * self._transform.scale / 2)
        return QRectF(
            self._pointer_pos.x() - radius, self._pointer_pos.y() - radius, 2 * radius, 2 * radius
        )

    def _update_outline(self) -> None:
        outline = self._brush_outline()
        if not outline.isEmpty():
            margin = _OUTLINE_MARGIN
            self.update(outline.adjusted(-margin, -margin, margin, margin).toAlignedRect())

    def _paint_outline(self, painter: QPainter) -> None:
        outline = self._brush_outline()
        if outline.isEmpty() or self._is_panning():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        style = Qt.PenStyle.DashLine if self._tool is MaskTool.ERASER else Qt.PenStyle.SolidLine
        painter.setPen(QPen(Qt.GlobalColor.black, 3.0))
        painter.drawEllipse(outline)
        painter.drawPoint(outline.center())
        painter.setPen(QPen(Qt.GlobalColor.white, 1.25, style))
        painter.drawEllipse(outline)
        painter.drawPoint(outline.center())

    # Mouse

    def _is_panning(self) -> bool:
        return self._is_space_held or self._pan_start is not None

    def _update_cursor(self) -> None:
        shape = Qt.CursorShape.BlankCursor
        if self._layer is None:
            shape = Qt.CursorShape.ArrowCursor
        elif self._pan_start is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._is_space_held:
            shape = Qt.CursorShape.OpenHandCursor
        self.setCursor(shape)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._layer is None:
            return
        button, pos = event.button(), event.position()
        if button is _MIDDLE_BUTTON or (button is _LEFT_BUTTON and self._is_space_held):
            self._pan_start = pos
            self._update_cursor()
        elif button is _LEFT_BUTTON:
            mask_pos = self._to_mask(pos)
            draws_line = (
                event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                and self._last_point is not None
            )
            self._is_painting = True
            self._layer.begin_stroke()
            self._draw(
                self._last_point if draws_line and self._last_point is not None else mask_pos,
                mask_pos,
            )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._update_outline()
        self._pointer_pos = event.position()
        if not event.buttons() & (_LEFT_BUTTON | _MIDDLE_BUTTON):
            # The button was released over another window, without an event for this one.
            self._end_drag()
        if self._pan_start is not None:
            self._pan(self._pointer_pos - self._pan_start)
            self._pan_start = self._pointer_pos
        elif self._is_painting and self._last_point is not None:
            self._draw(self._last_point, self._to_mask(self._pointer_pos))
        self._update_outline()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._end_drag()

    def _end_drag(self) -> None:
        if self._pan_start is not None:
            self._pan_start = None
            self._update_cursor()
            self._update_outline()
        self._end_stroke()

    def _draw(self, start: QPointF, end: QPointF) -> None:
        assert self._layer is not None
        brush = MaskBrush(
            self._tool, max(1.0, self._brush_size * self._mask_scale()), self._is_soft
        )
        part = self._layer.draw(start, end, brush)
        self._last_point = end
        if not part.isEmpty():
            self.update(self._to_widget_rect(part))

    def _end_stroke(self) -> None:
        if self._is_painting and self._layer is not None:
            self._is_painting = False
            self._layer.end_stroke()
            self.painted.emit()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._pointer_pos = event.position()
        self._update_outline()

    def leaveEvent(self, event: QEvent) -> None:
        self._update_outline()
        self._pointer_pos = None

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._layer is not None and event.key() == Qt.Key.Key_Space:
            self._set_space_held(True)
        else:
            super().keyPressEvent(event)

    def handle_key(self, event: QKeyEvent) -> bool:
        """Handles a zoom or brush key; returns False for any other key."""
        arrows = {
            Qt.Key.Key_Left: QPointF(-1, 0),
            Qt.Key.Key_Right: QPointF(1, 0),
            Qt.Key.Key_Up: QPointF(0, -1),
            Qt.Key.Key_Down: QPointF(0, 1),
        }
        key = Qt.Key(event.key())
        if self._layer is None:
            return False
        if key in arrows:
            with_shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._move_brush(arrows[key], paints=bool(with_shift))
        elif key == Qt.Key.Key_1:
            self.actual_size(self._pointer_pos)
        else:
            return super().handle_key(event)
        return True

    def paint_dot(self) -> None:
        """Paints one dot at the brush, for use without a mouse."""
        self._move_brush(QPointF(), paints=True)

    def _move_brush(self, direction: QPointF, *, paints: bool) -> None:
        """Moves the brush by half its width.

        If the brush would leave the view, the picture is panned.
        """
        if self._layer is None or self._is_painting:
            return
        bounds = QRectF(self.rect())
        pos = self._visible_rect().center() if self._pointer_pos is None else self._pointer_pos
        start = self._to_mask(pos)
        self._update_outline()
        pos += direction * max(float(STEP), self._brush_size * self._transform.scale / 2)
        clamped = _clamp_to(bounds, pos)
        before = self._transform.picture_rect().topLeft()
        self._transform.pan(clamped - pos)
        self._pointer_pos = _clamp_to(self._visible_rect(), clamped)
        if before != self._transform.picture_rect().topLeft():
            self.update()
        self._update_outline()
        if paints:
            self._is_painting = True
            self._layer.begin_stroke()
            self._draw(start, self._to_mask(self._pointer_pos))
            self._end_stroke()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._set_space_held(False)
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        # Another widget will get the release of the key.
        self._set_space_held(False)
        super().focusOutEvent(event)

    def _set_space_held(self, is_held: bool) -> None:
        if is_held != self._is_space_held and not self._is_painting:
            self._is_space_held = is_held
            self._update_cursor()
            self._update_outline()


def _clamp_to(rect: QRectF, pos: QPointF) -> QPointF:
    return QPointF(
        min(max(pos.x(), rect.left()), rect.right()), min(max(pos.y(), rect.top()), rect.bottom())
    )
