"""Draws a curve, small in its row and large in its editor, where its points are drawn as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from runcomfy_desktop.domain.schema.curve import curve_points, is_linear, y_at
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.ui.style.theme import Colours

_POINT_SIZE = 2 * STEP


def draw_curve(painter: QPainter, area: QRectF, value: Json, colour: str) -> None:
    points = curve_points(value)
    if not points:
        return
    straight = is_linear(value)
    count = max(int(area.width() / 2), 2)
    path = QPainterPath()
    for step in range(count + 1):
        x = step / count
        y = min(max(y_at(points, x, linear=straight), 0.0), 1.0)
        point = QPointF(area.left() + x * area.width(), area.bottom() - y * area.height())
        if step:
            path.lineTo(point)
        else:
            path.moveTo(point)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), 2))
    painter.drawPath(path)


def draw_points(
    painter: QPainter, area: QRectF, value: Json, roles: Colours, selected: int
) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for index, point in enumerate(curve_points(value)):
        centre = QPointF(
            area.left() + point.x * area.width(), area.bottom() - point.y * area.height()
        )
        painter.setPen(QPen(QColor(roles.accent), 2))
        painter.setBrush(QColor(roles.accent if index == selected else roles.field))
        painter.drawEllipse(centre, _POINT_SIZE / 2, _POINT_SIZE / 2)
