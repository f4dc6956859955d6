"""Draws the visible part of a large picture, and patterns for transparency and masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QPixmap

from runcomfy_desktop.ui.style.theme import RADIUS, STEP

if TYPE_CHECKING:
    from PySide6.QtGui import QFontMetrics

    from runcomfy_desktop.ui.style.theme import Colours

# From this zoom on, in pixels of the screen, pixels are large enough to be shown as squares.
MIN_ZOOM_UNSMOOTHED = 2.0
# Independent of the theme, because they are drawn over a picture.
_MASK_COLOUR, _STRIPE_COLOUR = "#99ff2d6f", "#b3ffffff"
_PLATE_COLOUR, _PLATE_TEXT_COLOUR = "#c710151d", "#ffffff"


def level_for(levels: tuple[QImage, ...], width: float) -> QImage:
    """Returns the smallest level that is at least `width` pixels wide."""
    large_enough = [each for each in levels if each.width() >= width]
    return large_enough[-1] if large_enough else levels[0]


def draw_levels(
    painter: QPainter,
    levels: tuple[QImage, ...],
    target: QRectF,
    visible: QRectF,
    alpha: QImage | None = None,
) -> None:
    """Draws the part `visible` of a picture whose rectangle is `target`.

    The picture is transparent where `alpha` is.
    """
    dpr = painter.device().devicePixelRatio()
    level = level_for(levels, target.width() * dpr)
    if alpha is None:
        draw_visible(painter, level, target, visible)
        return
    visible_image = blank_image(visible, dpr)
    inner = QPainter(visible_image)
    inner.translate(-visible.topLeft())
    draw_visible(inner, level, target, visible)
    inner.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    draw_visible(inner, alpha, target, visible)
    inner.end()
    painter.drawImage(visible.topLeft(), visible_image)


def draw_visible(painter: QPainter, image: QImage, target: QRectF, visible: QRectF) -> None:
    """Draws only the visible part: in a large, zoomed picture the rest would cost seconds."""
    scale_x, scale_y = image.width() / target.width(), image.height() / target.height()
    source = QRectF(
        QPointF((visible.x() - target.x()) * scale_x, (visible.y() - target.y()) * scale_y),
        QSizeF(visible.width() * scale_x, visible.height() * scale_y),
    )
    smooth = scale_x * MIN_ZOOM_UNSMOOTHED > painter.device().devicePixelRatio()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawImage(visible, image, source)


def blank_image(visible: QRectF, dpr: float) -> QImage:
    """Returns a transparent image for the visible part, in device pixels."""
    size = QSize(max(1, round(visible.width() * dpr)), max(1, round(visible.height() * dpr)))
    visible_image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    visible_image.setDevicePixelRatio(dpr)
    visible_image.fill(Qt.GlobalColor.transparent)
    return visible_image


def checkerboard_brush(roles: Colours) -> QBrush:
    """Returns the checkerboard behind transparent parts."""
    side = 2 * STEP
    tile = QPixmap(2 * side, 2 * side)
    tile.fill(QColor(roles.panel))
    painter = QPainter(tile)
    for corner in (QPoint(0, 0), QPoint(side, side)):
        painter.fillRect(corner.x(), corner.y(), side, side, QColor(roles.line))
    painter.end()
    return QBrush(tile)


def plate_rect(text: str, metrics: QFontMetrics, bottom_left: QPoint) -> QRect:
    """Returns the place of a plate with `text`."""
    plate = QRect(0, 0, metrics.horizontalAdvance(text) + 4 * STEP, metrics.height() + 2 * STEP)
    plate.moveBottomLeft(bottom_left)
    return plate


def paint_plate(painter: QPainter, plate: QRect, text: str) -> None:
    """Paints a text on a dark plate, readable over any picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(_PLATE_COLOUR))
    painter.drawRoundedRect(QRectF(plate), RADIUS, RADIUS)
    painter.setPen(QColor(_PLATE_TEXT_COLOUR))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def hatch_brush() -> QBrush:
    """Returns the pattern over masked parts; one of its two colours is visible on any picture."""
    side = 2 * STEP
    tile = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    tile.fill(QColor(_MASK_COLOUR))
    painter = QPainter(tile)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.setPen(QPen(QColor(_STRIPE_COLOUR), 2.0))
    for shift in (-side, 0, side):
        painter.drawLine(shift, side, shift + side, 0)
    painter.end()
    return QBrush(tile)
