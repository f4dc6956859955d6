"""Colours on a picture of a widget: for signs that are painted and are no widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

# Edges of letters and icons are mixed with their ground; grounds themselves are exact.
_NEAR = 24


def ink(image: QImage, colour: str, near: int = _NEAR) -> int:
    """How many pixels have a colour, or nearly."""
    wanted = _parts(QColor(colour))
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    seen = (_parts(image.pixelColor(x, y)) for x, y in places)
    return sum(all(abs(a - b) <= near for a, b in zip(each, wanted, strict=True)) for each in seen)


def _parts(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()
