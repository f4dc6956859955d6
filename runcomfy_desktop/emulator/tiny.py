"""Pictures of one pixel, each with words of its own: a day of ten thousand runs need not paint."""

from __future__ import annotations

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PIXEL = zlib.compress(b"\0\x20\x40\x60")


def tiny_png(words: str) -> bytes:
    """A sound PNG, unlike that of any other words."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    text = b"Comment\0" + words.encode("latin-1", "replace")
    return (
        _SIGNATURE
        + chunk(b"IHDR", head)
        + chunk(b"tEXt", text)
        + chunk(b"IDAT", _PIXEL)
        + chunk(b"IEND", b"")
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    """One part of a PNG."""
    summed = kind + data
    return len(data).to_bytes(4, "big") + summed + zlib.crc32(summed).to_bytes(4, "big")
