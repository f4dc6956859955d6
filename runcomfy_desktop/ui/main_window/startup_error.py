"""Message box for a failed start, for users who started the program without a terminal."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from runcomfy_desktop import APP_NAME


def startup_error_box(text: str) -> QMessageBox:
    """Returns a box with the reason, as the program's only window; show it with `open()`."""
    box = QMessageBox(QMessageBox.Icon.Warning, APP_NAME, text, QMessageBox.StandardButton.Close)
    box.setObjectName("no_start")
    # The text contains folder names, which may look like markup.
    box.setTextFormat(Qt.TextFormat.PlainText)
    return box
