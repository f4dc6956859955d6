"""Check of the Qt platform: Qt runs on the expected one, and a window appears on the screen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import require

if TYPE_CHECKING:
    from pathlib import Path

_TIMEOUT_S = 10.0


def qt_platform(_folder: Path) -> str:
    """Checks that Qt runs on the requested platform and can show a window.

    Qt may silently fall back to another platform, and on Wayland a window may never appear.
    """
    from PySide6.QtCore import QLibraryInfo, qVersion
    from PySide6.QtGui import QGuiApplication

    requested = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    actual = QGuiApplication.platformName()
    require(actual == requested or not requested, f"Qt runs on {actual}, not on {requested}")
    _show_window()
    screen_name = QGuiApplication.primaryScreen()
    size = screen_name.size()
    plugins = QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)
    scale = f"{screen_name.devicePixelRatio():g}"
    return f"{actual}, {size.width()} × {size.height()} at {scale}, Qt {qVersion()}, {plugins}"


def _show_window() -> None:
    from PySide6.QtGui import QRasterWindow

    from runcomfy_desktop.selftest.qt_wait import wait_for

    window = QRasterWindow()
    window.setTitle("RunComfy Desktop")
    window.resize(320, 200)
    window.show()
    require(
        wait_for(window.isExposed, _TIMEOUT_S),
        "a window that is shown does not get onto the screen",
    )
    window.close()
