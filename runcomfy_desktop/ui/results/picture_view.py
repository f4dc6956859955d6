"""Viewer for one picture or animation, fitted or zoomed, sharp on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QMovie, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.images.apng import ApngPlayer
from runcomfy_desktop.ui.images.image_painter import MIN_ZOOM_UNSMOOTHED, draw_levels
from runcomfy_desktop.ui.images.zoom_view import ZoomView
from runcomfy_desktop.ui.style.theme import RADIUS, STEP, colours
from runcomfy_desktop.ui.widgets.accessible_roles import set_accessible_role

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QContextMenuEvent,
        QHideEvent,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
        QShowEvent,
    )

    from runcomfy_desktop.ui.images.picture_decoder import DecodedPicture

_PAN_STEP = 16 * STEP


class PictureView(ZoomView):
    """Shows one picture or animation with zooming, panning and dragging.

    The wheel, + and - zoom; dragging pans; a double click and 1 show true pixels; 0 fits the
    picture. Emits `drag_requested` with a pixmap when a fitted picture is dragged, `menu_requested`
    with the event, `playing_changed` when an animation starts or stops, and `zoomed` with the
    displayed zoom (1.0 = one picture pixel per screen pixel).
    """

    drag_requested = Signal(QPixmap)
    menu_requested = Signal(object)
    playing_changed = Signal(bool)
    zoomed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("picture_view", parent)
        self._picture: DecodedPicture | None = None
        self._movie: QMovie | ApngPlayer | None = None
        self._buffer: QBuffer | None = None
        self._pressed_at: QPointF | None = None
        self._is_panning = False
        self._should_play = True
        set_accessible_role(self, QAccessible.Role.Graphic)
        self.setMinimumSize(32 * STEP, 32 * STEP)

    # Content

    def show_picture(self, picture: DecodedPicture, name: str) -> None:
        """Shows a decoded picture, fitted; an animation starts playing."""
        self._clear()
        self._picture = picture
        self._transform.set_picture_size(QSizeF(picture.size))
        self.setAccessibleName(name)
        if picture.is_animated:
            self._start_movie(picture)
        self._on_view_changed()

    def show_message(self, message: str) -> None:
        """Shows a message instead of a picture."""
        self._clear()
        self._message = message
        self.setAccessibleName(message)
        self._on_view_changed()

    @property
    def picture(self) -> DecodedPicture | None:
        return self._picture

    @property
    def is_animation(self) -> bool:
        return self._movie is not None

    @property
    def is_playing(self) -> bool:
        return self._movie is not None and self._movie.state() is QMovie.MovieState.Running

    def set_playing(self, playing: bool) -> None:
        if self._movie is None:
            return
        self._should_play = playing
        if self._movie.state() is QMovie.MovieState.NotRunning and playing:
            self._movie.start()
        else:
            self._movie.setPaused(not playing)

    def pixmap(self) -> QPixmap:
        """Returns the current picture or frame in full size; null if there is none."""
        if self._movie is not None:
            return self._movie.currentPixmap()
        if self._picture is None or not self._picture.levels:
            return QPixmap()
        return QPixmap.fromImage(self._picture.levels[0])

    def _small_pixmap(self) -> QPixmap:
        """Returns a picture for a drag; quick to create, because it is scaled down later."""
        if self._movie is None and self._picture is not None and self._picture.levels:
            return QPixmap.fromImage(self._picture.levels[-1])
        return self.pixmap()

    @property
    def zoom(self) -> float:
        """Screen pixels per picture pixel."""
        return self._transform.scale * self.devicePixelRatioF()

    @property
    def is_fitted(self) -> bool:
        return self._transform.is_fitted

    # Qt events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        target = self._transform.picture_rect()
        if target.isEmpty():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            shape = QPainterPath()
            shape.addRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
            painter.fillPath(shape, QColor(colours(self.palette()).panel))
            self._paint_message(painter)
        else:
            self._paint_picture(painter, target)
        if self.hasFocus():
            painter.setClipping(False)
            self._paint_frame(painter)

    def _paint_picture(self, painter: QPainter, target: QRectF) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(self._visible_rect(), RADIUS, RADIUS)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(shape)
        if self._movie is not None:
            smooth = self.zoom < MIN_ZOOM_UNSMOOTHED
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            frame = self._movie.currentPixmap()
            painter.drawPixmap(target, frame, QRectF(frame.rect()))
        elif self._picture is not None:
            draw_levels(painter, self._picture.levels, target, self._visible_rect())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._picture is not None:
            self._pressed_at = event.position()
            self._is_panning = self._transform.overflows
            if self._is_panning:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        moved = event.position() - self._pressed_at
        if self._is_panning:
            self._pressed_at = event.position()
            self._pan(moved)
        elif moved.manhattanLength() >= QApplication.startDragDistance():
            self._pressed_at = None
            self.drag_requested.emit(self._small_pixmap())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None
        self._on_view_changed()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._picture is None:
            return
        if self._transform.is_fitted:
            self.actual_size(event.position())
        else:
            self.fit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._picture is not None:
            self.menu_requested.emit(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrows = {
            Qt.Key.Key_Left: QPointF(_PAN_STEP, 0),
            Qt.Key.Key_Right: QPointF(-_PAN_STEP, 0),
            Qt.Key.Key_Up: QPointF(0, _PAN_STEP),
            Qt.Key.Key_Down: QPointF(0, -_PAN_STEP),
        }
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space and self.is_animation:
            self.set_playing(not self.is_playing)
        elif key in arrows and self._transform.overflows:
            self._pan(arrows[key])
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._movie is not None and self._should_play:
            self._movie.setPaused(False)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._movie is not None:
            # Frames that are not visible would only cost time.
            self._movie.setPaused(True)

    def _start_movie(self, picture: DecodedPicture) -> None:
        if picture.apng is not None:
            self._movie = ApngPlayer(picture.apng, self)
        else:
            self._buffer = QBuffer(self)
            self._buffer.setData(picture.movie)
            self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
            self._movie = QMovie(self._buffer, b"", self)
        self._movie.frameChanged.connect(lambda _number: self.update())
        self._movie.stateChanged.connect(self._on_movie_state_changed)
        self._should_play = True
        self._movie.start()

    def _on_movie_state_changed(self, state: QMovie.MovieState) -> None:
        self.playing_changed.emit(state is QMovie.MovieState.Running)

    def _clear(self) -> None:
        if self._movie is not None:
            self._movie.stop()
            self._movie.deleteLater()
        if self._buffer is not None:
            self._buffer.deleteLater()
        self._movie = self._buffer = self._picture = None
        self._message = ""
        self._pressed_at = None
        self._transform.set_picture_size(QSizeF())

    def _on_view_changed(self) -> None:
        if self._pressed_at is None:
            self._show_pan_cursor()
        if self._picture is not None:
            percent = round(100 * self.zoom)
            self.setAccessibleDescription(_("%d %% of its size") % percent)
            self.zoomed.emit(self.zoom)
        super()._on_view_changed()
