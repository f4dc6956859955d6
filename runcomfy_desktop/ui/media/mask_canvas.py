"""Where the mask is painted: the picture, the mask over it in colour, and the brush as the pointer.

Only what a stroke touched is painted anew, so that it stays fluid on a picture of 60 megapixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.media.drawing import blank_part, draw_levels, draw_part, hatching
from runcomfy_desktop.ui.media.mask_layer import Brush, MaskLayer, Tool
from runcomfy_desktop.ui.outputs.view import KEY_ZOOM, NOTCH, WHEEL_ZOOM, View
from runcomfy_desktop.ui.theme import RADIUS, STEP, colours
from runcomfy_desktop.ui.widgets.roles import speak_as

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QEnterEvent,
        QFocusEvent,
        QImage,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
        QResizeEvent,
        QWheelEvent,
    )

_RING_ROOM = 4
_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
_LEAST_RING = 3.0


class MaskCanvas(QWidget):
    """Left button paints, Shift and a click draw a straight line there; Space or the middle button
    drags the picture, the wheel zooms, 0 fits, 1 shows true pixels. Without a pointer the arrows
    move the brush, and paint with Shift.

    Emits `painted` after each change of the mask.
    """

    painted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._levels: tuple[QImage, ...] = ()
        self._layer: MaskLayer | None = None
        self._words = ""
        self._view = View()
        self._tool = Tool.BRUSH
        self._size = 64
        self._is_soft = False
        self._at: QPointF | None = None
        self._last: QPointF | None = None
        self._drags_from: QPointF | None = None
        self._is_painting = False
        self._has_space = False
        self._build()

    def _build(self) -> None:
        self.setObjectName("mask_canvas")
        self.setAccessibleName(_("Picture with its mask"))
        speak_as(self, QAccessible.Role.Graphic)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(80 * STEP, 60 * STEP)

    # What is shown

    def show_words(self, words: str) -> None:
        self._levels, self._layer, self._words = (), None, words
        self.setAccessibleDescription(words)
        self.update()

    def show_picture(self, levels: tuple[QImage, ...], layer: MaskLayer) -> None:
        self._levels, self._layer = levels, layer
        self._view.set_picture(QSizeF(levels[0].size()))
        self.setAccessibleDescription(
            _("Arrow keys move the brush, with Shift they paint, and P paints a dot.")
        )
        self._dress_pointer()
        self.update()

    def set_brush(self, tool: Tool, size: int, *, is_soft: bool) -> None:
        """`size` is in pixels of the picture."""
        self._update_ring()
        self._tool, self._size, self._is_soft = tool, size, is_soft
        self._update_ring()

    def show_changed(self, part: QRect) -> None:
        """A part of the mask, in its pixels, is another one."""
        if not part.isEmpty():
            self.update(self._seen_of(part))
            self.painted.emit()

    # Places: of the widget, of the mask

    def _share(self) -> float:
        """Pixels of the mask for one of the picture."""
        if self._layer is None or not self._levels:
            return 1.0
        return self._layer.image.width() / self._levels[0].width()

    def _in_mask(self, at: QPointF) -> QPointF:
        corner = self._view.target().topLeft()
        return (at - corner) / self._view.scale * self._share()

    def _seen_of(self, part: QRect) -> QRect:
        scale = self._view.scale / self._share()
        corner = self._view.target().topLeft() + QPointF(part.topLeft()) * scale
        seen = QRectF(corner, QSizeF(part.size()) * scale)
        return seen.adjusted(-2, -2, 2, 2).toAlignedRect()

    # Looks

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        roles = colours(self.palette())
        painter.fillRect(self.rect(), QColor(roles.panel))
        if self._layer is None:
            painter.setPen(QColor(roles.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(flags), self._words)
        else:
            target = self._view.target()
            seen = target.intersected(QRectF(self.rect()))
            draw_levels(painter, self._levels, target, seen)
            self._paint_mask(painter, target, seen, event.rect())
            self._paint_ring(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor(roles.accent if self.hasFocus() else roles.line))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def _paint_mask(self, painter: QPainter, target: QRectF, seen: QRectF, dirty: QRect) -> None:
        assert self._layer is not None
        place = seen.toAlignedRect().intersected(dirty)
        if place.isEmpty():
            return
        part = blank_part(QRectF(place), self.devicePixelRatioF())
        inner = QPainter(part)
        inner.translate(-place.x(), -place.y())
        draw_part(inner, self._layer.image, target, seen)
        inner.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        inner.fillRect(place, hatching())
        inner.end()
        painter.drawImage(place.topLeft(), part)

    def _ring(self) -> QRectF:
        """Where the brush would paint now."""
        if self._at is None:
            return QRectF()
        radius = max(_LEAST_RING, self._size * self._view.scale / 2)
        return QRectF(self._at.x() - radius, self._at.y() - radius, 2 * radius, 2 * radius)

    def _update_ring(self) -> None:
        ring = self._ring()
        if not ring.isEmpty():
            room = _RING_ROOM
            self.update(ring.adjusted(-room, -room, room, room).toAlignedRect())

    def _paint_ring(self, painter: QPainter) -> None:
        ring = self._ring()
        if ring.isEmpty() or self._pans():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        style = Qt.PenStyle.DashLine if self._tool is Tool.ERASER else Qt.PenStyle.SolidLine
        painter.setPen(QPen(Qt.GlobalColor.black, 3.0))
        painter.drawEllipse(ring)
        painter.drawPoint(ring.center())
        painter.setPen(QPen(Qt.GlobalColor.white, 1.25, style))
        painter.drawEllipse(ring)
        painter.drawPoint(ring.center())

    # The pointer

    def _pans(self) -> bool:
        return self._has_space or self._drags_from is not None

    def _dress_pointer(self) -> None:
        shape = Qt.CursorShape.BlankCursor
        if self._layer is None:
            shape = Qt.CursorShape.ArrowCursor
        elif self._drags_from is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._has_space:
            shape = Qt.CursorShape.OpenHandCursor
        self.setCursor(shape)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._layer is None:
            return
        button, at = event.button(), event.position()
        if button is _MIDDLE or (button is _LEFT and self._has_space):
            self._drags_from = at
            self._dress_pointer()
        elif button is _LEFT:
            here = self._in_mask(at)
            line = event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._last is not None
            self._is_painting = True
            self._layer.begin()
            self._draw(self._last if line and self._last is not None else here, here)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._update_ring()
        self._at = event.position()
        if not event.buttons() & (_LEFT | _MIDDLE):
            # It was let go of where nobody told us: over another window that came up.
            self._let_go()
        if self._drags_from is not None:
            self._view.pan(self._at - self._drags_from)
            self._drags_from = self._at
            self.update()
        elif self._is_painting and self._last is not None:
            self._draw(self._last, self._in_mask(self._at))
        self._update_ring()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._let_go()

    def _let_go(self) -> None:
        if self._drags_from is not None:
            self._drags_from = None
            self._dress_pointer()
            self._update_ring()
        self._end_stroke()

    def _draw(self, start: QPointF, end: QPointF) -> None:
        assert self._layer is not None
        brush = Brush(self._tool, max(1.0, self._size * self._share()), self._is_soft)
        part = self._layer.draw(start, end, brush)
        self._last = end
        if not part.isEmpty():
            self.update(self._seen_of(part))

    def _end_stroke(self) -> None:
        if self._is_painting and self._layer is not None:
            self._is_painting = False
            self._layer.end()
            self.painted.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / NOTCH
        if self._layer is None or not notches:
            event.ignore()
            return
        self._zoom_by(WHEEL_ZOOM**notches, event.position())
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._at = event.position()
        self._update_ring()

    def leaveEvent(self, event: QEvent) -> None:
        self._update_ring()
        self._at = None

    # The keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._layer is not None and event.key() == Qt.Key.Key_Space:
            self._hold_space(True)
        elif not self.take_key(event):
            super().keyPressEvent(event)

    def take_key(self, event: QKeyEvent) -> bool:
        """Zooms or moves the brush; False for any other key."""
        arrows = {
            Qt.Key.Key_Left: QPointF(-1, 0),
            Qt.Key.Key_Right: QPointF(1, 0),
            Qt.Key.Key_Up: QPointF(0, -1),
            Qt.Key.Key_Down: QPointF(0, 1),
        }
        key = Qt.Key(event.key())
        if self._layer is None:
            return False
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom_by(KEY_ZOOM)
        elif key == Qt.Key.Key_Minus:
            self._zoom_by(1 / KEY_ZOOM)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_1:
            self._view.zoom_to(1.0 / self.devicePixelRatioF(), self._at)
            self.update()
        elif key in arrows:
            with_shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._move_brush(arrows[key], paints=bool(with_shift))
        else:
            return False
        return True

    def dab(self) -> None:
        """Paints where the brush is, without a pointer."""
        self._move_brush(QPointF(), paints=True)

    def _move_brush(self, way: QPointF, *, paints: bool) -> None:
        """By half its width; the picture comes along where the brush would leave its place."""
        if self._layer is None or self._is_painting:
            return
        place = QRectF(self.rect())
        seen = self._view.target().intersected(place)
        at = seen.center() if self._at is None else self._at
        start = self._in_mask(at)
        self._update_ring()
        at += way * max(float(STEP), self._size * self._view.scale / 2)
        inside = _kept_in(place, at)
        before = self._view.target().topLeft()
        self._view.pan(inside - at)
        self._at = _kept_in(self._view.target().intersected(place), inside)
        if before != self._view.target().topLeft():
            self.update()
        self._update_ring()
        if paints:
            self._is_painting = True
            self._layer.begin()
            self._draw(start, self._in_mask(self._at))
            self._end_stroke()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._hold_space(False)
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        # Where the key is let go of is then told to somebody else.
        self._hold_space(False)
        super().focusOutEvent(event)

    def _hold_space(self, held: bool) -> None:
        if held != self._has_space and not self._is_painting:
            self._has_space = held
            self._dress_pointer()
            self._update_ring()

    def fit(self) -> None:
        self._view.fit()
        self.update()

    def _zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        self._view.zoom_to(self._view.scale * factor, at)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._view.set_room(QSizeF(event.size()), self.devicePixelRatioF())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()


def _kept_in(place: QRectF, at: QPointF) -> QPointF:
    return QPointF(
        min(max(at.x(), place.left()), place.right()), min(max(at.y(), place.top()), place.bottom())
    )
