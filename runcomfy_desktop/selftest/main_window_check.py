"""Check of the main window: built with all its contents, shown, and painted in many colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import SelfTestFailure, require

if TYPE_CHECKING:
    from pathlib import Path

_TIMEOUT_S = 20.0
_MIN_COLOURS = 12


def main_window(folder: Path) -> str:
    """Checks the window with a temporary data folder, without a session and without a key."""
    from PySide6.QtWidgets import QApplication

    from runcomfy_desktop.app.lifecycle import AppContext
    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.paths import find_paths
    from runcomfy_desktop.selftest.qt_wait import wait_for
    from runcomfy_desktop.ui.main_window.main_window import MainWindow
    from runcomfy_desktop.ui.style import theme

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise SelfTestFailure("there is no application")
    paths, settings = find_paths(folder), Settings()
    theme.apply(app, settings.theme)
    window = MainWindow(paths.window_state)
    is_shown: list[bool] = []
    window.painted.connect(lambda: is_shown.append(True))
    window.show()
    require(wait_for(lambda: bool(is_shown), _TIMEOUT_S), "the window is not painted")
    for _step in AppContext.create(app, window, paths, settings).build_contents():
        pass
    picture = window.grab().toImage()
    size = picture.width(), picture.height()
    pixels = ((x, y) for x in range(0, size[0], 4) for y in range(0, size[1], 4))
    colours = {picture.pixel(x, y) for x, y in pixels}
    require(len(colours) >= _MIN_COLOURS, f"the window shows {len(colours)} colours only")
    window.close()
    window.deleteLater()
    return f"{size[0]} × {size[1]}, {len(colours)} colours"
