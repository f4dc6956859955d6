"""Makes small versions of a picture beside the window: only the newest wish is still waited for.

An encoding that runs cannot be stopped in the middle; one that is not wanted any more does not
begin, and what a running one brings is thrown away.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from runcomfy_desktop.ui.media.encoding import Original, encode, read_original
from runcomfy_desktop.ui.media.small_version import best_within
from runcomfy_desktop.ui.raster import Raster, smaller_levels

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage

    from runcomfy_desktop.domain.shrinking import PictureForm, Shrink
    from runcomfy_desktop.ui.outputs.background import Background

_LEAST_LEVEL = 256


@dataclass(frozen=True, slots=True)
class Made:
    """A small version: the bytes that would be sent, and how they look. No `data`: none fits."""

    wish: Shrink | None = None
    data: bytes = b""
    levels: tuple[QImage, ...] = ()


@dataclass(slots=True)
class Errand:
    """One piece of work as both threads see it."""

    stopped: threading.Event = field(default_factory=threading.Event)
    tries: int = 0


class ShrinkWork(QObject):
    """Emits `read` with the Original, and `made` with a Made for the newest wish."""

    read = Signal(object)
    made = Signal(object)

    def __init__(self, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._background = background
        self._original = Original()
        self._errand = Errand()
        self._ticket = -1
        self.is_busy = False

    @property
    def tries(self) -> int:
        """How many versions have been tried for the wish that is being worked on."""
        return self._errand.tries

    def open(self, path: Path) -> None:
        self._begin()
        self._ticket = self._background.run(partial(read_original, path), self._on_read)

    def suggest(self, form: PictureForm, limit_bytes: int, *, exact_first: bool = False) -> None:
        """Looks for the largest version within the limit; `exact_first` takes the whole picture
        without any loss if that fits."""
        errand = self._begin()
        self._ticket = self._background.run(
            partial(_suggested, self._original, form, limit_bytes, errand, exact_first),
            self._on_made,
        )

    def make(self, wish: Shrink) -> None:
        errand = self._begin()
        self._ticket = self._background.run(
            partial(_made, self._original, wish, errand), self._on_made
        )

    def stop(self) -> None:
        self._errand.stopped.set()
        self._background.drop(self._ticket)
        self.is_busy = False

    def forget(self) -> None:
        """Lets go of the picture, for good."""
        self.stop()
        self._original = Original()

    def _begin(self) -> Errand:
        self.stop()
        self._errand = Errand()
        self.is_busy = True
        return self._errand

    def _on_read(self, original: Original) -> None:
        self._original = original
        self.is_busy = False
        self.read.emit(original)

    def _on_made(self, made: Made) -> None:
        self.is_busy = False
        self.made.emit(made)


# On a worker thread


def _suggested(
    original: Original,
    form: PictureForm,
    limit_bytes: int,
    errand: Errand,
    exact_first: bool,
) -> Made:
    def heed() -> bool:
        errand.tries += 1
        return errand.stopped.is_set()

    found = best_within(original, form, limit_bytes, heed, exact_first=exact_first)
    return Made() if found is None else _shown(*found)


def _made(original: Original, wish: Shrink, errand: Errand) -> Made:
    if errand.stopped.is_set():
        return Made()
    errand.tries += 1
    return _shown(wish, encode(original, wish))


def _shown(wish: Shrink, data: bytes) -> Made:
    with Raster(data) as raster:
        image = raster.read()
    if image.isNull():
        return Made(wish)
    return Made(wish, data, smaller_levels(image, _LEAST_LEVEL))
