"""The small picture in a well, or the sign that stands in its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter

from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.inputs.layout import middle
from runcomfy_desktop.ui.media.drawing import chequers
from runcomfy_desktop.ui.theme import RADIUS, STEP

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap

    from runcomfy_desktop.ui.theme import Colours


class Thumb(Enum):
    """What stands in the place of the picture."""

    LOADING = "loading"
    FAILED = "failed"
    REMOTE = "remote"
    """A file in the deployment's container, which cannot be seen from here."""
    ADDRESS = "address"
    FILE = "file"
    """A local file that has no picture to show: a video, a sound, a model."""
    EMPTY = "empty"
    PICTURE = "picture"


_SIGNS = {
    Thumb.LOADING: "clock",
    Thumb.FAILED: "warning",
    Thumb.REMOTE: "server",
    Thumb.ADDRESS: "link",
}


@dataclass(frozen=True, slots=True)
class SizeWords:
    """On a file that is larger than recommended: a `note` says how it will be sent, unless an
    address is wanted for it. `has_choice`: the settings have a say."""

    note: str = ""
    wants_address: bool = False
    has_choice: bool = False


@dataclass(frozen=True, slots=True)
class WellLook:
    """How a well shows its value: `picture` goes with Thumb.PICTURE, `sign` with those that have
    no sign of their own. `note` is a calm word about the file, `again` the label of the button
    that takes the original once more, "" for none; `origin` is where it was and what became of it.
    `takes_mask` says that one can be painted on it.
    """

    thumb: Thumb
    picture: QPixmap | None = None
    sign: str = "image"
    note: str = ""
    again: str = ""
    origin: str = ""
    takes_mask: bool = False
    size: SizeWords = SizeWords()


def draw_thumb(painter: QPainter, place: QRect, roles: Colours, look: WellLook) -> None:
    """Fills a square with the middle of the picture, or with a sign."""
    picture = look.picture
    if look.thumb is Thumb.PICTURE and picture is not None:
        size = QSize(picture.size()).scaled(
            place.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding
        )
        target = QRect(0, 0, size.width(), size.height())
        target.translate(middle(place) - middle(target))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setClipRect(place)
        if picture.hasAlphaChannel():
            # Dark on nothing would not be seen in a dark window, and light in a light one.
            painter.fillRect(place, chequers(roles))
        painter.drawPixmap(target, picture)
        painter.restore()
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(roles.panel))
    painter.drawRoundedRect(QRectF(place), RADIUS, RADIUS)
    box = QRect(0, 0, 6 * STEP, 6 * STEP)
    box.translate(middle(place) - middle(box))
    colour = roles.error if look.thumb is Thumb.FAILED else roles.muted
    icons.icon(_SIGNS.get(look.thumb, look.sign), colour).paint(painter, box)
