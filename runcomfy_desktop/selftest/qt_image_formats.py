"""Check of Qt's image formats: each sample is decoded, and animations are played."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import require
from runcomfy_desktop.selftest.sample_images import ANIMATED, SAMPLES, SIDE, is_intact

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QBuffer
    from PySide6.QtGui import QImage

_WRITTEN_FORMATS = ("png", "jpeg")


def qt_image_formats(_folder: Path) -> str:
    """Reads each sample by its format name; writes the formats that are sent to the service."""
    from PySide6.QtGui import QImage

    errors = [error for name, data in SAMPLES.items() if (error := _format_error(name, data))]
    require(not errors, "; ".join(errors))
    intact = QImage.fromData(SAMPLES["png"])
    for name in _WRITTEN_FORMATS:
        require(_is_written(intact, name), f"{name} cannot be written")
    return f"reads {', '.join(SAMPLES)}; writes {', '.join(_WRITTEN_FORMATS)}"


def _format_error(name: str, data: bytes) -> str:
    """Returns the error of a format, or "" if there is none."""
    from PySide6.QtCore import QBuffer, QByteArray

    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    frames, error = _frames(buffer, name)
    if not frames:
        return f"{name} cannot be read: {error}"
    if not is_intact(_colour(frames[0], 2), _colour(frames[0], SIDE - 3)):
        return f"{name} is not what it should be"
    if name in ANIMATED:
        is_animated = len(frames) > 1 and is_intact(
            _colour(frames[1], SIDE - 3), _colour(frames[1], 2)
        )
        return "" if is_animated else f"{name} does not move"
    return ""


def _frames(buffer: QBuffer, name: str) -> tuple[list[QImage], str]:
    """Reads the first frame or two; the reader is deleted on return, before its buffer."""
    from PySide6.QtGui import QImageReader

    reader = QImageReader(buffer, name.encode())
    frames = [reader.read() for _frame in range(2 if name in ANIMATED else 1)]
    return [each for each in frames if not each.isNull()], reader.errorString()


def _colour(picture: QImage, x: int) -> tuple[int, ...]:
    colour = picture.pixelColor(x, SIDE // 2)
    return colour.red(), colour.green(), colour.blue()


def _is_written(picture: QImage, name: str) -> bool:
    from PySide6.QtCore import QBuffer
    from PySide6.QtGui import QImage

    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    is_saved = picture.save(buffer, name)  # type: ignore[call-overload]
    return bool(is_saved) and QImage.fromData(buffer.data()).size() == picture.size()
