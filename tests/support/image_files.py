"""Huge and damaged pictures, created without painting them."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB, _RGBA = 0, 2, 6
_SAMPLES = {_GREY: 1, _RGB: 3, _RGBA: 4}
_PACKED_BYTES = 1_000_000
_ZLIB_HEADER = b"\x78\x01"
# An empty block that marks the end of the data.
_LAST_BLOCK = b"\x03\x00"


def png_chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png_header(width: int, height: int, colour: int = 2, *, interlaced: bool = False) -> bytes:
    content = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, int(interlaced))
    return PNG_SIGNATURE + png_chunk(b"IHDR", content)


def write_png(path: Path, width: int, height: int, colour: int = 2) -> Path:
    """Writes a PNG of any size in one colour."""
    pixel = bytes((200, 40, 90, 255)[: _SAMPLES[colour]])
    with path.open("wb") as file:
        file.writelines(_one_colour(width, height, colour, pixel))
    return path


def one_colour_png(pixel: bytes, width: int, height: int) -> bytes:
    """Returns a PNG in one colour, with transparency if the pixel has four bytes."""
    return b"".join(_one_colour(width, height, _RGBA if len(pixel) == 4 else _RGB, pixel))


def _one_colour(width: int, height: int, colour: int, pixel: bytes) -> Iterator[bytes]:
    """Yields the file; identical rows are compressed once and written repeatedly."""
    row = b"\0" + pixel * width
    at_once = max(1, min(height, _PACKED_BYTES // len(row)))
    some, rest = row * at_once, row * (height % at_once)
    packed, check = _independent_block(some), 1
    yield png_header(width, height, colour)
    yield png_chunk(b"IDAT", _ZLIB_HEADER)
    for _time in range(height // at_once):
        yield png_chunk(b"IDAT", packed)
        check = zlib.adler32(some, check)
    check = zlib.adler32(rest, check)
    yield png_chunk(b"IDAT", _independent_block(rest) + _LAST_BLOCK + struct.pack(">I", check))
    yield png_chunk(b"IEND", b"")


def _independent_block(data: bytes) -> bytes:
    """Compresses data so that it can be inserted anywhere: it has no references to earlier data."""
    packer = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)


def png_claiming_size(width: int, height: int, *, interlaced: bool = False) -> bytes:
    """Returns a small valid file that claims a size, as decompression bombs do."""
    data = zlib.compress(bytes(1000))
    header = png_header(width, height, interlaced=interlaced)
    return header + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def noisy_image(kind: str, size: tuple[int, int] = (300, 200), **options: object) -> bytes:
    """Returns a picture of noise, which makes a large file; always the same for one size."""
    noise = Image.frombytes("L", size, random.Random(90).randbytes(size[0] * size[1]))
    image = Image.merge("RGB", (noise, noise.transpose(Image.Transpose.ROTATE_180), noise))
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def cut_off(data: bytes, share: float = 0.6) -> bytes:
    return data[: int(len(data) * share)]
