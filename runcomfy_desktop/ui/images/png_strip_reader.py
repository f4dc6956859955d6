"""Reads and shrinks a gigantic PNG strip by strip; Qt would decompress all of it at once.

Each strip of rows is packed into a small separate PNG, which Qt reads. PNG rows refer to the row
above, so the last decompressed row of the previous strip is put first.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QSize, Qt
from PySide6.QtGui import QColorSpace, QImage, QImageReader, QPainter

from runcomfy_desktop.core.media.file_integrity import PNG_SIGNATURE, png_chunks

if TYPE_CHECKING:
    from collections.abc import Iterator

# Qt holds the GIL while it works on one strip: a few milliseconds at this size.
_STRIP_BYTES = 3 * 1024 * 1024
_READ_BYTES = 256 * 1024
_MAX_PROFILE_BYTES = 1024 * 1024
_GREY, _RGB, _PALETTE, _RGBA = 0, 2, 3, 6
_SAMPLES = {_GREY: 1, _RGB: 3, _PALETTE: 1, _RGBA: 4}
# By bytes per pixel: the PNG colour type that preserves the bytes of a strip, and Qt's format.
_RAW = {
    1: (_GREY, QImage.Format.Format_Grayscale8),
    3: (_RGB, QImage.Format.Format_RGB888),
    4: (_RGBA, QImage.Format.Format_RGBA8888),
}


class DamagedPng(ValueError):  # noqa: N818 - named after the file
    """The PNG file is incomplete or damaged."""


@dataclass(slots=True)
class PngHeader:
    """Header of a PNG."""

    width: int
    height: int
    depth: int
    colour: int
    is_interlaced: bool
    extra_chunks: bytes = b""
    """The palette and transparency chunks."""
    has_alpha: bool = False
    colour_space: QColorSpace = field(default_factory=QColorSpace)
    data_spans: list[tuple[int, int]] = field(default_factory=list)
    """Position and length of each piece of compressed pixels."""

    @property
    def row_bytes(self) -> int:
        return (self.width * _SAMPLES[self.colour] * self.depth + 7) // 8

    @property
    def pixel_bytes(self) -> int:
        """Distance to the pixel on the left in bytes, as used by the PNG filters."""
        return max(1, _SAMPLES[self.colour] * self.depth // 8)

    @property
    def is_raw(self) -> bool:
        """True if each byte is a colour value, so that no palette is needed."""
        return self.depth == 8 and self.colour != _PALETTE and not self.extra_chunks


def read_header(file: IO[bytes]) -> PngHeader | None:
    """Returns the header of a PNG that can be read in strips; None for any other file."""
    header = None
    for name, at, length in png_chunks(file):
        if name in (b"IHDR", b"PLTE", b"tRNS") and length <= 1024:
            file.seek(at)
            content = file.read(length)
            if name == b"IHDR" and length == 13:
                header = _parse_header(content)
            elif header is not None:
                header.extra_chunks += _png_chunk(name, content)
                header.has_alpha |= name == b"tRNS"
        if name == b"iCCP" and length <= _MAX_PROFILE_BYTES and header is not None:
            file.seek(at)
            header.colour_space = _parse_profile(file.read(length), header)
        if name == b"IDAT" and header is not None:
            header.data_spans.append((at, length))
    return header


def _parse_header(content: bytes) -> PngHeader | None:
    width, height, depth, colour, _packing, _filter, interlace = struct.unpack(">IIBBBBB", content)
    if colour not in _SAMPLES or depth not in (1, 2, 4, 8) or interlace or not width * height:
        return None
    if depth != 8 and colour in (_RGB, _RGBA):
        return None
    return PngHeader(width, height, depth, colour, bool(interlace), has_alpha=colour == _RGBA)


def _parse_profile(content: bytes, header: PngHeader) -> QColorSpace:
    """Returns the colour space of an iCCP chunk; an invalid one if it does not fit the pixels."""
    _name, _end, packed = content.partition(b"\0")
    try:
        profile = zlib.decompressobj().decompress(packed[1:], _MAX_PROFILE_BYTES)
    except zlib.error:
        return QColorSpace()
    space = QColorSpace.fromIccProfile(profile)
    is_grey = space.colorModel() is QColorSpace.ColorModel.Gray
    return space if is_grey == (header.colour == _GREY) else QColorSpace()


def read_shrunk(file: IO[bytes], header: PngHeader, largest: QSize) -> QImage:
    """Returns the picture shrunk by an integer factor so that it fits into `largest`.

    Raises DamagedPng if the file is incomplete or damaged.
    """
    factor = max(1, -(-header.width // largest.width()), -(-header.height // largest.height()))
    small = QSize(-(-header.width // factor), -(-header.height // factor))
    image_format = QImage.Format
    picture = QImage(
        small,
        image_format.Format_ARGB32_Premultiplied if header.has_alpha else image_format.Format_RGB32,
    )
    rows_per_strip = max(1, _STRIP_BYTES // (factor * header.width * 4))
    rows = _PngRowReader(file, header)
    painter = QPainter(picture)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    try:
        for top in range(0, small.height(), rows_per_strip):
            strip = rows.next(min(rows_per_strip * factor, header.height - top * factor))
            row_count = -(-strip.height() // factor)
            painter.drawImage(
                QPoint(0, top),
                strip.scaled(
                    QSize(small.width(), row_count),
                    Qt.AspectRatioMode.IgnoreAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                ),
            )
    finally:
        painter.end()
    if header.colour != _GREY:
        # A grey picture is read as RGB, which its profile does not fit.
        picture.setColorSpace(header.colour_space)
    return picture


class _PngRowReader:
    """Reads the rows of a PNG from the top, in groups."""

    def __init__(self, file: IO[bytes], header: PngHeader) -> None:
        self._header = header
        self._chunks = _decompressed(file, header)
        self._pending = bytearray()
        self._row_above = bytes(header.row_bytes)

    def next(self, count: int) -> QImage:
        header = self._header
        needed_bytes = count * (header.row_bytes + 1)
        while len(self._pending) < needed_bytes:
            chunk = next(self._chunks, b"")
            if not chunk:
                raise DamagedPng
            self._pending += chunk
        # The row above the strip is put first, unfiltered, and removed afterwards.
        with memoryview(self._pending) as pending:
            compressed = b"".join((b"\0", self._row_above, pending[:needed_bytes]))
        del self._pending[:needed_bytes]
        colour, image_format = _RAW[header.pixel_bytes]
        width = header.row_bytes // header.pixel_bytes
        raw = _read_png(width, count + 1, 8, colour, compressed)
        self._row_above = _rows_to_bytes(
            raw.copy(0, count, width, 1), image_format, header.row_bytes
        )
        strip = raw.copy(0, 1, width, count)
        if header.is_raw:
            return strip
        compressed = _rows_to_bytes(strip, image_format, header.row_bytes, b"\0")
        return _read_png(
            header.width, count, header.depth, header.colour, compressed, header.extra_chunks
        )


def _decompressed(file: IO[bytes], header: PngHeader) -> Iterator[bytes]:
    """Yields the decompressed pixels in pieces of bounded size, whatever the compression ratio."""
    decompressor = zlib.decompressobj()
    for at, length in header.data_spans:
        for start in range(at, at + length, _READ_BYTES):
            file.seek(start)
            compressed = file.read(min(_READ_BYTES, at + length - start))
            while compressed and not decompressor.eof:
                try:
                    chunk = decompressor.decompress(compressed, _STRIP_BYTES)
                except zlib.error:
                    raise DamagedPng from None
                if chunk:
                    yield chunk
                compressed = decompressor.unconsumed_tail


def _rows_to_bytes(
    image: QImage, image_format: QImage.Format, row_bytes: int, prefix: bytes = b""
) -> bytes:
    """Returns the bytes of all rows, each preceded by `prefix`."""
    image = image.convertToFormat(image_format)
    bits, step = memoryview(image.constBits()), image.bytesPerLine()
    return b"".join(
        prefix + bits[row * step : row * step + row_bytes] for row in range(image.height())
    )


def _read_png(
    width: int, height: int, depth: int, colour: int, compressed: bytes, extra: bytes = b""
) -> QImage:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    # Level 0 does not compress: the data is read again at once.
    data = _png_chunk(b"IDAT", zlib.compress(compressed, 0))
    parts = (PNG_SIGNATURE, _png_chunk(b"IHDR", head), extra, data, _png_chunk(b"IEND", b""))
    buffer = QBuffer()
    buffer.setData(QByteArray(b"".join(parts)))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, b"png")
    # `canRead` is called first, because it holds the GIL. `read` releases the GIL, and at its first
    # access to a buffer created in Python it would need the GIL again while holding a lock of Qt.
    # Another thread that has the GIL may be waiting for that lock: a deadlock.
    image = reader.read() if reader.canRead() else QImage()
    if image.isNull():
        raise DamagedPng
    return image


def _png_chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(content, zlib.crc32(name))
    return b"".join((struct.pack(">I", len(content)), name, content, struct.pack(">I", check)))
