"""Tells Windows which program this process is, so that its taskbar shows the window under the
installed shortcut, and not under whatever started it. Elsewhere the desktop file's name does that.
"""

from __future__ import annotations

import sys
from typing import Protocol

from runcomfy_desktop import APP_ID


class WindowsShell(Protocol):
    """What is asked of Windows' shell32."""

    def SetCurrentProcessExplicitAppUserModelID(self, name: str) -> int: ...  # noqa: N802


def set_app_id(shell: WindowsShell | None = None) -> None:
    """To be called before the first window. Where Windows refuses, only an icon is less tidy."""
    if shell is None:
        shell = _windows_shell()
    if shell is not None:
        shell.SetCurrentProcessExplicitAppUserModelID(APP_ID)


def _windows_shell() -> WindowsShell | None:
    found: WindowsShell | None = None
    if sys.platform == "win32":
        import ctypes

        found = ctypes.windll.shell32
    return found
