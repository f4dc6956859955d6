"""Ring around the row with the focus, identical in every list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from runcomfy_desktop.ui.style.theme import RADIUS

if TYPE_CHECKING:
    from PySide6.QtCore import QRect

_WIDTH = 2


def draw_focus_ring(painter: QPainter, rect: QRect, colour: str) -> None:
    """Draws a focus ring just inside `rect`, because rows are adjacent to their neighbours."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), _WIDTH))
    inset = _WIDTH / 2
    painter.drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
    painter.restore()
