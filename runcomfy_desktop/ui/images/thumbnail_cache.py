"""OutputThumbnailCache: small pictures of files, decoded in threads and kept for as long as they
are used."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPixmap

from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.images.picture_decoder import (
    DecodedThumbnail,
    FileFingerprint,
    read_thumbnail,
)

if TYPE_CHECKING:
    from PySide6.QtCore import QRect

# Large enough for the filmstrip at twice the usual resolution.
THUMBNAIL_SIDE = 128
MAX_CACHED = 200


@dataclass(slots=True)
class Thumbnail:
    """One file's thumbnail as far as it is known: loading, a picture, or `error` in words."""

    is_loading: bool = True
    pixmap: QPixmap | None = None
    error: str = ""
    fingerprint: FileFingerprint | None = None


class OutputThumbnailCache(QObject):
    """Owns the cache; emits `changed` with the path when there is something new to draw."""

    changed = Signal(str)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        tasks: BackgroundTasks | None = None,
        side: int = THUMBNAIL_SIDE,
        max_cached: int = MAX_CACHED,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks or BackgroundTasks(self)
        self._side = side
        self._max_cached = max_cached
        self._cache: OrderedDict[str, Thumbnail] = OrderedDict()

    def get(self, path: str) -> Thumbnail:
        """What is known of `path` now; starts reading it when that is nothing."""
        known = self._cache.get(path)
        if known is None:
            known = self._cache[path] = Thumbnail()
            self._read(path, None)
            while len(self._cache) > self._max_cached:
                self._cache.popitem(last=False)
        self._cache.move_to_end(path)
        return known

    def cached(self, path: str) -> Thumbnail | None:
        """What is known of `path`, without reading it."""
        return self._cache.get(path)

    def check(self, path: str) -> None:
        """Reads `path` again when the file on disk is not the one that was read."""
        known = self._cache.get(path)
        if known is not None and not known.is_loading:
            self._read(path, known.fingerprint)

    def _read(self, path: str, fingerprint: FileFingerprint | None) -> None:
        work = partial(read_thumbnail, path, self._side, fingerprint)
        self._tasks.run(work, partial(self._on_thumbnail_read, path))

    def _on_thumbnail_read(self, path: str, decoded: DecodedThumbnail | None) -> None:
        known = self._cache.get(path)
        if known is None or decoded is None:
            return
        known.is_loading, known.error, known.fingerprint = False, decoded.error, decoded.fingerprint
        known.pixmap = None if decoded.image is None else QPixmap.fromImage(decoded.image)
        self.changed.emit(path)


def paint_cover(painter: QPainter, area: QRect, pixmap: QPixmap, radius: float) -> None:
    """Draws `pixmap` so that it covers `area`, its middle in the middle, with round corners."""
    shape = QPainterPath()
    shape.addRoundedRect(QRectF(area), radius, radius)
    scale = max(area.width() / pixmap.width(), area.height() / pixmap.height())
    source = QRectF(0, 0, area.width() / scale, area.height() / scale)
    source.moveCenter(QRectF(pixmap.rect()).center())
    painter.save()
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    painter.setClipPath(shape)
    painter.drawPixmap(QRectF(area), pixmap, source)
    painter.restore()
