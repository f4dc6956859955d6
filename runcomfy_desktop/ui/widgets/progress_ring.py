"""Ring that shows the share of a job that is done, empty where it is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, Colours, colours

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_SIDE = 12 * STEP
_ICON_SIDE = 6 * STEP
_MIN_WIDTH = 2.0
_WIDTHS_PER_SIDE = 12
_TOP, _FULL_TURN = 90, 360
# Qt measures angles in sixteenths of a degree.
_UNITS_PER_DEGREE = 16


def paint_progress_ring(
    painter: QPainter, rect: QRectF, share: float | None, roles: Colours
) -> None:
    """Paints a ring that fills `rect`, a square, and in it `share` clockwise from the top.

    Without a share the ring is empty.
    """
    width = max(_MIN_WIDTH, rect.width() / _WIDTHS_PER_SIDE)
    circle = rect.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(roles.line), width))
    painter.drawEllipse(circle)
    if share is not None:
        pen = QPen(QColor(roles.accent), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        span = round(-share * _FULL_TURN * _UNITS_PER_DEGREE)
        painter.drawArc(circle, _TOP * _UNITS_PER_DEGREE, span)
    painter.restore()


class ProgressRing(QWidget):
    """Ring around the icon of a job's state."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._share: float | None = None
        self._icon_name, self._role = "", "muted"
        self.setObjectName(name)
        self.setFixedSize(_SIDE, _SIDE)

    def show_progress(self, share: float | None, icon: str, role: str) -> None:
        """Shows a share, None if it is unknown, and an icon in a colour role of the theme."""
        if (share, icon, role) != (self._share, self._icon_name, self._role):
            self._share, self._icon_name, self._role = share, icon, role
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        roles = colours(self.palette())
        painter = QPainter(self)
        paint_progress_ring(painter, QRectF(self.rect()), self._share, roles)
        if self._icon_name:
            icon = icons.icon(self._icon_name, getattr(roles, self._role))
            place = QRectF(0, 0, _ICON_SIDE, _ICON_SIDE)
            place.moveCenter(QRectF(self.rect()).center())
            icon.paint(painter, place.toRect())
