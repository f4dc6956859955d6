"""Opens pictures from outside: what may be decoded at all, and how within bounded memory.

The bytes decide what a file is, never its name. Vector formats are refused, because they can
refer to other files. Qt refuses pictures that need more than 256 MB, so every photograph above 64
megapixels; that limit is raised knowingly, and what would need more is read in another way: a
JPEG at a fraction of its size, a PNG strip by strip.

Everything here runs on threads beside the window. Qt's reading lets the interpreter go, but work
on a QImage does not, so that is done in strips of a few milliseconds.
"""

from __future__ import annotations

import io
import threading
from contextlib import ExitStack
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
    from types import TracebackType
    from typing import Self

MAX_PIXELS = 500_000_000
"""Unpacking more takes a minute, and is what a decompression bomb wants."""
MAX_SIDE = 100_000
_MB = 1024 * 1024
# For a picture that has to be decoded as a whole: 128 megapixels in the usual form.
_MAX_WHOLE_BYTES = 512 * _MB
_STRIP_READ_MIN_PIXELS = 32_000_000
# From here on one at a time, so that two threads do not need twice the memory.
_LARGE_PIXELS = 16_000_000
_STRIP_PIXELS = 1_000_000
_FORMATS = frozenset({"png", "jpeg", "jpg", "gif", "webp", "bmp", "tiff", "tif"})

_large_image_lock = threading.Lock()


class ImageRefusal(Enum):
    """Why there is no picture."""

    EMPTY = "empty"
    UNSUPPORTED = "foreign"
    """No picture, or of a kind that is not read here."""
    TOO_LARGE = "too large"
    DAMAGED = "damaged"


class SafeImageReader:
    """One picture, opened; a context manager.

    `size` is how large a person sees it, invalid when that cannot be known.
    """

    def __init__(self, source: Path | bytes) -> None:
        _set_up_qt()
        self._open_files = ExitStack()
        self._source = source
        # Before the buffer, so that it goes before the buffer, too: it looks at it once more.
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
        self._reader = QImageReader()  # the old one lets go of its file
        self._open_files.close()

    @property
    def is_animation(self) -> bool:
        return self._reader.supportsAnimation() and self._reader.imageCount() != 1

    def read(self, target_size: QSize | None = None) -> QImage:
        """The picture upright, shrunk to `target_size` if that is smaller; null when it is
        refused."""
        if self.refusal is not None:
            return QImage()
        target_size = (
            target_size
            if target_size is not None and _is_smaller(target_size, self.size)
            else self.size
        )
        if _area(self.size) < _LARGE_PIXELS:
            image = self._read(target_size)
        else:
            with _large_image_lock:
                image = self._read(target_size)
        if image.isNull():
            self.refusal = ImageRefusal.DAMAGED
        return image

    def read_straight_alpha(self, target_size: QSize) -> QImage:
        """The same for working on it: in its own form, with the colours beneath what is
        transparent wherever it can be read as a whole, at its own size."""
        if target_size == self.size and self._needed_bytes() <= _MAX_WHOLE_BYTES:
            self._header = None
        return self.read(target_size)

    def _read(self, target_size: QSize) -> QImage:
        if self._header is not None:
            return self._read_strips(target_size)
        if target_size != self.size:
            # The reader scales before it turns.
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
        # Before anything is read, or threads may wait for each other: see `png_strip_reader`.
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
        """What decoding takes: the picture in its own form, and in that in which it is shrunk."""
        depth = QImage.toPixelFormat(self._reader.imageFormat()).bitsPerPixel()
        own_bits = 0 if depth in (0, 32) else depth
        return _area(self.size) * (own_bits + 32) // 8

    def _open_source(self) -> IO[bytes]:
        if isinstance(self._source, Path):
            return self._open_files.enter_context(self._source.open("rb"))
        return io.BytesIO(self._source)


def mipmap_levels(image: QImage, min_side: int) -> tuple[QImage, ...]:
    """`image` in a form that is quick to draw, then halved until a side is at most `min_side`."""
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
    """`image` at its own or half its size, in another form, made strip by strip."""
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


def _set_up_qt() -> None:
    """What is one for the whole process. Setting it again does nothing new."""
    if QImageReader.allocationLimit() != _MAX_WHOLE_BYTES // _MB:
        QImageReader.setAllocationLimit(_MAX_WHOLE_BYTES // _MB)
        # Qt's own words about a broken file go to a terminal that nobody reads; we have ours.
        QLoggingCategory.setFilterRules("qt.gui.imageio*=false\nqt.imageformats*=false")


def _area(size: QSize) -> int:
    return size.width() * size.height()


def _is_smaller(size: QSize, than: QSize) -> bool:
    return size.width() < than.width() or size.height() < than.height()
