"""Pictures with an embedded colour profile are shown in sRGB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QColorSpace, QImage

from runcomfy_desktop.ui.images import png_strip_reader
from runcomfy_desktop.ui.images.picture_decoder import (
    DecodedPicture,
    read_picture,
    read_thumbnail,
)
from runcomfy_desktop.ui.images.picture_loader import read_scaled
from runcomfy_desktop.ui.images.thumbnail_cache import OUTPUT_SHAPE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("qapp")

P3 = QColorSpace(QColorSpace.NamedColorSpace.DisplayP3)
LINEAR_GREY = QColorSpace(QPointF(0.3127, 0.329), QColorSpace.TransferFunction.Linear)
P3_RED = (200, 40, 40)
# The same colour in sRGB, which cannot show it quite: green is cut off at 0.
SRGB_RED = (218, 0, 26)


def profile_of(space: QColorSpace) -> bytes:
    return bytes(space.iccProfile().data())


def loaded(path: Path) -> DecodedPicture:
    read = read_picture(str(path))
    assert read is not None
    assert not read.error
    return read


def rgb(image: QImage, x: int = 5) -> tuple[int, ...]:
    return tuple(image.pixelColor(x, 5).getRgb())[:3]  # type: ignore[arg-type]


def is_near(colour: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) <= 3


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.tiff"])
def test_a_red_of_display_p3_gets_its_srgb_value(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Image.new("RGB", (600, 400), P3_RED).save(path, icc_profile=profile_of(P3), quality=100)
    picture, thumb = loaded(path), read_thumbnail(str(path), OUTPUT_SHAPE)
    assert thumb is not None
    assert thumb.image is not None
    scaled = read_scaled(path, QSize(64, 64))
    assert picture.profile_name == "Display P3"
    assert [is_near(rgb(each), SRGB_RED) for each in (*picture.levels, thumb.image, scaled)] == (
        [True] * (len(picture.levels) + 2)
    )


def test_a_picture_that_qt_wrote_with_16_bits_is_converted(tmp_path: Path) -> None:
    image = QImage(1500, 1200, QImage.Format.Format_RGBA64)
    image.fill(QColor(*P3_RED))
    image.setColorSpace(P3)
    assert image.save(str(tmp_path / "a.png"))
    picture = loaded(tmp_path / "a.png")
    assert is_near(rgb(picture.levels[0]), SRGB_RED)
    last = picture.levels[0].pixelColor(1499, 1199)
    assert is_near((last.red(), last.green(), last.blue()), SRGB_RED), "the last strip too"


def test_colours_of_a_palette_are_converted_and_alpha_is_kept(tmp_path: Path) -> None:
    image = Image.new("RGBA", (40, 40), (*P3_RED, 128))
    image.convert("P").save(tmp_path / "a.png", icc_profile=profile_of(P3))
    colour = loaded(tmp_path / "a.png").levels[0].pixelColor(5, 5)
    assert is_near((colour.red(), colour.green(), colour.blue()), SRGB_RED)
    assert colour.alpha() == 128


def test_a_grey_profile_applies_to_grey_pixels_only(tmp_path: Path) -> None:
    profile = profile_of(LINEAR_GREY)
    shown = {}
    for mode, colour in (("L", 100), ("RGB", (100, 100, 100)), ("LA", (100, 255))):
        path = tmp_path / f"{mode}.png"
        Image.new(mode, (40, 40), colour).save(path, icc_profile=profile)
        shown[mode] = rgb(loaded(path).levels[0])[0]
    assert shown == {"L": 168, "RGB": 100, "LA": 100}


@pytest.mark.parametrize("profile", [b"", profile_of(P3)])
def test_a_picture_for_print_is_shown_without_a_profile(tmp_path: Path, profile: bytes) -> None:
    path = tmp_path / "a.jpg"
    Image.new("CMYK", (40, 40), (0, 255, 255, 0)).save(path, icc_profile=profile)
    picture = loaded(path)
    assert picture.profile_name == ""
    assert is_near(rgb(picture.levels[0]), (255, 0, 0))


@pytest.mark.parametrize(
    "profile", [b"x", profile_of(P3)[:200], profile_of(P3).replace(b"X", b"Y")]
)
def test_a_damaged_profile_changes_nothing(tmp_path: Path, profile: bytes) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (40, 40), P3_RED).save(path, icc_profile=profile)
    assert rgb(loaded(path).levels[0]) == P3_RED


def test_srgb_has_no_profile_name(tmp_path: Path) -> None:
    srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
    Image.new("RGB", (40, 40), P3_RED).save(tmp_path / "a.png", icc_profile=profile_of(srgb))
    picture = loaded(tmp_path / "a.png")
    assert (picture.profile_name, rgb(picture.levels[0])) == ("", P3_RED)


@pytest.mark.parametrize(("mode", "keeps"), [("RGB", True), ("P", True), ("L", False)])
def test_a_gigantic_png_keeps_a_profile_that_fits(tmp_path: Path, mode: str, keeps: bool) -> None:
    path = tmp_path / "a.png"
    profile = profile_of(P3)
    Image.new("RGB", (64, 64), P3_RED).convert(mode).save(path, icc_profile=profile)
    with path.open("rb") as file:
        header = png_strip_reader.read_header(file)
        assert header is not None
        image = png_strip_reader.read_shrunk(file, header, QSize(32, 32))
    assert (image.colorSpace() == P3) == keeps
