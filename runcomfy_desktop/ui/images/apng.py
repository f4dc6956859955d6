"""Takes an animated PNG apart: Qt shows only its first picture.

Each turn stays compressed and becomes a PNG of its own when it is drawn, so that a long film costs
no more memory than its file. Nothing here raises for a file: what is broken counts as no film.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# What a picture needs besides its own data: palette, transparency, colour space.
_SHARED_CHUNKS = frozenset((b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"))
# Browsers take a shorter pause for a mistake as well.
_MIN_DELAY_MS = 20
_DEFAULT_DELAY_MS = 100
_DEFAULT_DELAY_DEN = 100


class FrameDisposal(IntEnum):
    """What becomes of a turn's place before the next one is drawn."""

    KEEP = 0
    CLEAR = 1
    RESTORE = 2


@dataclass(frozen=True, slots=True)
class ApngFrame:
    """One picture of the film: its data, its place on the canvas, and how long it stands."""

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
    """All turns, and what each needs of the whole file; `loop_count` is 0 for one that never
    ends."""

    width: int
    height: int
    frames: tuple[ApngFrame, ...]
    loop_count: int
    header_tail: bytes
    shared_chunks: bytes

    def frame_png(self, frame: ApngFrame) -> bytes:
        """The turn as a file of its own."""
        head = struct.pack(">II", frame.width, frame.height) + self.header_tail
        parts = (_chunk(b"IHDR", head), self.shared_chunks, _chunk(b"IDAT", frame.data))
        return b"".join((_SIGNATURE, *parts, _chunk(b"IEND", b"")))


def is_animated_png(file: IO[bytes]) -> bool:
    """Whether an opened file says of itself that it moves; reads no more of it than that takes.

    ComfyUI puts whole workflows before the word, so it is not looked for in the first bytes.
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
    """The film in a PNG's bytes; None when there is none, or it is broken or too large."""
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
