"""Pictures with embedded text, assembled byte by byte as other programs write them."""

from __future__ import annotations

import struct
import zlib

PNG = b"\x89PNG\r\n\x1a\n"
MODEL, MAKE, SUB_FOLDER, USER_COMMENT = 0x0110, 0x010F, 0x8769, 0x9286


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes) -> bytes:
    """Returns a PNG of one pixel with these chunks before the pixel data."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"".join((PNG, header, *chunks, pixels, chunk(b"IEND", b"")))


def text_chunk(name: str, text: str) -> bytes:
    return chunk(b"tEXt", name.encode() + b"\0" + text.encode("latin-1"))


def packed_chunk(name: str, text: bytes) -> bytes:
    return chunk(b"zTXt", name.encode() + b"\0\0" + zlib.compress(text))


def international_chunk(name: str, text: str, *, packed: bool = False) -> bytes:
    body = zlib.compress(text.encode()) if packed else text.encode()
    return chunk(b"iTXt", name.encode() + b"\0" + bytes([packed, 0]) + b"en\0Name\0" + body)


def tiff(entries: dict[int, bytes], order: str = "<", comment: bytes = b"") -> bytes:
    """Returns EXIF data with these texts by tag, and `comment` in a separate directory."""
    count = len(entries) + bool(comment)
    offset = 8 + 2 + 12 * count + 4
    rows, body = b"", b""
    for tag, raw in entries.items():
        stored = (
            raw.ljust(4, b"\0") if len(raw) <= 4 else struct.pack(order + "I", offset + len(body))
        )
        rows += struct.pack(order + "HHI", tag, 2, len(raw)) + stored
        body += raw if len(raw) > 4 else b""
    if comment:
        folder = offset + len(body)
        rows += struct.pack(order + "HHII", SUB_FOLDER, 4, 1, folder)
        inner = struct.pack(order + "HHHII", 1, USER_COMMENT, 7, len(comment), folder + 18)
        body += inner + struct.pack(order + "I", 0) + comment
    mark = b"II*\0" if order == "<" else b"MM\0*"
    header = mark + struct.pack(order + "I", 8) + struct.pack(order + "H", count)
    return header + rows + struct.pack(order + "I", 0) + body


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
        for kind, data in ((b"VP8L", b"\x2f\0\0\0\0"), *chunks)
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def jpeg(*segments: tuple[int, bytes]) -> bytes:
    body = b"".join(
        bytes([0xFF, kind]) + struct.pack(">H", len(data) + 2) + data for kind, data in segments
    )
    return b"\xff\xd8" + body + b"\xff\xda\0\x02\xff\xd9"
