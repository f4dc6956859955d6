"""Progress on the program's icon in the taskbar, dock or launcher, where the platform supports it.

Linux: the signal that the launchers of KDE, Ubuntu and others support
(https://wiki.ubuntu.com/Unity/LauncherAPI). Windows: ITaskbarList3. macOS: the number on the dock
icon. The code for Windows and macOS follows the documentation and has not been tested on a
computer.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Protocol

from runcomfy_desktop import APP_ID
from runcomfy_desktop.core.jobs.job_notifier import QueueProgress
from runcomfy_desktop.platform.session_bus import BusCallError, SessionBus

if TYPE_CHECKING:
    from collections.abc import Callable

_INTERFACE = "com.canonical.Unity.LauncherEntry"
_log = logging.getLogger(__name__)


class ProgressIndicator(Protocol):
    """Display of the queue's progress."""

    async def show(self, progress: QueueProgress) -> None: ...

    async def close(self) -> None: ...


class LinuxProgressIndicator:
    """Signals progress to all launchers on the session bus; there is no reply from them."""

    def __init__(self) -> None:
        self._bus = SessionBus(lambda _signal: None)

    async def show(self, progress: QueueProgress) -> None:
        try:
            await self._bus.emit(_update_signal(progress))
        except BusCallError as error:
            _log.debug("No launcher was told: %s", error)

    async def close(self) -> None:
        if self._bus.is_open:
            await self.show(QueueProgress())
        await self._bus.close()


class BadgeProgressIndicator:
    """Number of unfinished jobs, shown on the icon; `set_number` is Qt's."""

    def __init__(self, set_number: Callable[[int], object]) -> None:
        self._set_number = set_number

    async def show(self, progress: QueueProgress) -> None:
        self._set_number(progress.total - progress.ended)

    async def close(self) -> None:
        self._set_number(0)


class WindowsProgressIndicator:
    """Progress bar on the window's button in the Windows taskbar."""

    def __init__(self, taskbar: TaskbarButton) -> None:
        self._taskbar = taskbar

    async def show(self, progress: QueueProgress) -> None:
        if progress.total:
            self._taskbar.set_value(progress.ended, progress.total)
        else:
            self._taskbar.clear()

    async def close(self) -> None:
        self._taskbar.clear()


class TaskbarButton(Protocol):
    """The methods of ITaskbarList3 used here, for one window."""

    def set_value(self, done: int, total: int) -> None: ...

    def clear(self) -> None: ...


def create_progress_indicator(window_id: int) -> ProgressIndicator | None:
    """Creates the indicator for this system; returns None if the system has none.

    `window_id` is the native handle of the window.
    """
    found: ProgressIndicator | None = None
    if sys.platform == "linux":
        found = LinuxProgressIndicator()
    elif sys.platform == "darwin":
        from PySide6.QtGui import QGuiApplication

        found = BadgeProgressIndicator(QGuiApplication.setBadgeNumber)
    elif sys.platform == "win32":
        from runcomfy_desktop.platform.taskbar_list import find_taskbar

        taskbar = find_taskbar(window_id)
        found = None if taskbar is None else WindowsProgressIndicator(taskbar)
    return found


def _update_signal(progress: QueueProgress) -> Any:
    from jeepney import DBusAddress, new_signal  # type: ignore[import-untyped]  # no type hints

    is_visible = progress.total > 0
    fraction = progress.ended / progress.total if is_visible else 0.0
    active_count = progress.total - progress.ended
    properties = {
        "progress": ("d", fraction),
        "progress-visible": ("b", is_visible),
        "count": ("x", active_count),
        "count-visible": ("b", active_count > 1),
    }
    address = DBusAddress("/io/github/runcomfy_desktop", interface=_INTERFACE)
    return new_signal(address, "Update", "sa{sv}", (f"application://{APP_ID}.desktop", properties))
