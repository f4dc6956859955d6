"""Checks of image formats, by Qt and by Pillow, with which the demo service draws.

Each sample has a red left half and a blue right half; animated formats have a second frame with the
sides exchanged.
"""

from __future__ import annotations

import io
import struct
from base64 import b64decode
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import SelfTestFailure, require

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QBuffer
    from PySide6.QtGui import QImage

_SIDE = 16
_RED, _BLUE = (200, 30, 30), (30, 30, 200)
# JPEG does not preserve colours exactly.
_COLOUR_TOLERANCE = 12
_ANIMATED = ("gif", "webp")
_WRITTEN_BY_PILLOW = ("PNG", "WEBP", "GIF", "JPEG", "TIFF", "BMP")
_WRITTEN_BY_QT = ("png", "jpeg")

_PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAIElEQVR4nGM8ISfHgA2EMazCKs6EVRQPGNUwqmHo"
    "aAAARPgCJBguwVkAAAAASUVORK5CYII="
)
_JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4R"
    "DgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU"
    "FBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAQABADAREAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAA"
    "B//EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAWAQEBAQAAAAAAAAAAAAAAAAAJBwj/xAAUEQEAAAAAAAAAAAAAAAAA"
    "AAAA/9oADAMBAAIRAxEAPwACTJuMUkwHuVhnkIFJMB7v/9k="
)
_WEBP = b64decode(
    "UklGRpwAAABXRUJQVlA4WAoAAAACAAAADwAADwAAQU5JTQYAAAAAAAAAAABBTk1GNAAAAAAAAAAAAA8AAA8AAGQA"
    "AAJWUDhMHAAAAC8PwAMADzAe91C9FfL8RwvEgsn8pbsziOh/ZAJBTk1GNAAAAAAAAAAAAA8AAA8AAGQAAABWUDhM"
    "HAAAAC8PwAMADzAe91C9FfL8RwvEgkn+0rsziOh/ZAI="
)
_GIF = b64decode(
    "R0lGODlhEAAQAIEAAMgeHh4eyAAAAAAAACH5BAAKAAAALAAAAAAQABAAAAg2AAEIHCgwgMGDBgkSRIhQ4UCGBx0W"
    "hBhAIgCKFSVitLhRI0WOHz1CBDlSJEOSJ002VBmRpcGAACH5BAEKAAIALAAAAAAQABAAgcgeHh4eyAAAAAAAAAg2"
    "AAMIHCgQgMGDBgkSRIhQ4UCGBx0WhAhAYgCKFSVitLhRI0WOHz1CBDlSJEOSJ002VBmRpcGAADs="
)
_TIFF = b64decode(
    "SUkqAG4AAACAMgPB6BQSBwWEQeFQODQ2Ew6FsiHxOIwuKxCMQiKRmLxeNxOPx6LRySRqRSWGSiSyGVSeWRKXSeYy"
    "uZxuax6XzKVR+cySbxmezadzifw+ixGgx2h0Cjw2myal0ao0inymkw6AgAAKAAABAwABAAAAEAAAAAEBAwABAAAA"
    "EAAAAAIBAwADAAAA7AAAAAMBAwABAAAABQAAAAYBAwABAAAAAgAAABEBBAABAAAACAAAABUBAwABAAAAAwAAABYB"
    "AwABAAAAEAAAABcBBAABAAAAZQAAABwBAwABAAAAAQAAAAAAAAAIAAgACAA="
)
# Both with the headers alone written out: the first holds rows of pixels, the second the PNG file.
_BMP = struct.pack("<2sIIIIiiHHIIiiII", b"BM", 822, 0, 54, 40, 16, 16, 1, 24, 0, 768, 0, 0, 0, 0)
_BMP += (bytes(reversed(_RED)) * 8 + bytes(reversed(_BLUE)) * 8) * _SIDE
_ICO = struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 0, 32, len(_PNG), 22) + _PNG
_SVG = (
    b"<svg xmlns='http://www.w3.org/2000/svg' width='16' height='16'>"
    b"<rect width='8' height='16' fill='#c81e1e'/>"
    b"<rect x='8' width='8' height='16' fill='#1e1ec8'/></svg>"
)
# Pillow does not support vector graphics.
_BITMAPS = {
    "png": _PNG,
    "jpeg": _JPEG,
    "webp": _WEBP,
    "gif": _GIF,
    "bmp": _BMP,
    "tiff": _TIFF,
    "ico": _ICO,
}
_SAMPLES = {**_BITMAPS, "svg": _SVG}


def _is_intact(left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    """Returns True if two colours, one from each half, match the sample."""
    pairs = zip(left[:3] + right[:3], _RED + _BLUE, strict=True)
    return all(abs(actual - expected) <= _COLOUR_TOLERANCE for actual, expected in pairs)


def pillow_formats(_folder: Path) -> str:
    """Checks that Pillow reads the samples, and the files that it writes from one of them."""
    import PIL
    from PIL import Image

    for name, data in _BITMAPS.items():
        _check_picture(name, data)
    with Image.open(io.BytesIO(_PNG)) as picture:
        picture.load()
        for name in _WRITTEN_BY_PILLOW:
            stream = io.BytesIO()
            try:
                picture.convert("RGB").save(stream, name)
            except (KeyError, OSError, ImportError) as error:
                raise SelfTestFailure(f"{name} cannot be written: {error}") from error
            if name != "GIF":  # limited to 256 colours
                _check_picture(name, stream.getvalue())
    written = ", ".join(_WRITTEN_BY_PILLOW)
    return f"Pillow {PIL.__version__}; reads {', '.join(_BITMAPS)}; writes {written}"


def _check_picture(name: str, data: bytes) -> None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as picture:
            colours = picture.convert("RGB")
    except (OSError, ImportError) as error:
        raise SelfTestFailure(f"{name} cannot be read: {error}") from error
    left, right = colours.getpixel((2, 8)), colours.getpixel((_SIDE - 3, 8))
    is_valid = isinstance(left, tuple) and isinstance(right, tuple) and _is_intact(left, right)
    require(is_valid, f"{name} is not what it should be: {left}, {right}")


def qt_image_formats(_folder: Path) -> str:
    """Reads each sample by its format name; writes the formats that are sent to the service."""
    from PySide6.QtCore import QBuffer
    from PySide6.QtGui import QImage

    errors = [error for name, data in _SAMPLES.items() if (error := _format_error(name, data))]
    require(not errors, "; ".join(errors))
    intact = QImage.fromData(_PNG)
    for name in _WRITTEN_BY_QT:
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        is_saved = intact.save(buffer, name)  # type: ignore[call-overload]
        is_read = QImage.fromData(buffer.data()).size() == intact.size()
        require(is_saved and is_read, f"{name} cannot be written")
    return f"reads {', '.join(_SAMPLES)}; writes {', '.join(_WRITTEN_BY_QT)}"


def _format_error(name: str, data: bytes) -> str:
    """Returns the error of a format, or "" if there is none."""
    from PySide6.QtCore import QBuffer, QByteArray

    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    frames, error = _frames(buffer, name)
    if not frames:
        return f"{name} cannot be read: {error}"
    if not _is_intact(_colour(frames[0], 2), _colour(frames[0], _SIDE - 3)):
        return f"{name} is not what it should be"
    if name not in _ANIMATED:
        return ""
    second = frames[-1]
    # The sides of the first frame are exchanged in it.
    return (
        ""
        if _is_intact(_colour(second, _SIDE - 3), _colour(second, 2))
        else f"{name} does not move"
    )


def _frames(buffer: QBuffer, name: str) -> tuple[list[QImage], str]:
    """Reads the first frame or two; the reader is deleted on return, before its buffer."""
    from PySide6.QtGui import QImageReader

    reader = QImageReader(buffer, name.encode())
    frames = [reader.read() for _frame in range(2 if name in _ANIMATED else 1)]
    return [each for each in frames if not each.isNull()], reader.errorString()


def _colour(picture: QImage, x: int) -> tuple[int, ...]:
    colour = picture.pixelColor(x, _SIDE // 2)
    return colour.red(), colour.green(), colour.blue()
