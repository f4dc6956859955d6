"""Reads pictures from disk, scaled while decoding; for worker threads. Never raises for a file.

The files are untrusted: `safe_image_reader` decides what may be decoded, and within which memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import pixel_size
from runcomfy_desktop.ui.images.apng import ApngAnimation, is_animated_png, read_animation
from runcomfy_desktop.ui.images.safe_image_reader import (
    ImageRefusal,
    SafeImageReader,
    mipmap_levels,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

# An animation is decoded frame by frame in the GUI thread, from memory; of a larger one only the
# first frame is shown.
MAX_MOVIE_BYTES = 64 * 1024 * 1024
MAX_MOVIE_PIXELS = 4_000_000
# Decoded in full up to this size (250 MB with its levels); larger pictures are reduced.
MAX_FULL_PIXELS = 48_000_000
_REDUCED_SIDE = 6000
_MIN_LEVEL_SIDE = 256
# Longest side of the thumbnail of an extremely long picture, in thumbnail sides.
_MAX_STRETCH = 4


@dataclass(frozen=True, slots=True)
class FileFingerprint:
    """Identifies the state of a file, to notice changes."""

    modified_ns: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class DecodedThumbnail:
    """Thumbnail of a file, or the reason why there is none."""

    fingerprint: FileFingerprint | None
    image: QImage | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """A file's full picture with successively halved levels, for smooth drawing at small sizes.

    `size` is the true size, which the levels of a gigantic picture do not have. `movie` holds the
    file's bytes for an animation that Qt plays, else it is empty; `apng` is an animation that Qt
    does not play.
    """

    path: str
    levels: tuple[QImage, ...] = ()
    size: QSize = field(default_factory=QSize)
    fingerprint: FileFingerprint | None = None
    movie: QByteArray = field(default_factory=QByteArray)
    error: str = ""
    apng: ApngAnimation | None = None

    @property
    def is_animated(self) -> bool:
        return self.apng is not None or not self.movie.isEmpty()

    def level_for(self, width: float) -> QImage:
        """Returns the smallest level that is at least `width` pixels wide."""
        large_enough = [level for level in self.levels if level.width() >= width]
        return large_enough[-1] if large_enough else self.levels[0]


def read_thumbnail(
    path: str, side: int, known: FileFingerprint | None = None
) -> DecodedThumbnail | None:
    """Returns a thumbnail of `path` that covers a square of `side` pixels.

    Returns None if the file still matches `known`. If it cannot be read, the result has an `error`.
    """
    fingerprint = read_fingerprint(path)
    if fingerprint is None:
        return DecodedThumbnail(None, error=_missing_text())
    if fingerprint == known:
        return None
    with _open_reader(path) as reader:
        cover = reader.size.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        longest = side * _MAX_STRETCH
        image = reader.read(cover.boundedTo(QSize(longest, longest)).expandedTo(QSize(1, 1)))
        if image.isNull():
            return DecodedThumbnail(fingerprint, error=_refusal_text(reader))
    return DecodedThumbnail(fingerprint, image)


def read_picture(path: str, known: FileFingerprint | None = None) -> DecodedPicture | None:
    """Returns the full picture of `path` with its levels; None if it still matches `known`.

    If the file cannot be read, the result has an `error`.
    """
    fingerprint = read_fingerprint(path)
    if fingerprint is None:
        return DecodedPicture(path, error=_missing_text())
    if fingerprint == known:
        return None
    with _open_reader(path) as reader:
        area = reader.size.width() * reader.size.height()
        is_qt_animation = reader.refusal is None and reader.is_animation
        image = reader.read(None if area <= MAX_FULL_PIXELS else _reduced_size(reader.size))
        if image.isNull():
            return DecodedPicture(path, fingerprint=fingerprint, error=_refusal_text(reader))
    can_animate = fingerprint.size_bytes <= MAX_MOVIE_BYTES and area <= MAX_MOVIE_PIXELS
    return DecodedPicture(
        path,
        mipmap_levels(image, _MIN_LEVEL_SIDE),
        reader.size,
        fingerprint,
        _read_bytes(path) if can_animate and is_qt_animation else QByteArray(),
        apng=_read_animation(path) if can_animate and not is_qt_animation else None,
    )


def read_fingerprint(path: str) -> FileFingerprint | None:
    """Returns the current state of a file; None if it is not a regular file."""
    file = Path(path)
    try:
        if not file.is_file():
            return None
        file_stat = file.stat()
    except (OSError, ValueError):
        return None
    return FileFingerprint(file_stat.st_mtime_ns, file_stat.st_size)


def _read_bytes(path: str) -> QByteArray:
    try:
        return QByteArray(Path(path).read_bytes())
    except OSError:
        # The file was deleted just now, but its first frame is already decoded.
        return QByteArray()


def _read_animation(path: str) -> ApngAnimation | None:
    try:
        with Path(path).open("rb") as file:
            if not is_animated_png(file):
                return None
            file.seek(0)
            return read_animation(file.read(), MAX_MOVIE_PIXELS)
    except OSError:
        return None


def _open_reader(path: str) -> SafeImageReader:
    return SafeImageReader(Path(path))


def _reduced_size(size: QSize) -> QSize:
    return size.scaled(_REDUCED_SIDE, _REDUCED_SIDE, Qt.AspectRatioMode.KeepAspectRatio)


def _refusal_text(reader: SafeImageReader) -> str:
    if reader.refusal is ImageRefusal.EMPTY:
        return _("The file is empty.")
    if reader.refusal is ImageRefusal.UNSUPPORTED:
        return _("This program cannot show this kind of picture.")
    if reader.refusal is ImageRefusal.TOO_LARGE:
        size = pixel_size(reader.size.width(), reader.size.height())
        return _("With %s pixels it is too large to be shown here.") % size
    return _("The file is damaged or cut off.")


def _missing_text() -> str:
    return _("The file is not there any more.")
