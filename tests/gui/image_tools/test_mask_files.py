"""Mask files, read back with Pillow as ComfyUI reads them."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops
from PySide6.QtCore import QPointF, QSize

from runcomfy_desktop.domain.media.masks import MaskChannel
from runcomfy_desktop.ui.image_tools.mask_dialog import read_masked_image, write_mask
from runcomfy_desktop.ui.image_tools.mask_layer import MaskBrush, MaskLayer, mask_size
from tests.gui.support import photo_files
from tests.support.image_files import one_colour_png

pytestmark = pytest.mark.usefixtures("qapp")
COLOURS = [MaskChannel.RED, MaskChannel.GREEN, MaskChannel.BLUE]


def mask_of(data: bytes, channel: MaskChannel) -> Image.Image:
    """Returns the mask that the node outputs: 255 where the mask is 1."""
    image = photo_files.decode_image(data).convert("RGBA")
    band = image.getchannel({"alpha": "A"}.get(channel.value, channel.value[0].upper()))
    return ImageChops.invert(band) if channel.is_transparency else band


def painted(size: QSize) -> MaskLayer:
    layer = MaskLayer(size)
    layer.begin_stroke()
    layer.draw(QPointF(0, 0), QPointF(size.width(), size.height()), MaskBrush(size=30))
    layer.end_stroke()
    return layer


@pytest.mark.parametrize("channel", list(MaskChannel))
def test_what_is_painted_is_the_mask(channel: MaskChannel) -> None:
    paintable = read_masked_image(
        photo_files.encode_image(photo_files.photo((301, 203)), "PNG"), channel
    )
    layer = painted(paintable.original.colours.size())
    mask = mask_of(write_mask(paintable.original, layer.image, channel), channel)
    assert mask.size == (301, 203)
    for x, y in ((0, 0), (150, 101), (300, 0), (0, 202), (152, 105)):
        assert mask.getpixel((x, y)) == layer.image.pixelColor(x, y).alpha()


def test_colours_beneath_stay_to_the_byte() -> None:
    picture = photo_files.photo((301, 203))
    paintable = read_masked_image(photo_files.encode_image(picture, "PNG"), MaskChannel.ALPHA)
    layer = MaskLayer(paintable.original.colours.size())
    layer.fill()
    made = photo_files.decode_image(write_mask(paintable.original, layer.image, MaskChannel.ALPHA))
    assert made.mode == "RGBA"
    assert made.getchannel("A").getextrema() == (0, 0)
    assert made.convert("RGB").tobytes() == picture.tobytes()


def test_a_mask_that_is_there_is_taken_and_given_back() -> None:
    data = photo_files.transparent_png((300, 200))
    paintable = read_masked_image(data, MaskChannel.ALPHA)
    assert paintable.mask is not None
    layer = MaskLayer(paintable.mask.size(), paintable.mask)
    made = write_mask(paintable.original, layer.image, MaskChannel.ALPHA)
    assert photo_files.decode_image(made).tobytes() == photo_files.decode_image(data).tobytes()


def test_an_opaque_picture_has_none() -> None:
    data = photo_files.encode_image(photo_files.photo((300, 200)), "JPEG")
    assert read_masked_image(data, MaskChannel.ALPHA).mask is None


@pytest.mark.parametrize("channel", COLOURS)
def test_a_grey_picture_is_a_mask_and_a_photograph_is_none(channel: MaskChannel) -> None:
    grey = Image.linear_gradient("L").resize((300, 200))
    paintable = read_masked_image(photo_files.encode_image(grey, "PNG"), channel)
    assert paintable.mask is not None
    made = write_mask(paintable.original, paintable.mask, channel)
    assert mask_of(made, channel).tobytes() == grey.tobytes()
    photo = photo_files.encode_image(photo_files.photo((300, 200)), "PNG")
    assert read_masked_image(photo, channel).mask is None


def test_the_mask_of_a_large_picture_is_written_at_its_size() -> None:
    paintable = read_masked_image(
        one_colour_png(bytes((200, 90, 30)), 4800, 3600), MaskChannel.ALPHA
    )
    layer = MaskLayer(mask_size(paintable.original.colours.size()))
    assert layer.image.width() < 4800
    share = layer.image.width() / 4800
    layer.draw(QPointF(0, 1800) * share, QPointF(4800, 1800) * share, MaskBrush(size=400 * share))
    data = write_mask(paintable.original, layer.image, MaskChannel.ALPHA)
    mask = mask_of(data, MaskChannel.ALPHA)
    assert mask.size == (4800, 3600)
    found = [mask.getpixel((2400, y)) for y in (1500, 1610, 1800, 1990, 2100)]
    assert found == [0, 255, 255, 255, 0]
    assert photo_files.decode_image(data).convert("RGB").getpixel((2400, 1800)) == (200, 90, 30)


def test_a_turned_photograph_gets_its_mask_upright() -> None:
    paintable = read_masked_image(photo_files.rotated_jpeg((320, 240)), MaskChannel.ALPHA)
    size = paintable.original.colours.size()
    assert (size.width(), size.height()) == (320, 240)


@pytest.mark.parametrize("data", [b"", b"words"])
def test_what_cannot_be_read_is_a_sentence(data: bytes) -> None:
    paintable = read_masked_image(data, MaskChannel.ALPHA)
    assert paintable.original.error.endswith(".")
    assert paintable.mask is None
