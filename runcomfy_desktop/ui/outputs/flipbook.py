"""Plays an animated PNG as QMovie plays the formats that Qt knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QMovie, QPainter, QPixmap

from runcomfy_desktop.ui.outputs.apng import After

if TYPE_CHECKING:
    from runcomfy_desktop.ui.outputs.apng import Film, Turn


class Flipbook(QObject):
    """Has the part of QMovie's face that the viewer uses. Emits `frameChanged` with the number
    of the turn and `stateChanged` with QMovie's state."""

    frameChanged = Signal(int)  # noqa: N815 - QMovie's name
    stateChanged = Signal(QMovie.MovieState)  # noqa: N815 - QMovie's name

    def __init__(self, film: Film, parent: QObject) -> None:
        super().__init__(parent)
        self._film = film
        self._state = QMovie.MovieState.NotRunning
        self._number = -1
        self._played = 0
        self._canvas = QImage()
        self._before = QImage()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timer_timeout)

    def state(self) -> QMovie.MovieState:
        return self._state

    def currentPixmap(self) -> QPixmap:  # noqa: N802 - QMovie's name
        return QPixmap.fromImage(self._canvas)

    def start(self) -> None:
        self._number, self._played = -1, 0
        self._turn_to(QMovie.MovieState.Running)
        self._on_timer_timeout()

    def stop(self) -> None:
        self._timer.stop()
        self._turn_to(QMovie.MovieState.NotRunning)

    def setPaused(self, paused: bool) -> None:  # noqa: N802 - QMovie's name
        if self._state is QMovie.MovieState.NotRunning:
            return
        if paused:
            self._timer.stop()
            self._turn_to(QMovie.MovieState.Paused)
        elif self._state is QMovie.MovieState.Paused:
            self._turn_to(QMovie.MovieState.Running)
            self._timer.start(self._film.turns[self._number].delay_ms)

    def _turn_to(self, state: QMovie.MovieState) -> None:
        if state is not self._state:
            self._state = state
            self.stateChanged.emit(state)

    def _on_timer_timeout(self) -> None:
        number = self._number + 1
        if number == len(self._film.turns):
            self._played += 1
            if self._played == self._film.plays:
                self.stop()
                return
            number = 0
        self._draw(number)
        self._timer.start(self._film.turns[number].delay_ms)
        self.frameChanged.emit(number)

    def _draw(self, number: int) -> None:
        if number == 0:
            size = (self._film.width, self._film.height)
            self._canvas = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
            self._canvas.fill(Qt.GlobalColor.transparent)
        else:
            self._clear_up(self._film.turns[self._number])
        turn = self._film.turns[number]
        self._number = number
        if turn.after is After.RESTORE:
            self._before = self._canvas.copy()
        picture = QImage.fromData(self._film.png(turn))
        if picture.isNull():
            # Broken in the middle: what stands there stays for its time.
            return
        painter = QPainter(self._canvas)
        if not turn.is_over:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(turn.left, turn.top, picture)
        painter.end()

    def _clear_up(self, turn: Turn) -> None:
        if turn.after is After.RESTORE and not self._before.isNull():
            self._canvas, self._before = self._before, QImage()
        elif turn.after is After.CLEAR:
            painter = QPainter(self._canvas)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
            place = QRect(turn.left, turn.top, turn.width, turn.height)
            painter.fillRect(place, Qt.GlobalColor.transparent)
            painter.end()
