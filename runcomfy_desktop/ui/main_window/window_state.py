"""WindowState: where the window was and how its docks lay, kept in an INI file of its own.

The one place of the program that uses QSettings. What a user sets is in
`core/base/preferences.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, QSize

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QMainWindow

DEFAULT_SIZE = QSize(1440, 900)
# A window's frame, which nobody can measure before it is there.
_FRAME_SIZE = QSize(16, 48)
# Raise it when docks or toolbars change their names: older layouts are then left alone.
LAYOUT_VERSION = 1


class WindowState:
    """Reads and writes `file`; a missing or unreadable one means the usual layout."""

    def __init__(self, file: Path) -> None:
        self._settings = QSettings(str(file), QSettings.Format.IniFormat)

    def restore_geometry(self, window: QMainWindow) -> bool:
        """Puts the window where it was; false when there was no place that fits."""
        geometry = self.value("geometry")
        return not geometry.isEmpty() and window.restoreGeometry(geometry)

    def restore_layout(self, window: QMainWindow) -> bool:
        """Puts its docks where they were, once they are there; false when nothing fits."""
        layout = self.value("layout")
        return not layout.isEmpty() and window.restoreState(layout, LAYOUT_VERSION)

    def save(self, window: QMainWindow, *, with_layout: bool = True) -> None:
        """`with_layout` is false for a window whose docks are not there yet: what is kept of
        them stays as it is."""
        self.set_value("geometry", window.saveGeometry())
        if with_layout:
            self.set_value("layout", window.saveState(LAYOUT_VERSION))
        # Written now: a value that was not synced is lost at a hard exit.
        self._settings.sync()

    def value(self, name: str) -> QByteArray:
        """A stored state by name, empty when there is none; for columns and splitters, too."""
        value = self._settings.value(f"window/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_value(self, name: str, state: QByteArray) -> None:
        self._settings.setValue(f"window/{name}", state)


def initial_size(available: QSize) -> QSize:
    """Returns the size of the first window inside its frame, on a screen with `available` room."""
    return DEFAULT_SIZE.boundedTo(available - _FRAME_SIZE)
