"""The pictures of a grid's cells: decoded in threads, as large as the cells are, the latest kept.

So many are kept that all cells of a large screen have theirs, whatever their size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.ui.outputs.background import Background
from runcomfy_desktop.ui.outputs.thumbnails import Thumbnails

if TYPE_CHECKING:
    from runcomfy_desktop.ui.outputs.thumbnails import Thumbnail

SIDES = (128, 256, 512)
_KEPT_BYTES = 160 * 1024 * 1024
_PIXEL_BYTES = 4


class GridPictures(QObject):
    """Emits `changed` with the path of a picture that arrived, or that cannot be shown."""

    changed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._side = 0
        self._finest: Thumbnails | None = None
        self._before: Thumbnails | None = None

    def suit(self, side: float) -> None:
        """Cells are so many pixels wide from now on."""
        wanted = next((each for each in SIDES if each >= side), SIDES[-1])
        if wanted == self._side:
            return
        self._side = wanted
        if self._before is not None:
            self._before.deleteLater()
        # Shown until there are better ones: nothing flickers.
        self._before = self._finest
        kept = _KEPT_BYTES // (wanted * wanted * _PIXEL_BYTES)
        self._finest = Thumbnails(self, background=self._background, side=wanted, kept=kept)
        self._finest.changed.connect(self.changed)

    def check(self, path: str) -> None:
        """Reads a picture again if its file is another one now."""
        for each in (self._finest, self._before):
            if each is not None:
                each.check(path)

    def get(self, path: str) -> Thumbnail:
        """What is known of a picture by now; it is read when that is nothing."""
        assert self._finest is not None
        found = self._finest.get(path)
        if found.loading and self._before is not None:
            earlier = self._before.known(path)
            return earlier if earlier is not None and earlier.pixmap is not None else found
        return found
