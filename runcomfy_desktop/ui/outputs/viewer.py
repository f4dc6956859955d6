"""The viewer: one picture or animation, fitted or zoomed, sharp on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QEvent, QIODevice, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QMovie, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.outputs.flipbook import Flipbook
from runcomfy_desktop.ui.outputs.view import KEY_ZOOM, NOTCH, WHEEL_ZOOM, View
from runcomfy_desktop.ui.theme import RADIUS, STEP, colours
from runcomfy_desktop.ui.widgets.roles import speak_as

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QContextMenuEvent,
        QHideEvent,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
        QResizeEvent,
        QShowEvent,
        QWheelEvent,
    )

    from runcomfy_desktop.ui.outputs.decoding import Picture

_PAN = 16 * STEP
# From here on a pixel is large enough to be looked at as a square.
_SQUARES = 4.0


class PictureView(QWidget):
    """Wheel and + - zoom, drag pans, double click and 1 show true pixels, 0 fits it in.

    Emits `drag_wished` with a pixmap when a fitted picture is dragged away, `menu_wished` with
    the event, `playing_changed` when an animation begins or stops moving, `zoomed` with the
    zoom as people read it (1.0 = one pixel of the picture on one of the screen).
    """

    drag_wished = Signal(QPixmap)
    menu_wished = Signal(object)
    playing_changed = Signal(bool)
    zoomed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: Picture | None = None
        self._words = ""
        self._view = View()
        self._movie: QMovie | Flipbook | None = None
        self._buffer: QBuffer | None = None
        self._pressed_at: QPointF | None = None
        self._is_panning = False
        self._wants_play = True
        self.setObjectName("picture_view")
        speak_as(self, QAccessible.Role.Graphic)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(32 * STEP, 32 * STEP)

    # What is shown

    def show_picture(self, picture: Picture, name: str) -> None:
        """Shows a picture that was read, fitted in; an animation plays."""
        self._clear()
        self._picture = picture
        self._view.set_picture(QSizeF(picture.size))
        self.setAccessibleName(name)
        if picture.moves:
            self._start_movie(picture)
        self._changed()

    def show_words(self, words: str) -> None:
        """Shows a sentence instead, while there is nothing else yet."""
        self._clear()
        self._words = words
        self.setAccessibleName(words)
        self._changed()

    @property
    def picture(self) -> Picture | None:
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
        self._wants_play = playing
        if self._movie.state() is QMovie.MovieState.NotRunning and playing:
            self._movie.start()
        else:
            self._movie.setPaused(not playing)

    def pixmap(self) -> QPixmap:
        """What is seen of the picture now, in full size; null when nothing is."""
        if self._movie is not None:
            return self._movie.currentPixmap()
        if self._picture is None or not self._picture.levels:
            return QPixmap()
        return QPixmap.fromImage(self._picture.levels[0])

    def _small_pixmap(self) -> QPixmap:
        """What goes along with a drag: large enough to be scaled down, quickly made."""
        if self._movie is None and self._picture is not None and self._picture.levels:
            return QPixmap.fromImage(self._picture.levels[-1])
        return self.pixmap()

    # Zoom

    @property
    def zoom(self) -> float:
        return self._view.scale * self.devicePixelRatioF()

    @property
    def is_fitted(self) -> bool:
        return self._view.is_fitted

    def fit(self) -> None:
        self._view.fit()
        self._changed()

    def true_size(self, at: QPointF | None = None) -> None:
        """One pixel of the picture on one pixel of the screen."""
        self._view.zoom_to(1.0 / self.devicePixelRatioF(), at)
        self._changed()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        self._view.zoom_to(self._view.scale * factor, at)
        self._changed()

    # Qt's side

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        roles = colours(self.palette())
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        target = self._view.target()
        if self._picture is None or target.isEmpty():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillPath(shape, QColor(roles.panel))
            painter.setPen(QColor(roles.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(flags), self._words)
        else:
            self._paint_picture(painter, target)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipping(False)
            painter.setPen(QColor(roles.accent))
            painter.drawRoundedRect(
                QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS
            )

    def _paint_picture(self, painter: QPainter, target: QRectF) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(target.intersected(QRectF(self.rect())), RADIUS, RADIUS)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(shape)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.zoom < _SQUARES)
        if self._movie is not None:
            frame = self._movie.currentPixmap()
            painter.drawPixmap(target, frame, QRectF(frame.rect()))
            return
        assert self._picture is not None
        level = self._picture.level_for(target.width() * self.devicePixelRatioF())
        share = level.width() / target.width()
        # Only what is seen: deep in a large picture the rest would cost seconds.
        seen = target.intersected(QRectF(self.rect()))
        source = QRectF(
            (seen.topLeft() - target.topLeft()) * share,
            QSizeF(seen.width() * share, seen.height() * level.height() / target.height()),
        )
        painter.drawImage(seen, level, source)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._view.set_room(QSizeF(event.size()), self.devicePixelRatioF())
        self._changed()

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / NOTCH
        if self._picture is None or not notches:
            event.ignore()
            return
        self.zoom_by(WHEEL_ZOOM**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._picture is not None:
            self._pressed_at = event.position()
            self._is_panning = self._view.overflows
            if self._is_panning:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        moved = event.position() - self._pressed_at
        if self._is_panning:
            self._pressed_at = event.position()
            self._view.pan(moved)
            self._changed()
        elif moved.manhattanLength() >= QApplication.startDragDistance():
            self._pressed_at = None
            self.drag_wished.emit(self._small_pixmap())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None
        self._changed()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._picture is None:
            return
        if self._view.is_fitted:
            self.true_size(event.position())
        else:
            self.fit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._picture is not None:
            self.menu_wished.emit(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrows = {
            Qt.Key.Key_Left: QPointF(_PAN, 0),
            Qt.Key.Key_Right: QPointF(-_PAN, 0),
            Qt.Key.Key_Up: QPointF(0, _PAN),
            Qt.Key.Key_Down: QPointF(0, -_PAN),
        }
        key = Qt.Key(event.key())
        if self._picture is None:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(KEY_ZOOM)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / KEY_ZOOM)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_1:
            self.true_size()
        elif key == Qt.Key.Key_Space and self.is_animation:
            self.set_playing(not self.is_playing)
        elif key in arrows and self._view.overflows:
            self._view.pan(arrows[key])
            self._changed()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._movie is not None and self._wants_play:
            self._movie.setPaused(False)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._movie is not None:
            # Nobody looks: frames would only cost.
            self._movie.setPaused(True)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def _start_movie(self, picture: Picture) -> None:
        if picture.film is not None:
            self._movie = Flipbook(picture.film, self)
        else:
            self._buffer = QBuffer(self)
            self._buffer.setData(picture.movie)
            self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
            self._movie = QMovie(self._buffer, b"", self)
        self._movie.frameChanged.connect(lambda _number: self.update())
        self._movie.stateChanged.connect(self._on_movie_state_changed)
        self._wants_play = True
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
        self._words = ""
        self._pressed_at = None
        self._view.set_picture(QSizeF())

    def _changed(self) -> None:
        if self._pressed_at is None:
            pans = self._view.overflows
            shape = Qt.CursorShape.OpenHandCursor if pans else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
        if self._picture is not None:
            percent = round(100 * self.zoom)
            self.setAccessibleDescription(_("%d %% of its size") % percent)
            self.zoomed.emit(self.zoom)
        self.update()
