"""Editor for a boolean value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.input_row_painter import FieldFrame, InputRowPainter
from runcomfy_desktop.ui.input_tree.rows.row_layout import metrics_for
from runcomfy_desktop.ui.style.theme import colours

if TYPE_CHECKING:
    from runcomfy_desktop.domain.schema.schema import InputSpec


class CheckEditor(QAbstractButton):
    """Check box that looks like the one the tree paints at rest, for keyboard users."""

    edited = Signal()
    value_chosen = Signal()
    commits_while_typing = True

    def __init__(self, spec: InputSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self._spec = spec
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(lambda: self.value_chosen.emit())

    def value(self) -> bool:
        return self.isChecked()

    def set_value(self, value: object) -> None:
        self.setChecked(value is True)

    def begin(self) -> None:
        """Does nothing: no preparation is needed."""

    def sizeHint(self) -> QSize:
        return QSize(0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        row_painter = InputRowPainter(
            painter, colours(self.palette()), metrics_for(self.font().toString())
        )
        text = texts.boolean_text(self.isChecked(), self._spec)
        row_painter.draw_check(self.rect(), text, self.isChecked(), FieldFrame.EDITED)
        painter.end()
