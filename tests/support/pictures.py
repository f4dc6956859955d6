"""Gigantic and broken pictures, made without being drawn."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_SAMPLES = {0: 1, 2: 3, 6: 4}


def png_chunk(name: bytes, said: bytes) -> bytes:
    return struct.pack(">I", len(said)) + name + said + struct.pack(">I", zlib.crc32(name + said))


def png_head(width: int, height: int, colour: int = 2, *, interlaced: bool = False) -> bytes:
    said = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, int(interlaced))
    return PNG_HEAD + png_chunk(b"IHDR", said)


def write_png(path: Path, width: int, height: int, colour: int = 2) -> Path:
    """A PNG in one colour of whatever size, written row by row."""
    row = b"\0" + bytes((200, 40, 90, 255)[: _SAMPLES[colour]]) * width
    packer = zlib.compressobj(1)
    with path.open("wb") as file:
        file.write(png_head(width, height, colour))
        for _row in range(height):
            packed = packer.compress(row)
            if packed:
                file.write(png_chunk(b"IDAT", packed))
        file.write(png_chunk(b"IDAT", packer.flush()) + png_chunk(b"IEND", b""))
    return path


def png_that_says(width: int, height: int, *, interlaced: bool = False) -> bytes:
    """A sound little file that claims a size, as decompression bombs do."""
    data = zlib.compress(bytes(1000))
    head = png_head(width, height, interlaced=interlaced)
    return head + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def encoded(kind: str, size: tuple[int, int] = (300, 200), **options: object) -> bytes:
    """A noisy picture, so that its file has some length."""
    noise = Image.effect_noise(size, 90)
    image = Image.merge("RGB", (noise, noise.transpose(Image.Transpose.ROTATE_180), noise))
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def cut(data: bytes, share: float = 0.6) -> bytes:
    return data[: int(len(data) * share)]
