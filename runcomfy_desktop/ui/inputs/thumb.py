"""The small picture in a well, or the sign that stands in its place."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.theme import RADIUS, STEP

if TYPE_CHECKING:
    from runcomfy_desktop.ui.theme import Colours


class Thumb(Enum):
    """What stands in the place of the picture."""

    LOADING = "loading"
    FAILED = "failed"
    REMOTE = "remote"
    """A file in the deployment's container, which cannot be seen from here."""
    ADDRESS = "address"
    EMPTY = "empty"
    PICTURE = "picture"


_SIGNS = {
    Thumb.LOADING: "clock",
    Thumb.FAILED: "warning",
    Thumb.REMOTE: "server",
    Thumb.ADDRESS: "link",
    Thumb.EMPTY: "image",
}


def draw_thumb(
    painter: QPainter, place: QRect, roles: Colours, thumb: Thumb, picture: QPixmap | None
) -> None:
    """Fills a square with the middle of the picture, or with a sign."""
    if thumb is Thumb.PICTURE and picture is not None:
        size = QSize(picture.size()).scaled(
            place.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding
        )
        target = QRect(0, 0, size.width(), size.height())
        target.moveCenter(place.center())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setClipRect(place)
        painter.drawPixmap(target, picture)
        painter.restore()
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(roles.panel))
    painter.drawRoundedRect(QRectF(place), RADIUS, RADIUS)
    box = QRect(0, 0, 6 * STEP, 6 * STEP)
    box.moveCenter(place.center())
    colour = roles.error if thumb is Thumb.FAILED else roles.muted
    icons.icon(_SIGNS.get(thumb, "image"), colour).paint(painter, box)
