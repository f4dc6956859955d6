"""A calm line about what happens anyway: muted, with the sign for information, never a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent

from runcomfy_desktop.ui.input_tree.row_layout import ARROW_WIDTH
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_ICON_SIZE = 3 * STEP + 2


class InfoLabel(ElidedLabel):
    """The colour of the sign, too, is looked up at each painting."""

    def __init__(self, parent: QWidget, *, object_name: str) -> None:
        super().__init__(parent=parent, object_name=object_name)
        self.set_role("muted")

    def sizeHint(self) -> QSize:
        return super().sizeHint() + QSize(ARROW_WIDTH, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = colours(self.palette()).muted
        painter = QPainter(self)
        painter.setPen(QColor(colour))
        icon_rect = QRect(0, (self.height() - _ICON_SIZE) // 2, _ICON_SIZE, _ICON_SIZE)
        icons.icon("info", colour).paint(painter, icon_rect)
        text_rect = self.rect().adjusted(ARROW_WIDTH, 0, 0, 0)
        mode = Qt.TextElideMode.ElideRight
        shown = self.fontMetrics().elidedText(self.text(), mode, text_rect.width())
        flags = self.alignment() | Qt.TextFlag.TextSingleLine
        painter.drawText(text_rect, int(flags), shown)
        painter.end()
