"""Thumbnails of pictures, decoded on worker threads; the most recently used ones are kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPixmap

from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.images.bounded_cache import BoundedCache
from runcomfy_desktop.ui.images.picture_decoder import (
    DecodedThumbnail,
    FileFingerprint,
    ThumbnailShape,
    read_thumbnail,
    unsupported_text,
)
from runcomfy_desktop.ui.images.safe_image_reader import set_up_qt

if TYPE_CHECKING:
    from PySide6.QtCore import QRect

    from runcomfy_desktop.core.media.thumbnail_files import ThumbnailFiles

# Large enough for the filmstrip at twice the usual resolution.
OUTPUT_SHAPE = ThumbnailShape(128)
# Enough for all that a large screen shows at once: less would be decoded again at each repaint.
MAX_BYTES = 32 * 1024 * 1024
_BYTES_PER_PIXEL = 4
# Rough size of an entry without a picture.
_ENTRY_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """Current state of a thumbnail: loading, a picture, or an `error` text.

    `size` is that of the file's picture, empty while it is unknown.
    """

    shape: ThumbnailShape
    is_loading: bool = True
    pixmap: QPixmap | None = None
    error: str = ""
    fingerprint: FileFingerprint | None = None
    size: QSize = field(default_factory=QSize)

    @property
    def size_bytes(self) -> int:
        if self.pixmap is None:
            return _ENTRY_BYTES
        return _ENTRY_BYTES + self.pixmap.width() * self.pixmap.height() * _BYTES_PER_PIXEL


class ThumbnailCache(QObject):
    """Cache of thumbnails in one shape, with at most `max_bytes` of pictures in memory.

    A source is the path of a file or a Base64 `data:` address. Emits `changed` with a source that
    has to be redrawn. `files` keeps thumbnails on the disk.
    """

    changed = Signal(str)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        shape: ThumbnailShape = OUTPUT_SHAPE,
        max_bytes: int = MAX_BYTES,
        files: ThumbnailFiles | None = None,
        tasks: BackgroundTasks | None = None,
    ) -> None:
        super().__init__(parent)
        set_up_qt()
        self._shape = shape
        self._files = files
        self._tasks = tasks or BackgroundTasks(self)
        self._cache: BoundedCache[Thumbnail] = BoundedCache(max_bytes)

    def set_side(self, side: int) -> None:
        """Changes the size; the present thumbnails are shown until better ones are loaded."""
        self._shape = replace(self._shape, side=side)

    def get(self, source: str) -> Thumbnail:
        """Returns the state of the thumbnail; starts reading it if it is unknown."""
        known = self._cache.get(source)
        if known is None or known.shape != self._shape:
            known = replace(known, shape=self._shape) if known else Thumbnail(self._shape)
            self._cache.put(source, known)
            self._read(source, None)
        return known

    def loaded(self, source: str) -> Thumbnail | None:
        """Returns a thumbnail with a picture, if it is there already; starts nothing."""
        known = self._cache.get(source)
        return known if known is not None and known.pixmap is not None else None

    def check(self, path: str) -> None:
        """Reads `path` again if the file on disk has changed."""
        known = self._cache.get(path)
        if known is not None and not known.is_loading:
            self._read(path, known.fingerprint)

    def _read(self, source: str, fingerprint: FileFingerprint | None) -> None:
        deliver = partial(self._on_read, source, self._shape)
        self._tasks.run(
            partial(read_thumbnail, source, self._shape, fingerprint, self._files),
            deliver,
            lambda: deliver(DecodedThumbnail(None, error=unsupported_text())),
        )

    def _on_read(
        self, source: str, shape: ThumbnailShape, decoded: DecodedThumbnail | None
    ) -> None:
        known = self._cache.get(source)
        # A thumbnail of an earlier size is not needed any more.
        if known is None or decoded is None or known.shape != shape:
            return
        pixmap = None if decoded.image is None else QPixmap.fromImage(decoded.image)
        thumbnail = Thumbnail(
            shape,
            is_loading=False,
            pixmap=pixmap,
            error=decoded.error,
            fingerprint=decoded.fingerprint,
            size=decoded.size,
        )
        self._cache.put(source, thumbnail)
        self.changed.emit(source)


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
