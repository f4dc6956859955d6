"""Cache of file thumbnails, decoded on worker threads; the most recently used ones are kept."""

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
    """Current state of a file's thumbnail: loading, a picture, or an `error` text."""

    is_loading: bool = True
    pixmap: QPixmap | None = None
    error: str = ""
    fingerprint: FileFingerprint | None = None


class OutputThumbnailCache(QObject):
    """Cache of thumbnails by path; emits `changed` with a path that has to be redrawn."""

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
        """Returns the state of the thumbnail; starts reading it if it is unknown."""
        known = self._cache.get(path)
        if known is None:
            known = self._cache[path] = Thumbnail()
            self._read(path, None)
            while len(self._cache) > self._max_cached:
                self._cache.popitem(last=False)
        self._cache.move_to_end(path)
        return known

    def cached(self, path: str) -> Thumbnail | None:
        """Returns the state of a cached thumbnail; None if it is not in the cache."""
        return self._cache.get(path)

    def check(self, path: str) -> None:
        """Reads `path` again if the file on disk has changed."""
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
    """Draws `pixmap` centred so that it covers `area`, with round corners."""
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
