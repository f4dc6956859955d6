"""The window itself: built with all that is in it, shown, and painted in many colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.fault import Fault, need

if TYPE_CHECKING:
    from pathlib import Path

_WITHIN_S = 20.0
_LEAST_COLOURS = 12


def windows(folder: Path) -> str:
    """In a folder that is nobody's, without a session, without a key."""
    from PySide6.QtWidgets import QApplication

    from runcomfy_desktop.domain.settings import Settings
    from runcomfy_desktop.life import Ground
    from runcomfy_desktop.paths import find_paths
    from runcomfy_desktop.selftest.waiting import wait_for
    from runcomfy_desktop.ui import theme
    from runcomfy_desktop.ui.main_window import MainWindow

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise Fault("there is no application")
    paths, settings = find_paths(folder), Settings()
    theme.apply(app, settings.theme)
    window = MainWindow(paths.window_state)
    shown: list[bool] = []
    window.painted.connect(lambda: shown.append(True))
    window.show()
    need(wait_for(lambda: bool(shown), _WITHIN_S), "the window is not painted")
    for _step in Ground.of(app, window, paths, settings).furnish():
        pass
    picture = window.grab().toImage()
    size = picture.width(), picture.height()
    places = ((x, y) for x in range(0, size[0], 4) for y in range(0, size[1], 4))
    colours = {picture.pixel(x, y) for x, y in places}
    need(len(colours) >= _LEAST_COLOURS, f"the window shows {len(colours)} colours only")
    window.close()
    window.deleteLater()
    return f"{size[0]} × {size[1]}, {len(colours)} colours"
