"""Pictures: measured, decoded at the size that is shown, encoded; never on the GUI thread.

`measure` is lent to the core. Bytes are always decoded through QBuffer and QImageReader:
`QImage.fromData` holds Python's lock for the whole decode and would freeze the window with it.
"""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader, QPixmap

from runcomfy_desktop.domain.media import sniff_image

if TYPE_CHECKING:
    from collections.abc import Callable

Source: TypeAlias = Path | bytes | str
"""A file, the bytes of one, or a `data:` address."""

# Qt refuses pictures that need more than 256 MB, so every photograph above 64 megapixels. Raised
# knowingly: a picture above MAX_PIXELS is refused by us before anything is decoded.
_ALLOCATION_LIMIT_MB = 1024
MAX_PIXELS = 180_000_000
_HEAD_BYTES = 64
_KEPT = 128
_WORKERS = 2


def measure(path: Path) -> tuple[int, int] | None:
    """Width and height as a person sees the picture; None when it cannot be read.

    Reads the head of the file only, so it is quick for a gigantic picture too.
    """
    return _size_of(_reader(path)[0])


def decodes(data: bytes) -> bool:
    """Whether bytes from outside are a picture of a kind that may be sent."""
    if sniff_image(data[:_HEAD_BYTES]) is None:
        return False
    return not read_scaled(data, QSize(64, 64)).isNull()


def read_scaled(source: Source, largest: QSize) -> QImage:
    """The picture, turned upright and shrunk to fit into `largest`; null when unreadable."""
    if isinstance(source, str):
        data = bytes_of_data_address(source)
        if data is None:
            return QImage()
        source = data
    reader, _buffer = _reader(source)
    size = _size_of(reader)
    if size is not None:
        width, height = size
        if width * height > MAX_PIXELS and bytes(reader.format().data()) != b"jpeg":
            # A JPEG is decoded at a fraction of its size; anything else first as a whole.
            return QImage()
        fitting = QSize(width, height).scaled(largest, Qt.AspectRatioMode.KeepAspectRatio)
        if fitting.width() < width:
            # The reader scales before it turns.
            turned = _is_turned(reader)
            wanted = fitting.transposed() if turned else fitting
            reader.setScaledSize(wanted.expandedTo(QSize(1, 1)))
    return reader.read()


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


def _reader(source: Path | bytes) -> tuple[QImageReader, QBuffer | None]:
    """A reader that trusts the bytes, not the name; the buffer has to outlive it."""
    QImageReader.setAllocationLimit(_ALLOCATION_LIMIT_MB)
    buffer = None
    if isinstance(source, Path):
        reader = QImageReader(str(source))
    else:
        buffer = QBuffer()
        buffer.setData(QByteArray(source))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    return reader, buffer


def _size_of(reader: QImageReader) -> tuple[int, int] | None:
    if not reader.canRead():
        return None
    size = reader.size()
    if not size.isValid() or size.isEmpty():
        return None
    if _is_turned(reader):
        size = size.transposed()
    return size.width(), size.height()


def _is_turned(reader: QImageReader) -> bool:
    quarter = QImageIOHandler.Transformation.TransformationRotate90
    return bool(reader.transformation() & quarter)


def bytes_of_data_address(text: str) -> bytes | None:
    """What a Base64 `data:` address holds; None when it is none."""
    head, comma, body = text.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return None
    try:
        return base64.b64decode(body)
    except binascii.Error:
        return None
