"""Takes an animated PNG apart: Qt shows only its first picture.

Each turn becomes a PNG of its own, still compressed, so that a long film costs no more memory
than its file. Runs in a thread, and never raises for a file: what is broken counts as no film.
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
    """One picture of the film: a PNG, its place on the canvas, and how long it stands."""

    png: bytes
    left: int
    top: int
    width: int
    height: int
    delay_ms: int
    after: After
    is_over: bool


@dataclass(frozen=True, slots=True)
class Film:
    """All turns; `plays` is 0 for one that never ends."""

    width: int
    height: int
    turns: tuple[Turn, ...]
    plays: int


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


def read_film(data: bytes) -> Film | None:
    """The film in a PNG's bytes; None when there is none, or no whole one."""
    try:
        return _film(data)
    except (struct.error, ValueError):
        return None


def _film(data: bytes) -> Film | None:
    head, plays, width, height = b"", 0, 0, 0
    shared: list[tuple[bytes, bytes]] = []
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
            shared.append((name, content))
        elif name in (b"fcTL", b"IEND"):
            if control and pieces:
                turns.append(_turn(control, head, shared, b"".join(pieces)))
            control, pieces = content, []
        elif name == b"IDAT" and control:
            pieces.append(content)
        elif name == b"fdAT":
            pieces.append(content[4:])
    inside = all(
        each.left + each.width <= width and each.top + each.height <= height for each in turns
    )
    return Film(width, height, tuple(turns), plays) if inside and len(turns) > 1 else None


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


def _turn(control: bytes, head: bytes, shared: list[tuple[bytes, bytes]], picture: bytes) -> Turn:
    width, height, left, top, count, parts, after, blend = struct.unpack_from(
        ">4xIIIIHHBB", control
    )
    delay_ms = round(1000 * count / (parts or _HUNDREDTHS))
    chunks = [(b"IHDR", struct.pack(">II", width, height) + head[8:]), *shared]
    chunks += [(b"IDAT", picture), (b"IEND", b"")]
    return Turn(
        png=_MARK + b"".join(_chunk(name, content) for name, content in chunks),
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
