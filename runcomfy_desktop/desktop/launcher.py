"""Progress on the program's icon in the taskbar, dock or launcher, where the platform has it.

Linux: the signal that KDE's, Ubuntu's and other launchers hear
(https://wiki.ubuntu.com/Unity/LauncherAPI). Windows: ITaskbarList3. macOS: the number on the
dock's icon. The last two are written by their documentation and have not been tried on a machine.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Protocol

from runcomfy_desktop import APP_ID
from runcomfy_desktop.core.attention import Progress
from runcomfy_desktop.desktop.bus import Bus, Silence

if TYPE_CHECKING:
    from collections.abc import Callable

_INTERFACE = "com.canonical.Unity.LauncherEntry"
_log = logging.getLogger(__name__)


class Launcher(Protocol):
    """Where progress is shown."""

    async def show(self, progress: Progress) -> None: ...

    async def close(self) -> None: ...


class LinuxLauncher:
    """Tells every launcher on the session's bus; whether one listens nobody says."""

    def __init__(self) -> None:
        self._bus = Bus(lambda _signal: None)

    async def show(self, progress: Progress) -> None:
        try:
            await self._bus.emit(_update(progress))
        except Silence as silence:
            _log.debug("No launcher was told: %s", silence)

    async def close(self) -> None:
        if self._bus.is_open:
            await self.show(Progress())
        await self._bus.close()


class BadgeLauncher:
    """The number of jobs that go on, on the icon; `set_number` is Qt's."""

    def __init__(self, set_number: Callable[[int], object]) -> None:
        self._set_number = set_number

    async def show(self, progress: Progress) -> None:
        self._set_number(progress.total - progress.ended)

    async def close(self) -> None:
        self._set_number(0)


class WindowsLauncher:
    """The bar on the window's button in the taskbar."""

    def __init__(self, taskbar: Taskbar) -> None:
        self._taskbar = taskbar

    async def show(self, progress: Progress) -> None:
        if progress.total:
            self._taskbar.set_value(progress.ended, progress.total)
        else:
            self._taskbar.clear()

    async def close(self) -> None:
        self._taskbar.clear()


class Taskbar(Protocol):
    """What is asked of ITaskbarList3 for one window."""

    def set_value(self, done: int, total: int) -> None: ...

    def clear(self) -> None: ...


def launcher_of(window_id: int) -> Launcher | None:
    """This system's; None where it has none. `window_id` is the native handle of the window."""
    found: Launcher | None = None
    if sys.platform == "linux":
        found = LinuxLauncher()
    elif sys.platform == "darwin":
        from PySide6.QtGui import QGuiApplication

        found = BadgeLauncher(QGuiApplication.setBadgeNumber)
    elif sys.platform == "win32":
        from runcomfy_desktop.desktop.taskbar_list import find_taskbar

        taskbar = find_taskbar(window_id)
        found = None if taskbar is None else WindowsLauncher(taskbar)
    return found


def _update(progress: Progress) -> Any:
    from jeepney import DBusAddress, new_signal  # type: ignore[import-untyped]  # ships no types

    is_on = progress.total > 0
    part = progress.ended / progress.total if is_on else 0.0
    going_on = progress.total - progress.ended
    facts = {
        "progress": ("d", part),
        "progress-visible": ("b", is_on),
        "count": ("x", going_on),
        "count-visible": ("b", going_on > 1),
    }
    place = DBusAddress("/io/github/runcomfy_desktop", interface=_INTERFACE)
    return new_signal(place, "Update", "sa{sv}", (f"application://{APP_ID}.desktop", facts))
