"""A gigantic PNG read in strips equals the picture that Qt reads as a whole."""

from __future__ import annotations

import io
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from runcomfy_desktop.ui.images.png_strip_reader import DamagedPng, read_header, read_shrunk
from tests.support.image_files import noisy_image, png_chunk, png_header

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("qapp")

# Large enough for several strips, and an integer multiple of the small size.
SIZE = (2500, 1000)
SMALL = QSize(100, 40)


@cache
def scene() -> Image.Image:
    """Returns shapes, ramps and noise in three channels, so that every kind of filter is used."""
    shapes = Image.effect_mandelbrot((250, 100), (-2, -1, 1, 1), 50).resize(SIZE)
    ramp = Image.linear_gradient("L").resize(SIZE)
    return Image.merge("RGB", (shapes, ramp, Image.effect_noise(SIZE, 60)))


def with_alpha() -> Image.Image:
    image = scene().copy()
    image.putalpha(Image.radial_gradient("L").resize(SIZE))
    return image


def in_palette(colours: int) -> Image.Image:
    return scene().quantize(colours, Image.Quantize.FASTOCTREE)


KINDS: dict[str, tuple[Callable[[], Image.Image], dict[str, Any]]] = {
    "rgb": (scene, {}),
    "rgba": (with_alpha, {}),
    "grey": (lambda: scene().convert("L"), {}),
    "palette": (lambda: in_palette(200), {}),
    "palette of 16": (lambda: in_palette(16), {}),
    "black and white": (lambda: scene().convert("1"), {}),
    "one colour clear": (scene, {"transparency": (0, 0, 0)}),
    "palette with clear": (lambda: in_palette(50), {"transparency": 3}),
}


@pytest.mark.parametrize("name", KINDS)
def test_it_is_the_picture_that_qt_makes(name: str) -> None:
    make, options = KINDS[name]
    file = io.BytesIO()
    make().save(file, "PNG", compress_level=1, **options)
    header = read_header(file)
    assert header is not None
    image = read_shrunk(file, header, SMALL)
    whole = QImage.fromData(file.getvalue()).scaled(
        SMALL, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    assert image.size() == SMALL
    assert image == whole.convertToFormat(image.format())


@pytest.mark.parametrize("size", [(999, 700), (100, 3001), (1, 5000), (5000, 1), (7, 7)])
def test_any_size_fits(size: tuple[int, int]) -> None:
    file = io.BytesIO(noisy_image("PNG", size))
    header = read_header(file)
    assert header is not None
    image = read_shrunk(file, header, SMALL)
    assert image.width() <= SMALL.width()
    assert image.height() <= SMALL.height()
    assert not image.isNull()


@pytest.mark.parametrize("options", [{"bits": 16}, {"interlaced": True}, {"kind": "JPEG"}])
def test_what_cannot_be_read_so_is_left_to_others(options: dict[str, object]) -> None:
    file = io.BytesIO()
    if "bits" in options:
        Image.new("I;16", (9, 9)).save(file, "PNG")
    elif "interlaced" in options:
        file.write(png_header(9, 9, interlaced=True))
    else:
        file.write(noisy_image("JPEG"))
    assert read_header(file) is None


def test_too_few_rows_and_nonsense_are_damage() -> None:
    for packed in (zlib.compress(bytes(100)), b"nonsense", zlib.compress(b"\x09" * 500_000)):
        file = io.BytesIO(png_header(300, 300) + png_chunk(b"IDAT", packed))
        header = read_header(file)
        assert header is not None
        with pytest.raises(DamagedPng):
            read_shrunk(file, header, SMALL)
