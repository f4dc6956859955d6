"""A picture's end is found where it is, and missed where it is not."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from runcomfy_desktop.ui.wholeness import is_progressive, is_whole, png_chunks
from tests.support.pictures import cut, encoded, png_chunk, png_head, png_that_says


def whole(data: bytes) -> bool:
    return is_whole(io.BytesIO(data))


def jpeg_with_small_one_inside() -> bytes:
    """A photograph whose head holds a whole JPEG, as cameras write it."""
    said = b"Exif\0\0" + encoded("JPEG", (16, 16))
    data = encoded("JPEG")
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(said) + 2) + said + data[2:]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_cut_file_is_found_out(kind: str) -> None:
    data = encoded(kind)
    assert whole(data)
    assert whole(data + b"what cameras hang on behind it" * 1000)
    for share in (0.05, 0.5, 0.99):
        assert not whole(cut(data, share))


def test_the_small_picture_in_a_photograph_is_not_its_end() -> None:
    data = jpeg_with_small_one_inside()
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (300, 200)
    assert whole(data)
    assert not whole(cut(data, 0.9))


def test_an_end_between_two_pieces_is_found() -> None:
    data = encoded("JPEG")
    at = data.index(b"\xff\xda")
    for more in range(-3, 3):
        filler = b"\x12" * (1024 * 1024 - (len(data) - 2 - at) + more)
        assert whole(data[:-2] + filler + data[-2:])


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xff"])
def test_hardly_anything_is_not_whole(data: bytes) -> None:
    assert whole(data) == (data == b"")


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
def test_kinds_that_do_not_tell_pass(kind: str) -> None:
    assert whole(cut(encoded(kind)))


def test_a_progressive_jpeg_says_so() -> None:
    assert is_progressive(io.BytesIO(encoded("JPEG", progressive=True)))
    assert not is_progressive(io.BytesIO(encoded("JPEG")))
    assert not is_progressive(io.BytesIO(encoded("PNG")))


def test_millions_of_empty_pieces_are_not_walked_through() -> None:
    data = png_head(5, 5) + png_chunk(b"teSt", b"") * 300_000 + png_that_says(5, 5)[33:]
    assert sum(1 for _chunk in png_chunks(io.BytesIO(data))) < 300_000
    assert not whole(data)
