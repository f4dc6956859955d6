"""Reads pictures from disk, scaled while decoding; for worker threads. Never raises for a file.

The files are untrusted: `safe_image_reader` decides what may be decoded, and within which memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import pixel_size
from runcomfy_desktop.ui.images.apng import ApngAnimation, is_animated_png, read_animation
from runcomfy_desktop.ui.images.colour_profiles import in_srgb, profile_name
from runcomfy_desktop.ui.images.picture_loader import bytes_of_data_uri, fitted, png_bytes
from runcomfy_desktop.ui.images.safe_image_reader import (
    ImageRefusal,
    SafeImageReader,
    mipmap_levels,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from runcomfy_desktop.core.media.thumbnail_files import ThumbnailFiles

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
# Thumbnails of these files are kept on the disk: a smaller picture is decoded about as fast as its
# thumbnail, and to hash a larger file takes longer than to decode most pictures.
_STORED_BYTES = range(512 * 1024, 256 * 1024 * 1024)


@dataclass(frozen=True, slots=True)
class FileFingerprint:
    """Identifies the state of a file, to notice changes."""

    modified_ns: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ThumbnailShape:
    """Size of a thumbnail: it covers a square of `side` pixels, or fits into it."""

    side: int
    covers: bool = True

    @property
    def name(self) -> str:
        return f"{'cover' if self.covers else 'fit'}-{self.side}"

    def size_for(self, size: QSize) -> QSize:
        """Returns the size of the thumbnail of a picture."""
        square = QSize(self.side, self.side)
        if not self.covers:
            return fitted(size, square)
        cover = size.scaled(square, Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        return cover.boundedTo(square * _MAX_STRETCH).expandedTo(QSize(1, 1))


@dataclass(frozen=True, slots=True)
class DecodedThumbnail:
    """Thumbnail of a file, or the reason why there is none.

    `size` is that of the file's picture.
    """

    fingerprint: FileFingerprint | None
    image: QImage | None = None
    error: str = ""
    size: QSize = field(default_factory=QSize)


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """A file's full picture with successively halved levels, for smooth drawing at small sizes.

    `size` is the true size, which the levels of a gigantic picture do not have. The levels are in
    sRGB; `profile_name` names the profile that the file had instead. `movie` holds the file's bytes
    for an animation that Qt plays, else it is empty; `apng` is an animation that Qt does not play.
    `is_thumbnail`: the only level is a thumbnail, shown while the file is read.
    """

    path: str
    levels: tuple[QImage, ...] = ()
    size: QSize = field(default_factory=QSize)
    fingerprint: FileFingerprint | None = None
    movie: QByteArray = field(default_factory=QByteArray)
    error: str = ""
    apng: ApngAnimation | None = None
    profile_name: str = ""
    is_thumbnail: bool = False

    @property
    def is_animated(self) -> bool:
        return self.apng is not None or not self.movie.isEmpty()

    @property
    def size_bytes(self) -> int:
        frames = self.apng.frames if self.apng is not None else ()
        compressed = self.movie.size() + sum(len(frame.data) for frame in frames)
        return compressed + sum(level.sizeInBytes() for level in self.levels)


def read_thumbnail(
    source: str,
    shape: ThumbnailShape,
    known: FileFingerprint | None = None,
    files: ThumbnailFiles | None = None,
) -> DecodedThumbnail | None:
    """Returns a thumbnail of a file, given by its path, or of the picture in a `data:` address.

    Returns None if the file still matches `known`. If it cannot be read, the result has an `error`.
    Thumbnails of large files are looked up and kept in `files`.
    """
    if source.startswith("data:"):
        return _decode_thumbnail(bytes_of_data_uri(source) or b"", shape, None)
    fingerprint = read_fingerprint(source)
    if fingerprint is None:
        return DecodedThumbnail(None, error=_missing_text())
    if fingerprint == known:
        return None
    path = Path(source)
    if files is None or fingerprint.size_bytes not in _STORED_BYTES:
        return _decode_thumbnail(path, shape, fingerprint)
    key = files.key_of(path, shape.name)
    stored = files.load(key)
    if stored is not None:
        found = _decode_thumbnail(stored, shape, fingerprint)
        if found.image is not None:
            with SafeImageReader(path) as reader:
                return replace(found, size=reader.size)
        files.remove(key)
    decoded = _decode_thumbnail(path, shape, fingerprint)
    # A file that was replaced meanwhile has other content than its key says.
    if decoded.image is not None and key and read_fingerprint(source) == fingerprint:
        files.save(key, png_bytes(decoded.image))
    return decoded


def _decode_thumbnail(
    source: Path | bytes, shape: ThumbnailShape, fingerprint: FileFingerprint | None
) -> DecodedThumbnail:
    with SafeImageReader(source) as reader:
        image = reader.read(shape.size_for(reader.size))
        if image.isNull():
            return DecodedThumbnail(fingerprint, error=_refusal_text(reader))
    return DecodedThumbnail(fingerprint, in_srgb(image), size=reader.size)


def read_picture(path: str, known: FileFingerprint | None = None) -> DecodedPicture | None:
    """Returns the full picture of `path` with its levels; None if it still matches `known`.

    If the file cannot be read, the result has an `error`.
    """
    fingerprint = read_fingerprint(path)
    if fingerprint is None:
        return DecodedPicture(path, error=_missing_text())
    if fingerprint == known:
        return None
    with SafeImageReader(Path(path)) as reader, reader.memory_turn():
        area = reader.size.width() * reader.size.height()
        is_qt_animation = reader.refusal is None and reader.is_animation
        image = reader.read(None if area <= MAX_FULL_PIXELS else _reduced_size(reader.size))
        if image.isNull():
            return DecodedPicture(path, fingerprint=fingerprint, error=_refusal_text(reader))
        name = profile_name(image)
        image = in_srgb(image)
        levels = mipmap_levels(image, _MIN_LEVEL_SIDE)
    can_animate = fingerprint.size_bytes <= MAX_MOVIE_BYTES and area <= MAX_MOVIE_PIXELS
    return DecodedPicture(
        path,
        levels,
        reader.size,
        fingerprint,
        _read_bytes(path) if can_animate and is_qt_animation else QByteArray(),
        apng=_read_animation(path) if can_animate and not is_qt_animation else None,
        # The frames of an animation are not converted.
        profile_name="" if is_qt_animation else name,
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


def _reduced_size(size: QSize) -> QSize:
    return size.scaled(_REDUCED_SIDE, _REDUCED_SIDE, Qt.AspectRatioMode.KeepAspectRatio)


def unsupported_text() -> str:
    return _("This program cannot show this kind of picture.")


def _refusal_text(reader: SafeImageReader) -> str:
    if reader.refusal is ImageRefusal.EMPTY:
        return _("The file is empty.")
    if reader.refusal is ImageRefusal.UNSUPPORTED:
        return unsupported_text()
    if reader.refusal is ImageRefusal.TOO_LARGE:
        size = pixel_size(reader.size.width(), reader.size.height())
        return _("With %s pixels it is too large to be shown here.") % size
    return _("The file is damaged or cut off.")


def _missing_text() -> str:
    return _("The file is not there any more.")
