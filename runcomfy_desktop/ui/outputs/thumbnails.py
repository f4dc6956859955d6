"""Thumbnails: small pictures of files, decoded in threads and kept for as long as they are used."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPixmap

from runcomfy_desktop.ui.outputs.background import Background
from runcomfy_desktop.ui.outputs.decoding import Stamp, Thumb, read_thumb

if TYPE_CHECKING:
    from PySide6.QtCore import QRect

# Large enough for the filmstrip at twice the usual resolution.
SIDE = 128
KEPT = 200


@dataclass(slots=True)
class Thumbnail:
    """One file's thumbnail as far as it is known: loading, a picture, or `fault` in words."""

    loading: bool = True
    pixmap: QPixmap | None = None
    fault: str = ""
    stamp: Stamp | None = None


class Thumbnails(QObject):
    """Owns the cache; emits `changed` with the path when there is something new to draw."""

    changed = Signal(str)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        background: Background | None = None,
        side: int = SIDE,
        kept: int = KEPT,
    ) -> None:
        super().__init__(parent)
        self._background = background or Background(self)
        self._side = side
        self._most = kept
        self._kept: OrderedDict[str, Thumbnail] = OrderedDict()

    def get(self, path: str) -> Thumbnail:
        """What is known of `path` now; starts reading it when that is nothing."""
        known = self._kept.get(path)
        if known is None:
            known = self._kept[path] = Thumbnail()
            self._read(path, None)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(path)
        return known

    def known(self, path: str) -> Thumbnail | None:
        """What is known of `path`, without reading it."""
        return self._kept.get(path)

    def check(self, path: str) -> None:
        """Reads `path` again when the file on disk is not the one that was read."""
        known = self._kept.get(path)
        if known is not None and not known.loading:
            self._read(path, known.stamp)

    def _read(self, path: str, stamp: Stamp | None) -> None:
        work = partial(read_thumb, path, self._side, stamp)
        self._background.run(work, partial(self._on_thumb_read, path))

    def _on_thumb_read(self, path: str, thumb: Thumb | None) -> None:
        known = self._kept.get(path)
        if known is None or thumb is None:
            return
        known.loading, known.fault, known.stamp = False, thumb.fault, thumb.stamp
        known.pixmap = None if thumb.image is None else QPixmap.fromImage(thumb.image)
        self.changed.emit(path)


def paint_cover(painter: QPainter, area: QRect, pixmap: QPixmap, radius: float) -> None:
    """Draws `pixmap` so that it covers `area`, its middle in the middle, with round corners."""
    shape = QPainterPath()
    shape.addRoundedRect(QRectF(area), radius, radius)
    share = max(area.width() / pixmap.width(), area.height() / pixmap.height())
    source = QRectF(0, 0, area.width() / share, area.height() / share)
    source.moveCenter(QRectF(pixmap.rect()).center())
    painter.save()
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    painter.setClipPath(shape)
    painter.drawPixmap(QRectF(area), pixmap, source)
    painter.restore()
