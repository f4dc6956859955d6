"""Parses and plays animated PNGs, of which Qt shows only the first frame.

Each frame stays compressed and becomes a separate PNG when it is drawn, so that a long animation
takes no more memory than its file. Nothing here raises for a bad file: a damaged file counts as not
animated.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import IO, TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QMovie, QPainter, QPixmap

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Chunks needed by each frame in addition to its data: palette, transparency, colour space.
_SHARED_CHUNKS = frozenset((b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"))
# Browsers also treat a shorter delay as a mistake.
_MIN_DELAY_MS = 20
_DEFAULT_DELAY_MS = 100
_DEFAULT_DELAY_DEN = 100


class FrameDisposal(IntEnum):
    """Treatment of a frame's area before the next frame is drawn."""

    KEEP = 0
    CLEAR = 1
    RESTORE = 2


@dataclass(frozen=True, slots=True)
class ApngFrame:
    """One frame: its data, its place on the canvas, and its duration."""

    data: bytes
    left: int
    top: int
    width: int
    height: int
    delay_ms: int
    disposal: FrameDisposal
    blends_over: bool


@dataclass(frozen=True, slots=True)
class ApngAnimation:
    """All frames with the chunks they share.

    `loop_count` is 0 for an endless animation.
    """

    width: int
    height: int
    frames: tuple[ApngFrame, ...]
    loop_count: int
    header_tail: bytes
    shared_chunks: bytes

    def frame_png(self, frame: ApngFrame) -> bytes:
        """Returns the frame as a separate PNG file."""
        head = struct.pack(">II", frame.width, frame.height) + self.header_tail
        parts = (_chunk(b"IHDR", head), self.shared_chunks, _chunk(b"IDAT", frame.data))
        return b"".join((_SIGNATURE, *parts, _chunk(b"IEND", b"")))


def is_animated_png(file: IO[bytes]) -> bool:
    """Reports whether an open file declares itself as animated; reads no more than necessary.

    ComfyUI stores whole workflows before the chunk that declares it, so the first bytes are not
    enough.
    """
    if file.read(len(_SIGNATURE)) != _SIGNATURE:
        return False
    while len(start := file.read(8)) == 8:
        size, name = struct.unpack(">I4s", start)
        if name in (b"acTL", b"IDAT"):
            return bool(name == b"acTL")
        file.seek(size + 4, os.SEEK_CUR)
    return False


def read_animation(data: bytes, max_pixels: int) -> ApngAnimation | None:
    """Returns the animation in a PNG; None if there is none, or if it is damaged or too large."""
    try:
        animation = _parse_animation(data)
    except (struct.error, ValueError):
        return None
    return (
        animation
        if animation is not None and 0 < animation.width * animation.height <= max_pixels
        else None
    )


def _parse_animation(data: bytes) -> ApngAnimation | None:
    head, loop_count, width, height = b"", 0, 0, 0
    shared_chunks: list[bytes] = []
    control = b""
    data_chunks: list[bytes] = []
    frames: list[ApngFrame] = []
    for name, content in _chunks(data):
        if name == b"IHDR":
            head = content
            width, height = struct.unpack_from(">II", content)
        elif name == b"acTL":
            loop_count = struct.unpack_from(">I", content, 4)[0]
        elif name in _SHARED_CHUNKS:
            shared_chunks.append(_chunk(name, content))
        elif name in (b"fcTL", b"IEND"):
            if control and data_chunks:
                frames.append(_parse_frame(control, b"".join(data_chunks)))
            control, data_chunks = content, []
        elif name == b"IDAT" and control:
            data_chunks.append(content)
        elif name == b"fdAT":
            data_chunks.append(content[4:])
    fits_canvas = all(
        each.left + each.width <= width and each.top + each.height <= height for each in frames
    )
    if not fits_canvas or len(frames) < 2:
        return None
    return ApngAnimation(
        width, height, tuple(frames), loop_count, head[8:], b"".join(shared_chunks)
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    offset = len(_SIGNATURE)
    while offset < len(data):
        size, name = struct.unpack_from(">I4s", data, offset)
        content = data[offset + 8 : offset + 8 + size]
        if len(content) < size:
            raise ValueError("cut off")
        yield name, content
        if name == b"IEND":
            return
        offset += size + 12
    raise ValueError("without an end")


def _parse_frame(control: bytes, data: bytes) -> ApngFrame:
    width, height, left, top, delay_num, delay_den, disposal, blend = struct.unpack_from(
        ">4xIIIIHHBB", control
    )
    delay_ms = round(1000 * delay_num / (delay_den or _DEFAULT_DELAY_DEN))
    return ApngFrame(
        data=data,
        left=left,
        top=top,
        width=width,
        height=height,
        delay_ms=delay_ms if delay_ms >= _MIN_DELAY_MS else _DEFAULT_DELAY_MS,
        disposal=FrameDisposal(disposal),
        blends_over=blend == 1,
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


class ApngPlayer(QObject):
    """Plays an animated PNG the way QMovie plays the formats that Qt knows.

    It has the part of QMovie's interface that the viewer uses. Emits `frameChanged` with the number
    of the frame and `stateChanged` with QMovie's state.
    """

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
            # A damaged frame leaves the previous one in place for its duration.
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
