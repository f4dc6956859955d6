"""Reads a gigantic PNG strip by strip, shrunk on the way: Qt would unpack all of it at once.

Each strip of rows is packed into a small PNG of its own, which Qt reads. Its rows refer to the row
above them, so the last row of the strip before, as it is unpacked, goes first.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter

from runcomfy_desktop.core.wholeness import PNG_HEAD, png_chunks

if TYPE_CHECKING:
    from collections.abc import Iterator

# Qt's work on one strip holds the interpreter: this much takes some milliseconds.
_STRIP_BYTES = 3 * 1024 * 1024
_READ_BYTES = 256 * 1024
_GREY, _RGB, _PALETTE, _RGBA = 0, 2, 3, 6
_SAMPLES = {_GREY: 1, _RGB: 3, _PALETTE: 1, _RGBA: 4}
# By bytes of a pixel: what a strip is called so that its very bytes come back, and Qt's form.
_RAW = {
    1: (_GREY, QImage.Format.Format_Grayscale8),
    3: (_RGB, QImage.Format.Format_RGB888),
    4: (_RGBA, QImage.Format.Format_RGBA8888),
}


class Damaged(ValueError):  # noqa: N818 - it says what the file is
    """The file is no whole and sound PNG."""


@dataclass(slots=True)
class Header:
    """What a PNG says of itself before its pixels."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool
    extra: bytes = b""
    """The palette and the transparency, as chunks."""
    has_alpha: bool = False
    data: list[tuple[int, int]] = field(default_factory=list)
    """Place and length of each piece of packed pixels."""

    @property
    def row_bytes(self) -> int:
        return (self.width * _SAMPLES[self.colour] * self.depth + 7) // 8

    @property
    def pixel_bytes(self) -> int:
        """The distance to the pixel at the left, as filters see it."""
        return max(1, _SAMPLES[self.colour] * self.depth // 8)

    @property
    def is_raw(self) -> bool:
        """Whether its bytes are its colours."""
        return self.depth == 8 and self.colour != _PALETTE and not self.extra


def read_header(file: IO[bytes]) -> Header | None:
    """What can be read in strips, None for any other file."""
    header = None
    for name, at, length in png_chunks(file):
        if name in (b"IHDR", b"PLTE", b"tRNS") and length <= 1024:
            file.seek(at)
            said = file.read(length)
            if name == b"IHDR" and length == 13:
                header = _header(said)
            elif header is not None:
                header.extra += _chunk(name, said)
                header.has_alpha |= name == b"tRNS"
        if name == b"IDAT" and header is not None:
            header.data.append((at, length))
    return header


def _header(said: bytes) -> Header | None:
    width, height, depth, colour, _packing, _filter, interlace = struct.unpack(">IIBBBBB", said)
    if colour not in _SAMPLES or depth not in (1, 2, 4, 8) or interlace or not width * height:
        return None
    if depth != 8 and colour in (_RGB, _RGBA):
        return None
    return Header(width, height, depth, colour, bool(interlace), has_alpha=colour == _RGBA)


def read_shrunk(file: IO[bytes], header: Header, largest: QSize) -> QImage:
    """The picture, made smaller by a whole number so that it fits. Raises Damaged."""
    factor = max(1, -(-header.width // largest.width()), -(-header.height // largest.height()))
    small = QSize(-(-header.width // factor), -(-header.height // factor))
    form = QImage.Format
    picture = QImage(
        small, form.Format_ARGB32_Premultiplied if header.has_alpha else form.Format_RGB32
    )
    lines_at_once = max(1, _STRIP_BYTES // (factor * header.width * 4))
    rows = _Rows(file, header)
    painter = QPainter(picture)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    try:
        for top in range(0, small.height(), lines_at_once):
            strip = rows.next(min(lines_at_once * factor, header.height - top * factor))
            lines = -(-strip.height() // factor)
            painter.drawImage(
                QPoint(0, top),
                strip.scaled(
                    QSize(small.width(), lines),
                    Qt.AspectRatioMode.IgnoreAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                ),
            )
    finally:
        painter.end()
    return picture


class _Rows:
    """The rows of a PNG, some at a time, from the top."""

    def __init__(self, file: IO[bytes], header: Header) -> None:
        self._header = header
        self._pieces = _unpacked(file, header)
        self._waiting = bytearray()
        self._above = bytes(header.row_bytes)

    def next(self, count: int) -> QImage:
        header = self._header
        wanted = count * (header.row_bytes + 1)
        while len(self._waiting) < wanted:
            piece = next(self._pieces, b"")
            if not piece:
                raise Damaged
            self._waiting += piece
        # The row above comes first, unfiltered; it is cut off again.
        with memoryview(self._waiting) as waiting:
            packed = b"".join((b"\0", self._above, waiting[:wanted]))
        del self._waiting[:wanted]
        colour, form = _RAW[header.pixel_bytes]
        width = header.row_bytes // header.pixel_bytes
        raw = _read_png(width, count + 1, 8, colour, packed)
        self._above = _rows_of(raw.copy(0, count, width, 1), form, header.row_bytes)
        strip = raw.copy(0, 1, width, count)
        if header.is_raw:
            return strip
        packed = _rows_of(strip, form, header.row_bytes, b"\0")
        return _read_png(header.width, count, header.depth, header.colour, packed, header.extra)


def _unpacked(file: IO[bytes], header: Header) -> Iterator[bytes]:
    """The unpacked pixels in bounded pieces, however tightly they were packed."""
    packer = zlib.decompressobj()
    for at, length in header.data:
        for start in range(at, at + length, _READ_BYTES):
            file.seek(start)
            packed = file.read(min(_READ_BYTES, at + length - start))
            while packed and not packer.eof:
                try:
                    piece = packer.decompress(packed, _STRIP_BYTES)
                except zlib.error:
                    raise Damaged from None
                if piece:
                    yield piece
                packed = packer.unconsumed_tail


def _rows_of(image: QImage, form: QImage.Format, row_bytes: int, before: bytes = b"") -> bytes:
    """The bytes of all rows, each with `before` in front of it."""
    image = image.convertToFormat(form)
    bits, step = memoryview(image.constBits()), image.bytesPerLine()
    return b"".join(
        before + bits[row * step : row * step + row_bytes] for row in range(image.height())
    )


def _read_png(
    width: int, height: int, depth: int, colour: int, packed: bytes, extra: bytes = b""
) -> QImage:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    # Level 0 packs nothing: it is read again at once.
    data = _chunk(b"IDAT", zlib.compress(packed, 0))
    parts = (PNG_HEAD, _chunk(b"IHDR", head), extra, data, _chunk(b"IEND", b""))
    buffer = QBuffer()
    buffer.setData(QByteArray(b"".join(parts)))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, b"png")
    # Asked first, as in `raster`, while the interpreter is held. `read` lets go of it, and at its
    # first look at a buffer made in Python it would want it back under a lock of Qt's that another
    # thread, which has it, may be waiting for: both would wait for ever.
    image = reader.read() if reader.canRead() else QImage()
    if image.isNull():
        raise Damaged
    return image


def _chunk(name: bytes, said: bytes) -> bytes:
    check = zlib.crc32(said, zlib.crc32(name))
    return b"".join((struct.pack(">I", len(said)), name, said, struct.pack(">I", check)))
