"""The same picture before and after, in one place, with a divider between that can be moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QAccessible, QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.media.drawing import chequers, draw_levels
from runcomfy_desktop.ui.outputs.view import KEY_ZOOM, NOTCH, WHEEL_ZOOM, View
from runcomfy_desktop.ui.theme import RADIUS, STEP, colours
from runcomfy_desktop.ui.widgets.roles import speak_as

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QImage,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
        QResizeEvent,
        QWheelEvent,
    )

    from runcomfy_desktop.ui.theme import Colours

_KEY_STEP = 0.05
_GRIP = 3 * STEP
"""Half of how wide the divider is for the pointer."""
_KNOB = 3 * STEP


class CompareView(QWidget):
    """Before at the left of the divider, after at the right; where it stands is `share`.

    Drag the divider, or move it by arrow keys; wheel and + - zoom, 1 shows true pixels, 0 fits.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.share = 0.5
        self._before: tuple[QImage, ...] = ()
        self._alpha: QImage | None = None
        self._after: tuple[QImage, ...] = ()
        self._words = ""
        self._captions = ("", "")
        self._view = View()
        self._dragged_from: QPointF | None = None
        self._moves_divider = False
        self.setObjectName("shrink_compare")
        self.setAccessibleName(_("Before and after"))
        speak_as(self, QAccessible.Role.Graphic)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(80 * STEP, 50 * STEP)

    # What is shown

    def show_words(self, words: str) -> None:
        """A sentence in the place of pictures that are not there."""
        self._before = self._after = ()
        self._alpha = None
        self._words = words
        self.setAccessibleDescription(words)
        self.update()

    def show_before(self, levels: tuple[QImage, ...], alpha: QImage | None, caption: str) -> None:
        self._before, self._alpha = levels, alpha
        self._captions = (caption, "")
        self._view.set_picture(QSizeF(levels[0].size()))
        self._tell()

    def show_after(self, levels: tuple[QImage, ...], caption: str) -> None:
        """Nothing of it when there are no levels: then all of it is before."""
        self._after = levels
        self._captions = (self._captions[0], caption)
        self._tell()

    @property
    def has_after(self) -> bool:
        return bool(self._after)

    @property
    def divider_x(self) -> float:
        seen = self._seen()
        return seen.left() + self.share * seen.width()

    def _seen(self) -> QRectF:
        return self._view.target().intersected(QRectF(self.rect()))

    def _tell(self) -> None:
        text = _("Divider at %d %%. %s at its left, %s at its right.")
        self.setAccessibleDescription(text % (round(100 * self.share), *self._captions))
        self.update()

    def move_to(self, share: float) -> None:
        self.share = min(max(share, 0.0), 1.0)
        self._tell()

    # Looks

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
            painter.setPen(QColor(roles.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(flags), self._words)
        painter.setPen(QColor(roles.accent if self.hasFocus() else roles.line))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def _paint_pictures(self, painter: QPainter, roles: Colours) -> None:
        target, seen, middle = self._view.target(), self._seen(), self.divider_x
        if self._alpha is not None:
            painter.fillRect(seen, chequers(roles))
        left = QRectF(seen.topLeft(), QPointF(middle, seen.bottom())) if self._after else seen
        if left.width() > 0:
            draw_levels(painter, self._before, target, left, self._alpha)
        if not self._after:
            self._paint_caption(painter, roles, 0)
            return
        right = QRectF(QPointF(middle, seen.top()), seen.bottomRight())
        if right.width() > 0:
            draw_levels(painter, self._after, target, right)
        self._paint_divider(painter, roles, seen)
        for side in (0, 1):
            self._paint_caption(painter, roles, side)

    def _paint_divider(self, painter: QPainter, roles: Colours, seen: QRectF) -> None:
        x = self.divider_x
        for colour, width in ((roles.text, 3.0), (roles.window, 1.0)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawLine(QPointF(x, seen.top()), QPointF(x, seen.bottom()))
        knob = QPointF(x, seen.center().y())
        painter.setPen(QPen(QColor(roles.text), 1.0))
        painter.setBrush(QColor(roles.accent if self.hasFocus() else roles.window))
        painter.drawEllipse(knob, _KNOB, _KNOB)
        painter.setPen(QPen(QColor(roles.accent_text if self.hasFocus() else roles.text), 1.5))
        for way in (-1, 1):
            tip, tail = knob.x() + way * 1.75 * STEP, knob.x() + way * 0.75 * STEP
            for rise in (-STEP, STEP):
                painter.drawLine(QPointF(tail, knob.y() + rise), QPointF(tip, knob.y()))

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

    # The pointer

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / NOTCH
        if not self._before or not notches:
            event.ignore()
            return
        self._zoom_by(WHEEL_ZOOM**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._before:
            self._dragged_from = event.position()
            near = abs(event.position().x() - self.divider_x) <= _GRIP
            self._moves_divider = self.has_after and (near or not self._view.overflows)
            self._drag(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        near = self.has_after and abs(event.position().x() - self.divider_x) <= _GRIP
        if self._dragged_from is not None:
            self._drag(event.position())
        elif near:
            self.setCursor(Qt.CursorShape.SplitHCursor)
        else:
            pans = self._view.overflows
            self.setCursor(Qt.CursorShape.OpenHandCursor if pans else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged_from = None

    def _drag(self, at: QPointF) -> None:
        seen = self._seen()
        if self._moves_divider:
            if seen.width() > 0:
                self.move_to((at.x() - seen.left()) / seen.width())
        elif self._dragged_from is not None:
            self._view.pan(at - self._dragged_from)
            self._dragged_from = at
            self.update()

    # The keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        places = {
            Qt.Key.Key_Left: self.share - _KEY_STEP,
            Qt.Key.Key_Right: self.share + _KEY_STEP,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: 1.0,
        }
        key = Qt.Key(event.key())
        if not self._before:
            super().keyPressEvent(event)
        elif key in places and self.has_after:
            self.move_to(places[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom_by(KEY_ZOOM)
        elif key == Qt.Key.Key_Minus:
            self._zoom_by(1 / KEY_ZOOM)
        elif key in (Qt.Key.Key_0, Qt.Key.Key_1):
            if key == Qt.Key.Key_0:
                self._view.fit()
            else:
                self._view.zoom_to(1.0 / self.devicePixelRatioF())
            self.update()
        else:
            super().keyPressEvent(event)

    def _zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        self._view.zoom_to(self._view.scale * factor, at)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._view.set_room(QSizeF(event.size()), self.devicePixelRatioF())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
