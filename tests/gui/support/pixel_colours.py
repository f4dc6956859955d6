"""Finds colours in the picture of a widget, for markers that are painted rather than widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

# Edges of characters and icons are blended with the background; backgrounds are exact.
_COLOUR_TOLERANCE = 24


def count_pixels(image: QImage, colour: str, tolerance: int = _COLOUR_TOLERANCE) -> int:
    """Counts the pixels that have a colour, or nearly."""
    expected = _rgb(QColor(colour))
    pixels = ((x, y) for x in range(image.width()) for y in range(image.height()))
    actual = (_rgb(image.pixelColor(x, y)) for x, y in pixels)
    return sum(
        all(abs(a - b) <= tolerance for a, b in zip(each, expected, strict=True)) for each in actual
    )


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()
