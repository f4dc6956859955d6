"""An item view of our own for a tree of two levels whose rows have heights of their own.

Qt's tree view asks its delegate in Python for the height of every row, twice, at each opening and
again for one changed height; CONTRIBUTING has the figures. Its words are those of QTreeView.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QRegion
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QWidget

from runcomfy_desktop.ui.inputs.lines import HEADER, Lines, Spot
from runcomfy_desktop.ui.theme import STEP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from PySide6.QtCore import QItemSelection
    from PySide6.QtGui import QPaintEvent, QShowEvent

    from runcomfy_desktop.domain.workflow import InputKey
    from runcomfy_desktop.ui.models.inputs import Index, InputsModel

_Move = QAbstractItemView.CursorAction
_Hint = QAbstractItemView.ScrollHint


class Measure(Protocol):
    """What tells how high rows are, in logical pixels."""

    def begin(self) -> None:
        """Comes before all rows are measured."""
        ...

    def header_height(self, place: int) -> int: ...

    def heights(self, place: int) -> list[int]:
        """The heights of a node's inputs."""
        ...

    def height(self, index: QModelIndex) -> int:
        """The height of one row."""
        ...


class RowTree(QAbstractItemView):
    """Shows an InputsModel: headers over the whole width, inputs in columns below them.

    Everything is unfolded after a reset. `expanded` and `collapsed` name a header that was
    unfolded or folded. `measure` is set once, before the model.
    """

    expanded = Signal(QModelIndex)
    collapsed = Signal(QModelIndex)

    def __init__(self, model: InputsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.inputs = model
        self.measure: Measure | None = None
        self._lines = Lines()
        self._widths: list[int] = []
        # Rows are measured when it is first asked where they are: a tree that is not on screen
        # yet will have another width then.
        self._is_stale = True
        self._folds: set[int] = set()
        model.rowsRemoved.connect(lambda *_where: self.lay_out_again())

    # Folding

    def is_expanded(self, index: QModelIndex) -> bool:
        place = self._place(index)
        return place >= 0 and not self._laid_out().is_folded(place)

    def folded_places(self) -> list[int]:
        """The places of the nodes that are folded."""
        lines = self._laid_out()
        return [place for place in range(self.inputs.rowCount()) if lines.is_folded(place)]

    def set_expanded(self, index: QModelIndex, is_open: bool) -> None:
        place = self._place(index)
        if place < 0 or self.is_expanded(index) == is_open:
            return
        self._fold([place], is_folded=not is_open)
        (self.expanded if is_open else self.collapsed).emit(index)

    def expand(self, index: QModelIndex) -> None:
        self.set_expanded(index, True)

    def collapse(self, index: QModelIndex) -> None:
        self.set_expanded(index, False)

    def expand_all(self) -> None:
        self._fold_each(range(self.inputs.rowCount()), is_folded=False)

    def collapse_all(self) -> None:
        self._fold_each(range(self.inputs.rowCount()), is_folded=True)

    def fold_others(self, kept: Collection[str]) -> None:
        """Folds all nodes but some, and unfolds those."""
        places = range(self.inputs.rowCount())
        is_kept = [self.inputs.node_id_at(place) in kept for place in places]
        self._fold_each([place for place in places if is_kept[place]], is_folded=False)
        self._fold_each([place for place in places if not is_kept[place]], is_folded=True)

    def fold_at_once(self, indexes: Iterable[QModelIndex]) -> None:
        """Folds headers without a signal for each."""
        places = [place for place in map(self._place, indexes) if place >= 0]
        if self._is_stale:
            self._folds.update(places)
        elif places:
            self._fold(places, is_folded=True)

    def _fold_each(self, among: Iterable[int], *, is_folded: bool) -> None:
        lines = self._laid_out()
        places = [place for place in among if lines.is_folded(place) != is_folded]
        self._fold(places, is_folded=is_folded)
        for place in places:
            (self.collapsed if is_folded else self.expanded).emit(self.inputs.index(place, 0))

    def _fold(self, places: list[int], *, is_folded: bool) -> None:
        hidden = self.currentIndex().parent()
        self._laid_out().fold(places, is_folded=is_folded)
        if is_folded and hidden.isValid() and hidden.row() in places:
            # The current row is never one that cannot be seen.
            selection = self.selectionModel()
            selection.setCurrentIndex(hidden, selection.SelectionFlag.NoUpdate)
        self.updateGeometries()
        self.viewport().update()

    # What is where

    def set_column_width(self, column: int, width: int) -> None:
        self._widths += [0] * (column + 1 - len(self._widths))
        if self._widths[column] != width:
            self._widths[column] = width
            self.viewport().update()

    def column_width(self, column: int) -> int:
        return self._widths[column] if column < len(self._widths) else 0

    def visualRect(self, index: Index) -> QRect:
        line = self._line(index)
        return QRect() if line < 0 else self._cell(line, index.column())

    def row_rect(self, index: Index) -> QRect:
        """The whole row, in the viewport; empty when its node is folded."""
        line = self._line(index)
        return QRect() if line < 0 else self._row(line)

    def indexAt(self, point: QPoint) -> QModelIndex:
        line = self._laid_out().at(point.y() + self.verticalOffset())
        if line < 0 or not 0 <= point.x() < self.viewport().width():
            return QModelIndex()
        return self._index(line, self._column_at(point.x()))

    def content_height(self) -> int:
        """What it takes to show every row."""
        return self._laid_out().height

    def index_below(self, index: QModelIndex) -> QModelIndex:
        return self._beside(index, 1)

    def index_above(self, index: QModelIndex) -> QModelIndex:
        return self._beside(index, -1)

    def keys_in_sight(self) -> set[InputKey]:
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

    def _beside(self, index: QModelIndex, way: int) -> QModelIndex:
        line = self._line(index)
        wanted = line + way
        there = line >= 0 and 0 <= wanted < self._laid_out().count
        return self._index(wanted, index.column()) if there else QModelIndex()

    def _line(self, index: Index) -> int:
        return self._laid_out().line(_spot(index)) if index.isValid() else -1

    def _index(self, line: int, column: int) -> QModelIndex:
        place, row = self._laid_out().spot(line)
        header = self.inputs.index(place, 0)
        return header if row == HEADER else self.inputs.index(row, column, header)

    def _row(self, line: int) -> QRect:
        top = self._lines.top(line) - self.verticalOffset()
        return QRect(0, top, self.viewport().width(), self._lines.height_of(line))

    def _cell(self, line: int, column: int) -> QRect:
        row = self._row(line)
        if self._lines.spot(line)[1] == HEADER:
            return row
        left = sum(self._widths[:column])
        return QRect(left, row.top(), self.column_width(column), row.height())

    def _column_at(self, x: int) -> int:
        right = 0
        for column, width in enumerate(self._widths):
            right += width
            if x < right:
                return column
        return max(len(self._widths) - 1, 0)

    def _place(self, index: QModelIndex) -> int:
        is_header = index.isValid() and not index.parent().isValid()
        return index.row() if is_header else -1

    # Layout

    def _laid_out(self) -> Lines:
        if self._is_stale and self.measure is not None:
            self._is_stale = False
            count = self.inputs.rowCount()
            self.measure.begin()
            rows = [self.measure.heights(place) for place in range(count)]
            headers = [self.measure.header_height(place) for place in range(count)]
            self._lines.fill(headers, rows, self._folds)
        return self._lines

    def reset(self) -> None:
        self._is_stale = True
        self._folds.clear()
        super().reset()

    def lay_out_again(self) -> None:
        """Measures every row anew; folds stay."""
        if not self._is_stale:
            places = range(self.inputs.rowCount())
            self._folds = {place for place in places if self._lines.is_folded(place)}
            self._is_stale = True
        self.updateGeometries()
        self.viewport().update()

    def rowsInserted(self, parent: Index, start: int, end: int) -> None:
        super().rowsInserted(parent, start, end)
        self.lay_out_again()

    def dataChanged(self, top_left: Index, bottom_right: Index, roles: object = ()) -> None:
        if not self._is_stale:
            self._measure_again(self.inputs.index(top_left.row(), 0, top_left.parent()))
        super().dataChanged(top_left, bottom_right, [])

    def _measure_again(self, index: QModelIndex) -> None:
        assert self.measure is not None
        if self._lines.set_height(_spot(index), self.measure.height(index)):
            self.updateGeometries()
            # Qt paints the row anew, not those below it, which stand elsewhere now.
            self.viewport().update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.updateGeometries()

    def updateGeometries(self) -> None:
        if self._is_stale and not self.isVisible():
            return
        bar, room = self.verticalScrollBar(), self.viewport().height()
        bar.setSingleStep(max(6 * STEP, 1))
        bar.setPageStep(room)
        bar.setRange(0, max(0, self._laid_out().height - room))
        super().updateGeometries()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(0, dy)

    def scrollTo(self, index: Index, hint: _Hint = _Hint.EnsureVisible) -> None:
        line = self._line(index)
        if line < 0 and index.parent().isValid():
            self.expand(index.parent())
            line = self._line(index)
        if line < 0:
            return
        bar, room = self.verticalScrollBar(), self.viewport().height()
        self.executeDelayedItemsLayout()
        top, height = self._lines.top(line), self._lines.height_of(line)
        if hint is _Hint.PositionAtTop:
            bar.setValue(top)
        elif hint is _Hint.PositionAtBottom:
            bar.setValue(top + height - room)
        elif hint is _Hint.PositionAtCenter:
            bar.setValue(top - max(0, room - height) // 2)
        elif top < bar.value() or height > room:
            bar.setValue(top)
        elif top + height > bar.value() + room:
            bar.setValue(top + height - room)

    # Keyboard

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        for index in (current, previous):
            # Qt paints one cell anew; the whole row shows where the keyboard is.
            self.viewport().update(self.row_rect(index))

    def moveCursor(self, action: _Move, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        current, last = self.currentIndex(), self._laid_out().count - 1
        if last < 0:
            return QModelIndex()
        line = self._line(current)
        if line < 0:
            return self._index(0, 0)
        column = current.column()
        if action is _Move.MoveLeft:
            return self._fold_or_leave(current)
        if action is _Move.MoveRight:
            return self._unfold_or_enter(current)
        wanted = self._wanted_line(action, line)
        return self._index(min(max(wanted, 0), last), column)

    def _wanted_line(self, action: _Move, line: int) -> int:
        if action in (_Move.MoveUp, _Move.MovePrevious):
            return line - 1
        if action in (_Move.MoveDown, _Move.MoveNext):
            return line + 1
        if action is _Move.MoveHome:
            return 0
        if action is _Move.MoveEnd:
            return self._lines.count - 1
        room = self.viewport().height()
        way = -room if action is _Move.MovePageUp else room
        y = min(max(self._lines.top(line) + way, 0), self._lines.height - 1)
        found = self._lines.at(y)
        return found if found != line else line + (1 if way > 0 else -1)

    def _fold_or_leave(self, current: QModelIndex) -> QModelIndex:
        header = current.parent()
        if header.isValid():
            return header
        self.collapse(current)
        return current

    def _unfold_or_enter(self, current: QModelIndex) -> QModelIndex:
        if current.parent().isValid():
            return current
        if self.is_expanded(current) and self.inputs.rowCount(current) > 0:
            return self.inputs.index(0, 0, current)
        self.expand(current)
        return current

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        lines, painter = self._laid_out(), QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        delegate, area = self.itemDelegate(), event.rect()
        line = lines.at(max(area.top() + self.verticalOffset(), 0))
        while 0 <= line < lines.count and self._row(line).top() <= area.bottom():
            is_header = lines.spot(line)[1] == HEADER
            for column in range(1 if is_header else len(self._widths)):
                option.rect = self._cell(line, column)
                if option.rect.intersects(area):
                    delegate.paint(painter, option, self._index(line, column))
            line += 1
        painter.end()


def _spot(index: Index) -> Spot:
    header = index.parent()
    return (header.row(), index.row()) if header.isValid() else (index.row(), HEADER)
