"""Pictures of one pixel, each with words of its own: a day of ten thousand runs need not paint."""

from __future__ import annotations

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PIXEL = zlib.compress(b"\0\x20\x40\x60")


def tiny_png(text: str) -> bytes:
    """A sound PNG, unlike that of any other words."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    comment = b"Comment\0" + text.encode("latin-1", "replace")
    return (
        _SIGNATURE
        + png_chunk(b"IHDR", header)
        + png_chunk(b"tEXt", comment)
        + png_chunk(b"IDAT", _PIXEL)
        + png_chunk(b"IEND", b"")
    )


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """One part of a PNG."""
    checked = kind + data
    return len(data).to_bytes(4, "big") + checked + zlib.crc32(checked).to_bytes(4, "big")
