"""Reads pictures from disk, scaled while decoding; runs in a thread and never raises for a file.

Results come from outside: the content decides what a file is, vector formats are refused (they
can refer to other files), and Qt's own limit for one picture's memory holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import pixels

_FORMATS = frozenset({"png", "jpeg", "jpg", "gif", "webp", "bmp", "tiff", "tif"})
# A film is decoded frame by frame from memory; a larger file is shown by its first frame.
MAX_MOVIE_BYTES = 64 * 1024 * 1024
# The longest side of a thumbnail of an extremely long picture, in thumbnail sides.
_MAX_STRETCH = 4
_MB = 1024 * 1024


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

    `size` are the true pixels. `movie` are the file's bytes when it is an animation, else empty.
    """

    path: str
    levels: tuple[QImage, ...] = ()
    size: QSize = field(default_factory=QSize)
    stamp: Stamp | None = None
    movie: QByteArray = field(default_factory=QByteArray)
    fault: str = ""

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
    reader = _open(path)
    size = reader.size()
    if size.isValid() and not size.isEmpty():
        cover = size.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        cover = cover.boundedTo(QSize(side * _MAX_STRETCH, side * _MAX_STRETCH))
        if cover.width() < size.width():
            reader.setScaledSize(cover)
    fault = _refusal(reader)
    image = QImage() if fault else reader.read()
    if image.isNull():
        return Thumb(stamp, fault=fault or _reason(reader))
    return Thumb(stamp, image)


def read_picture(path: str, known: Stamp | None = None) -> Picture | None:
    """The whole picture of `path` with its smaller levels; None when it is still `known`."""
    stamp = read_stamp(path)
    if stamp is None:
        return Picture(path, fault=_missing())
    if stamp == known:
        return None
    reader = _open(path)
    fault = _refusal(reader)
    if fault:
        return Picture(path, stamp=stamp, fault=fault)
    moves = _moves(reader) and stamp.size_bytes <= MAX_MOVIE_BYTES
    image = reader.read()
    if image.isNull():
        return Picture(path, stamp=stamp, fault=_reason(reader))
    movie = _read_bytes(path) if moves else QByteArray()
    return Picture(path, _levels(image), image.size(), stamp, movie)


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


def _open(path: str) -> QImageReader:
    reader = QImageReader(path)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    return reader


def _moves(reader: QImageReader) -> bool:
    return reader.supportsAnimation() and reader.imageCount() != 1


def _levels(image: QImage) -> tuple[QImage, ...]:
    plain = QImage.Format.Format_RGB32
    kind = QImage.Format.Format_ARGB32_Premultiplied if image.hasAlphaChannel() else plain
    levels = [image.convertToFormat(kind)]
    while min(levels[-1].width(), levels[-1].height()) > 256:
        half = levels[-1].size() / 2
        levels.append(
            levels[-1].scaled(
                half,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
    return tuple(levels)


def _refusal(reader: QImageReader) -> str:
    """Why the file is not decoded at all, "" when it may be."""
    if reader.device() is not None and reader.device().size() == 0:
        return _("The file is empty.")
    kind = bytes(reader.format().data()).decode("ascii", "replace")
    if kind and kind not in _FORMATS:
        return _unsupported()
    size, limit = reader.size(), QImageReader.allocationLimit()
    if limit and size.width() * size.height() * 4 > limit * _MB:
        return _("With %s pixels it is too large to be shown here.") % pixels(
            size.width(), size.height()
        )
    return ""


def _reason(reader: QImageReader) -> str:
    if reader.error() is QImageReader.ImageReaderError.UnsupportedFormatError:
        return _unsupported()
    return _("The file is damaged or cut off.")


def _unsupported() -> str:
    return _("This program cannot show this kind of picture.")


def _missing() -> str:
    return _("The file is not there any more.")
