"""What is wrong with a picture, in two lines at most, in the colour of the theme that is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from runcomfy_desktop.ui.input_tree import texts
from runcomfy_desktop.ui.input_tree.issue_layout import severity
from runcomfy_desktop.ui.input_tree.row_layout import ARROW_WIDTH, ISSUE_LINES
from runcomfy_desktop.ui.input_tree.text_block import text_block
from runcomfy_desktop.ui.style import icons
from runcomfy_desktop.ui.style.theme import STEP, colours
from runcomfy_desktop.ui.widgets.labels import tooltip

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.validation.input_issue import InputIssue

_ICON_SIZE = 3 * STEP + 2


class IssueLabel(QLabel):
    """Plain text with the sign of how bad it is; always as high as two lines, so that nothing
    jumps."""

    def __init__(self, parent: QWidget, *, object_name: str) -> None:
        super().__init__(parent)
        self._severity = "error"
        self.setObjectName(object_name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_issue(self, issue: InputIssue | None) -> None:
        text = "" if issue is None else issue.text
        self._severity = "error" if issue is None else severity(issue)
        self.setText(text)
        self.setToolTip(tooltip(text))
        self.setAccessibleName("" if issue is None else texts.issue_text(issue))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(20 * STEP, ISSUE_LINES * self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        colour = getattr(colours(self.palette()), self._severity)
        painter = QPainter(self)
        line = self.fontMetrics().height()
        icon_rect = QRect(0, (line - _ICON_SIZE) // 2, _ICON_SIZE, _ICON_SIZE)
        icons.icon(self._severity, colour).paint(painter, icon_rect)
        width = self.width() - ARROW_WIDTH
        block = text_block(self.text(), self.font().toString(), width, ISSUE_LINES)
        block.draw(painter, ARROW_WIDTH, 0, colour)
        painter.end()
