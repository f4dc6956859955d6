"""Identifies this process to Windows as this program.

The taskbar then shows the window under the installed shortcut, not under the program that started
it. On other systems the desktop file name does that.
"""

from __future__ import annotations

import sys
from typing import Protocol

from runcomfy_desktop import APP_ID


class WindowsShell(Protocol):
    """The function of Windows' shell32 used here."""

    def SetCurrentProcessExplicitAppUserModelID(self, name: str) -> int: ...  # noqa: N802


def set_app_id(shell: WindowsShell | None = None) -> None:
    """Sets the application id; call it before the first window is created.

    If Windows refuses, only the grouping of the icon is affected.
    """
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
