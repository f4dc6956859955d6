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

_MARK = b"\x89PNG\r\n\x1a\n"
# What a picture needs besides its own data: palette, transparency, colour space.
_SHARED = frozenset((b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"))
# Browsers take a shorter pause for a mistake as well.
_SHORTEST_MS = 20
_USUAL_MS = 100
_HUNDREDTHS = 100


class After(IntEnum):
    """What becomes of a turn's place before the next one is drawn."""

    KEEP = 0
    CLEAR = 1
    RESTORE = 2


@dataclass(frozen=True, slots=True)
class Turn:
    """One picture of the film: its data, its place on the canvas, and how long it stands."""

    data: bytes
    left: int
    top: int
    width: int
    height: int
    delay_ms: int
    after: After
    is_over: bool


@dataclass(frozen=True, slots=True)
class Film:
    """All turns, and what each needs of the whole file; `plays` is 0 for one that never ends."""

    width: int
    height: int
    turns: tuple[Turn, ...]
    plays: int
    pixels: bytes
    shared: bytes

    def png(self, turn: Turn) -> bytes:
        """The turn as a file of its own."""
        head = struct.pack(">II", turn.width, turn.height) + self.pixels
        parts = (_chunk(b"IHDR", head), self.shared, _chunk(b"IDAT", turn.data))
        return b"".join((_MARK, *parts, _chunk(b"IEND", b"")))


def is_film(file: IO[bytes]) -> bool:
    """Whether an opened file says of itself that it moves; reads no more of it than that takes.

    ComfyUI puts whole workflows before the word, so it is not looked for in the first bytes.
    """
    if file.read(len(_MARK)) != _MARK:
        return False
    while len(start := file.read(8)) == 8:
        size, name = struct.unpack(">I4s", start)
        if name in (b"acTL", b"IDAT"):
            return bool(name == b"acTL")
        file.seek(size + 4, os.SEEK_CUR)
    return False


def read_film(data: bytes, max_pixels: int) -> Film | None:
    """The film in a PNG's bytes; None when there is none, or it is broken or too large."""
    try:
        film = _film(data)
    except (struct.error, ValueError):
        return None
    return film if film is not None and 0 < film.width * film.height <= max_pixels else None


def _film(data: bytes) -> Film | None:
    head, plays, width, height = b"", 0, 0, 0
    shared: list[bytes] = []
    control = b""
    pieces: list[bytes] = []
    turns: list[Turn] = []
    for name, content in _chunks(data):
        if name == b"IHDR":
            head = content
            width, height = struct.unpack_from(">II", content)
        elif name == b"acTL":
            plays = struct.unpack_from(">I", content, 4)[0]
        elif name in _SHARED:
            shared.append(_chunk(name, content))
        elif name in (b"fcTL", b"IEND"):
            if control and pieces:
                turns.append(_turn(control, b"".join(pieces)))
            control, pieces = content, []
        elif name == b"IDAT" and control:
            pieces.append(content)
        elif name == b"fdAT":
            pieces.append(content[4:])
    inside = all(
        each.left + each.width <= width and each.top + each.height <= height for each in turns
    )
    if not inside or len(turns) < 2:
        return None
    return Film(width, height, tuple(turns), plays, head[8:], b"".join(shared))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_MARK)
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + 8 + size]
        if len(content) < size:
            raise ValueError("cut off")
        yield name, content
        if name == b"IEND":
            return
        at += size + 12
    raise ValueError("without an end")


def _turn(control: bytes, data: bytes) -> Turn:
    width, height, left, top, count, parts, after, blend = struct.unpack_from(
        ">4xIIIIHHBB", control
    )
    delay_ms = round(1000 * count / (parts or _HUNDREDTHS))
    return Turn(
        data=data,
        left=left,
        top=top,
        width=width,
        height=height,
        delay_ms=delay_ms if delay_ms >= _SHORTEST_MS else _USUAL_MS,
        after=After(after),
        is_over=blend == 1,
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
