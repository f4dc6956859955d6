"""Pictures are measured and decoded regardless of their names, or refused if necessary."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage

from runcomfy_desktop.ui.images.picture_loader import (
    can_decode,
    measure_picture,
    png_bytes,
    read_scaled,
)
from runcomfy_desktop.ui.images.safe_image_reader import MAX_PIXELS
from tests.support.image_files import write_png

if TYPE_CHECKING:
    from pathlib import Path

BOX = QSize(64, 64)
_TURN_QUARTER = 6
_ORIENTATION = 0x0112


def picture(size: tuple[int, int] = (120, 60), colour: str = "red") -> Image.Image:
    return Image.new("RGB", size, colour)


def encoded(kind: str, image: Image.Image | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or picture()).save(buffer, kind, **options)
    return buffer.getvalue()


def turned_jpeg() -> bytes:
    image = picture()
    exif = image.getexif()
    exif[_ORIENTATION] = _TURN_QUARTER
    return encoded("JPEG", image, exif=exif)


def gigantic_png(width: int, height: int) -> bytes:
    """Returns the header of a PNG with the given size, without any decodable content."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(head))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + struct.pack(">I", 1000)
        + b"IDAT"
        + bytes(100)
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_measures_by_the_bytes_not_by_the_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "misnamed.txt"
    path.write_bytes(encoded(kind))
    assert measure_picture(path) == (120, 60)


@pytest.mark.parametrize("data", [b"", b"not a picture", encoded("PNG")[:20]])
def test_what_is_no_picture_has_no_size(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    assert measure_picture(path) is None
    assert measure_picture(tmp_path / "absent.png") is None


def test_a_photograph_held_upright_measures_and_reads_upright(tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    path.write_bytes(turned_jpeg())
    assert measure_picture(path) == (60, 120)
    image = read_scaled(path, BOX)
    assert (image.width(), image.height()) == (32, 64)


def test_reads_at_the_size_that_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded("PNG", picture((1000, 500))))
    assert read_scaled(path, BOX).size() == QSize(64, 32)


def test_does_not_blow_up_what_is_small() -> None:
    assert read_scaled(encoded("PNG", picture((10, 5))), BOX).size() == QSize(10, 5)


def test_reads_a_data_address() -> None:
    body = base64.b64encode(encoded("PNG")).decode()
    image = read_scaled(f"data:image/png;base64,{body}", BOX)
    assert QColor(image.pixel(5, 5)) == QColor("red")


@pytest.mark.parametrize("text", ["data:image/png;base64,####", "data:,x", "https://a.org/b.png"])
def test_what_is_no_data_address_gives_nothing(text: str) -> None:
    assert read_scaled(text, BOX).isNull()


def test_a_gigantic_picture_is_measured_but_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    path.write_bytes(gigantic_png(40_000, 40_000))
    assert measure_picture(path) == (40_000, 40_000)
    assert MAX_PIXELS < 40_000**2
    assert read_scaled(path, BOX).isNull()


def test_a_picture_above_qts_own_limit_is_read(tmp_path: Path) -> None:
    """Qt's own limit is 256 MB: 8,500 x 8,500 pixels of 4 bytes are more."""
    image = read_scaled(write_png(tmp_path / "a.png", 8500, 8500), BOX)
    assert image.size() == QSize(64, 64)


def test_only_pictures_that_may_be_sent_decode() -> None:
    assert can_decode(encoded("PNG"))
    assert not can_decode(encoded("PNG")[:40])
    assert not can_decode(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")
    assert not can_decode(b"")


def test_an_image_becomes_a_png() -> None:
    image = QImage(4, 3, QImage.Format.Format_ARGB32)
    image.fill(QColor(1, 2, 3, 100))
    with Image.open(io.BytesIO(png_bytes(image))) as read:
        assert read.size == (4, 3)
        assert read.getpixel((0, 0)) == (1, 2, 3, 100)
