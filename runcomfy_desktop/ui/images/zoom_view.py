"""Base class of the views that show a picture: wheel, zoom keys, panning, frame and message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QNativeGestureEvent, QPainter
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from runcomfy_desktop.ui.images.view_transform import (
    KEY_ZOOM,
    WHEEL_NOTCH,
    WHEEL_ZOOM,
    ViewTransform,
)
from runcomfy_desktop.ui.style.theme import RADIUS, colours

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QResizeEvent, QWheelEvent


class ZoomView(QWidget):
    """View of one picture: the wheel, + and - zoom, 0 fits the view, 1 shows 100 %.

    On a touch pad or touch screen, two fingers zoom by pinching, and pan a zoomed picture.

    Subclasses give the picture's size to `_transform`, and paint it where that puts it. While the
    size is empty, the keys and the wheel do nothing.
    """

    def __init__(self, name: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._transform = ViewTransform()
        self._message = ""
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.grabGesture(Qt.GestureType.PinchGesture)

    def show_message(self, message: str) -> None:
        """Shows a sentence in place of the picture."""
        self._message = message
        self._transform.set_picture_size(QSizeF())
        self.setAccessibleDescription(message)
        self.update()

    def fit(self) -> None:
        self._transform.fit()
        self._on_view_changed()

    def actual_size(self, at: QPointF | None = None) -> None:
        """Shows one picture pixel per screen pixel; the point `at` (default: centre) stays."""
        self._transform.zoom_to(1.0 / self.devicePixelRatioF(), at)
        self._on_view_changed()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        self._transform.zoom_to(self._transform.scale * factor, at)
        self._on_view_changed()

    def _pan(self, by: QPointF) -> None:
        self._transform.pan(by)
        self._on_view_changed()

    def _on_view_changed(self) -> None:
        """Called when the picture may have another zoom or place."""
        self.update()

    def _visible_rect(self) -> QRectF:
        """Returns the part of the view that the picture covers."""
        return self._transform.picture_rect().intersected(QRectF(self.rect()))

    def _show_pan_cursor(self) -> None:
        """Shows whether the picture can be panned."""
        pans = self._transform.overflows
        self.setCursor(Qt.CursorShape.OpenHandCursor if pans else Qt.CursorShape.ArrowCursor)

    def _paint_message(self, painter: QPainter) -> None:
        painter.setPen(QColor(colours(self.palette()).muted))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.rect(), int(flags), self._message)

    def _paint_frame(self, painter: QPainter) -> None:
        roles = colours(self.palette())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor(roles.accent if self.hasFocus() else roles.line))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    # Qt events

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / WHEEL_NOTCH
        if not self._transform.has_picture:
            event.ignore()
        elif _is_two_finger_scroll(event):
            self._pan(QPointF(event.pixelDelta()))
            event.setAccepted(self._transform.overflows)
        elif notches:
            self.zoom_by(WHEEL_ZOOM**notches, event.position())
            event.accept()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_by(1.0 + event.value(), event.position())
                return True
        elif isinstance(event, QGestureEvent):
            return self._on_gesture(event)
        return super().event(event)

    def _on_gesture(self, event: QGestureEvent) -> bool:
        """Zooms with two fingers on a touch screen; a touch pad sends native gestures instead."""
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if not isinstance(pinch, QPinchGesture):
            return False
        if pinch.changeFlags() & QPinchGesture.ChangeFlag.ScaleFactorChanged:
            self.zoom_by(pinch.scaleFactor(), QPointF(self.mapFromGlobal(pinch.centerPoint())))
        event.accept(pinch)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.handle_key(event):
            super().keyPressEvent(event)

    def handle_key(self, event: QKeyEvent) -> bool:
        """Handles a key of the view; returns False for any other key."""
        if not self._transform.has_picture:
            return False
        match event.key():
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_by(KEY_ZOOM)
            case Qt.Key.Key_Minus:
                self.zoom_by(1 / KEY_ZOOM)
            case Qt.Key.Key_0:
                self.fit()
            case Qt.Key.Key_1:
                self.actual_size()
            case _:
                return False
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._transform.set_viewport_size(QSizeF(event.size()), self.devicePixelRatioF())
        self._on_view_changed()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()


def _is_two_finger_scroll(event: QWheelEvent) -> bool:
    """Reports whether a touch pad scrolls: only it says when a movement begins and ends."""
    has_phases = event.phase() is not Qt.ScrollPhase.NoScrollPhase
    is_zoom = event.modifiers() & Qt.KeyboardModifier.ControlModifier
    return has_phases and not event.pixelDelta().isNull() and not is_zoom
