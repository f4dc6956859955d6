"""Pictures of a grid's cells, decoded on worker threads at cell size; the latest are kept.

The cache is large enough for all cells on a large screen, at every cell size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.ui.base.background_tasks import BackgroundTasks
from runcomfy_desktop.ui.images.thumbnail_cache import OutputThumbnailCache

if TYPE_CHECKING:
    from runcomfy_desktop.ui.images.thumbnail_cache import Thumbnail

THUMBNAIL_SIDES = (128, 256, 512)
_MAX_CACHE_BYTES = 160 * 1024 * 1024
_BYTES_PER_PIXEL = 4


class GridThumbnailCache(QObject):
    """Cache of thumbnails in the size of the cells.

    Emits `changed` with the path of a picture that was loaded, or that cannot be shown.
    """

    changed = Signal(str)

    def __init__(self, cell_side: float, parent: QObject | None = None) -> None:
        """Creates the cache for cells of a width, which `set_cell_side` can change."""
        super().__init__(parent)
        self._background_tasks = BackgroundTasks(self)
        self._thumbnail_side = _thumbnail_side_for(cell_side)
        self._current_cache = self._make_cache()
        self._previous_cache: OutputThumbnailCache | None = None

    def set_cell_side(self, cell_side: float) -> None:
        """Sets the width of the cells in pixels."""
        thumbnail_side = _thumbnail_side_for(cell_side)
        if thumbnail_side == self._thumbnail_side:
            return
        self._thumbnail_side = thumbnail_side
        if self._previous_cache is not None:
            self._previous_cache.deleteLater()
        # The previous thumbnails are shown until better ones are loaded, which avoids flicker.
        self._previous_cache = self._current_cache
        self._current_cache = self._make_cache()

    def check(self, path: str) -> None:
        """Reads a picture again if its file has changed."""
        self._current_cache.check(path)
        if self._previous_cache is not None:
            self._previous_cache.check(path)

    def get(self, path: str) -> Thumbnail:
        """Returns the state of a picture; starts reading it if it is unknown."""
        thumbnail = self._current_cache.get(path)
        if thumbnail.is_loading and self._previous_cache is not None:
            previous = self._previous_cache.cached(path)
            return previous if previous is not None and previous.pixmap is not None else thumbnail
        return thumbnail

    def _make_cache(self) -> OutputThumbnailCache:
        side = self._thumbnail_side
        max_thumbnails = _MAX_CACHE_BYTES // (side * side * _BYTES_PER_PIXEL)
        cache = OutputThumbnailCache(
            self, tasks=self._background_tasks, side=side, max_cached=max_thumbnails
        )
        cache.changed.connect(self.changed)
        return cache


def _thumbnail_side_for(cell_side: float) -> int:
    return next((each for each in THUMBNAIL_SIDES if each >= cell_side), THUMBNAIL_SIDES[-1])
