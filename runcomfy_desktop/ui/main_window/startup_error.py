"""Says why there will be no window: whoever started the program by its icon sees no terminal."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from runcomfy_desktop import APP_NAME


def startup_error_box(text: str) -> QMessageBox:
    """A box with the reason, which is the program's only window; show it with `open()`."""
    box = QMessageBox(QMessageBox.Icon.Warning, APP_NAME, text, QMessageBox.StandardButton.Close)
    box.setObjectName("no_start")
    # It names folders, which may be called anything.
    box.setTextFormat(Qt.TextFormat.PlainText)
    return box
