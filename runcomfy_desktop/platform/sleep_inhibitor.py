"""Prevents the computer from going to sleep while jobs are active, if the user has enabled it.

Linux and macOS each have a program that does this while it runs (`systemd-inhibit`, `caffeinate`).
It ends when its standard input closes, so the computer does not stay awake if this program is
killed. Windows has a system call. macOS and Windows have not been tested.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from runcomfy_desktop import APP_NAME
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001
_STOP_TIMEOUT_S = 2.0
# Time within which a program that cannot keep the computer awake exits with an error.
_START_CHECK_S = 0.5
_log = logging.getLogger(__name__)


class SleepInhibitor:
    """Keeps the computer awake on request; `on_failure` is called once with the error."""

    def __init__(self, on_failure: Callable[[str], object], command: Sequence[str] = ()) -> None:
        self._on_failure = on_failure
        self._command = list(command) or _command()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_requested = False
        self._has_failed = False
        self._lock = asyncio.Lock()

    async def set_active(self, *, is_active: bool) -> None:
        """Keeps the computer awake, or allows sleep; returns when that has succeeded or failed."""
        self._is_requested = is_active
        async with self._lock:
            if sys.platform == "win32":
                _set_execution_state(_CONTINUOUS | (_SYSTEM_REQUIRED if self._is_requested else 0))
            elif self._is_requested and self._process is None and not self._has_failed:
                await self._begin()
            elif not self._is_requested and self._process is not None:
                process, self._process = self._process, None
                await asyncio.to_thread(_stop, process)

    async def _begin(self) -> None:
        try:
            self._process = await asyncio.to_thread(_start, self._command)
        except OSError as error:
            self._has_failed = True
            _log.info("The computer cannot be kept awake: %s", error)
            self._on_failure(_("This computer has nothing that keeps it awake (%s).") % error)


def _command() -> list[str]:
    if sys.platform == "darwin":
        return ["caffeinate", "-i", "cat"]
    reason = _("Jobs are running")
    return ["systemd-inhibit", "--what=sleep:idle", f"--who={APP_NAME}", f"--why={reason}", "cat"]


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    """Starts the program. Raises OSError if it is missing or exits at once."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        code = process.wait(_START_CHECK_S)
    except subprocess.TimeoutExpired:
        return process
    assert process.stdin is not None
    process.stdin.close()
    raise OSError(f"{command[0]} ended with {code}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _set_execution_state(flags: int) -> None:
    import ctypes

    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009 - only ctypes of Windows has it
    kernel.SetThreadExecutionState(flags)
