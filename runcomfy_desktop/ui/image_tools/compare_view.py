"""Compares a picture before and after a change, with a movable divider between the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QAccessible, QColor, QPainter, QPainterPath, QPen

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.images.image_painter import checkerboard_brush, draw_levels
from runcomfy_desktop.ui.images.zoom_view import ZoomView
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, colours
from runcomfy_desktop.ui.widgets.accessible_roles import set_accessible_role

if TYPE_CHECKING:
    from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPaintEvent
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.ui.style.theme import Colours

_KEY_STEP = 0.05
_GRIP_WIDTH = 3 * STEP
"""Half the width of the divider's mouse target."""
_KNOB_RADIUS = 3 * STEP


class CompareView(ZoomView):
    """Shows a picture before a change, left of the divider, and after it, right of the divider.

    `divider_share` is the position of the divider as a share of the width. Drag the divider or move
    it with the arrow keys; the wheel, + and - zoom, 1 shows true pixels, 0 fits the view.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__("shrink_compare", parent)
        self.divider_share = 0.5
        self._before: tuple[QImage, ...] = ()
        self._alpha: QImage | None = None
        self._after: tuple[QImage, ...] = ()
        self._captions = ("", "")
        self._drag_start: QPointF | None = None
        self._is_moving_divider = False
        self.setAccessibleName(_("Before and after"))
        set_accessible_role(self, QAccessible.Role.Graphic)
        self.setMouseTracking(True)
        self.setMinimumSize(80 * STEP, 50 * STEP)

    # Contents

    def show_message(self, message: str) -> None:
        self._before = self._after = ()
        self._alpha = None
        super().show_message(message)

    def show_before(self, levels: tuple[QImage, ...], alpha: QImage | None, caption: str) -> None:
        self._before, self._alpha = levels, alpha
        self._captions = (caption, "")
        self._transform.set_picture_size(QSizeF(levels[0].size()))
        self._update_description()

    def show_after(self, levels: tuple[QImage, ...], caption: str) -> None:
        """Shows the picture after the change; without levels, shows only the picture before."""
        self._after = levels
        self._captions = (self._captions[0], caption)
        self._update_description()

    @property
    def has_after(self) -> bool:
        return bool(self._after)

    @property
    def divider_x(self) -> float:
        visible = self._visible_rect()
        return visible.left() + self.divider_share * visible.width()

    def _update_description(self) -> None:
        text = _("Divider at %d %%. %s at its left, %s at its right.")
        self.setAccessibleDescription(text % (round(100 * self.divider_share), *self._captions))
        self.update()

    def move_divider_to(self, share: float) -> None:
        self.divider_share = min(max(share, 0.0), 1.0)
        self._update_description()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles = colours(self.palette())
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        painter.fillPath(shape, QColor(roles.panel))
        if self._before:
            painter.save()
            painter.setClipPath(shape)
            self._paint_pictures(painter, roles)
            painter.restore()
        else:
            self._paint_message(painter)
        self._paint_frame(painter)

    def _paint_pictures(self, painter: QPainter, roles: Colours) -> None:
        target, visible = self._transform.picture_rect(), self._visible_rect()
        middle = self.divider_x
        if self._alpha is not None:
            painter.fillRect(visible, checkerboard_brush(roles))
        left = (
            QRectF(visible.topLeft(), QPointF(middle, visible.bottom())) if self._after else visible
        )
        if left.width() > 0:
            draw_levels(painter, self._before, target, left, self._alpha)
        if not self._after:
            self._paint_caption(painter, roles, 0)
            return
        right = QRectF(QPointF(middle, visible.top()), visible.bottomRight())
        if right.width() > 0:
            draw_levels(painter, self._after, target, right)
        self._paint_divider(painter, roles, visible)
        for side in (0, 1):
            self._paint_caption(painter, roles, side)

    def _paint_divider(self, painter: QPainter, roles: Colours, visible: QRectF) -> None:
        x = self.divider_x
        for colour, width in ((roles.text, 3.0), (roles.window, 1.0)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawLine(QPointF(x, visible.top()), QPointF(x, visible.bottom()))
        knob = QPointF(x, visible.center().y())
        painter.setPen(QPen(QColor(roles.text), 1.0))
        painter.setBrush(QColor(roles.accent if self.hasFocus() else roles.window))
        painter.drawEllipse(knob, _KNOB_RADIUS, _KNOB_RADIUS)
        painter.setPen(QPen(QColor(roles.accent_text if self.hasFocus() else roles.text), 1.5))
        for direction in (-1, 1):
            tip, base = knob.x() + direction * 1.75 * STEP, knob.x() + direction * 0.75 * STEP
            for offset_y in (-STEP, STEP):
                painter.drawLine(QPointF(base, knob.y() + offset_y), QPointF(tip, knob.y()))

    def _paint_caption(self, painter: QPainter, roles: Colours, side: int) -> None:
        text = self._captions[side]
        if not text:
            return
        metrics = painter.fontMetrics()
        box = QRectF(0, 0, metrics.horizontalAdvance(text) + 4 * STEP, metrics.height() + 2 * STEP)
        box.moveTop(2 * STEP)
        if side:
            box.moveRight(self.width() - 2 * STEP)
        else:
            box.moveLeft(2 * STEP)
        painter.setPen(QColor(roles.line))
        painter.setBrush(QColor(roles.window))
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        painter.setPen(QColor(roles.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    # Mouse

    def _is_at_divider(self, pos: QPointF) -> bool:
        return self.has_after and abs(pos.x() - self.divider_x) <= _GRIP_WIDTH

    def mousePressEvent(self, event: QMouseEvent) -> None:
        pos = event.position()
        if event.button() is Qt.MouseButton.LeftButton and self._before:
            self._drag_start = pos
            pans = self._transform.overflows or not self.has_after
            self._is_moving_divider = self._is_at_divider(pos) or not pans
            self._drag(pos)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag_start is not None:
            self._drag(event.position())
        elif self._is_at_divider(event.position()):
            self.setCursor(Qt.CursorShape.SplitHCursor)
        else:
            self._show_pan_cursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag_start = None

    def _drag(self, pos: QPointF) -> None:
        visible = self._visible_rect()
        if self._is_moving_divider:
            if visible.width() > 0:
                self.move_divider_to((pos.x() - visible.left()) / visible.width())
        elif self._drag_start is not None:
            self._pan(pos - self._drag_start)
            self._drag_start = pos

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shares = {
            Qt.Key.Key_Left: self.divider_share - _KEY_STEP,
            Qt.Key.Key_Right: self.divider_share + _KEY_STEP,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: 1.0,
        }
        share = shares.get(Qt.Key(event.key())) if self.has_after else None
        if share is not None:
            self.move_divider_to(share)
        else:
            super().keyPressEvent(event)
