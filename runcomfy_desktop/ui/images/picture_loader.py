"""Measures, decodes and encodes pictures outside the GUI thread.

The core gets `measure_picture` from here. `safe_image_reader` decides how pictures are opened and
which are refused.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import QBuffer, QIODevice, QSize, Qt
from PySide6.QtGui import QImage

from runcomfy_desktop.ui.images.colour_profiles import in_srgb
from runcomfy_desktop.ui.images.safe_image_reader import ImageRefusal, SafeImageReader

PictureSource: TypeAlias = Path | bytes | str
"""A file, its bytes, or a `data:` address."""

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
    """Returns the picture upright in sRGB, shrunk to `max_size`; a null image if unreadable."""
    if isinstance(source, str):
        data = bytes_of_data_uri(source)
        if data is None:
            return QImage()
        source = data
    with SafeImageReader(source) as reader:
        return in_srgb(reader.read(fitted(reader.size, max_size)))


def _can_decode(reader: SafeImageReader) -> bool:
    return not reader.read(fitted(reader.size, _PROBE_SIZE)).isNull()


def fitted(size: QSize, max_size: QSize) -> QSize:
    """Returns the size of a picture that is shrunk, never enlarged, to fit into `max_size`."""
    fitting = size.scaled(max_size, Qt.AspectRatioMode.KeepAspectRatio)
    return fitting.expandedTo(QSize(1, 1)).boundedTo(size)


def png_bytes(image: QImage) -> bytes:
    """Encodes the picture losslessly as PNG; returns b"" on failure."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    is_saved = image.save(buffer, "PNG")  # type: ignore[call-overload] # stub: bytes only
    return bytes(buffer.data().data()) if is_saved else b""


def bytes_of_data_uri(text: str) -> bytes | None:
    """Returns the bytes of a Base64 `data:` address; None for any other string."""
    head, comma, body = text.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        return None
    try:
        return base64.b64decode(body)
    except ValueError:
        # Padding that is wrong, or a character outside ASCII.
        return None
