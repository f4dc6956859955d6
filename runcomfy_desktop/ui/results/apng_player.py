"""Plays an animated PNG as QMovie plays the formats that Qt knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QMovie, QPainter, QPixmap

from runcomfy_desktop.ui.images.apng import FrameDisposal

if TYPE_CHECKING:
    from runcomfy_desktop.ui.images.apng import ApngAnimation, ApngFrame


class ApngPlayer(QObject):
    """Has the part of QMovie's face that the viewer uses. Emits `frameChanged` with the number
    of the turn and `stateChanged` with QMovie's state."""

    frameChanged = Signal(int)  # noqa: N815 - QMovie's name
    stateChanged = Signal(QMovie.MovieState)  # noqa: N815 - QMovie's name

    def __init__(self, animation: ApngAnimation, parent: QObject) -> None:
        super().__init__(parent)
        self._animation = animation
        self._state = QMovie.MovieState.NotRunning
        self._frame_index = -1
        self._loops_played = 0
        self._canvas = QImage()
        self._saved_canvas = QImage()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timer_timeout)

    def state(self) -> QMovie.MovieState:
        return self._state

    def currentPixmap(self) -> QPixmap:  # noqa: N802 - QMovie's name
        return QPixmap.fromImage(self._canvas)

    def start(self) -> None:
        self._frame_index, self._loops_played = -1, 0
        self._set_state(QMovie.MovieState.Running)
        self._on_timer_timeout()

    def stop(self) -> None:
        self._timer.stop()
        self._set_state(QMovie.MovieState.NotRunning)

    def setPaused(self, paused: bool) -> None:  # noqa: N802 - QMovie's name
        if self._state is QMovie.MovieState.NotRunning:
            return
        if paused:
            self._timer.stop()
            self._set_state(QMovie.MovieState.Paused)
        elif self._state is QMovie.MovieState.Paused:
            self._set_state(QMovie.MovieState.Running)
            self._timer.start(self._animation.frames[self._frame_index].delay_ms)

    def _set_state(self, state: QMovie.MovieState) -> None:
        if state is not self._state:
            self._state = state
            self.stateChanged.emit(state)

    def _on_timer_timeout(self) -> None:
        index = self._frame_index + 1
        if index == len(self._animation.frames):
            self._loops_played += 1
            if self._loops_played == self._animation.loop_count:
                self.stop()
                return
            index = 0
        self._draw(index)
        self._timer.start(self._animation.frames[index].delay_ms)
        self.frameChanged.emit(index)

    def _draw(self, index: int) -> None:
        if index == 0:
            size = (self._animation.width, self._animation.height)
            self._canvas = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
            self._canvas.fill(Qt.GlobalColor.transparent)
        else:
            self._dispose(self._animation.frames[self._frame_index])
        frame = self._animation.frames[index]
        self._frame_index = index
        if frame.disposal is FrameDisposal.RESTORE:
            self._saved_canvas = self._canvas.copy()
        picture = QImage.fromData(self._animation.frame_png(frame))
        if picture.isNull():
            # Broken in the middle: what stands there stays for its time.
            return
        painter = QPainter(self._canvas)
        if not frame.blends_over:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(frame.left, frame.top, picture)
        painter.end()

    def _dispose(self, frame: ApngFrame) -> None:
        if frame.disposal is FrameDisposal.RESTORE and not self._saved_canvas.isNull():
            self._canvas, self._saved_canvas = self._saved_canvas, QImage()
        elif frame.disposal is FrameDisposal.CLEAR:
            painter = QPainter(self._canvas)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
            rect = QRect(frame.left, frame.top, frame.width, frame.height)
            painter.fillRect(rect, Qt.GlobalColor.transparent)
            painter.end()
