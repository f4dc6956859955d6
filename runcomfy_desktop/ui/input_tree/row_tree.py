"""An item view of our own for a tree of two levels whose rows have heights of their own.

Qt's tree view asks its delegate in Python for the height of every row, twice, at each opening and
again for one changed height; CONTRIBUTING has the figures. Its words are those of QTreeView.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QRegion
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QWidget

from runcomfy_desktop.ui.input_tree.row_geometry import RowGeometry, header_row_of, is_same_row
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from PySide6.QtCore import QItemSelection
    from PySide6.QtGui import QPaintEvent, QShowEvent

    from runcomfy_desktop.ui.input_tree.inputs_model import Index, InputsModel

_CursorAction = QAbstractItemView.CursorAction
_ScrollHint = QAbstractItemView.ScrollHint


class RowTree(QAbstractItemView):
    """Shows an InputsModel: headers over the whole width, inputs in columns below them.

    `expanded` and `collapsed` name a header that was unfolded or folded.
    """

    expanded = Signal(QModelIndex)
    collapsed = Signal(QModelIndex)

    def __init__(self, model: InputsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.inputs = model
        self.row_geometry = RowGeometry(model)
        model.rowsRemoved.connect(lambda *_where: self.relayout())

    # Folding

    def is_expanded(self, index: QModelIndex) -> bool:
        return self.row_geometry.is_expanded(index)

    def set_expanded(self, index: QModelIndex, is_expanded: bool) -> None:
        header_row = header_row_of(index)
        if header_row >= 0 and self.is_expanded(index) != is_expanded:
            self._set_each_collapsed([header_row], is_collapsed=not is_expanded)

    def expand(self, index: QModelIndex) -> None:
        self.set_expanded(index, True)

    def collapse(self, index: QModelIndex) -> None:
        self.set_expanded(index, False)

    def expand_all(self) -> None:
        self._set_each_collapsed(range(self.inputs.rowCount()), is_collapsed=False)

    def collapse_all(self) -> None:
        self._set_each_collapsed(range(self.inputs.rowCount()), is_collapsed=True)

    def collapse_others(self, expanded_ids: Collection[str]) -> None:
        """Folds all nodes but some, and unfolds those."""
        expanded: list[int] = []
        others: list[int] = []
        for header_row in range(self.inputs.rowCount()):
            is_expanded = self.inputs.node_id_at(header_row) in expanded_ids
            (expanded if is_expanded else others).append(header_row)
        self._set_each_collapsed(expanded, is_collapsed=False)
        self._set_each_collapsed(others, is_collapsed=True)

    def collapse_silently(self, indexes: Iterable[QModelIndex]) -> None:
        """Folds headers without a signal for each."""
        header_rows = [row for row in map(header_row_of, indexes) if row >= 0]
        if self.row_geometry.is_stale:
            self.row_geometry.collapse_when_measured(header_rows)
        elif header_rows:
            self._set_collapsed(header_rows, is_collapsed=True)

    def _set_each_collapsed(self, candidates: Iterable[int], *, is_collapsed: bool) -> None:
        header_rows = [
            header_row
            for header_row in candidates
            if self.row_geometry.is_collapsed(header_row) != is_collapsed
        ]
        self._set_collapsed(header_rows, is_collapsed=is_collapsed)
        signal = self.collapsed if is_collapsed else self.expanded
        for header_row in header_rows:
            signal.emit(self.inputs.index(header_row, 0))

    def _set_collapsed(self, header_rows: list[int], *, is_collapsed: bool) -> None:
        header = self.currentIndex().parent()
        self.row_geometry.set_collapsed(header_rows, is_collapsed=is_collapsed)
        if is_collapsed and header.isValid() and header.row() in header_rows:
            # The current row is never one that cannot be seen.
            selection = self.selectionModel()
            selection.setCurrentIndex(header, selection.SelectionFlag.NoUpdate)
        self.updateGeometries()
        self.viewport().update()

    # Rows in the viewport

    def visualRect(self, index: Index) -> QRect:
        return self._in_viewport(self.row_geometry.cell_rect(index, self.viewport().width()))

    def row_rect(self, index: Index) -> QRect:
        """The whole row, in the viewport; empty when its node is folded."""
        return self._in_viewport(self.row_geometry.row_rect(index, self.viewport().width()))

    def _in_viewport(self, rect: QRect) -> QRect:
        return rect if rect.isNull() else rect.translated(0, -self.verticalOffset())

    def indexAt(self, point: QPoint) -> QModelIndex:
        if not 0 <= point.x() < self.viewport().width():
            return QModelIndex()
        return self.row_geometry.index_at(point + QPoint(0, self.verticalOffset()))

    def is_current_row(self, index: Index) -> bool:
        """Whether the keyboard would be on this row if the tree had it."""
        return is_same_row(self.currentIndex(), index)

    def isIndexHidden(self, index: Index) -> bool:
        return self.row_geometry.line_of(index) < 0

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion()

    def setSelection(self, rect: QRect, command: object) -> None:
        """What is selected is the business of whoever owns the tree."""

    # Layout

    def reset(self) -> None:
        self.row_geometry.reset()
        super().reset()

    def relayout(self) -> None:
        """Measures every row anew; folds stay."""
        self.row_geometry.invalidate()
        self.updateGeometries()
        self.viewport().update()

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        super().rowsInserted(parent, start, end)
        self.relayout()

    def dataChanged(self, top_left: Index, bottom_right: Index, roles: object = ()) -> None:
        row = self.inputs.index(top_left.row(), 0, top_left.parent())
        if self.row_geometry.remeasure(row):
            self.updateGeometries()
            # Qt paints the row anew, not those below it, which stand elsewhere now.
            self.viewport().update()
        super().dataChanged(top_left, bottom_right, [])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.updateGeometries()

    def updateGeometries(self) -> None:
        if self.row_geometry.is_stale and not self.isVisible():
            return
        bar, view_height = self.verticalScrollBar(), self.viewport().height()
        bar.setSingleStep(max(6 * STEP, 1))
        bar.setPageStep(view_height)
        bar.setRange(0, max(0, self.row_geometry.content_height - view_height))
        super().updateGeometries()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(0, dy)

    def scrollTo(self, index: Index, hint: _ScrollHint = _ScrollHint.EnsureVisible) -> None:
        if self.isIndexHidden(index) and index.parent().isValid():
            self.expand(index.parent())
        if self.isIndexHidden(index):
            return
        bar, view_height = self.verticalScrollBar(), self.viewport().height()
        self.executeDelayedItemsLayout()
        row = self.row_geometry.row_rect(index, 0)
        top, height = row.top(), row.height()
        if hint is _ScrollHint.PositionAtTop:
            bar.setValue(top)
        elif hint is _ScrollHint.PositionAtBottom:
            bar.setValue(top + height - view_height)
        elif hint is _ScrollHint.PositionAtCenter:
            bar.setValue(top - max(0, view_height - height) // 2)
        elif top < bar.value() or height > view_height:
            bar.setValue(top)
        elif top + height > bar.value() + view_height:
            bar.setValue(top + height - view_height)

    # Keyboard

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        for index in (current, previous):
            # Qt paints one cell anew; the whole row shows where the keyboard is.
            self.viewport().update(self.row_rect(index))

    def moveCursor(self, action: _CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        current, last = self.currentIndex(), self.row_geometry.line_count - 1
        if last < 0:
            return QModelIndex()
        line = self.row_geometry.line_of(current)
        if line < 0:
            return self.row_geometry.index_of_line(0, 0)
        if action is _CursorAction.MoveLeft:
            return self._collapse_or_parent(current)
        if action is _CursorAction.MoveRight:
            return self._expand_or_child(current)
        wanted = self._target_line(action, line)
        return self.row_geometry.index_of_line(min(max(wanted, 0), last), current.column())

    def _target_line(self, action: _CursorAction, line: int) -> int:
        if action in (_CursorAction.MoveUp, _CursorAction.MovePrevious):
            return line - 1
        if action in (_CursorAction.MoveDown, _CursorAction.MoveNext):
            return line + 1
        if action is _CursorAction.MoveHome:
            return 0
        if action is _CursorAction.MoveEnd:
            return self.row_geometry.line_count - 1
        page = self.viewport().height()
        delta = -page if action is _CursorAction.MovePageUp else page
        return self.row_geometry.line_one_page_away(line, delta)

    def _collapse_or_parent(self, current: QModelIndex) -> QModelIndex:
        header = current.parent()
        if header.isValid():
            return header
        self.collapse(current)
        return current

    def _expand_or_child(self, current: QModelIndex) -> QModelIndex:
        if current.parent().isValid():
            return current
        if self.is_expanded(current) and self.inputs.rowCount(current) > 0:
            return self.inputs.index(0, 0, current)
        self.expand(current)
        return current

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        offset, width = self.verticalOffset(), self.viewport().width()
        cells = self.row_geometry.cells_in(event.rect().translated(0, offset), width)
        painter, option = QPainter(self.viewport()), QStyleOptionViewItem()
        self.initViewItemOption(option)
        delegate = self.itemDelegate()
        for index, rect in cells:
            option.rect = rect.translated(0, -offset)
            delegate.paint(painter, option, index)
        painter.end()
