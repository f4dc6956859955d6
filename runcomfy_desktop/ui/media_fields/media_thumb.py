"""The small picture in a well, or the sign that stands in its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter

from runcomfy_desktop.ui.images.image_painter import checkerboard_brush
from runcomfy_desktop.ui.input_tree.row_layout import rect_centre
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import RADIUS, STEP

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap

    from runcomfy_desktop.ui.style.theme import Colours


class MediaThumbKind(Enum):
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


_ICONS = {
    MediaThumbKind.LOADING: "clock",
    MediaThumbKind.FAILED: "warning",
    MediaThumbKind.REMOTE: "server",
    MediaThumbKind.ADDRESS: "link",
}


@dataclass(frozen=True, slots=True)
class LargeFileHint:
    """On a file that is larger than recommended: a `note` says how it will be sent, unless an
    address is wanted for it. `has_choice`: the settings have a say."""

    note: str = ""
    wants_address: bool = False
    has_choice: bool = False


@dataclass(frozen=True, slots=True)
class MediaFieldContent:
    """How a well shows its value: `picture` goes with Thumb.PICTURE, `icon` with those that have no
    sign of their own. `note` is a calm word about the file, `reload_text` the label of the button
    that takes the original once more, "" for none; `origin` is where it was and what became of it.
    `accepts_mask` says that one can be painted on it.
    """

    thumb_kind: MediaThumbKind
    picture: QPixmap | None = None
    icon: str = "image"
    note: str = ""
    reload_text: str = ""
    origin: str = ""
    accepts_mask: bool = False
    large_file_hint: LargeFileHint = LargeFileHint()


def draw_thumb(painter: QPainter, rect: QRect, roles: Colours, content: MediaFieldContent) -> None:
    """Fills a square with the middle of the picture, or with a sign."""
    picture = content.picture
    if content.thumb_kind is MediaThumbKind.PICTURE and picture is not None:
        size = QSize(picture.size()).scaled(
            rect.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding
        )
        target = QRect(0, 0, size.width(), size.height())
        target.translate(rect_centre(rect) - rect_centre(target))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setClipRect(rect)
        if picture.hasAlphaChannel():
            # Dark on nothing would not be seen in a dark window, and light in a light one.
            painter.fillRect(rect, checkerboard_brush(roles))
        painter.drawPixmap(target, picture)
        painter.restore()
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(roles.panel))
    painter.drawRoundedRect(QRectF(rect), RADIUS, RADIUS)
    box = QRect(0, 0, 6 * STEP, 6 * STEP)
    box.translate(rect_centre(rect) - rect_centre(box))
    colour = roles.error if content.thumb_kind is MediaThumbKind.FAILED else roles.muted
    icons.icon(_ICONS.get(content.thumb_kind, content.icon), colour).paint(painter, box)
