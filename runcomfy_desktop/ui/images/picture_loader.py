"""Measures, decodes and encodes pictures outside the GUI thread.

The core gets `measure_picture` from here. `safe_image_reader` decides how pictures are opened and
which are refused.
"""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QBuffer, QIODevice, QObject, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QPixmap

from runcomfy_desktop.platform.thread_priority import lower_priority
from runcomfy_desktop.ui.images.safe_image_reader import ImageRefusal, SafeImageReader

if TYPE_CHECKING:
    from collections.abc import Callable

PictureSource: TypeAlias = Path | bytes | str
"""A file, its bytes, or a `data:` address."""

_MAX_CACHED = 128
_MAX_THREADS = 2
# A complete file can still be damaged inside; above this size, the check would take seconds.
_MAX_PROBED_PIXELS = 64_000_000
_PROBE_SIZE = QSize(64, 64)


def measure_picture(path: Path) -> tuple[int, int] | None:
    """Returns width and height as displayed; None if the file is not a picture or is damaged.

    A picture that is too large to be decoded is still measured.
    """
    with SafeImageReader(path) as reader:
        if reader.refusal not in (None, ImageRefusal.TOO_LARGE):
            return None
        width, height = reader.size.width(), reader.size.height()
        if (
            reader.refusal is None
            and width * height <= _MAX_PROBED_PIXELS
            and not _can_decode(reader)
        ):
            return None
    return width, height


def can_decode(data: bytes) -> bool:
    """Reports whether untrusted bytes are a picture of a supported kind."""
    with SafeImageReader(data) as reader:
        return _can_decode(reader)


def read_scaled(source: PictureSource, max_size: QSize) -> QImage:
    """Returns the picture upright, shrunk to fit into `max_size`; a null image if unreadable."""
    if isinstance(source, str):
        data = bytes_of_data_uri(source)
        if data is None:
            return QImage()
        source = data
    with SafeImageReader(source) as reader:
        return reader.read(_fitted(reader.size, max_size))


def _can_decode(reader: SafeImageReader) -> bool:
    return not reader.read(_fitted(reader.size, _PROBE_SIZE)).isNull()


def _fitted(size: QSize, max_size: QSize) -> QSize:
    fitting = size.scaled(max_size, Qt.AspectRatioMode.KeepAspectRatio)
    return fitting.expandedTo(QSize(1, 1)).boundedTo(size)


def png_bytes(image: QImage) -> bytes:
    """Encodes the picture losslessly as PNG; returns b"" on failure."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    is_saved = image.save(buffer, "PNG")  # type: ignore[call-overload] # stub: bytes only
    return bytes(buffer.data().data()) if is_saved else b""


class PictureWorkers(QObject):
    """Runs picture work on worker threads and delivers the results on the GUI thread."""

    _finished = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(_MAX_THREADS)
        self._is_open = True
        self._finished.connect(self._on_finished)

    def run(self, work: Callable[[], object], done: Callable[[object], object]) -> None:
        """Runs `work` and later calls `done` with its result in the GUI thread, unless closed."""

        def on_thread() -> None:
            lower_priority()
            result = work()
            if self._is_open:
                self._finished.emit(done, result)

        self._pool.start(on_thread)

    def close(self) -> None:
        """Discards queued work and waits for running work: no thread may outlive Qt."""
        self._is_open = False
        self._pool.clear()
        self._pool.waitForDone()

    def _on_finished(self, done: Callable[[object], object], result: object) -> None:
        if self._is_open:
            done(result)


class SourceThumbnailCache(QObject):
    """Thumbnails by source, decoded in the thread pool; the most recently used ones are kept.

    Emits `changed` with a source whose thumbnail has arrived or turned out unreadable.
    """

    changed = Signal(object)

    def __init__(self, workers: PictureWorkers, max_size: QSize) -> None:
        super().__init__(workers)
        self._workers = workers
        self._max_size = max_size
        self._cache: OrderedDict[PictureSource, QPixmap | None] = OrderedDict()
        self._pending: set[PictureSource] = set()

    def get(self, source: PictureSource) -> QPixmap | None:
        """Returns the thumbnail; None while it is loading, a null pixmap if it cannot be loaded."""
        if source in self._cache:
            self._cache.move_to_end(source)
            pixmap = self._cache[source]
            return QPixmap() if pixmap is None else pixmap
        if source not in self._pending:
            self._pending.add(source)
            self._workers.run(
                lambda: read_scaled(source, self._max_size),
                lambda image: self._store(source, image),
            )
        return None

    def _store(self, source: PictureSource, image: object) -> None:
        assert isinstance(image, QImage)
        self._pending.discard(source)
        self._cache[source] = None if image.isNull() else QPixmap.fromImage(image)
        while len(self._cache) > _MAX_CACHED:
            self._cache.popitem(last=False)
        self.changed.emit(source)


def bytes_of_data_uri(text: str) -> bytes | None:
    """Returns the bytes of a Base64 `data:` address; None for any other string."""
    head, comma, body = text.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return None
    try:
        return base64.b64decode(body)
    except binascii.Error:
        return None
