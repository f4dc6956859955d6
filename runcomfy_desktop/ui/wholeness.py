"""Whether a picture's file has its end: decoders show a cut JPEG as if it were whole.

RunComfy's machines refuse such a file after they have started, and starting is paid for. Files
are looked at in pieces, because they can have half a gigabyte.
"""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PNG_HEAD = b"\x89PNG\r\n\x1a\n"

_PIECE_BYTES = 1024 * 1024
_JPEG_END = b"\xff\xd9"
_START_OF_SCAN = 0xDA
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
# Markers that stand alone; all others have a length behind them.
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
# Half a gigabyte in the usual pieces has 65,000; a file of nothing but empty ones has millions.
_MOST_CHUNKS = 200_000
_MOST_MARKERS = 10_000


def is_whole(file: IO[bytes]) -> bool:
    """Whether the file has its end; true for kinds that do not tell."""
    head = _head(file)
    if head.startswith(PNG_HEAD):
        return any(name == b"IEND" for name, _at, _length in png_chunks(file))
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg_has_end(file)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return file.seek(0, 2) >= int.from_bytes(head[4:8], "little") + 8
    return True


def is_progressive(file: IO[bytes]) -> bool:
    """Whether it is a JPEG which has to be taken apart as a whole, at whatever size it is shown."""
    is_jpeg = _head(file).startswith(b"\xff\xd8\xff")
    return is_jpeg and any(marker in _PROGRESSIVE for marker in _jpeg_markers(file))


def png_chunks(file: IO[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and length of each chunk that is there as a whole."""
    end = file.seek(0, 2)
    at = len(PNG_HEAD)
    for _step in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        length, name = struct.unpack(">I4s", head)
        # The four bytes behind it are its checksum.
        if at + 12 + length > end:
            return
        yield name, at + 8, length
        at += 12 + length


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(12)


def _jpeg_markers(file: IO[bytes]) -> Iterator[int]:
    """The markers up to the picture itself, where the file is left standing."""
    at = 2
    for _step in range(_MOST_MARKERS):
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            return
        marker = head[1]
        if marker == 0xFF:
            at += 1
            continue
        yield marker
        if marker == _START_OF_SCAN:
            return
        at += 2 if marker in _BARE else 2 + int.from_bytes(head[2:4], "big")


def _jpeg_has_end(file: IO[bytes]) -> bool:
    """The end is looked for behind the head, which may hold a small JPEG of its own."""
    if _START_OF_SCAN not in _jpeg_markers(file):
        return False
    last = b""
    while piece := file.read(_PIECE_BYTES):
        # Inside the picture's own bytes no such pair can stand.
        if _JPEG_END in last + piece:
            return True
        last = piece[-1:]
    return False
