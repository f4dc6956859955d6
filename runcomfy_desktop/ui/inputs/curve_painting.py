"""Draws a curve and its points, small at rest and large in its editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from runcomfy_desktop.domain.curve import curve_points, height_at, is_straight
from runcomfy_desktop.ui.theme import STEP

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import Json
    from runcomfy_desktop.ui.theme import Colours

_POINT = 2 * STEP


def draw_curve(painter: QPainter, area: QRectF, value: Json, colour: str) -> None:
    points = curve_points(value)
    if not points:
        return
    straight = is_straight(value)
    count = max(int(area.width() / 2), 2)
    path = QPainterPath()
    for part in range(count + 1):
        x = part / count
        y = min(max(height_at(points, x, straight=straight), 0.0), 1.0)
        at = QPointF(area.left() + x * area.width(), area.bottom() - y * area.height())
        if part:
            path.lineTo(at)
        else:
            path.moveTo(at)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), 2))
    painter.drawPath(path)


def draw_points(painter: QPainter, area: QRectF, value: Json, look: Colours, chosen: int) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for at, point in enumerate(curve_points(value)):
        place = QPointF(
            area.left() + point.x * area.width(), area.bottom() - point.y * area.height()
        )
        painter.setPen(QPen(QColor(look.accent), 2))
        painter.setBrush(QColor(look.accent if at == chosen else look.field))
        painter.drawEllipse(place, _POINT / 2, _POINT / 2)
