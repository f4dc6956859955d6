"""Pictures: measured, decoded at the size that is shown, encoded; never on the GUI thread.

`measure` is lent to the core. How a picture is opened, and which are refused, is in `raster`.
"""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QBuffer, QIODevice, QObject, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QPixmap

from runcomfy_desktop.threads import step_back
from runcomfy_desktop.ui.raster import Raster, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

Source: TypeAlias = Path | bytes | str
"""A file, the bytes of one, or a `data:` address."""

_KEPT = 128
_WORKERS = 2
# A whole file can still be broken inside; above this, finding out would take seconds.
_TRIED_PIXELS = 64_000_000
_TRIAL = QSize(64, 64)


def measure(path: Path) -> tuple[int, int] | None:
    """Width and height as a person sees the picture; None when it is damaged or cut off.

    One that is too large to be decoded is measured all the same.
    """
    with Raster(path) as raster:
        if raster.refusal not in (None, Refusal.TOO_LARGE):
            return None
        width, height = raster.size.width(), raster.size.height()
        if raster.refusal is None and width * height <= _TRIED_PIXELS and not _decodes(raster):
            return None
    return width, height


def decodes(data: bytes) -> bool:
    """Whether bytes from outside are a picture of a kind that may be sent."""
    with Raster(data) as raster:
        return _decodes(raster)


def read_scaled(source: Source, largest: QSize) -> QImage:
    """The picture, turned upright and shrunk to fit into `largest`; null when unreadable."""
    if isinstance(source, str):
        data = bytes_of_data_address(source)
        if data is None:
            return QImage()
        source = data
    with Raster(source) as raster:
        return raster.read(_fitted(raster.size, largest))


def _decodes(raster: Raster) -> bool:
    return not raster.read(_fitted(raster.size, _TRIAL)).isNull()


def _fitted(size: QSize, largest: QSize) -> QSize:
    fitting = size.scaled(largest, Qt.AspectRatioMode.KeepAspectRatio)
    return fitting.expandedTo(QSize(1, 1)).boundedTo(size)


def png_bytes(image: QImage) -> bytes:
    """The picture as the bytes of a PNG file, nothing lost; b"" when it cannot be encoded."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    written = image.save(buffer, "PNG")  # type: ignore[call-overload] # takes bytes by its stub only
    return bytes(buffer.data().data()) if written else b""


class PictureWorkers(QObject):
    """Runs picture work on threads of its own and brings each answer back to the GUI thread."""

    _answered = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(_WORKERS)
        self._is_open = True
        self._answered.connect(self._on_answered)

    def run(self, work: Callable[[], object], done: Callable[[object], object]) -> None:
        """Calls `done` with what `work` gave, later, on the GUI thread; not after `close`."""

        def on_thread() -> None:
            step_back()
            answer = work()
            if self._is_open:
                self._answered.emit(done, answer)

        self._pool.start(on_thread)

    def close(self) -> None:
        """Forgets what has not begun and waits for what has: no thread may outlive Qt."""
        self._is_open = False
        self._pool.clear()
        self._pool.waitForDone()

    def _on_answered(self, done: Callable[[object], object], answer: object) -> None:
        if self._is_open:
            done(answer)


class Thumbnails(QObject):
    """Small pictures by source, decoded in the thread pool, the latest ones kept.

    `changed` names a source whose thumbnail arrived or turned out unreadable.
    """

    changed = Signal(object)

    def __init__(self, workers: PictureWorkers, largest: QSize) -> None:
        super().__init__(workers)
        self._workers = workers
        self._largest = largest
        self._kept: OrderedDict[Source, QPixmap | None] = OrderedDict()
        self._asked: set[Source] = set()

    def get(self, source: Source) -> QPixmap | None:
        """The thumbnail; None while it is being made, and a null one when there can be none."""
        if source in self._kept:
            self._kept.move_to_end(source)
            pixmap = self._kept[source]
            return QPixmap() if pixmap is None else pixmap
        if source not in self._asked:
            self._asked.add(source)
            self._workers.run(
                lambda: read_scaled(source, self._largest),
                lambda image: self._keep(source, image),
            )
        return None

    def _keep(self, source: Source, image: object) -> None:
        assert isinstance(image, QImage)
        self._asked.discard(source)
        self._kept[source] = None if image.isNull() else QPixmap.fromImage(image)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self.changed.emit(source)


def bytes_of_data_address(text: str) -> bytes | None:
    """What a Base64 `data:` address holds; None when it is none."""
    head, comma, body = text.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return None
    try:
        return base64.b64decode(body)
    except binascii.Error:
        return None
