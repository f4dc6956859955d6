"""Reads pictures for editing and encodes the results; for worker threads only.

Colours and transparency are kept apart, because ComfyUI uses them separately: the colours beneath a
fully transparent part are still part of the picture. Qt premultiplies colours with alpha when it
scales, which would make these colours black.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageWriter, QPainter

from runcomfy_desktop.domain.media.image_shrink import ImageFormat, ShrinkTarget
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.images.colour_profiles import in_srgb, is_nearly_srgb
from runcomfy_desktop.ui.images.safe_image_reader import (
    ImageRefusal,
    SafeImageReader,
    mipmap_levels,
)

if TYPE_CHECKING:
    from pathlib import Path

MAX_PIXELS = 8192 * 8192
"""Larger pictures are read at a reduced size; a picture of this size takes half a gigabyte."""
_MIN_LEVEL_SIDE = 256
_STRIP_PIXELS = 1_000_000
_OPAQUE_ALPHA = 255
_FAST_PNG_MIN_PIXELS = 16_000_000
_FAST_PNG_QUALITY = 80
IDENTITY_TABLE = bytes(range(256))
INVERTED_TABLE = IDENTITY_TABLE[::-1]
"""Maps opaque to transparent and vice versa."""
# WebP discards the colours beneath alpha 0 but keeps those beneath alpha 1; this difference does
# not matter for a mask.
_NONZERO_ALPHA_TABLE = bytes([1, *range(1, 256)])
_FORMATS = {
    ImageFormat.JPEG: QByteArray(b"jpeg"),
    ImageFormat.WEBP: QByteArray(b"webp"),
    ImageFormat.PNG: QByteArray(b"png"),
}


class ImageTrait(Enum):
    """Property of a picture that is lost when it is encoded again."""

    ANIMATED = "film"
    """The picture has more than one frame."""
    CMYK = "cmyk"
    HIGH_BIT_DEPTH = "deep"
    """The picture has more than 8 bits per colour."""
    COLOUR_PROFILE = "profile"
    """The picture's colours are not meant as sRGB."""
    REDUCED = "reduced"
    """The picture is too large to be edited at its original size."""


@dataclass(frozen=True, slots=True)
class OriginalImage:
    """A picture turned upright, in sRGB with 8 bits; or an `error` if it cannot be read.

    `levels` are the opaque colours, each level half as large as the one before. `alpha` has the
    size of the first level; None if nothing is transparent. `size` is the picture's size in the
    file.
    """

    levels: tuple[QImage, ...] = ()
    alpha: QImage | None = None
    size: QSize = QSize()  # noqa: RUF009 - never modified
    traits: frozenset[ImageTrait] = frozenset()
    error: str = ""

    @property
    def colours(self) -> QImage:
        return self.levels[0]


def read_original(source: Path | bytes) -> OriginalImage:
    with SafeImageReader(source) as reader:
        if reader.refusal is not None:
            return OriginalImage(error=_refusal_text(reader.refusal))
        is_animated = reader.is_animation
        image = reader.read_straight_alpha(_bounded_size(reader.size))
        size = reader.size
    if image.isNull():
        return OriginalImage(error=_refusal_text(ImageRefusal.DAMAGED))
    traits = {trait for trait, has in _find_traits(image, size).items() if has}
    if is_animated:
        traits.add(ImageTrait.ANIMATED)
    alpha = _alpha_of(image)
    colours = _without_alpha(in_srgb(image))
    del image
    return OriginalImage(mipmap_levels(colours, _MIN_LEVEL_SIDE), alpha, size, frozenset(traits))


def unreadable_original() -> OriginalImage:
    """Returns the result for a picture whose decoding failed."""
    return OriginalImage(error=_refusal_text(ImageRefusal.UNSUPPORTED))


def encode_shrunk(original: OriginalImage, target: ShrinkTarget) -> bytes:
    """Encodes the picture for a target; returns b"" on failure."""
    size = QSize(target.width, target.height)
    image = _scaled(original.levels, size)
    if original.alpha is not None and target.image_format.has_alpha:
        alpha = scaled_alpha(original.alpha, size)
        image = merge_alpha(
            image,
            alpha,
            _NONZERO_ALPHA_TABLE if target.image_format is ImageFormat.WEBP else IDENTITY_TABLE,
        )
    return encode_image(
        image, target.image_format, target.quality if target.image_format.has_quality else None
    )


def encode_image(image: QImage, image_format: ImageFormat, quality: int | None = None) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, _FORMATS[image_format])
    is_large = image.width() * image.height() > _FAST_PNG_MIN_PIXELS
    if image_format is ImageFormat.PNG and is_large:
        # For a PNG, quality means compression effort, not loss: the default takes a minute for a
        # large one.
        quality = _FAST_PNG_QUALITY
    if quality is not None:
        writer.setQuality(quality)
    writer.setOptimizedWrite(image_format is ImageFormat.JPEG)
    # `canWrite` is called first, because it holds the GIL; see `png_strip_reader` for the deadlock
    # that this prevents.
    is_written = writer.canWrite() and writer.write(image)
    del writer  # before its buffer, which it accesses once again
    return bytes(buffer.data().data()) if is_written else b""


def merge_alpha(colours: QImage, alpha: QImage, table: bytes = IDENTITY_TABLE) -> QImage:
    """Returns one picture with the given colours and transparency.

    The colours of transparent pixels are kept. `table` maps each alpha value.
    """
    image = colours.convertToFormat(QImage.Format.Format_RGBA8888)
    target, source = memoryview(image.bits()), memoryview(alpha.constBits())
    width, row_bytes = image.width(), image.bytesPerLine()
    for row in range(image.height()):
        alpha_start = row * alpha.bytesPerLine()
        target_start = row * row_bytes + 3
        line = bytes(source[alpha_start : alpha_start + width]).translate(table)
        target[target_start : target_start + width * 4 - 3 : 4] = line
    return image


def map_bytes(image: QImage, table: bytes) -> QImage:
    """Maps each byte of an 8-bit image; Qt's own functions would hold the GIL throughout."""
    result = QImage(image.size(), image.format())
    target, source = memoryview(result.bits()), memoryview(image.constBits())
    step = result.bytesPerLine()
    lines = max(1, _STRIP_PIXELS // step)
    for offset in range(0, step * image.height(), lines * step):
        target[offset : offset + lines * step] = bytes(
            source[offset : offset + lines * step]
        ).translate(table)
    return result


def _refusal_text(refusal: ImageRefusal) -> str:
    if refusal is ImageRefusal.TOO_LARGE:
        return _("The picture has more pixels than can be worked on here.")
    return _(
        "The picture cannot be read any more: its copy is damaged or gone. Choose the file again."
    )


def _bounded_size(size: QSize) -> QSize:
    area = size.width() * size.height()
    if area <= MAX_PIXELS:
        return size
    share = (MAX_PIXELS / area) ** 0.5
    return QSize(max(1, int(size.width() * share)), max(1, int(size.height() * share)))


def _find_traits(image: QImage, size: QSize) -> dict[ImageTrait, bool]:
    pixel_format = QImage.toPixelFormat(image.format())
    return {
        ImageTrait.CMYK: image.format() is QImage.Format.Format_CMYK8888,
        ImageTrait.HIGH_BIT_DEPTH: pixel_format.redSize() > 8
        or pixel_format.bitsPerPixel() == pixel_format.channelCount() * 16,
        ImageTrait.COLOUR_PROFILE: not is_nearly_srgb(image.colorSpace()),
        ImageTrait.REDUCED: image.size() != size,
    }


def _alpha_of(image: QImage) -> QImage | None:
    if not image.hasAlphaChannel():
        return None
    alpha = image.convertToFormat(QImage.Format.Format_Alpha8)
    bits, step, width = memoryview(alpha.constBits()), alpha.bytesPerLine(), alpha.width()
    rows = range(0, alpha.height() * step, step)
    if all(
        bytes(bits[row_start : row_start + width]).count(_OPAQUE_ALPHA) == width
        for row_start in rows
    ):
        return None
    return alpha


def _without_alpha(image: QImage) -> QImage:
    if image.hasAlphaChannel():
        # Via a non-premultiplied format: a direct conversion may blend with black.
        image = image.convertToFormat(QImage.Format.Format_ARGB32)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def _scaled(levels: tuple[QImage, ...], size: QSize) -> QImage:
    """Returns the colours at the given size.

    A level of exactly this size is returned unchanged. Otherwise the colours are scaled from the
    smallest level that is at least twice as large.
    """
    large_enough = [each for each in levels if each.width() >= 2 * size.width()]
    level = large_enough[-1] if large_enough else levels[0]
    exact = next((each for each in levels if each.size() == size), None)
    if exact is not None:
        return exact
    return level.scaled(
        size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def scaled_alpha(alpha: QImage, size: QSize) -> QImage:
    """Returns the alpha channel at the given size.

    It is halved while it is too large, then stretched. Qt's own scaling would temporarily take four
    times the memory, because it scales only formats with colours.
    """
    while alpha.width() >= 2 * size.width() and alpha.height() >= 2 * size.height():
        alpha = _stretched(alpha, QSize(alpha.width() // 2, alpha.height() // 2))
    return alpha if alpha.size() == size else _stretched(alpha, size)


def _stretched(alpha: QImage, size: QSize) -> QImage:
    result = QImage(size, QImage.Format.Format_Alpha8)
    painter = QPainter(result)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    lines = max(1, _STRIP_PIXELS // size.width())
    for top in range(0, size.height(), lines):
        painter.setClipRect(0, top, size.width(), lines)
        painter.drawImage(result.rect(), alpha)
    painter.end()
    return result
