"""Thin separator line between two parts of a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from runcomfy_desktop.ui.style.theme import colours

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent


class SeparatorLine(QWidget):
    """Line of one pixel in the current theme's line colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(colours(self.palette()).line))
