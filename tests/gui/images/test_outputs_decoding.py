"""Reading pictures: scaled, by content, and with an error text for every unreadable file."""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QByteArray

from runcomfy_desktop.ui.images.image_painter import level_for
from runcomfy_desktop.ui.images.picture_decoder import (
    read_fingerprint,
    read_picture,
    read_thumbnail,
)
from runcomfy_desktop.ui.images.thumbnail_cache import OUTPUT_SHAPE
from tests.gui.support.scripted_queue import animation, picture

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("qapp")


def write(folder: Path, name: str, data: bytes) -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def fault_of(path: str) -> tuple[str, str]:
    """Returns a file's error messages in the thumbnail and in the viewer."""
    thumb, whole = read_thumbnail(path, OUTPUT_SHAPE), read_picture(path)
    assert thumb is not None
    assert whole is not None
    assert thumb.image is None
    assert not whole.levels
    return thumb.error, whole.error


# Good files


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.bmp", "a.tiff", "a.gif"])
def test_common_kinds_are_read(tmp_path: Path, name: str) -> None:
    path = picture(tmp_path, name, (900, 600))
    thumb, whole = read_thumbnail(path, OUTPUT_SHAPE), read_picture(path)
    assert thumb is not None
    assert thumb.image is not None
    assert whole is not None
    assert not whole.error
    assert (whole.size.width(), whole.size.height()) == (900, 600)


def test_a_thumbnail_covers_its_square(tmp_path: Path) -> None:
    thumb = read_thumbnail(picture(tmp_path, "a.png", (1200, 300)), OUTPUT_SHAPE)
    assert thumb is not None
    assert thumb.image is not None
    assert thumb.image.height() == OUTPUT_SHAPE.side
    assert thumb.image.width() == 4 * OUTPUT_SHAPE.side


def test_an_endless_strip_gives_a_small_thumbnail(tmp_path: Path) -> None:
    thumb = read_thumbnail(picture(tmp_path, "a.png", (20_000, 10)), OUTPUT_SHAPE)
    assert thumb is not None
    assert thumb.image is not None
    assert thumb.image.width() <= 4 * OUTPUT_SHAPE.side


def test_a_large_picture_has_smaller_levels(tmp_path: Path) -> None:
    whole = read_picture(picture(tmp_path, "a.png", (2000, 1200)))
    assert whole is not None
    assert [level.width() for level in whole.levels] == [2000, 1000, 500, 250]
    assert level_for(whole.levels, 600).width() == 1000
    assert level_for(whole.levels, 10).width() == 250
    assert level_for(whole.levels, 5000).width() == 2000


def test_transparency_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(path)
    whole = read_picture(str(path))
    assert whole is not None
    assert whole.levels[0].pixelColor(0, 0).alpha() == 0


def test_a_film_brings_its_bytes_and_one_frame_is_no_film(tmp_path: Path) -> None:
    for name in ("a.gif", "a.webp"):
        film = read_picture(animation(tmp_path, name))
        assert film is not None
        assert not film.movie.isEmpty()
    still = read_picture(picture(tmp_path, "still.webp"))
    assert still is not None
    assert still.movie == QByteArray()


def test_the_content_counts_not_the_ending(tmp_path: Path) -> None:
    source = picture(tmp_path, "a.png")
    whole = read_picture(write(tmp_path, "b.jpg", (tmp_path / "a.png").read_bytes()))
    assert source
    assert whole is not None
    assert not whole.error


def test_a_file_that_is_still_the_same_is_not_read_again(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png")
    stamp = read_fingerprint(path)
    assert stamp is not None
    assert read_thumbnail(path, OUTPUT_SHAPE, stamp) is None
    assert read_picture(path, stamp) is None
    os.utime(path, ns=(1, 1))
    assert read_thumbnail(path, OUTPUT_SHAPE, stamp) is not None


# Bad files


def test_a_missing_file(tmp_path: Path) -> None:
    words = "The file is not there any more."
    assert fault_of(str(tmp_path / "nobody.png")) == (words, words)
    assert fault_of(str(tmp_path)) == (words, words)
    assert fault_of("bad\0name.png") == (words, words)


def test_an_empty_file(tmp_path: Path) -> None:
    words = "The file is empty."
    assert fault_of(write(tmp_path, "a.png", b"")) == (words, words)


def test_a_cut_off_file(tmp_path: Path) -> None:
    picture(tmp_path, "whole.png", (600, 400))
    head = (tmp_path / "whole.png").read_bytes()[:200]
    words = "The file is damaged or cut off."
    assert fault_of(write(tmp_path, "a.png", head)) == (words, words)


@pytest.mark.parametrize(
    "data",
    [
        b"<html>not found</html>",
        b"\x00" * 4096,
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        gzip.compress(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"),
    ],
    ids=["html", "zeros", "svg", "svgz"],
)
def test_what_is_no_picture_or_one_that_can_refer_to_other_files(
    tmp_path: Path, data: bytes
) -> None:
    words = "This program cannot show this kind of picture."
    assert fault_of(write(tmp_path, "a.png", data)) == (words, words)


def test_a_gigantic_picture_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    head = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    words = "With 60000 × 60000 pixels it is too large to be shown here."
    data = b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT" + bytes(8)
    assert fault_of(write(tmp_path, "a.png", data)) == (words, words)
