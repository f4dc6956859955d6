"""The way to the screen: Qt runs on the platform that was meant, and a window gets onto it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.fault import need

if TYPE_CHECKING:
    from pathlib import Path

_WITHIN_S = 10.0


def screen(_folder: Path) -> str:
    """Qt falls back to another platform in silence; and a window may never be shown (Wayland)."""
    from PySide6.QtCore import QLibraryInfo, qVersion
    from PySide6.QtGui import QGuiApplication

    wanted = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    used = QGuiApplication.platformName()
    need(used == wanted or not wanted, f"Qt runs on {used}, not on {wanted}")
    _show()
    where = QGuiApplication.primaryScreen()
    size = where.size()
    plugins = QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)
    scale = f"{where.devicePixelRatio():g}"
    return f"{used}, {size.width()} × {size.height()} at {scale}, Qt {qVersion()}, {plugins}"


def _show() -> None:
    from PySide6.QtGui import QRasterWindow

    from runcomfy_desktop.selftest.waiting import wait_for

    window = QRasterWindow()
    window.setTitle("RunComfy Desktop")
    window.resize(320, 200)
    window.show()
    need(
        wait_for(window.isExposed, _WITHIN_S), "a window that is shown does not get onto the screen"
    )
    window.close()
