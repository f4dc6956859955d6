"""Drives the window for the tour: finds and presses widgets, waits, drags files, takes pictures."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QLinearGradient,
    QPainter,
    QPolygonF,
    QRadialGradient,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from runcomfy_desktop.app.options import DRAG_SOURCE_FLAG
from runcomfy_desktop.domain.settings import ThemeMode
from runcomfy_desktop.tour import drag_source

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.ui.main_window.main_window import MainWindow

W = TypeVar("W", bound=QWidget)
_POLL_INTERVAL_S = 0.02
_REPAINT_S = 0.25
_MOVES = 20
_PAUSE_S = 0.03
WIDTH, HEIGHT = 3000, 2000
_SEED = 20260203
_QUALITY = 90


class StepFailed(Exception):  # noqa: N818 - it is what happened to the step
    """Something that a step needs did not happen; the message names it."""


@dataclass(slots=True)
class StepRecord:
    """One step of `tour.json`: what was seen, how long it took, which pictures show it."""

    name: str
    seen: list[str] = field(default_factory=list)
    took_s: float = 0.0
    pictures: list[str] = field(default_factory=list)
    failed: str = ""


class TourDriver:
    """Drives the window for the tour and keeps its record."""

    def __init__(self, window: MainWindow, preferences: Preferences, folder: Path) -> None:
        self.window = window
        self.folder = folder
        self.records: list[StepRecord] = []
        self._preferences = preferences

    @property
    def record(self) -> StepRecord:
        return self.records[-1]

    def begin_step(self, name: str) -> None:
        self.records.append(StepRecord(name))

    def record_observation(self, description: str) -> None:
        self.record.seen.append(description)

    def find(self, name: str, kind: type[W]) -> W:
        """The visible widget with an object name. Raises StepFailed."""
        for widget in self.window.findChildren(kind, name):
            if widget.isVisible():
                return widget
        for top in QApplication.topLevelWidgets():
            found = top if top.objectName() == name else top.findChild(kind, name)
            if isinstance(found, kind) and found.isVisible():
                return found
        raise StepFailed(f"{name} is not on screen")

    def is_visible(self, name: str) -> bool:
        try:
            self.find(name, QWidget)
        except StepFailed:
            return False
        return True

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """A left click as a mouse makes it, in the middle of the widget or at a place in it."""
        if not widget.isEnabled():
            raise StepFailed(f"{widget.objectName()} cannot be pressed")
        position = widget.rect().center() if at is None else at
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=position)

    async def wait_until(
        self, description: str, condition: Callable[[], object], timeout_s: float = 20
    ) -> None:
        """Waits until `condition` holds; `description` names it in the record. Raises
        StepFailed."""
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline_s:
                raise StepFailed(f"did not happen within {timeout_s:.0f} s: {description}")
            await asyncio.sleep(_POLL_INTERVAL_S)
        self.record_observation(description)

    async def take_pictures(self) -> None:
        """Grabs the window in light and in dark."""
        number = len(self.records)
        for theme in (ThemeMode.LIGHT, ThemeMode.DARK):
            self._preferences.set(theme=theme)
            await asyncio.sleep(_REPAINT_S)
            file = f"{number:02d}-{self.record.name}-{theme.value}.png"
            if not self.window.grab().save(str(self.folder / file)):
                raise StepFailed(f"the picture {file} could not be written")
            self.record.pictures.append(file)
        self._preferences.set(theme=ThemeMode.LIGHT)
        await asyncio.sleep(_REPAINT_S)

    def write(self, run_info: dict[str, str]) -> None:
        """Writes `tour.json`: facts of the run, then a record for each step."""
        report = {**run_info, "steps": [asdict(record) for record in self.records]}
        text = json.dumps(report, indent=2, ensure_ascii=False)
        (self.folder / "tour.json").write_text(text + "\n", encoding="utf-8")


def can_simulate_drag() -> bool:
    """Whether pointer events can be made that the window system itself turns into a drag."""
    return QGuiApplication.platformName() == "xcb" and shutil.which("xdotool") is not None


@asynccontextmanager
async def drop_file(file: Path, target: QWidget, at: QPoint) -> AsyncIterator[str]:
    """Drops `file` on `target` at `at` (its own coordinates); the source ends with the block.

    Gives how: "xdnd" for a drag from a second process with real pointer events, "refused" when
    such a drag was not taken, "synthetic" where only events inside this program are possible.
    """
    if not can_simulate_drag():
        _synthetic_drop(file, target, at)
        yield "synthetic"
        return
    window = target.window()
    corner = window.mapToGlobal(QPoint(window.width() - drag_source.SIZE[0] - 8, 8))
    source = await asyncio.create_subprocess_exec(
        *_source_command(),
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
    """Gives the window the keyboard; a bare X server has nobody who does that at a click."""
    window.activateWindow()
    if can_simulate_drag():
        await _xdotool("windowfocus", int(window.winId()))


def _source_command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, DRAG_SOURCE_FLAG]
    return [sys.executable, "-m", "runcomfy_desktop.tour.drag_source"]


async def _drag_pointer(start: QPoint, end: QPoint) -> None:
    await _pointer("mousemove", start.x(), start.y())
    await _pointer("mousedown", 1)
    for step in range(1, _MOVES + 1):
        offset = QPointF(end - start) * step / _MOVES
        await _pointer("mousemove", start.x() + round(offset.x()), start.y() + round(offset.y()))
        await asyncio.sleep(_PAUSE_S)
    # One more small move on the spot, so that the target answers for where the pointer is.
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


def paint_photo(path: Path) -> None:
    """Writes a JPEG of hills at dusk, six megapixels, with the weight of a photograph."""
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    _sky(painter)
    rng = random.Random(_SEED)
    for depth in range(5):
        _hill(painter, depth, rng)
    _grain(painter, rng)
    painter.end()
    if not image.save(str(path), "JPEG", _QUALITY):  # type: ignore[call-overload]
        raise OSError(f"cannot write {path}")


def _sky(painter: QPainter) -> None:
    sky = QLinearGradient(0, 0, 0, HEIGHT)
    sky.setColorAt(0.0, QColor("#3d6fa8"))
    sky.setColorAt(0.45, QColor("#f2c38c"))
    sky.setColorAt(0.7, QColor("#f7e3c1"))
    painter.fillRect(0, 0, WIDTH, HEIGHT, sky)
    sun = QRadialGradient(QPointF(WIDTH * 0.68, HEIGHT * 0.36), HEIGHT * 0.32)
    sun.setColorAt(0.0, QColor(255, 250, 225, 255))
    sun.setColorAt(0.22, QColor(255, 244, 205, 240))
    sun.setColorAt(0.3, QColor(255, 226, 160, 90))
    sun.setColorAt(1.0, QColor(255, 220, 160, 0))
    painter.fillRect(0, 0, WIDTH, HEIGHT, sun)


def _hill(painter: QPainter, depth: int, rng: random.Random) -> None:
    top = HEIGHT * (0.48 + 0.11 * depth)
    outline = [QPointF(0, HEIGHT)]
    height = 0.0
    for x in range(0, WIDTH + 60, 60):
        height = height * 0.9 + rng.uniform(-1, 1) * (34 - 4 * depth)
        outline.append(QPointF(x, top + height))
    outline.append(QPointF(WIDTH, HEIGHT))
    colour = QColor.fromHsvF(0.6 - 0.07 * depth, 0.35 + 0.07 * depth, 0.62 - 0.11 * depth)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF(outline))


def _grain(painter: QPainter, rng: random.Random) -> None:
    """Film grain: without it a JPEG of gradients is far lighter than any photograph."""
    tile = QImage(512, 512, QImage.Format.Format_ARGB32)
    for y in range(512):
        for x in range(512):
            light = 255 if rng.random() < 0.5 else 0
            tile.setPixel(x, y, QColor(light, light, light, rng.randrange(26)).rgba())
    for top in range(0, HEIGHT, 512):
        for left in range(0, WIDTH, 512):
            painter.drawImage(left, top, tile)
