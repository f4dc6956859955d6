"""Viewer for one picture or animation, fitted or zoomed, sharp on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QImage, QMovie, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QApplication, QWidget

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.images.apng import ApngPlayer
from runcomfy_desktop.ui.images.image_painter import (
    MIN_ZOOM_UNSMOOTHED,
    checkerboard_brush,
    draw_levels,
    paint_plate,
    plate_rect,
)
from runcomfy_desktop.ui.images.zoom_view import ZoomView
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.accessible_roles import set_accessible_role

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
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

    The wheel, + and - zoom; dragging pans; a double click and 1 show 100 %; 0 fits the picture; R
    rotates it in the view only. A plate shows the place and colour under the pointer. Emits
    `drag_requested` with a pixmap when a fitted picture is dragged, `menu_requested` with the
    event, `playing_changed` when an animation starts or stops, and `view_changed` when there may be
    another picture, zoom or place.
    """

    drag_requested = Signal(QPixmap)
    menu_requested = Signal(object)
    playing_changed = Signal(bool)
    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("picture_view", parent)
        self._picture: DecodedPicture | None = None
        self._movie: QMovie | ApngPlayer | None = None
        self._buffer: QBuffer | None = None
        self._pressed_at: QPointF | None = None
        self._is_panning = False
        self._should_play = True
        self._quarter_turns = 0
        self._has_checkerboard = True
        self._plate_text = ""
        self._plate = QRect()
        self.setMouseTracking(True)
        set_accessible_role(self, QAccessible.Role.Graphic)
        self.setMinimumSize(32 * STEP, 32 * STEP)

    # Content

    def show_picture(self, picture: DecodedPicture, name: str) -> None:
        """Shows a decoded picture, fitted and upright; an animation starts playing.

        A newer state of the same picture, with the same size, keeps zoom, place and rotation.
        """
        old = self._picture
        is_same = old is not None and (old.path, old.size) == (picture.path, picture.size)
        self._clear(keeps_view=is_same)
        self._picture = picture
        if not is_same:
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

    def rotate(self, quarter_turns: int = 1) -> None:
        """Rotates the view of the picture clockwise; the file does not change."""
        if self._picture is None:
            return
        self._quarter_turns = (self._quarter_turns + quarter_turns) % 4
        if quarter_turns % 2:
            self._transform.rotate_picture()
        self._on_view_changed()

    @property
    def is_transparent(self) -> bool:
        """True if parts of the picture may be transparent."""
        return self._picture is not None and any(
            level.hasAlphaChannel() for level in self._picture.levels[:1]
        )

    @property
    def has_checkerboard(self) -> bool:
        return self._has_checkerboard

    def set_checkerboard(self, shown: bool) -> None:
        """Shows a checkerboard behind transparent parts, or the plain ground."""
        self._has_checkerboard = shown
        self.update()

    @property
    def plate_text(self) -> str:
        """The place and colour under the pointer; "" outside the picture."""
        return self._plate_text

    # Qt events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(colours(self.palette()).panel))
        target = self._transform.picture_rect()
        if target.isEmpty():
            self._paint_message(painter)
        else:
            self._paint_picture(painter, target)
        if self._plate_text:
            paint_plate(painter, self._plate, self._plate_text)
        if self.hasFocus():
            self._paint_frame(painter)

    def _paint_picture(self, painter: QPainter, target: QRectF) -> None:
        visible = self._visible_rect()
        if self.is_transparent and self._has_checkerboard:
            painter.fillRect(visible, checkerboard_brush(colours(self.palette())))
        painter.save()
        if self._quarter_turns:
            upright = self._rotation()
            painter.setTransform(upright, combine=True)
            target, visible = (upright.inverted()[0].mapRect(each) for each in (target, visible))
        if self._movie is not None:
            smooth = self.zoom < MIN_ZOOM_UNSMOOTHED
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            frame = self._movie.currentPixmap()
            painter.drawPixmap(target, frame, QRectF(frame.rect()))
        elif self._picture is not None:
            draw_levels(painter, self._picture.levels, target, visible)
        painter.restore()

    def _rotation(self) -> QTransform:
        """Returns the rotation about the picture's centre in the view."""
        centre = self._transform.picture_rect().center()
        around_centre = QTransform.fromTranslate(centre.x(), centre.y())
        around_centre.rotate(90.0 * self._quarter_turns)
        return around_centre.translate(-centre.x(), -centre.y())

    # The plate

    def _show_plate(self, at: QPointF | None) -> None:
        """Shows the place and colour at a point of the view; only the plate is painted again."""
        text = "" if at is None else self._text_at(at)
        if text == self._plate_text:
            return
        bottom_left = QPoint(2 * STEP, self.height() - 2 * STEP)
        plate = plate_rect(text, self.fontMetrics(), bottom_left) if text else QRect()
        # One pixel more, for the smoothed edge.
        for area in (self._plate, plate):
            self.update(area.adjusted(-1, -1, 1, 1))
        self._plate_text, self._plate = text, plate

    def _text_at(self, at: QPointF) -> str:
        target = self._transform.picture_rect()
        if self._picture is None or not target.contains(at):
            return ""
        upright = self._rotation().inverted()[0]
        file_rect = upright.mapRect(target)
        # A pointer's position is the corner of a pixel of the screen.
        middle = at + QPointF(0.5, 0.5) / self.devicePixelRatioF()
        place = upright.map(middle) - file_rect.topLeft()
        share_x, share_y = place.x() / file_rect.width(), place.y() / file_rect.height()
        size, image = self._picture.size, self._shown_image()
        x = min(int(share_x * size.width()), size.width() - 1)
        y = min(int(share_y * size.height()), size.height() - 1)
        text = _("x %d, y %d") % (x, y)
        if image.isNull() or self._picture.is_thumbnail:
            return text
        # A gigantic picture is reduced: its colours are those of the reduced one.
        colour = image.pixelColor(
            min(x * image.width() // size.width(), image.width() - 1),
            min(y * image.height() // size.height(), image.height() - 1),
        )
        text += f" · {colour.name().upper()}"
        return text if colour.alpha() == 255 else text + f" · {round(100 * colour.alphaF())} %"

    def _shown_image(self) -> QImage:
        """Returns the picture or frame; quick, because neither is copied."""
        if self._movie is not None:
            return self._movie.currentPixmap().toImage()
        has_levels = self._picture is not None and self._picture.levels
        return self._picture.levels[0] if self._picture and has_levels else QImage()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._picture is not None:
            self._pressed_at = event.position()
            self._is_panning = self._transform.overflows
            if self._is_panning:
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._show_plate(event.position())
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

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._show_plate(None)

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
        if key == Qt.Key.Key_K and self.is_animation:
            self.set_playing(not self.is_playing)
        elif key == Qt.Key.Key_R and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            is_back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.rotate(-1 if is_back else 1)
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

    def _clear(self, *, keeps_view: bool = False) -> None:
        if self._movie is not None:
            self._movie.stop()
            self._movie.deleteLater()
        if self._buffer is not None:
            self._buffer.deleteLater()
        self._movie = self._buffer = self._picture = None
        self._message = ""
        self._show_plate(None)
        if not keeps_view:
            self._pressed_at = None
            self._quarter_turns = 0
            self._transform.set_picture_size(QSizeF())

    def _on_view_changed(self) -> None:
        if self._pressed_at is None:
            self._show_pan_cursor()
        if self._picture is not None:
            percent = round(100 * self.zoom)
            self.setAccessibleDescription(_("%d %% of its size") % percent)
        self._show_plate(None)
        self.view_changed.emit()
        super()._on_view_changed()
