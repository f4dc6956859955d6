"""Drops a file on a widget, by a real drag from a second program where the system supports it."""

from __future__ import annotations

import asyncio
import shutil
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from runcomfy_desktop.tour import drag_source

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_MOVES = 20
_PAUSE_S = 0.03


def can_simulate_drag() -> bool:
    """Reports whether simulated pointer events can start a real drag of the window system."""
    return QGuiApplication.platformName() == "xcb" and shutil.which("xdotool") is not None


@asynccontextmanager
async def drop_file(
    file: Path, target: QWidget, at: QPoint, source_flag: str
) -> AsyncIterator[str]:
    """Drops `file` on `target`, at the position `at` in its coordinates.

    `source_flag` makes a frozen program act as the source of the drag.

    The source program ends with the block. Yields "xdnd" for a drag from a second process with real
    pointer events, "refused" if the target did not accept it, and "synthetic" if only events inside
    this program are possible.
    """
    if not can_simulate_drag():
        _synthetic_drop(file, target, at)
        yield "synthetic"
        return
    window = target.window()
    corner = window.mapToGlobal(QPoint(window.width() - drag_source.SIZE[0] - 8, 8))
    source = await asyncio.create_subprocess_exec(
        *_source_command(source_flag),
        str(file),
        str(corner.x()),
        str(corner.y()),
        stdout=asyncio.subprocess.PIPE,
    )
    assert source.stdout is not None
    try:
        await asyncio.wait_for(source.stdout.readline(), 20)
        start = corner + QPoint(drag_source.SIZE[0] // 2, drag_source.SIZE[1] // 2)
        await _drag_pointer(start, target.mapToGlobal(at))
        line = await asyncio.wait_for(source.stdout.readline(), 20)
        yield "xdnd" if line.strip() == b"dropped" else "refused"
    finally:
        if source.returncode is None:
            source.kill()
        await source.wait()


async def focus_window(window: QWidget) -> None:
    """Gives the window the keyboard focus; on a bare X server a click does not do that."""
    window.activateWindow()
    if can_simulate_drag():
        await _xdotool("windowfocus", int(window.winId()))


def _source_command(source_flag: str) -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, source_flag]
    return [sys.executable, "-m", "runcomfy_desktop.tour.drag_source"]


async def _drag_pointer(start: QPoint, end: QPoint) -> None:
    await _pointer("mousemove", start.x(), start.y())
    await _pointer("mousedown", 1)
    for step in range(1, _MOVES + 1):
        offset = QPointF(end - start) * step / _MOVES
        await _pointer("mousemove", start.x() + round(offset.x()), start.y() + round(offset.y()))
        await asyncio.sleep(_PAUSE_S)
    # One more small move, so that the target responds for the final position.
    await _pointer("mousemove", end.x() + 1, end.y())
    await asyncio.sleep(0.3)
    await _pointer("mouseup", 1)


async def _pointer(command: str, *numbers: int) -> None:
    scale = QGuiApplication.primaryScreen().devicePixelRatio()
    values = numbers if command != "mousemove" else tuple(round(n * scale) for n in numbers)
    await _xdotool(command, *values)


async def _xdotool(command: str, *numbers: int) -> None:
    tool = await asyncio.create_subprocess_exec("xdotool", command, *map(str, numbers))
    await tool.wait()


def _synthetic_drop(file: Path, target: QWidget, at: QPoint) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    action = Qt.DropAction.CopyAction
    QApplication.sendEvent(target, QDragEnterEvent(at, action, data, buttons, keys))
    QApplication.sendEvent(target, QDragMoveEvent(at, action, data, buttons, keys))
    QApplication.sendEvent(target, QDropEvent(QPointF(at), action, data, buttons, keys))
