"""What is wrong with a picture, in two lines at most, in the colour of the theme that is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.fault_look import severity
from runcomfy_desktop.ui.inputs.layout import ARROW, WARNING_LINES
from runcomfy_desktop.ui.inputs.layout_text import text_block
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.fault import Fault

_ICON = 3 * STEP + 2


class FaultLabel(QLabel):
    """Plain text with the sign of how bad it is; always as high as two lines, so that nothing
    jumps."""

    def __init__(self, parent: QWidget, *, object_name: str) -> None:
        super().__init__(parent)
        self._severity = "error"
        self.setObjectName(object_name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def say(self, fault: Fault | None) -> None:
        text = "" if fault is None else fault.text
        self._severity = "error" if fault is None else severity(fault)
        self.setText(text)
        self.setToolTip(tooltip(text))
        self.setAccessibleName("" if fault is None else texts.fault_text(fault))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(20 * STEP, WARNING_LINES * self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = getattr(colours(self.palette()), self._severity)
        painter = QPainter(self)
        line = self.fontMetrics().height()
        mark = QRect(0, (line - _ICON) // 2, _ICON, _ICON)
        icons.icon(self._severity, colour).paint(painter, mark)
        width = self.width() - ARROW
        block = text_block(self.text(), self.font().toString(), width, WARNING_LINES)
        block.draw(painter, ARROW, 0, colour)
        painter.end()
