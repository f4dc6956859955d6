"""Finds the mask that a picture has, and writes the one that was painted, as ComfyUI reads it.

Transparency counts the wrong way round: what is painted becomes transparent, and the colours
beneath stay as they are, as they are still part of the picture. Of a colour channel the mask is
what it is: the picture becomes black with white where it is painted, which any of them gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from runcomfy_desktop.domain.media.image_shrink import ImageFormat
from runcomfy_desktop.ui.image_tools.image_codec import (
    INVERTED_TABLE,
    OriginalImage,
    encode_image,
    map_bytes,
    merge_alpha,
    read_original,
    scaled_alpha,
)
from runcomfy_desktop.ui.image_tools.mask_layer import mask_size

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.media.masks import MaskChannel

_ALPHA8 = QImage.Format.Format_Alpha8
_GREY = QImage.Format.Format_Grayscale8


@dataclass(frozen=True, slots=True)
class MaskedImage:
    """A picture and the mask it has already, None when it has none."""

    original: OriginalImage
    mask: QImage | None = None


def read_masked_image(source: Path | bytes, channel: MaskChannel) -> MaskedImage:
    original = read_original(source)
    if original.error:
        return MaskedImage(original)
    mask = _existing_mask(original, channel)
    if mask is not None:
        mask = scaled_alpha(mask, mask_size(original.colours.size()))
        if channel.is_transparency:
            mask = map_bytes(mask, INVERTED_TABLE)
    return MaskedImage(original, mask)


def write_mask(original: OriginalImage, mask: QImage, channel: MaskChannel) -> bytes:
    """The picture with the mask, as the bytes of a PNG file."""
    full_size_mask = scaled_alpha(mask, original.colours.size())
    if channel.is_transparency:
        return encode_image(
            merge_alpha(original.colours, full_size_mask, INVERTED_TABLE), ImageFormat.PNG
        )
    grey = full_size_mask.copy()
    grey.reinterpretAsFormat(_GREY)
    return encode_image(grey, ImageFormat.PNG)


def _existing_mask(original: OriginalImage, channel: MaskChannel) -> QImage | None:
    """The channel that the mask is in."""
    if channel.is_transparency:
        return original.alpha
    if not original.levels[-1].allGray():
        # A photograph, which nobody means as a mask.
        return None
    mask = original.colours.convertToFormat(_GREY)
    mask.reinterpretAsFormat(_ALPHA8)
    return mask
