"""WindowState: where the window was and how its docks lay, kept in an INI file of its own.

The one place of the program that uses QSettings; what a person sets is in core/preferences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QMainWindow

# Raise it when docks or toolbars change their names: older layouts are then left alone.
LAYOUT_VERSION = 1


class WindowState:
    """Reads and writes `file`; a missing or unreadable one means the usual layout."""

    def __init__(self, file: Path) -> None:
        self._settings = QSettings(str(file), QSettings.Format.IniFormat)

    def restore(self, window: QMainWindow) -> bool:
        """Puts the window back; false when there was nothing that fits."""
        geometry = self.value("geometry")
        if geometry.isEmpty() or not window.restoreGeometry(geometry):
            return False
        return window.restoreState(self.value("layout"), LAYOUT_VERSION)

    def save(self, window: QMainWindow) -> None:
        self.set_value("geometry", window.saveGeometry())
        self.set_value("layout", window.saveState(LAYOUT_VERSION))
        # Written now: a value that was not synced is lost at a hard exit.
        self._settings.sync()

    def value(self, name: str) -> QByteArray:
        """A stored state by name, empty when there is none; for columns and splitters, too."""
        value = self._settings.value(f"window/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_value(self, name: str, state: QByteArray) -> None:
        self._settings.setValue(f"window/{name}", state)
