"""Common tools for the tour's steps: finding and clicking widgets, waiting, taking pictures."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from runcomfy_desktop.domain.settings import ThemeMode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.core.base.preferences import Preferences
    from runcomfy_desktop.ui.main_window.main_window import MainWindow

W = TypeVar("W", bound=QWidget)

_POLL_INTERVAL_S = 0.02
_REPAINT_S = 0.25


class StepFailed(Exception):  # noqa: N818 - named after the outcome of the step
    """A condition that a step needs was not met; the message names it."""


@dataclass(slots=True)
class StepRecord:
    """One step in `tour.json`: observations, duration, and picture files."""

    name: str
    seen: list[str] = field(default_factory=list)
    took_s: float = 0.0
    pictures: list[str] = field(default_factory=list)
    failed: str = ""


class TourDriver:
    """Drives the window for the tour and records the steps."""

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
        """Returns the visible widget with an object name. Raises StepFailed."""
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
        """Simulates a left click in the middle of the widget or at a position in it."""
        if not widget.isEnabled():
            raise StepFailed(f"{widget.objectName()} cannot be pressed")
        position = widget.rect().center() if at is None else at
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=position)

    async def wait_until(
        self, description: str, condition: Callable[[], object], timeout_s: float = 20
    ) -> None:
        """Waits until `condition` is true. Raises StepFailed after `timeout_s`.

        `description` names the condition in the record.
        """
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline_s:
                raise StepFailed(f"did not happen within {timeout_s:.0f} s: {description}")
            await asyncio.sleep(_POLL_INTERVAL_S)
        self.record_observation(description)

    async def take_pictures(self) -> None:
        """Saves pictures of the window in the light and the dark theme."""
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
        """Writes `tour.json`: facts about the run, then a record for each step."""
        report = {**run_info, "steps": [asdict(record) for record in self.records]}
        text = json.dumps(report, indent=2, ensure_ascii=False)
        (self.folder / "tour.json").write_text(text + "\n", encoding="utf-8")
