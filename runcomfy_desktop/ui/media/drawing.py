"""Draws the part of a large picture that is in view, and what stands for transparency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPixmap

from runcomfy_desktop.ui.theme import STEP

if TYPE_CHECKING:
    from runcomfy_desktop.ui.theme import Colours

# From here on a pixel is large enough to be looked at as a square.
_SQUARES = 4.0
# Not the theme's: they lie on a picture, whatever the theme is.
_MASK, _STRIPE = "#99ff2d6f", "#b3ffffff"


def level_for(levels: tuple[QImage, ...], width: float) -> QImage:
    """The smallest that is not smaller than it is shown."""
    large = [each for each in levels if each.width() >= width]
    return large[-1] if large else levels[0]


def draw_levels(
    painter: QPainter,
    levels: tuple[QImage, ...],
    target: QRectF,
    seen: QRectF,
    alpha: QImage | None = None,
) -> None:
    """The part `seen` of a picture that lies at `target`."""
    dpr = painter.device().devicePixelRatio()
    level = level_for(levels, target.width() * dpr)
    if alpha is None:
        draw_part(painter, level, target, seen)
        return
    part = blank_part(seen, dpr)
    inner = QPainter(part)
    inner.translate(-seen.topLeft())
    draw_part(inner, level, target, seen)
    inner.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    draw_part(inner, alpha, target, seen)
    inner.end()
    painter.drawImage(seen.topLeft(), part)


def draw_part(painter: QPainter, image: QImage, target: QRectF, seen: QRectF) -> None:
    """Draws only what is seen: deep in a large picture the rest would cost seconds."""
    across, down = image.width() / target.width(), image.height() / target.height()
    source = QRectF(
        QPointF((seen.x() - target.x()) * across, (seen.y() - target.y()) * down),
        QSizeF(seen.width() * across, seen.height() * down),
    )
    smooth = across * _SQUARES > 1.0
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawImage(seen, image, source)


def blank_part(seen: QRectF, dpr: float) -> QImage:
    """A transparent image for what is seen, in the screen's own pixels."""
    size = QSize(max(1, round(seen.width() * dpr)), max(1, round(seen.height() * dpr)))
    part = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    part.setDevicePixelRatio(dpr)
    part.fill(Qt.GlobalColor.transparent)
    return part


def chequers(roles: Colours) -> QBrush:
    """The squares behind what is transparent."""
    side = 2 * STEP
    tile = QPixmap(2 * side, 2 * side)
    tile.fill(QColor(roles.panel))
    painter = QPainter(tile)
    for corner in (QPoint(0, 0), QPoint(side, side)):
        painter.fillRect(corner.x(), corner.y(), side, side, QColor(roles.line))
    painter.end()
    return QBrush(tile)


def hatching() -> QBrush:
    """What lies over masked parts: two colours at once, so that one of them is seen on anything."""
    side = 2 * STEP
    tile = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    tile.fill(QColor(_MASK))
    painter = QPainter(tile)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.setPen(QPen(QColor(_STRIPE), 2.0))
    for shift in (-side, 0, side):
        painter.drawLine(shift, side, shift + side, 0)
    painter.end()
    return QBrush(tile)
