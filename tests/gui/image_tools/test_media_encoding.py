"""Realistic pictures, read for editing, encoded again and read back with Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

from runcomfy_desktop.domain.media.image_shrink import ImageFormat, ShrinkTarget
from runcomfy_desktop.ui.image_tools.image_codec import (
    ImageTrait,
    OriginalImage,
    encode_shrunk,
    read_original,
)
from tests.gui.support import photo_files
from tests.support.image_files import (
    cut_off,
    noisy_image,
    one_colour_png,
    png_claiming_size,
    write_png,
)

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

FORMS = list(ImageFormat)
pytestmark = pytest.mark.usefixtures("qapp")


def whole(original: OriginalImage, form: ImageFormat = ImageFormat.PNG) -> Image.Image:
    """Returns the picture at its original size, encoded and read back."""
    size = original.colours.size()
    return photo_files.decode_image(
        encode_shrunk(original, ShrinkTarget(size.width(), size.height(), form, 95))
    )


def difference(one: Image.Image, other: Image.Image) -> float:
    """Returns the mean difference per colour, from 0 to 255."""
    histogram = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).histogram()
    total = sum(count * (place % 256) for place, count in enumerate(histogram))
    return total / (3 * one.width * one.height)


@pytest.mark.parametrize("form", FORMS)
def test_a_photograph_stays_itself_in_every_form(form: ImageFormat) -> None:
    picture = photo_files.photo((640, 480))
    original = read_original(photo_files.encode_image(picture, "PNG"))
    assert (original.error, original.alpha, original.traits) == ("", None, frozenset())
    made = photo_files.decode_image(encode_shrunk(original, ShrinkTarget(640, 480, form, 95)))
    assert (made.format, made.mode, made.size) == (form.label.upper(), "RGB", (640, 480))
    assert difference(made, picture) < (0.01 if form is ImageFormat.PNG else 8)
    small = photo_files.decode_image(encode_shrunk(original, ShrinkTarget(200, 150, form, 95)))
    assert small.size == (200, 150)
    assert difference(small, picture.resize((200, 150), Image.Resampling.BOX)) < 8


def test_a_turned_one_is_upright_and_says_so_no_more() -> None:
    original = read_original(photo_files.rotated_jpeg((640, 480)))
    assert (original.size.width(), original.size.height()) == (640, 480)
    made = photo_files.decode_image(
        encode_shrunk(original, ShrinkTarget(320, 240, ImageFormat.JPEG, 90))
    )
    assert made.size == (320, 240)
    assert not made.getexif()
    assert difference(made, photo_files.photo((640, 480)).resize((320, 240))) < 25
    red, lime = made.getpixel((10, 10)), made.getpixel((310, 10))
    assert isinstance(red, tuple)
    assert isinstance(lime, tuple)
    assert red[0] > 200 > 60 > red[1]
    assert lime[1] > 200 > 60 > lime[0]


def test_colours_for_print_become_those_that_comfyui_sees() -> None:
    data = photo_files.cmyk_jpeg((320, 240))
    original = read_original(data)
    assert original.traits == {ImageTrait.CMYK}
    made = whole(original)
    assert made.mode == "RGB"
    assert difference(made, photo_files.decode_image(data).convert("RGB")) < 3


def test_a_profile_is_applied() -> None:
    original = read_original(photo_files.wide_gamut_jpeg((200, 20, 20)))
    assert original.traits == {ImageTrait.COLOUR_PROFILE}
    red, green, _blue = whole(original).getpixel((300, 200))  # type: ignore[misc]
    assert green > 150 > 100 > red


def test_an_ordinary_profile_changes_nothing() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = photo_files.photo((320, 240))
    original = read_original(photo_files.encode_image(picture, "PNG", icc_profile=profile))
    assert difference(whole(original), picture) < 1


def test_sixteen_bits_become_eight() -> None:
    original = read_original(photo_files.deep_png((300, 200)))
    assert original.traits == {ImageTrait.HIGH_BIT_DEPTH}
    made = whole(original)
    assert made.mode == "RGB"
    red, green, _blue = made.getpixel((150, 100))  # type: ignore[misc]
    assert abs(red - 128) <= 1
    assert abs(green - 128) <= 1


def test_sixteen_bits_of_grey() -> None:
    original = read_original(photo_files.encode_image(Image.new("I;16", (300, 200), 0x8000), "PNG"))
    assert original.traits == {ImageTrait.HIGH_BIT_DEPTH}
    assert whole(original).getpixel((9, 9)) in {(127, 127, 127), (128, 128, 128)}


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("form", [ImageFormat.PNG, ImageFormat.WEBP])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_colours_beneath_transparency_stay(deep: bool, form: ImageFormat, share: float) -> None:
    """Colours beneath transparency stay: LoadImage uses them, with the transparency as the mask."""
    size = (400, 300)
    data = photo_files.deep_png(size, alpha=True) if deep else photo_files.transparent_png(size)
    original = read_original(data)
    assert original.alpha is not None
    wanted = (round(size[0] * share), round(size[1] * share))
    made = photo_files.decode_image(encode_shrunk(original, ShrinkTarget(*wanted, form, 95)))
    assert made.mode == "RGBA"
    alpha = made.getchannel("A")
    assert alpha.getpixel((20, 40)) in {0, 1}
    assert alpha.getpixel((wanted[0] - 20, 40)) == 255
    if not deep:
        seen = photo_files.photo(size).resize(wanted, Image.Resampling.BOX)
        half = (0, 0, wanted[0] // 2 - 10, wanted[1])
        assert difference(made.crop(half), seen.crop(half)) < 12


def test_jpeg_shows_what_lies_beneath_transparency() -> None:
    original = read_original(photo_files.transparent_png((400, 300)))
    made = whole(original, ImageFormat.JPEG)
    assert made.mode == "RGB"
    half = (0, 0, 200, 300)
    assert difference(made.crop(half), photo_files.photo((400, 300)).crop(half)) < 12


def test_transparency_that_is_nowhere_is_none() -> None:
    picture = photo_files.photo((301, 203))
    picture.putalpha(255)
    assert read_original(photo_files.encode_image(picture, "PNG")).alpha is None


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_of_an_animation_the_first_frame_is_kept(kind: str) -> None:
    original = read_original(photo_files.animation(kind, (320, 240)))
    assert ImageTrait.ANIMATED in original.traits
    made = whole(original)
    assert getattr(made, "n_frames", 1) == 1
    assert difference(made, photo_files.photo((320, 240))) < 40


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"words",
        cut_off(noisy_image("PNG")),
        cut_off(noisy_image("JPEG"), 0.9),
        png_claiming_size(60_000, 60_000),
    ],
)
def test_what_cannot_be_read_is_a_sentence(data: bytes) -> None:
    original = read_original(data)
    assert original.error.endswith(".")
    assert original.levels == ()


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    assert read_original(tmp_path / "gone.png").error.endswith(".")


def test_a_gigantic_one_is_worked_on_at_a_size_that_fits_into_memory(tmp_path: Path) -> None:
    original = read_original(write_png(tmp_path / "a.png", 10_000, 7_000))
    assert original.traits == {ImageTrait.REDUCED}
    assert (original.size.width(), original.size.height()) == (10_000, 7_000)
    assert original.colours.width() * original.colours.height() <= 8192 * 8192


def test_colours_beneath_transparency_stay_in_a_large_one_too() -> None:
    """Editing keeps the colours beneath transparency in a large picture, too.

    For viewing, such a picture is read in strips, which makes these colours black.
    """
    original = read_original(one_colour_png(bytes((200, 40, 90, 0)), 7000, 5000))
    assert original.traits == frozenset()
    made = photo_files.decode_image(encode_shrunk(original, ShrinkTarget(70, 50, ImageFormat.PNG)))
    assert made.getpixel((35, 25)) == (200, 40, 90, 0)


def test_gradients_stay_smooth(qapp: QApplication) -> None:
    """Repeated halving does not shift a gradient: the result is close to that of one box filter."""
    slope = Image.linear_gradient("L").resize((2048, 2048)).convert("RGB")
    original = read_original(photo_files.encode_image(slope, "PNG"))
    made = photo_files.decode_image(encode_shrunk(original, ShrinkTarget(64, 64, ImageFormat.PNG)))
    assert difference(made, slope.resize((64, 64), Image.Resampling.BOX)) < 2
