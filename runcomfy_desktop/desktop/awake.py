"""Keeps the computer from going to sleep by itself while jobs are active, if the person wants it.

Linux and macOS have a program each that does it for as long as it runs (`systemd-inhibit`,
`caffeinate`); it ends with its standard input, so nothing keeps a computer awake whose program was
killed. Windows has a call for it. macOS and Windows have not been tried.
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
_END_S = 2.0
# So long something that cannot keep it awake takes to say so.
_REFUSAL_S = 0.5
_log = logging.getLogger(__name__)


class Awake:
    """Holds the computer awake or lets go of it; `failed` is called once with why it cannot."""

    def __init__(self, failed: Callable[[str], object], command: Sequence[str] = ()) -> None:
        self._failed = failed
        self._command = list(command) or _command()
        self._keeper: subprocess.Popen[bytes] | None = None
        self._is_wanted = False
        self._has_failed = False
        self._turn = asyncio.Lock()

    async def hold(self, *, wanted: bool) -> None:
        """Returns when it is so, or cannot be."""
        self._is_wanted = wanted
        async with self._turn:
            if sys.platform == "win32":
                _set_state(_CONTINUOUS | (_SYSTEM_REQUIRED if self._is_wanted else 0))
            elif self._is_wanted and self._keeper is None and not self._has_failed:
                await self._begin()
            elif not self._is_wanted and self._keeper is not None:
                keeper, self._keeper = self._keeper, None
                await asyncio.to_thread(_end, keeper)

    async def _begin(self) -> None:
        try:
            self._keeper = await asyncio.to_thread(_start, self._command)
        except OSError as error:
            self._has_failed = True
            _log.info("The computer cannot be kept awake: %s", error)
            self._failed(_("This computer has nothing that keeps it awake (%s).") % error)


def _command() -> list[str]:
    if sys.platform == "darwin":
        return ["caffeinate", "-i", "cat"]
    why = _("Jobs are running")
    return ["systemd-inhibit", "--what=sleep:idle", f"--who={APP_NAME}", f"--why={why}", "cat"]


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    """Raises OSError when it is not there, or says at once that it cannot."""
    keeper = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        code = keeper.wait(_REFUSAL_S)
    except subprocess.TimeoutExpired:
        return keeper
    assert keeper.stdin is not None
    keeper.stdin.close()
    raise OSError(f"{command[0]} ended with {code}")


def _end(keeper: subprocess.Popen[bytes]) -> None:
    assert keeper.stdin is not None
    keeper.stdin.close()
    try:
        keeper.wait(_END_S)
    except subprocess.TimeoutExpired:
        keeper.kill()
        keeper.wait()


def _set_state(flags: int) -> None:
    import ctypes

    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009 - Windows' ctypes has it
    kernel.SetThreadExecutionState(flags)
