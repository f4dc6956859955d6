"""A calm line about what happens anyway: muted, with the sign for information, never a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent

from runcomfy_desktop.ui import icons
from runcomfy_desktop.ui.inputs.layout import ARROW
from runcomfy_desktop.ui.theme import STEP, colours
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_ICON = 3 * STEP + 2


class NoteLabel(ElidedLabel):
    """The colour of the sign, too, is looked up at each painting."""

    def __init__(self, parent: QWidget, *, object_name: str) -> None:
        super().__init__(parent=parent, object_name=object_name)
        self.set_role("muted")

    def sizeHint(self) -> QSize:
        return super().sizeHint() + QSize(ARROW, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = colours(self.palette()).muted
        painter = QPainter(self)
        painter.setPen(QColor(colour))
        mark = QRect(0, (self.height() - _ICON) // 2, _ICON, _ICON)
        icons.icon("info", colour).paint(painter, mark)
        place = self.rect().adjusted(ARROW, 0, 0, 0)
        mode = Qt.TextElideMode.ElideRight
        shown = self.fontMetrics().elidedText(self.text(), mode, place.width())
        flags = self.alignment() | Qt.TextFlag.TextSingleLine
        painter.drawText(place, int(flags), shown)
        painter.end()
