"""Rows of the essentials: as high as their content, reordered by keys and by dragging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QApplication, QSizePolicy

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.row_measurer import PinnedRowMeasurer
from runcomfy_desktop.ui.input_tree.view import InputsView
from runcomfy_desktop.ui.style.theme import STEP, colours

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.base.session_scope import SessionScope
    from runcomfy_desktop.ui.input_tree.graph_navigation import GraphNavigation
    from runcomfy_desktop.ui.pins.pins_model import PinsModel

_DROP_LINE_HEIGHT = 2
_MIN_HEIGHT = 20 * STEP
_CursorAction = QAbstractItemView.CursorAction
_MOVE_KEYS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class PinnedView(InputsView):
    """Rows of the essentials, below a header that only a screen reader knows.

    Emits `move_requested` with an input and its new place among the visible pins.
    """

    move_requested = Signal(object, int)
    max_name_width = 44 * STEP

    def __init__(
        self,
        scope: SessionScope,
        model: PinsModel,
        parent: QWidget,
        navigation: GraphNavigation,
    ) -> None:
        # Set before the base class measures rows.
        self.max_height = 0
        """Maximum height, set by the form."""
        self._content_height = 0
        super().__init__(scope, model, parent, navigation)
        self.pins_model = model
        self._dragged_key: InputKey | None = None
        self._drag_start = QPoint()
        self._drop_row = -1
        self.laid_out.connect(self._fit)

    def _build(self) -> None:
        super()._build()
        self.setObjectName("pinned_tree")
        self.setAccessibleName(_("Essentials"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def _create_row_measurer(self) -> PinnedRowMeasurer:
        return PinnedRowMeasurer(self.inputs, self.delegate, self.max_row_height)

    def max_row_height(self) -> int:
        # The form grows with the typed text.
        return max(self.max_height, super().max_row_height())

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._content_height)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), min(self._content_height, _MIN_HEIGHT))

    def _fit(self) -> None:
        """Requests the height of the rows, so that what is below the view follows them."""
        height = self.row_geometry.content_height
        if height != self._content_height:
            self._content_height = height
            self.updateGeometry()

    def moveCursor(self, action: _CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Moves from row to row; the header cannot be current."""
        index = super().moveCursor(action, modifiers)
        if not index.isValid() or index.parent().isValid():
            return index
        current = self.currentIndex()
        return current if action is _CursorAction.MoveLeft else self._row_index(0)

    # Keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._dragged_key is not None:
            self._end_drag()
            return
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key = self.pins_model.key_at(self.currentIndex())
        step = _MOVE_KEYS.get(Qt.Key(event.key()), 0)
        if modifiers == Qt.KeyboardModifier.AltModifier and key is not None and step:
            self.move_requested.emit(key, self.pins_model.keys.index(key) + step)
            return
        super().keyPressEvent(event)

    # Dragging a row by its name

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        at = event.position().toPoint()
        index = self.indexAt(at)
        is_name = index.isValid() and index.column() == InputColumn.NAME
        self._drag_start, self._drop_row = at, -1
        is_left = event.button() is Qt.MouseButton.LeftButton
        self._dragged_key = self.pins_model.key_at(index) if is_name and is_left else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._dragged_key is None:
            super().mouseMoveEvent(event)
            return
        is_far = (at - self._drag_start).manhattanLength() >= QApplication.startDragDistance()
        if self._drop_row >= 0 or is_far:
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self.scroll_near_edge(at)
            self._drop_row = self._drop_row_at(at)
            self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        key, drop_row = self._dragged_key, self._drop_row
        self._end_drag()
        if key is None or drop_row < 0:
            super().mouseReleaseEvent(event)
            return
        here = self.pins_model.keys.index(key) if key in self.pins_model.keys else -1
        # A row that moves down is first removed above the gap, which so moves up by one.
        drop_row -= drop_row > here
        if here not in (-1, drop_row):
            self.move_requested.emit(key, drop_row)

    def _end_drag(self) -> None:
        self._dragged_key, self._drop_row = None, -1
        self.viewport().unsetCursor()
        self.viewport().update()

    def _drop_row_at(self, at: QPoint) -> int:
        """Returns the gap between rows at a position, as the number of rows above the gap."""
        rows = [self.row_rect(self._row_index(row)) for row in range(len(self.pins_model.keys))]
        return sum(rect.center().y() < at.y() for rect in rows)

    def _row_index(self, row: int) -> QModelIndex:
        return self.pins_model.index(row, InputColumn.NAME, self.pins_model.index(0, 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._drop_row >= 0:
            painter = QPainter(self.viewport())
            painter.fillRect(self._drop_line(), QColor(colours(self.palette()).accent))
            painter.end()

    def _drop_line(self) -> QRect:
        """Returns the line that marks the row's new place."""
        last = len(self.pins_model.keys) - 1
        rect = self.row_rect(self._row_index(min(self._drop_row, last)))
        y = rect.top() if self._drop_row <= last else rect.bottom() - _DROP_LINE_HEIGHT + 1
        return QRect(2 * STEP, y, self.viewport().width() - 4 * STEP, _DROP_LINE_HEIGHT)
