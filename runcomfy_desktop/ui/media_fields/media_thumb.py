"""Picture in a media field, or the icon shown in its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter

from runcomfy_desktop.ui.images.image_painter import checkerboard_brush
from runcomfy_desktop.ui.input_tree.rows.row_layout import rect_centre
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import RADIUS, STEP

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap

    from runcomfy_desktop.ui.style.theme import Colours


class MediaThumbKind(Enum):
    """Kind of picture or icon in a media field."""

    LOADING = "loading"
    FAILED = "failed"
    REMOTE = "remote"
    """A file in the deployment's container, which this program cannot see."""
    ADDRESS = "address"
    FILE = "file"
    """A local file without a picture: a video, a sound, a model."""
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
    """Hint about a file that is larger than recommended.

    `note` states how the file will be sent; it is empty if `wants_address` is True, which means
    that an address should be used instead. `has_choice` is True if a setting decides how the file
    is sent.
    """

    note: str = ""
    wants_address: bool = False
    has_choice: bool = False


@dataclass(frozen=True, slots=True)
class MediaFieldContent:
    """Contents of a media field.

    `picture` goes with MediaThumbKind.PICTURE, `icon` with the kinds that have no icon of their
    own. `note` is neutral information about the file. `reload_text` is the label of the button that
    imports the original again, "" for none; `origin` describes the original's location and state.
    `accepts_mask` is True if a mask can be painted on the picture.
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
    """Fills a square with the centre of the picture, or with an icon if there is no picture."""
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
            # Dark pixels on transparency would be invisible in a dark window, light ones in a light
            # window.
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
