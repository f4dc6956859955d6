"""Opens untrusted pictures: decides what may be decoded, within bounded memory.

The file type is determined by the bytes, never by the name. Vector formats are refused, because
they can refer to other files. By default Qt refuses pictures that need more than 256 MB, that is,
every photograph above 64 megapixels. This limit is raised deliberately; pictures that need even
more are read differently: a JPEG at a fraction of its size, a PNG strip by strip.

Everything here but `set_up_qt` runs in worker threads. Qt releases the GIL while reading, but not
while working on a QImage, so the work on a QImage is done in strips of a few milliseconds.
"""

from __future__ import annotations

import io
import threading
from contextlib import ExitStack, contextmanager
from enum import Enum
from pathlib import Path
from typing import IO, TYPE_CHECKING

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QLoggingCategory,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader, QPainter

from runcomfy_desktop.core.media import file_integrity
from runcomfy_desktop.ui.images import png_strip_reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

MAX_PIXELS = 500_000_000
"""Decompressing more pixels takes a minute, which is the aim of a decompression bomb."""
MAX_SIDE = 100_000
_MB = 1024 * 1024
# Limit for a picture that must be decoded as a whole: 128 megapixels in the usual format.
_MAX_WHOLE_BYTES = 512 * _MB
_STRIP_READ_MIN_PIXELS = 32_000_000
# Pictures from this size on are read one at a time, so that two threads do not need twice the
# memory.
_LARGE_PIXELS = 16_000_000
_STRIP_PIXELS = 1_000_000
_FORMATS = frozenset({"png", "jpeg", "jpg", "gif", "webp", "bmp", "tiff", "tif"})
_SMALLEST_GIF = (
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
)

_large_image_lock = threading.RLock()


class ImageRefusal(Enum):
    """Reason why a picture is refused."""

    EMPTY = "empty"
    UNSUPPORTED = "foreign"
    """Not a picture, or of an unsupported kind."""
    TOO_LARGE = "too large"
    DAMAGED = "damaged"


class SafeImageReader:
    """One open picture; a context manager.

    `size` is the size as displayed; it is invalid if unknown.
    """

    def __init__(self, source: Path | bytes) -> None:
        set_up_qt()
        self._open_files = ExitStack()
        self._source = source
        # Created before the buffer and thus destroyed before it, because it accesses the buffer
        # when destroyed.
        self._reader = QImageReader()
        self._buffer = QBuffer()
        if isinstance(source, Path):
            self._reader.setFileName(str(source))
        else:
            self._buffer.setData(QByteArray(source))
            self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
            self._reader.setDevice(self._buffer)
        self._reader.setDecideFormatFromContent(True)
        self._reader.setAutoTransform(True)
        self._is_rotated = False
        self.size = QSize()
        self._header: png_strip_reader.PngHeader | None = None
        self.refusal = self._inspect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._reader = QImageReader()  # the old one closes its file
        self._open_files.close()

    @property
    def is_animation(self) -> bool:
        return self._reader.supportsAnimation() and self._reader.imageCount() != 1

    def read(self, target_size: QSize | None = None) -> QImage:
        """Returns the picture upright, shrunk to `target_size` if that is smaller.

        Returns a null image if it is refused.
        """
        if self.refusal is not None:
            return QImage()
        target_size = (
            target_size
            if target_size is not None and _is_smaller(target_size, self.size)
            else self.size
        )
        with self.memory_turn():
            image = self._read(target_size)
        if image.isNull():
            self.refusal = ImageRefusal.DAMAGED
        return image

    @contextmanager
    def memory_turn(self) -> Iterator[None]:
        """Context in which no other thread reads a large picture; for a small one it does nothing.

        Hold it while a large picture is read and converted.
        """
        if _area(self.size) < _LARGE_PIXELS:
            yield
            return
        with _large_image_lock:
            yield

    def read_straight_alpha(self, target_size: QSize) -> QImage:
        """Returns the picture for editing: keeps the colours beneath transparent pixels.

        This works only at the picture's original size, and if it can be decoded as a whole in its
        own format. Otherwise the method returns the same as `read`.
        """
        if target_size == self.size and self._needed_bytes() <= _MAX_WHOLE_BYTES:
            self._header = None
        return self.read(target_size)

    def _read(self, target_size: QSize) -> QImage:
        if self._header is not None:
            return self._read_strips(target_size)
        if target_size != self.size:
            # The reader scales before it rotates.
            self._reader.setScaledSize(
                target_size.transposed() if self._is_rotated else target_size
            )
        return self._reader.read()

    def _read_strips(self, target_size: QSize) -> QImage:
        assert self._header is not None
        try:
            return png_strip_reader.read_shrunk(self._open_source(), self._header, target_size)
        except (png_strip_reader.DamagedPng, OSError):
            return QImage()

    def _inspect(self) -> ImageRefusal | None:
        reader = self._reader
        if reader.device().size() == 0:
            return ImageRefusal.EMPTY
        # Must be called before anything is read, to avoid a deadlock of threads: see
        # `png_strip_reader`.
        format_name = bytes(reader.format().data()).decode("ascii", "replace")
        if format_name not in _FORMATS or not reader.canRead():
            return ImageRefusal.UNSUPPORTED
        size = reader.size()
        if size.isEmpty():
            return ImageRefusal.DAMAGED
        rotated_90 = QImageIOHandler.Transformation.TransformationRotate90
        self._is_rotated = bool(reader.transformation() & rotated_90)
        self.size = size.transposed() if self._is_rotated else size
        try:
            return self._inspect_file(format_name)
        except OSError:
            return ImageRefusal.DAMAGED

    def _inspect_file(self, format_name: str) -> ImageRefusal | None:
        area = _area(self.size)
        if area > MAX_PIXELS or max(self.size.width(), self.size.height()) > MAX_SIDE:
            return ImageRefusal.TOO_LARGE
        if not file_integrity.is_complete(self._open_source()):
            return ImageRefusal.DAMAGED
        if format_name == "png" and area > _STRIP_READ_MIN_PIXELS:
            self._header = png_strip_reader.read_header(self._open_source())
            if self._header is not None:
                return None
        if format_name in ("jpeg", "jpg") and not file_integrity.is_progressive(
            self._open_source()
        ):
            return None
        return ImageRefusal.TOO_LARGE if self._needed_bytes() > _MAX_WHOLE_BYTES else None

    def _needed_bytes(self) -> int:
        """Returns the bytes needed to decode the picture in its own format and to shrink it."""
        depth = QImage.toPixelFormat(self._reader.imageFormat()).bitsPerPixel()
        own_bits = 0 if depth in (0, 32) else depth
        return _area(self.size) * (own_bits + 32) // 8

    def _open_source(self) -> IO[bytes]:
        if isinstance(self._source, Path):
            return self._open_files.enter_context(self._source.open("rb"))
        return io.BytesIO(self._source)


def mipmap_levels(image: QImage, min_side: int) -> tuple[QImage, ...]:
    """Returns `image` in a fast format, then halved until a side is at most `min_side`."""
    plain = QImage.Format.Format_RGB32
    image_format = QImage.Format.Format_ARGB32_Premultiplied if image.hasAlphaChannel() else plain
    levels = [
        image if image.format() is image_format else _converted(image, image.size(), image_format)
    ]
    while min(levels[-1].width(), levels[-1].height()) > min_side:
        half = QSize(levels[-1].width() // 2, levels[-1].height() // 2)
        levels.append(_converted(levels[-1], half, image_format))
    return tuple(levels)


def _converted(image: QImage, size: QSize, image_format: QImage.Format) -> QImage:
    """Returns `image` at its own or half its size in another format, converted in strips."""
    factor = max(1, image.height() // size.height())
    converted = QImage(size, image_format)
    painter = QPainter(converted)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    rows_per_strip = max(1, _STRIP_PIXELS // max(1, image.width() * factor))
    for top in range(0, size.height(), rows_per_strip):
        count = min(rows_per_strip, size.height() - top)
        source = QRect(0, top * factor, image.width(), count * factor)
        if factor == 1:
            painter.drawImage(QPoint(0, top), image, source)
            continue
        strip = image.copy(source).scaled(
            QSize(size.width(), count),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        painter.drawImage(QPoint(0, top), strip)
    painter.end()
    return converted


class _SetUp:
    """Says whether Qt's readers have been set up, which is done once, by one thread."""

    lock = threading.RLock()
    has_begun = False


def set_up_qt() -> None:
    """Sets Qt's process-wide options, and reads a first picture; repeated calls change nothing.

    PySide 6.11.3 prepares a class such as QImageReader at its first use, and crashes if two threads
    do so at once. Call this on the GUI thread before worker threads read pictures.
    """
    with _SetUp.lock:
        if _SetUp.has_begun:
            return
        _SetUp.has_begun = True
        QImageReader.setAllocationLimit(_MAX_WHOLE_BYTES // _MB)
        # Qt would print messages about damaged files to a terminal; this program reports them
        # itself.
        QLoggingCategory.setFilterRules("qt.gui.imageio*=false\nqt.imageformats*=false")
        with SafeImageReader(_SMALLEST_GIF) as reader:
            mipmap_levels(reader.read(), 1)


def _area(size: QSize) -> int:
    return size.width() * size.height()


def _is_smaller(size: QSize, than: QSize) -> bool:
    return size.width() < than.width() or size.height() < than.height()
