"""The size and length of a WebM or Matroska film: numbers of varying width in nested elements."""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0
_SCALE, _DURATION, _WIDTH, _HEIGHT, _CLUSTER = 0x2AD7B1, 0x4489, 0xB0, 0xBA, 0x1F43B675
_OPENED = (_SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO)
_READ = (_SCALE, _DURATION, _WIDTH, _HEIGHT)
_ELEMENTS = 400
"""At most so many are looked at."""
_BEFORE_SEGMENT = 8


def read(file: IO[bytes], size: int) -> tuple[int, int, float]:
    """Width, height and seconds; 0 for what it does not say. Raises ValueError when it is cut."""
    scale, width, height, duration = 1_000_000, 0, 0, 0.0
    for name, content in _elements(file, 0, size, [_ELEMENTS]):
        if name == _SCALE:
            scale = int.from_bytes(content, "big")
        elif name == _DURATION:
            duration = struct.unpack(">f" if len(content) == 4 else ">d", content)[0]
        elif name == _WIDTH and not width:
            width = int.from_bytes(content, "big")
        elif name == _HEIGHT and not height:
            height = int.from_bytes(content, "big")
    return width, height, duration * scale / 1e9


def segment_end(file: IO[bytes], size: int) -> int | None:
    """Returns the end that the film states for itself; None when it is open, as in a stream.

    Raises ValueError when that cannot be read.
    """
    at = 0
    for _step in range(_BEFORE_SEGMENT):
        name, inside, length = _head(file, at)
        if length is None:
            return None
        at = inside + length
        if name == _SEGMENT or at > size:
            return at
    return None


def _elements(
    file: IO[bytes], begin: int, end: int, left: list[int]
) -> Iterator[tuple[int, bytes]]:
    at = begin
    while at < end and left[0] > 0:
        left[0] -= 1
        name, inside, length = _head(file, at)
        stop = end if length is None else min(inside + length, end)
        if name == _CLUSTER:
            # The film itself begins: what it says of itself stands before.
            left[0] = 0
        elif name in _OPENED:
            yield from _elements(file, inside, stop, left)
        elif name in _READ and length is not None and length <= 8:
            yield name, file.read(length)
        at = stop


def _head(file: IO[bytes], at: int) -> tuple[int, int, int | None]:
    """The name of an element, the place of its content, and its length; None when that is open."""
    file.seek(at)
    name, name_bytes = _number(file, keeps_mark=True)
    length, length_bytes = _number(file, keeps_mark=False)
    is_open_ended = length == (1 << 7 * length_bytes) - 1
    return name, at + name_bytes + length_bytes, None if is_open_ended else length


def _number(file: IO[bytes], *, keeps_mark: bool) -> tuple[int, int]:
    """A number and how many bytes it took: the leading zeros of the first byte say how many."""
    first = file.read(1)
    if not first or not first[0]:
        raise ValueError("no number")
    width = 9 - first[0].bit_length()
    rest = file.read(width - 1)
    if len(rest) != width - 1:
        raise ValueError("cut")
    head = first[0] if keeps_mark else first[0] & (0xFF >> width)
    return int.from_bytes(bytes([head]) + rest, "big"), width
