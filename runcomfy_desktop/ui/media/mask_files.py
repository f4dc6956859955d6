"""Finds the mask that a picture has, and writes the one that was painted, as ComfyUI reads it.

Transparency counts the wrong way round: what is painted becomes transparent, and the colours
beneath stay as they are, as they are still part of the picture. Of a colour channel the mask is
what it is: the picture becomes black with white where it is painted, which any of them gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from runcomfy_desktop.domain.shrinking import PictureForm
from runcomfy_desktop.ui.media.encoding import (
    TURNED_OVER,
    Original,
    joined,
    read_original,
    scaled_alpha,
    translated,
    written,
)
from runcomfy_desktop.ui.media.mask_layer import mask_size

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.masks import MaskChannel

_ALPHA8 = QImage.Format.Format_Alpha8
_GREY = QImage.Format.Format_Grayscale8


@dataclass(frozen=True, slots=True)
class Paintable:
    """A picture and the mask it has already, None when it has none."""

    original: Original
    mask: QImage | None = None


def read_paintable(source: Path | bytes, channel: MaskChannel) -> Paintable:
    original = read_original(source)
    if original.fault:
        return Paintable(original)
    mask = _found(original, channel)
    if mask is not None:
        mask = scaled_alpha(mask, mask_size(original.colours.size()))
        if channel.is_transparency:
            mask = translated(mask, TURNED_OVER)
    return Paintable(original, mask)


def write_mask(original: Original, mask: QImage, channel: MaskChannel) -> bytes:
    """The picture with the mask, as the bytes of a PNG file."""
    whole = scaled_alpha(mask, original.colours.size())
    if channel.is_transparency:
        return written(joined(original.colours, whole, TURNED_OVER), PictureForm.PNG)
    grey = whole.copy()
    grey.reinterpretAsFormat(_GREY)
    return written(grey, PictureForm.PNG)


def _found(original: Original, channel: MaskChannel) -> QImage | None:
    """The channel that the mask is in."""
    if channel.is_transparency:
        return original.alpha
    if not original.levels[-1].allGray():
        # A photograph, which nobody means as a mask.
        return None
    mask = original.colours.convertToFormat(_GREY)
    mask.reinterpretAsFormat(_ALPHA8)
    return mask
