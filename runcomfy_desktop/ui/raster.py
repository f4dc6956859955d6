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

from runcomfy_desktop.core import wholeness
from runcomfy_desktop.ui import png_strips

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

MAX_PIXELS = 500_000_000
"""Unpacking more takes a minute, and is what a decompression bomb wants."""
MAX_SIDE = 100_000
_MB = 1024 * 1024
# For a picture that has to be decoded as a whole: 128 megapixels in the usual form.
_WHOLE_BYTES = 512 * _MB
_READ_IN_STRIPS_FROM = 32_000_000
# From here on one at a time, so that two threads do not need twice the memory.
_LARGE_PIXELS = 16_000_000
_STRIP_PIXELS = 1_000_000
_FORMATS = frozenset({"png", "jpeg", "jpg", "gif", "webp", "bmp", "tiff", "tif"})

_one_large_one = threading.Lock()


class Refusal(Enum):
    """Why there is no picture."""

    EMPTY = "empty"
    FOREIGN = "foreign"
    """No picture, or of a kind that is not read here."""
    TOO_LARGE = "too large"
    DAMAGED = "damaged"


class Raster:
    """One picture, opened; a context manager.

    `size` is how large a person sees it, invalid when that cannot be known.
    """

    def __init__(self, source: Path | bytes) -> None:
        _set_up_qt()
        self._open = ExitStack()
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
        self._is_turned = False
        self.size = QSize()
        self._header: png_strips.Header | None = None
        self.refusal = self._examine()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._reader = QImageReader()  # the old one lets go of its file
        self._open.close()

    @property
    def is_film(self) -> bool:
        return self._reader.supportsAnimation() and self._reader.imageCount() != 1

    def read(self, wanted: QSize | None = None) -> QImage:
        """The picture upright, shrunk to `wanted` if that is smaller; null when it is refused."""
        if self.refusal is not None:
            return QImage()
        wanted = wanted if wanted is not None and _is_smaller(wanted, self.size) else self.size
        if _area(self.size) < _LARGE_PIXELS:
            image = self._read(wanted)
        else:
            with _one_large_one:
                image = self._read(wanted)
        if image.isNull():
            self.refusal = Refusal.DAMAGED
        return image

    def read_straight(self, wanted: QSize) -> QImage:
        """The same for working on it: in its own form, with the colours beneath what is
        transparent wherever it can be read as a whole, at its own size."""
        if wanted == self.size and self._needed_bytes() <= _WHOLE_BYTES:
            self._header = None
        return self.read(wanted)

    def _read(self, wanted: QSize) -> QImage:
        if self._header is not None:
            return self._read_strips(wanted)
        if wanted != self.size:
            # The reader scales before it turns.
            self._reader.setScaledSize(wanted.transposed() if self._is_turned else wanted)
        return self._reader.read()

    def _read_strips(self, wanted: QSize) -> QImage:
        assert self._header is not None
        try:
            return png_strips.read_shrunk(self._file(), self._header, wanted)
        except (png_strips.Damaged, OSError):
            return QImage()

    def _examine(self) -> Refusal | None:
        reader = self._reader
        if reader.device().size() == 0:
            return Refusal.EMPTY
        # Before anything is read, or threads may wait for each other: see `png_strips`.
        kind = bytes(reader.format().data()).decode("ascii", "replace")
        if kind not in _FORMATS or not reader.canRead():
            return Refusal.FOREIGN
        size = reader.size()
        if size.isEmpty():
            return Refusal.DAMAGED
        quarter = QImageIOHandler.Transformation.TransformationRotate90
        self._is_turned = bool(reader.transformation() & quarter)
        self.size = size.transposed() if self._is_turned else size
        try:
            return self._examine_file(kind)
        except OSError:
            return Refusal.DAMAGED

    def _examine_file(self, kind: str) -> Refusal | None:
        area = _area(self.size)
        if area > MAX_PIXELS or max(self.size.width(), self.size.height()) > MAX_SIDE:
            return Refusal.TOO_LARGE
        if not wholeness.is_whole(self._file()):
            return Refusal.DAMAGED
        if kind == "png" and area > _READ_IN_STRIPS_FROM:
            self._header = png_strips.read_header(self._file())
            if self._header is not None:
                return None
        if kind in ("jpeg", "jpg") and not wholeness.is_progressive(self._file()):
            return None
        return Refusal.TOO_LARGE if self._needed_bytes() > _WHOLE_BYTES else None

    def _needed_bytes(self) -> int:
        """What decoding takes: the picture in its own form, and in that in which it is shrunk."""
        depth = QImage.toPixelFormat(self._reader.imageFormat()).bitsPerPixel()
        own = 0 if depth in (0, 32) else depth
        return _area(self.size) * (own + 32) // 8

    def _file(self) -> IO[bytes]:
        if isinstance(self._source, Path):
            return self._open.enter_context(self._source.open("rb"))
        return io.BytesIO(self._source)


def smaller_levels(image: QImage, least: int) -> tuple[QImage, ...]:
    """`image` in a form that is quick to draw, then halved until a side is at most `least`."""
    plain = QImage.Format.Format_RGB32
    form = QImage.Format.Format_ARGB32_Premultiplied if image.hasAlphaChannel() else plain
    levels = [image if image.format() is form else _redrawn(image, image.size(), form)]
    while min(levels[-1].width(), levels[-1].height()) > least:
        half = QSize(levels[-1].width() // 2, levels[-1].height() // 2)
        levels.append(_redrawn(levels[-1], half, form))
    return tuple(levels)


def _redrawn(image: QImage, size: QSize, form: QImage.Format) -> QImage:
    """`image` at its own or half its size, in another form, made strip by strip."""
    factor = max(1, image.height() // size.height())
    drawn = QImage(size, form)
    painter = QPainter(drawn)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    lines = max(1, _STRIP_PIXELS // max(1, image.width() * factor))
    for top in range(0, size.height(), lines):
        count = min(lines, size.height() - top)
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
    return drawn


def _set_up_qt() -> None:
    """What is one for the whole process. Setting it again does nothing new."""
    if QImageReader.allocationLimit() != _WHOLE_BYTES // _MB:
        QImageReader.setAllocationLimit(_WHOLE_BYTES // _MB)
        # Qt's own words about a broken file go to a terminal that nobody reads; we have ours.
        QLoggingCategory.setFilterRules("qt.gui.imageio*=false\nqt.imageformats*=false")


def _area(size: QSize) -> int:
    return size.width() * size.height()


def _is_smaller(size: QSize, than: QSize) -> bool:
    return size.width() < than.width() or size.height() < than.height()
