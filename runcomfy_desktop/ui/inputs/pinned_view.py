"""The tree of the pinned inputs: as high as they are, and put in order by keys and by dragging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.inputs.measure import FormMeasure
from runcomfy_desktop.ui.inputs.view import InputsView
from runcomfy_desktop.ui.models.inputs import Column
from runcomfy_desktop.ui.theme import STEP, colours

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.inputs.ways import Ways
    from runcomfy_desktop.ui.models.pins import PinsModel

_LINE = 2
_UP_DOWN = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class PinnedView(InputsView):
    """`moved` wants a pin at another place among those that are shown."""

    moved = Signal(object, int)

    def __init__(self, model: PinsModel, parent: QWidget, ways: Ways) -> None:
        super().__init__(model, parent, ways)
        self.form = model
        self.wanted, self.most = 0, 0
        """The height that it would have, and the height that it may have; set by the form."""
        self._dragged: InputKey | None = None
        self._from = QPoint()
        self._goal = -1
        # The tree of all inputs says what happens to them; twice would be once too often.
        self.access.is_quiet = True

    def _build(self) -> None:
        super()._build()
        self.setObjectName("pinned_tree")
        self.setAccessibleName(_("Pinned inputs"))

    def _made_measure(self) -> FormMeasure:
        return FormMeasure(self.inputs, self.delegate, self.room)

    def room(self) -> int:
        # The form grows with what is typed in it.
        return max(self.most, super().room())

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.wanted)

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._dragged is not None:
            self._let_go()
            return
        keys = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key = self.form.key_at(self.currentIndex())
        way = _UP_DOWN.get(Qt.Key(event.key()), 0)
        if keys == Qt.KeyboardModifier.AltModifier and key is not None and way:
            self.moved.emit(key, self.form.keys.index(key) + way)
            return
        super().keyPressEvent(event)

    # A row is dragged by its name

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        at = event.position().toPoint()
        index = self.indexAt(at)
        is_name = index.isValid() and index.column() == Column.NAME
        self._from, self._goal = at, -1
        is_left = event.button() is Qt.MouseButton.LeftButton
        self._dragged = self.form.key_at(index) if is_name and is_left else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._dragged is None:
            super().mouseMoveEvent(event)
            return
        is_far = (at - self._from).manhattanLength() >= QApplication.startDragDistance()
        if self._goal >= 0 or is_far:
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self._scroll_near_edge(at)
            self._goal = self._gap_at(at)
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        key, goal = self._dragged, self._goal
        self._let_go()
        if key is None or goal < 0:
            super().mouseReleaseEvent(event)
            return
        here = self.form.keys.index(key) if key in self.form.keys else -1
        # The row itself is gone from above a gap that lies below it.
        goal -= goal > here
        if here not in (-1, goal):
            self.moved.emit(key, goal)

    def _let_go(self) -> None:
        self._dragged, self._goal = None, -1
        self.viewport().unsetCursor()
        self.viewport().update()

    def _gap_at(self, at: QPoint) -> int:
        """Between which rows a place is: how many stand above it."""
        rows = [self.row_rect(self._row_at(row)) for row in range(len(self.form.keys))]
        return sum(rect.center().y() < at.y() for rect in rows)

    def _row_at(self, row: int) -> QModelIndex:
        return self.form.index(row, Column.NAME, self.form.index(0, 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._goal >= 0:
            painter = QPainter(self.viewport())
            painter.fillRect(self._goal_line(), QColor(colours(self.palette()).accent))
            painter.end()

    def _goal_line(self) -> QRect:
        """Where the row would go."""
        last = len(self.form.keys) - 1
        rect = self.row_rect(self._row_at(min(self._goal, last)))
        y = rect.top() if self._goal <= last else rect.bottom() - _LINE + 1
        return QRect(2 * STEP, y, self.viewport().width() - 4 * STEP, _LINE)
