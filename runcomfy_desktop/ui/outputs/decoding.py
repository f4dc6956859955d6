"""Reads pictures from disk, scaled while decoding; runs in a thread and never raises for a file.

Results come from outside: what may be decoded, and within which memory, is decided in `raster`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import pixels
from runcomfy_desktop.ui.outputs.apng import Film, is_film, read_film
from runcomfy_desktop.ui.raster import Raster, Refusal, smaller_levels

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

# A film is decoded frame by frame, by the window itself and from memory; a larger one is shown by
# its first frame.
MAX_MOVIE_BYTES = 64 * 1024 * 1024
MAX_MOVIE_PIXELS = 4_000_000
# In full up to here, with its levels 250 MB; a larger picture is shown at a part of its size.
MAX_SHOWN_PIXELS = 48_000_000
_PART_SIDE = 6000
_LEAST_LEVEL = 256
# The longest side of a thumbnail of an extremely long picture, in thumbnail sides.
_MAX_STRETCH = 4


@dataclass(frozen=True, slots=True)
class Stamp:
    """Tells whether a file is still the one that was read."""

    modified_ns: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Thumb:
    """A file's small picture, or the sentence why there is none."""

    stamp: Stamp | None
    image: QImage | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file's picture in full, halved again and again so that it can be drawn small and smooth.

    `size` are the true pixels, which a gigantic picture's levels do not have. `movie` are the
    file's bytes when it is an animation that Qt plays, else empty; `film` is one that it does
    not play.
    """

    path: str
    levels: tuple[QImage, ...] = ()
    size: QSize = field(default_factory=QSize)
    stamp: Stamp | None = None
    movie: QByteArray = field(default_factory=QByteArray)
    fault: str = ""
    film: Film | None = None

    @property
    def moves(self) -> bool:
        return self.film is not None or not self.movie.isEmpty()

    def level_for(self, width: float) -> QImage:
        """The smallest level that still has `width` pixels of its own across."""
        fine = [level for level in self.levels if level.width() >= width]
        return fine[-1] if fine else self.levels[0]


def read_thumb(path: str, side: int, known: Stamp | None = None) -> Thumb | None:
    """The picture of `path` covering a square of `side` pixels; None when it is still `known`."""
    stamp = read_stamp(path)
    if stamp is None:
        return Thumb(None, fault=_missing())
    if stamp == known:
        return None
    with _open(path) as raster:
        cover = raster.size.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        longest = side * _MAX_STRETCH
        image = raster.read(cover.boundedTo(QSize(longest, longest)).expandedTo(QSize(1, 1)))
        if image.isNull():
            return Thumb(stamp, fault=_reason(raster))
    return Thumb(stamp, image)


def read_picture(path: str, known: Stamp | None = None) -> Picture | None:
    """The whole picture of `path` with its smaller levels; None when it is still `known`."""
    stamp = read_stamp(path)
    if stamp is None:
        return Picture(path, fault=_missing())
    if stamp == known:
        return None
    with _open(path) as raster:
        area = raster.size.width() * raster.size.height()
        qt_plays = raster.refusal is None and raster.is_film
        image = raster.read(None if area <= MAX_SHOWN_PIXELS else _part(raster.size))
        if image.isNull():
            return Picture(path, stamp=stamp, fault=_reason(raster))
    may_move = stamp.size_bytes <= MAX_MOVIE_BYTES and area <= MAX_MOVIE_PIXELS
    return Picture(
        path,
        smaller_levels(image, _LEAST_LEVEL),
        raster.size,
        stamp,
        _read_bytes(path) if may_move and qt_plays else QByteArray(),
        film=_read_film(path) if may_move and not qt_plays else None,
    )


def read_stamp(path: str) -> Stamp | None:
    """What the disk says of a file now, None when there is no ordinary file."""
    file = Path(path)
    try:
        if not file.is_file():
            return None
        facts = file.stat()
    except (OSError, ValueError):
        return None
    return Stamp(facts.st_mtime_ns, facts.st_size)


def _read_bytes(path: str) -> QByteArray:
    try:
        return QByteArray(Path(path).read_bytes())
    except OSError:
        # Gone in this moment: its first frame is here already.
        return QByteArray()


def _read_film(path: str) -> Film | None:
    try:
        with Path(path).open("rb") as file:
            if not is_film(file):
                return None
            file.seek(0)
            return read_film(file.read(), MAX_MOVIE_PIXELS)
    except OSError:
        return None


def _open(path: str) -> Raster:
    return Raster(Path(path))


def _part(size: QSize) -> QSize:
    return size.scaled(_PART_SIDE, _PART_SIDE, Qt.AspectRatioMode.KeepAspectRatio)


def _reason(raster: Raster) -> str:
    if raster.refusal is Refusal.EMPTY:
        return _("The file is empty.")
    if raster.refusal is Refusal.FOREIGN:
        return _("This program cannot show this kind of picture.")
    if raster.refusal is Refusal.TOO_LARGE:
        size = pixels(raster.size.width(), raster.size.height())
        return _("With %s pixels it is too large to be shown here.") % size
    return _("The file is damaged or cut off.")


def _missing() -> str:
    return _("The file is not there any more.")
