"""Reads the size and length of a WebM or Matroska video.

The file consists of nested elements with numbers of variable width.
"""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0
_SCALE, _DURATION, _WIDTH, _HEIGHT, _CLUSTER = 0x2AD7B1, 0x4489, 0xB0, 0xBA, 0x1F43B675
_CONTAINER_IDS = (_SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO)
_VALUE_IDS = (_SCALE, _DURATION, _WIDTH, _HEIGHT)
_MAX_ELEMENTS = 400
"""Maximum number of elements read."""
_MAX_BEFORE_SEGMENT = 8


def read(file: IO[bytes], size: int) -> tuple[int, int, float]:
    """Returns width, height and seconds; 0 for unknown values. Raises ValueError if truncated."""
    scale, width, height, duration = 1_000_000, 0, 0, 0.0
    for name, content in _elements(file, 0, size, [_MAX_ELEMENTS]):
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
    """Returns the end that the video states for itself; None if it is open, as in a stream.

    Raises ValueError if the headers cannot be read.
    """
    offset = 0
    for _step in range(_MAX_BEFORE_SEGMENT):
        name, content_offset, length = _element_header(file, offset)
        if length is None:
            return None
        offset = content_offset + length
        if name == _SEGMENT or offset > size:
            return offset
    return None


def _elements(
    file: IO[bytes], begin: int, end: int, remaining: list[int]
) -> Iterator[tuple[int, bytes]]:
    offset = begin
    while offset < end and remaining[0] > 0:
        remaining[0] -= 1
        name, content_offset, length = _element_header(file, offset)
        stop = end if length is None else min(content_offset + length, end)
        if name == _CLUSTER:
            # The data of the video begins: all its metadata comes before.
            remaining[0] = 0
        elif name in _CONTAINER_IDS:
            yield from _elements(file, content_offset, stop, remaining)
        elif name in _VALUE_IDS and length is not None and length <= 8:
            yield name, file.read(length)
        offset = stop


def _element_header(file: IO[bytes], offset: int) -> tuple[int, int, int | None]:
    """Returns an element's id, the offset and the length of its content; None for open length."""
    file.seek(offset)
    name, name_bytes = _read_number(file, keeps_marker=True)
    length, length_bytes = _read_number(file, keeps_marker=False)
    is_open_ended = length == (1 << 7 * length_bytes) - 1
    return name, offset + name_bytes + length_bytes, None if is_open_ended else length


def _read_number(file: IO[bytes], *, keeps_marker: bool) -> tuple[int, int]:
    """Returns a number and its width in bytes, which the leading zeros of the first byte state."""
    first = file.read(1)
    if not first or not first[0]:
        raise ValueError("no number")
    width = 9 - first[0].bit_length()
    rest = file.read(width - 1)
    if len(rest) != width - 1:
        raise ValueError("cut")
    head = first[0] if keeps_marker else first[0] & (0xFF >> width)
    return int.from_bytes(bytes([head]) + rest, "big"), width
