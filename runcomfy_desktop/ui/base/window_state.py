"""Position of the window and layout of its docks, stored in a separate INI file.

Only this module uses QSettings. The user's settings are in `core/base/preferences.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, QSize

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QMainWindow

DEFAULT_SIZE = QSize(1440, 900)
# Size of a window frame, which cannot be measured before the window is shown.
_FRAME_SIZE = QSize(16, 48)
# Increase it when docks or toolbars change their names, so that older layouts are ignored.
LAYOUT_VERSION = 1


class WindowState:
    """Stores the window's state in `file`; if it is missing or unreadable, defaults are used."""

    def __init__(self, file: Path) -> None:
        self._settings = QSettings(str(file), QSettings.Format.IniFormat)

    def restore_geometry(self, window: QMainWindow) -> bool:
        """Restores the window's position; returns False if none is stored or it does not fit."""
        geometry = self.value("geometry")
        return not geometry.isEmpty() and window.restoreGeometry(geometry)

    def restore_layout(self, window: QMainWindow) -> bool:
        """Restores the docks, which must exist; returns False if no stored layout fits."""
        layout = self.value("layout")
        return not layout.isEmpty() and window.restoreState(layout, LAYOUT_VERSION)

    def save(self, window: QMainWindow, *, with_layout: bool = True) -> None:
        """Saves position and layout.

        `with_layout` is False for a window without docks: the stored layout is kept then.
        """
        self.set_value("geometry", window.saveGeometry())
        if with_layout:
            self.set_value("layout", window.saveState(LAYOUT_VERSION))
        # Written now: a value that was not synced is lost at a hard exit.
        self._settings.sync()

    def value(self, name: str) -> QByteArray:
        """Returns a stored state by name, empty if there is none.

        Columns and splitters are stored here as well.
        """
        value = self._settings.value(f"window/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_value(self, name: str, state: QByteArray) -> None:
        self._settings.setValue(f"window/{name}", state)


def initial_size(available: QSize) -> QSize:
    """Returns the window's initial size without its frame, for a screen with `available` space."""
    return DEFAULT_SIZE.boundedTo(available - _FRAME_SIZE)
