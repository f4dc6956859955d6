"""An item view of our own for a tree of two levels whose rows have heights of their own.

Qt's tree view asks its delegate in Python for the height of every row, twice, at each opening and
again for one changed height; CONTRIBUTING has the figures. Its words are those of QTreeView.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QRegion
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QWidget

from runcomfy_desktop.ui.input_tree.row_heights import HEADER, RowHeights, RowPosition
from runcomfy_desktop.ui.style.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from PySide6.QtCore import QItemSelection
    from PySide6.QtGui import QPaintEvent, QShowEvent

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.inputs_model import Index, InputsModel

_CursorAction = QAbstractItemView.CursorAction
_ScrollHint = QAbstractItemView.ScrollHint


class RowHeightSource(Protocol):
    """What tells how high rows are, in logical pixels."""

    def prepare(self) -> None:
        """Comes before all rows are measured."""
        ...

    def header_height(self, header_row: int) -> int: ...

    def heights(self, header_row: int) -> list[int]:
        """The heights of a node's inputs."""
        ...

    def height(self, index: QModelIndex) -> int:
        """The height of one row."""
        ...


class RowTree(QAbstractItemView):
    """Shows an InputsModel: headers over the whole width, inputs in columns below them.

    Everything is unfolded after a reset. `expanded` and `collapsed` name a header that was
    unfolded or folded. `height_source` is set once, before the model.
    """

    expanded = Signal(QModelIndex)
    collapsed = Signal(QModelIndex)

    def __init__(self, model: InputsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.inputs = model
        self.height_source: RowHeightSource | None = None
        self._row_heights = RowHeights()
        self._column_widths: list[int] = []
        # Rows are measured when it is first asked where they are: a tree that is not on screen
        # yet will have another width then.
        self._is_stale = True
        self._collapsed_rows: set[int] = set()
        model.rowsRemoved.connect(lambda *_where: self.relayout())

    # Folding

    def is_expanded(self, index: QModelIndex) -> bool:
        header_row = self._header_row(index)
        return header_row >= 0 and not self._updated_heights().is_collapsed(header_row)

    def collapsed_rows(self) -> list[int]:
        """The places of the nodes that are folded."""
        row_heights = self._updated_heights()
        return [
            header_row
            for header_row in range(self.inputs.rowCount())
            if row_heights.is_collapsed(header_row)
        ]

    def set_expanded(self, index: QModelIndex, is_expanded: bool) -> None:
        header_row = self._header_row(index)
        if header_row < 0 or self.is_expanded(index) == is_expanded:
            return
        self._set_collapsed([header_row], is_collapsed=not is_expanded)
        (self.expanded if is_expanded else self.collapsed).emit(index)

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
        header_rows = range(self.inputs.rowCount())
        is_expanded = [
            self.inputs.node_id_at(header_row) in expanded_ids for header_row in header_rows
        ]
        self._set_each_collapsed(
            [header_row for header_row in header_rows if is_expanded[header_row]],
            is_collapsed=False,
        )
        self._set_each_collapsed(
            [header_row for header_row in header_rows if not is_expanded[header_row]],
            is_collapsed=True,
        )

    def collapse_silently(self, indexes: Iterable[QModelIndex]) -> None:
        """Folds headers without a signal for each."""
        header_rows = [
            header_row for header_row in map(self._header_row, indexes) if header_row >= 0
        ]
        if self._is_stale:
            self._collapsed_rows.update(header_rows)
        elif header_rows:
            self._set_collapsed(header_rows, is_collapsed=True)

    def _set_each_collapsed(self, candidates: Iterable[int], *, is_collapsed: bool) -> None:
        row_heights = self._updated_heights()
        header_rows = [
            header_row
            for header_row in candidates
            if row_heights.is_collapsed(header_row) != is_collapsed
        ]
        self._set_collapsed(header_rows, is_collapsed=is_collapsed)
        for header_row in header_rows:
            (self.collapsed if is_collapsed else self.expanded).emit(
                self.inputs.index(header_row, 0)
            )

    def _set_collapsed(self, header_rows: list[int], *, is_collapsed: bool) -> None:
        header = self.currentIndex().parent()
        self._updated_heights().set_collapsed(header_rows, is_collapsed=is_collapsed)
        if is_collapsed and header.isValid() and header.row() in header_rows:
            # The current row is never one that cannot be seen.
            selection = self.selectionModel()
            selection.setCurrentIndex(header, selection.SelectionFlag.NoUpdate)
        self.updateGeometries()
        self.viewport().update()

    # What is where

    def set_column_width(self, column: int, width: int) -> None:
        self._column_widths += [0] * (column + 1 - len(self._column_widths))
        if self._column_widths[column] != width:
            self._column_widths[column] = width
            self.viewport().update()

    def column_width(self, column: int) -> int:
        return self._column_widths[column] if column < len(self._column_widths) else 0

    def visualRect(self, index: Index) -> QRect:
        line = self._line(index)
        return QRect() if line < 0 else self._cell_rect(line, index.column())

    def row_rect(self, index: Index) -> QRect:
        """The whole row, in the viewport; empty when its node is folded."""
        line = self._line(index)
        return QRect() if line < 0 else self._line_rect(line)

    def indexAt(self, point: QPoint) -> QModelIndex:
        line = self._updated_heights().line_at(point.y() + self.verticalOffset())
        if line < 0 or not 0 <= point.x() < self.viewport().width():
            return QModelIndex()
        return self._index(line, self._column_at(point.x()))

    def content_height(self) -> int:
        """What it takes to show every row."""
        return self._updated_heights().total_height

    def index_below(self, index: QModelIndex) -> QModelIndex:
        return self._index_offset_by(index, 1)

    def index_above(self, index: QModelIndex) -> QModelIndex:
        return self._index_offset_by(index, -1)

    def visible_keys(self) -> set[InputKey]:
        """The inputs of which something can be seen."""
        found: set[InputKey] = set()
        index = self.indexAt(QPoint(0, 0))
        while index.isValid() and self.row_rect(index).top() < self.viewport().height():
            key = self.inputs.key_at(index)
            found.update(() if key is None else (key,))
            index = self.index_below(index)
        return found

    def is_current_row(self, index: Index) -> bool:
        """Whether the keyboard would be on this row if the tree had it."""
        current = self.currentIndex()
        return (
            current.isValid()
            and current.row() == index.row()
            and current.internalId() == index.internalId()
        )

    def isIndexHidden(self, index: Index) -> bool:
        return self._line(index) < 0

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion()

    def setSelection(self, rect: QRect, command: object) -> None:
        """What is selected is the business of whoever owns the tree."""

    def _index_offset_by(self, index: QModelIndex, step: int) -> QModelIndex:
        line = self._line(index)
        wanted = line + step
        exists = line >= 0 and 0 <= wanted < self._updated_heights().line_count
        return self._index(wanted, index.column()) if exists else QModelIndex()

    def _line(self, index: Index) -> int:
        return self._updated_heights().line(_position_of(index)) if index.isValid() else -1

    def _index(self, line: int, column: int) -> QModelIndex:
        header_row, row = self._updated_heights().position(line)
        header = self.inputs.index(header_row, 0)
        return header if row == HEADER else self.inputs.index(row, column, header)

    def _line_rect(self, line: int) -> QRect:
        top = self._row_heights.top(line) - self.verticalOffset()
        return QRect(0, top, self.viewport().width(), self._row_heights.height_of(line))

    def _cell_rect(self, line: int, column: int) -> QRect:
        row = self._line_rect(line)
        if self._row_heights.position(line)[1] == HEADER:
            return row
        left = sum(self._column_widths[:column])
        return QRect(left, row.top(), self.column_width(column), row.height())

    def _column_at(self, x: int) -> int:
        right = 0
        for column, width in enumerate(self._column_widths):
            right += width
            if x < right:
                return column
        return max(len(self._column_widths) - 1, 0)

    def _header_row(self, index: QModelIndex) -> int:
        is_header = index.isValid() and not index.parent().isValid()
        return index.row() if is_header else -1

    # Layout

    def _updated_heights(self) -> RowHeights:
        if self._is_stale and self.height_source is not None:
            self._is_stale = False
            count = self.inputs.rowCount()
            self.height_source.prepare()
            input_heights = [self.height_source.heights(header_row) for header_row in range(count)]
            header_heights = [
                self.height_source.header_height(header_row) for header_row in range(count)
            ]
            self._row_heights.fill(header_heights, input_heights, self._collapsed_rows)
        return self._row_heights

    def reset(self) -> None:
        self._is_stale = True
        self._collapsed_rows.clear()
        super().reset()

    def relayout(self) -> None:
        """Measures every row anew; folds stay."""
        if not self._is_stale:
            header_rows = range(self.inputs.rowCount())
            self._collapsed_rows = {
                header_row
                for header_row in header_rows
                if self._row_heights.is_collapsed(header_row)
            }
            self._is_stale = True
        self.updateGeometries()
        self.viewport().update()

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        super().rowsInserted(parent, start, end)
        self.relayout()

    def dataChanged(self, top_left: Index, bottom_right: Index, roles: object = ()) -> None:
        if not self._is_stale:
            self._remeasure(self.inputs.index(top_left.row(), 0, top_left.parent()))
        super().dataChanged(top_left, bottom_right, [])

    def _remeasure(self, index: QModelIndex) -> None:
        assert self.height_source is not None
        if self._row_heights.set_height(_position_of(index), self.height_source.height(index)):
            self.updateGeometries()
            # Qt paints the row anew, not those below it, which stand elsewhere now.
            self.viewport().update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.updateGeometries()

    def updateGeometries(self) -> None:
        if self._is_stale and not self.isVisible():
            return
        bar, view_height = self.verticalScrollBar(), self.viewport().height()
        bar.setSingleStep(max(6 * STEP, 1))
        bar.setPageStep(view_height)
        bar.setRange(0, max(0, self._updated_heights().total_height - view_height))
        super().updateGeometries()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(0, dy)

    def scrollTo(self, index: Index, hint: _ScrollHint = _ScrollHint.EnsureVisible) -> None:
        line = self._line(index)
        if line < 0 and index.parent().isValid():
            self.expand(index.parent())
            line = self._line(index)
        if line < 0:
            return
        bar, view_height = self.verticalScrollBar(), self.viewport().height()
        self.executeDelayedItemsLayout()
        top, height = self._row_heights.top(line), self._row_heights.height_of(line)
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
        current, last = self.currentIndex(), self._updated_heights().line_count - 1
        if last < 0:
            return QModelIndex()
        line = self._line(current)
        if line < 0:
            return self._index(0, 0)
        column = current.column()
        if action is _CursorAction.MoveLeft:
            return self._collapse_or_parent(current)
        if action is _CursorAction.MoveRight:
            return self._expand_or_child(current)
        wanted = self._target_line(action, line)
        return self._index(min(max(wanted, 0), last), column)

    def _target_line(self, action: _CursorAction, line: int) -> int:
        if action in (_CursorAction.MoveUp, _CursorAction.MovePrevious):
            return line - 1
        if action in (_CursorAction.MoveDown, _CursorAction.MoveNext):
            return line + 1
        if action is _CursorAction.MoveHome:
            return 0
        if action is _CursorAction.MoveEnd:
            return self._row_heights.line_count - 1
        view_height = self.viewport().height()
        delta = -view_height if action is _CursorAction.MovePageUp else view_height
        y = min(max(self._row_heights.top(line) + delta, 0), self._row_heights.total_height - 1)
        found = self._row_heights.line_at(y)
        return found if found != line else line + (1 if delta > 0 else -1)

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
        row_heights, painter = self._updated_heights(), QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        delegate, area = self.itemDelegate(), event.rect()
        line = row_heights.line_at(max(area.top() + self.verticalOffset(), 0))
        while 0 <= line < row_heights.line_count and self._line_rect(line).top() <= area.bottom():
            is_header = row_heights.position(line)[1] == HEADER
            for column in range(1 if is_header else len(self._column_widths)):
                option.rect = self._cell_rect(line, column)
                if option.rect.intersects(area):
                    delegate.paint(painter, option, self._index(line, column))
            line += 1
        painter.end()


def _position_of(index: Index) -> RowPosition:
    header = index.parent()
    return (header.row(), index.row()) if header.isValid() else (index.row(), HEADER)
