"""Positions of the tree's rows: heights as prefix sums, so that thousands of rows cost little.

A *line* is a row that can be scrolled to, counted from the top: a node's header, or one of its
inputs while the node is unfolded. A *position* is `(header_row, row)`: the row of the node's header
in the model and the row of the input below it, or -1 for the header. Sizes are logical pixels.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol, TypeAlias

from PySide6.QtCore import QModelIndex, QPoint, QRect
from PySide6.QtWidgets import QAbstractItemView

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from runcomfy_desktop.domain.workflow.workflow import InputKey
    from runcomfy_desktop.ui.input_tree.inputs_model import Index, InputsModel

HEADER = -1
RowPosition: TypeAlias = "tuple[int, int]"
_CursorAction = QAbstractItemView.CursorAction
_ScrollHint = QAbstractItemView.ScrollHint


class RowHeightSource(Protocol):
    """Source of row heights."""

    def prepare(self) -> None:
        """Prepares the source; must be called before all rows are measured."""
        ...

    def header_height(self, header_row: int) -> int: ...

    def heights(self, header_row: int) -> list[int]:
        """Returns the heights of a node's inputs."""
        ...

    def height(self, index: QModelIndex) -> int:
        """Returns the height of one row."""
        ...


class RowHeights:
    """Heights of all rows and the folded nodes; everything else is derived from them.

    Changing one height costs one pass over the sums after it, folding a node one pass over all
    sums: well under a millisecond for ten thousand rows.
    """

    def __init__(self) -> None:
        self._header_heights: list[int] = []
        self._input_heights: list[list[int]] = []
        self._collapsed_rows: set[int] = set()
        self._first_lines: list[int] = [0]
        self._tops: list[int] = [0]

    def fill(
        self,
        header_heights: Sequence[int],
        input_heights: Sequence[list[int]],
        collapsed_rows: Collection[int],
    ) -> None:
        """Replaces the headers' heights, the heights of all inputs, and the folded nodes."""
        self._header_heights = list(header_heights)
        self._input_heights = list(input_heights)
        self._collapsed_rows = set(collapsed_rows)
        self._recompute()

    @property
    def line_count(self) -> int:
        """Number of lines."""
        return len(self._tops) - 1

    @property
    def total_height(self) -> int:
        """Height of all lines together."""
        return self._tops[-1]

    def is_collapsed(self, header_row: int) -> bool:
        return header_row in self._collapsed_rows

    def set_collapsed(self, header_rows: Collection[int], *, is_collapsed: bool) -> None:
        if is_collapsed:
            self._collapsed_rows.update(header_rows)
        else:
            self._collapsed_rows.difference_update(header_rows)
        self._recompute()

    def position(self, line: int) -> RowPosition:
        header_row = bisect_right(self._first_lines, line) - 1
        return header_row, line - self._first_lines[header_row] - 1

    def line(self, position: RowPosition) -> int:
        """Returns the line of a row; -1 if its node is folded or there is no such row."""
        header_row, row = position
        if not 0 <= header_row < len(self._input_heights):
            return -1
        if row == HEADER:
            return self._first_lines[header_row]
        is_visible = (
            0 <= row < len(self._input_heights[header_row])
            and header_row not in self._collapsed_rows
        )
        return self._first_lines[header_row] + 1 + row if is_visible else -1

    def top(self, line: int) -> int:
        return self._tops[line]

    def height_of(self, line: int) -> int:
        return self._tops[line + 1] - self._tops[line]

    def line_at(self, y: int) -> int:
        """Returns the line at the vertical position `y`; -1 if there is none."""
        if not 0 <= y < self.total_height:
            return -1
        return bisect_right(self._tops, y) - 1

    def set_height(self, position: RowPosition, height: int) -> bool:
        """Sets a row's height; returns True if it has changed."""
        header_row, row = position
        heights, index = (
            (self._header_heights, header_row)
            if row == HEADER
            else (self._input_heights[header_row], row)
        )
        if heights[index] == height:
            return False
        heights[index] = height
        line = self.line(position)
        if line >= 0:
            change = height - self.height_of(line)
            self._tops[line + 1 :] = [top + change for top in self._tops[line + 1 :]]
        return True

    def _recompute(self) -> None:
        heights: list[int] = []
        self._first_lines = []
        for header_row, input_heights in enumerate(self._input_heights):
            self._first_lines.append(len(heights))
            heights.append(self._header_heights[header_row])
            if header_row not in self._collapsed_rows:
                heights += input_heights
        self._tops = list(accumulate(heights, initial=0))
        if not self._first_lines:
            self._first_lines = [0]


class RowGeometry:
    """Rectangles of an InputsModel's rows, from their heights, the folded nodes and the columns.

    Rectangles are in content coordinates: the first row is at the top, whatever the scroll
    position. `width` is that of a whole row. Everything is unfolded after a reset. `height_source`
    is set once, before a view shows the model.
    """

    def __init__(self, model: InputsModel) -> None:
        self._model = model
        self.height_source: RowHeightSource | None = None
        self._row_heights = RowHeights()
        self._column_widths: list[int] = []
        # Rows are measured on first use: a tree that is not on screen yet will have another width
        # then.
        self._is_stale = True
        self._remembered_folds: set[int] = set()

    # Measuring

    @property
    def is_stale(self) -> bool:
        """True if all rows will be measured on the next query."""
        return self._is_stale

    def reset(self) -> None:
        """Discards all rows and folded nodes."""
        self._is_stale = True
        self._remembered_folds.clear()

    def invalidate(self) -> None:
        """Makes the next query measure all rows again; folded nodes stay folded."""
        if not self._is_stale:
            self._remembered_folds = set(self.collapsed_rows())
            self._is_stale = True

    def remeasure(self, index: QModelIndex) -> bool:
        """Measures one row again; returns True if its height has changed."""
        if self._is_stale:
            return False
        assert self.height_source is not None
        return self._row_heights.set_height(position_of(index), self.height_source.height(index))

    def _updated_heights(self) -> RowHeights:
        if self._is_stale and self.height_source is not None:
            self._is_stale = False
            count = self._model.rowCount()
            self.height_source.prepare()
            input_heights = [self.height_source.heights(header_row) for header_row in range(count)]
            header_heights = [
                self.height_source.header_height(header_row) for header_row in range(count)
            ]
            self._row_heights.fill(header_heights, input_heights, self._remembered_folds)
        return self._row_heights

    # Folding

    def is_expanded(self, index: Index) -> bool:
        header_row = header_row_of(index)
        return header_row >= 0 and not self.is_collapsed(header_row)

    def is_collapsed(self, header_row: int) -> bool:
        return self._updated_heights().is_collapsed(header_row)

    def collapsed_rows(self) -> list[int]:
        """Returns the header rows of the folded nodes."""
        row_heights = self._updated_heights()
        return [
            header_row
            for header_row in range(self._model.rowCount())
            if row_heights.is_collapsed(header_row)
        ]

    def set_collapsed(self, header_rows: Collection[int], *, is_collapsed: bool) -> None:
        self._updated_heights().set_collapsed(header_rows, is_collapsed=is_collapsed)

    def collapse_when_measured(self, header_rows: Collection[int]) -> None:
        """Folds nodes at the next measurement; measures nothing itself."""
        self._remembered_folds.update(header_rows)

    # Columns

    def set_column_widths(self, widths: Sequence[int]) -> bool:
        """Sets the widths of all columns; returns True if one of them has changed."""
        is_changed = self._column_widths != list(widths)
        self._column_widths = list(widths)
        return is_changed

    def _column_at(self, x: int) -> int:
        right = 0
        for column, width in enumerate(self._column_widths):
            right += width
            if x < right:
                return column
        return max(len(self._column_widths) - 1, 0)

    # Lines

    @property
    def line_count(self) -> int:
        return self._updated_heights().line_count

    def line_of(self, index: Index) -> int:
        """Returns the line of a row; -1 if its node is folded or there is no such row."""
        return self._updated_heights().line(position_of(index)) if index.isValid() else -1

    def index_of_line(self, line: int, column: int) -> QModelIndex:
        header_row, row = self._updated_heights().position(line)
        header = self._model.index(header_row, 0)
        return header if row == HEADER else self._model.index(row, column, header)

    def index_below(self, index: QModelIndex) -> QModelIndex:
        return self._index_offset_by(index, 1)

    def index_above(self, index: QModelIndex) -> QModelIndex:
        return self._index_offset_by(index, -1)

    def target_line(self, action: _CursorAction, line: int, view_height: int) -> int:
        """Returns the line that a cursor key leads to, within the existing lines."""
        if action in (_CursorAction.MoveUp, _CursorAction.MovePrevious):
            wanted = line - 1
        elif action in (_CursorAction.MoveDown, _CursorAction.MoveNext):
            wanted = line + 1
        elif action is _CursorAction.MoveHome:
            wanted = 0
        elif action is _CursorAction.MoveEnd:
            wanted = self.line_count - 1
        else:
            is_up = action is _CursorAction.MovePageUp
            wanted = self._line_one_page_away(line, -view_height if is_up else view_height)
        return min(max(wanted, 0), self.line_count - 1)

    def _line_one_page_away(self, line: int, delta: int) -> int:
        """Returns the line `delta` pixels away, or the next one if that is taller than a page."""
        row_heights = self._updated_heights()
        y = min(max(row_heights.top(line) + delta, 0), row_heights.total_height - 1)
        found = row_heights.line_at(y)
        return found if found != line else line + (1 if delta > 0 else -1)

    def _index_offset_by(self, index: QModelIndex, step: int) -> QModelIndex:
        line = self.line_of(index)
        wanted = line + step
        exists = line >= 0 and 0 <= wanted < self.line_count
        return self.index_of_line(wanted, index.column()) if exists else QModelIndex()

    # Rectangles

    @property
    def content_height(self) -> int:
        """Height of all lines together: the inputs of folded nodes do not count."""
        return self._updated_heights().total_height

    def row_rect(self, index: Index, width: int) -> QRect:
        """Returns the rectangle of a whole row; a null one if its node is folded."""
        line = self.line_of(index)
        return QRect() if line < 0 else self.line_rect(line, width)

    def cell_rect(self, index: Index, width: int) -> QRect:
        """Returns the rectangle of an index in its row; a header is as wide as the row."""
        line = self.line_of(index)
        return QRect() if line < 0 else self._cell_rect(line, index.column(), width)

    def line_rect(self, line: int, width: int) -> QRect:
        row_heights = self._updated_heights()
        return QRect(0, row_heights.top(line), width, row_heights.height_of(line))

    def index_at(self, point: QPoint) -> QModelIndex:
        line = self._updated_heights().line_at(point.y())
        return QModelIndex() if line < 0 else self.index_of_line(line, self._column_at(point.x()))

    def scroll_value(self, line: int, hint: _ScrollHint, value: int, view_height: int) -> int:
        """Returns the scroll value, starting from `value`, that makes a line visible."""
        row_heights = self._updated_heights()
        top, height = row_heights.top(line), row_heights.height_of(line)
        if hint is _ScrollHint.PositionAtBottom:
            return top + height - view_height
        if hint is _ScrollHint.PositionAtCenter:
            return top - max(0, view_height - height) // 2
        if hint is _ScrollHint.PositionAtTop or top < value or height > view_height:
            return top
        return max(value, top + height - view_height)

    def cells_in(self, area: QRect, width: int) -> list[tuple[QModelIndex, QRect]]:
        """Returns the cells that intersect an area, from top to bottom."""
        row_heights = self._updated_heights()
        cells: list[tuple[QModelIndex, QRect]] = []
        for line in self._lines_in(area):
            is_header = row_heights.position(line)[1] == HEADER
            for column in range(1 if is_header else len(self._column_widths)):
                rect = self._cell_rect(line, column, width)
                if rect.intersects(area):
                    cells.append((self.index_of_line(line, column), rect))
        return cells

    def keys_in(self, area: QRect) -> set[InputKey]:
        """Returns the inputs whose rows intersect an area."""
        keys = (self._model.key_at(self.index_of_line(line, 0)) for line in self._lines_in(area))
        return {key for key in keys if key is not None}

    def _lines_in(self, area: QRect) -> range:
        row_heights = self._updated_heights()
        first = row_heights.line_at(max(area.top(), 0))
        if first < 0 or area.width() <= 0:
            return range(0)
        last = row_heights.line_at(min(area.bottom(), row_heights.total_height - 1))
        return range(first, last + 1)

    def _cell_rect(self, line: int, column: int, width: int) -> QRect:
        row = self.line_rect(line, width)
        if self._row_heights.position(line)[1] == HEADER:
            return row
        left = sum(self._column_widths[:column])
        column_width = self._column_widths[column] if column < len(self._column_widths) else 0
        return QRect(left, row.top(), column_width, row.height())


def header_row_of(index: Index) -> int:
    """Returns the row of a node's header; -1 if the index is not a header."""
    is_header = index.isValid() and not index.parent().isValid()
    return index.row() if is_header else -1


def is_same_row(first: Index, second: Index) -> bool:
    """Reports whether two indexes are in the same row, in any columns.

    Returns False if the first is invalid.
    """
    return (
        first.isValid()
        and first.row() == second.row()
        and first.internalId() == second.internalId()
    )


def position_of(index: Index) -> RowPosition:
    """Returns the position of a row; positions sort in display order."""
    header = index.parent()
    return (header.row(), index.row()) if header.isValid() else (index.row(), HEADER)
