"""Image with the dimensions and file size of a photograph, painted for the tour."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPolygonF, QRadialGradient

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, HEIGHT = 3000, 2000
_SEED = 20260203
_QUALITY = 90


def paint_photo(path: Path) -> None:
    """Writes a JPEG of hills at dusk, with six megapixels and the file size of a photograph."""
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    _sky(painter)
    rng = random.Random(_SEED)
    for depth in range(5):
        _hill(painter, depth, rng)
    _grain(painter, rng)
    painter.end()
    if not image.save(str(path), "JPEG", _QUALITY):  # type: ignore[call-overload]
        raise OSError(f"cannot write {path}")


def _sky(painter: QPainter) -> None:
    sky = QLinearGradient(0, 0, 0, HEIGHT)
    sky.setColorAt(0.0, QColor("#3d6fa8"))
    sky.setColorAt(0.45, QColor("#f2c38c"))
    sky.setColorAt(0.7, QColor("#f7e3c1"))
    painter.fillRect(0, 0, WIDTH, HEIGHT, sky)
    sun = QRadialGradient(QPointF(WIDTH * 0.68, HEIGHT * 0.36), HEIGHT * 0.32)
    sun.setColorAt(0.0, QColor(255, 250, 225, 255))
    sun.setColorAt(0.22, QColor(255, 244, 205, 240))
    sun.setColorAt(0.3, QColor(255, 226, 160, 90))
    sun.setColorAt(1.0, QColor(255, 220, 160, 0))
    painter.fillRect(0, 0, WIDTH, HEIGHT, sun)


def _hill(painter: QPainter, depth: int, rng: random.Random) -> None:
    top = HEIGHT * (0.48 + 0.11 * depth)
    outline = [QPointF(0, HEIGHT)]
    height = 0.0
    for x in range(0, WIDTH + 60, 60):
        height = height * 0.9 + rng.uniform(-1, 1) * (34 - 4 * depth)
        outline.append(QPointF(x, top + height))
    outline.append(QPointF(WIDTH, HEIGHT))
    colour = QColor.fromHsvF(0.6 - 0.07 * depth, 0.35 + 0.07 * depth, 0.62 - 0.11 * depth)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF(outline))


def _grain(painter: QPainter, rng: random.Random) -> None:
    """Paints photographic grain.

    Without it, a JPEG of gradients is far smaller than a photograph.
    """
    tile = QImage(512, 512, QImage.Format.Format_ARGB32)
    for y in range(512):
        for x in range(512):
            light = 255 if rng.random() < 0.5 else 0
            tile.setPixel(x, y, QColor(light, light, light, rng.randrange(26)).rgba())
    for top in range(0, HEIGHT, 512):
        for left in range(0, WIDTH, 512):
            painter.drawImage(left, top, tile)
