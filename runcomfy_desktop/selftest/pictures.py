"""Qt's picture formats: each is really decoded, and what moves is really played."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.fault import need
from runcomfy_desktop.selftest.samples import MOVING, SAMPLES, SIDE, is_whole

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QBuffer
    from PySide6.QtGui import QImage

_WRITTEN = ("png", "jpeg")


def pictures(_folder: Path) -> str:
    """Reads each sample by its name and by its bytes; writes what is sent to the service."""
    from PySide6.QtGui import QImage

    faults = [fault for name, data in SAMPLES.items() if (fault := _read(name, data))]
    need(not faults, "; ".join(faults))
    whole = QImage.fromData(SAMPLES["png"])
    for name in _WRITTEN:
        need(_written(whole, name), f"{name} cannot be written")
    return f"reads {', '.join(SAMPLES)}; writes {', '.join(_WRITTEN)}"


def _read(name: str, data: bytes) -> str:
    """What is wrong with a format, "" for nothing."""
    from PySide6.QtCore import QBuffer, QByteArray

    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    frames, fault = _frames(buffer, name)
    if not frames:
        return f"{name} cannot be read: {fault}"
    if not is_whole(_colour(frames[0], 2), _colour(frames[0], SIDE - 3)):
        return f"{name} is not what it should be"
    if name in MOVING:
        moves = len(frames) > 1 and is_whole(_colour(frames[1], SIDE - 3), _colour(frames[1], 2))
        return "" if moves else f"{name} does not move"
    return ""


def _frames(buffer: QBuffer, name: str) -> tuple[list[QImage], str]:
    """The first frame or two. Here, so that the reader is gone before what it reads from."""
    from PySide6.QtGui import QImageReader

    reader = QImageReader(buffer, name.encode())
    frames = [reader.read() for _frame in range(2 if name in MOVING else 1)]
    return [each for each in frames if not each.isNull()], reader.errorString()


def _colour(picture: QImage, x: int) -> tuple[int, ...]:
    colour = picture.pixelColor(x, SIDE // 2)
    return colour.red(), colour.green(), colour.blue()


def _written(picture: QImage, name: str) -> bool:
    from PySide6.QtCore import QBuffer
    from PySide6.QtGui import QImage

    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    is_saved = picture.save(buffer, name)  # type: ignore[call-overload]
    return bool(is_saved) and QImage.fromData(buffer.data()).size() == picture.size()
