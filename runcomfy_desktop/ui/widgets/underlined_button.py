"""Button that looks like a word in a sentence, for the small commands in a media field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy

from runcomfy_desktop.ui.style.theme import STEP, colours

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class UnderlinedButton(QPushButton):
    """Button that looks like a word in a sentence: underlined, and framed when focused."""

    def __init__(self, text: str, name: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setObjectName(name)
        self.setFlat(True)
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return self.fontMetrics().size(0, self.text()) + QSize(2 * STEP, STEP)

    def paintEvent(self, event: QPaintEvent) -> None:
        roles = colours(self.palette())
        painter = QPainter(self)
        font = self.font()
        font.setUnderline(True)
        painter.setFont(font)
        is_hot = self.underMouse() or self.hasFocus() or self.isDown()
        painter.setPen(QColor(roles.accent if is_hot else roles.text))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QColor(roles.accent))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.end()
