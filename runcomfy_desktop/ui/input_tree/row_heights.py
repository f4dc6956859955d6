"""Which line of the tree is where: heights as prefix sums, so that thousands of rows cost little.

A *line* is what is seen, counted from the top: a node's header, or one of its inputs while the
node is unfolded. A *spot* is `(place, row)`: the node's place and the input's row, or -1 for the
header. All heights are logical pixels.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

HEADER = -1
RowPosition: TypeAlias = "tuple[int, int]"


class RowHeights:
    """The heights of all rows and the folds; everything else is derived when it is asked for.

    One changed height costs one pass over the sums behind it, a fold one pass over all of them:
    well under a millisecond for ten thousand rows.
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
        """Begins anew: the headers' heights, the heights of each node's inputs, the folds."""
        self._header_heights = list(header_heights)
        self._input_heights = list(input_heights)
        self._collapsed_rows = set(collapsed_rows)
        self._recompute()

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return len(self._tops) - 1

    @property
    def total_height(self) -> int:
        """The height of all lines together."""
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
        """The line at which a row stands, -1 when its node is folded or there is no such row."""
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
        """The line at a height, -1 above the first and below the last one."""
        if not 0 <= y < self.total_height:
            return -1
        return bisect_right(self._tops, y) - 1

    def set_height(self, position: RowPosition, height: int) -> bool:
        """Whether that is another height than before."""
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
