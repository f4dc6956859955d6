"""Positions of rows: lines and heights without a view, rectangles and folding in a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QModelIndex, QPoint, QRect
from PySide6.QtWidgets import QAbstractItemView

from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn, InputsModel
from runcomfy_desktop.ui.input_tree.row_geometry import (
    HEADER,
    RowGeometry,
    RowHeights,
    header_row_of,
    is_same_row,
)
from tests.gui.support.inputs_harness import CFG, IMAGE, PROMPT, SEED, open_inputs_harness

if TYPE_CHECKING:
    from pathlib import Path

_CursorAction = QAbstractItemView.CursorAction
_ScrollHint = QAbstractItemView.ScrollHint
_WIDTH = 300


def row_heights() -> RowHeights:
    """Returns the heights of three nodes: headers of 40, inputs (30, 50), none and (30, 30, 30)."""
    made = RowHeights()
    made.fill([40, 40, 40], [[30, 50], [], [30, 30, 30]], ())
    return made


def stacked(made: RowHeights) -> list[tuple[int, int, int, int]]:
    """Returns `(header_row, row, top, height)` of every line."""
    return [
        (*made.position(each), made.top(each), made.height_of(each))
        for each in range(made.line_count)
    ]


class TestRowHeights:
    def test_rows_stand_below_each_other(self) -> None:
        assert stacked(row_heights()) == [
            (0, HEADER, 0, 40),
            (0, 0, 40, 30),
            (0, 1, 70, 50),
            (1, HEADER, 120, 40),
            (2, HEADER, 160, 40),
            (2, 0, 200, 30),
            (2, 1, 230, 30),
            (2, 2, 260, 30),
        ]
        assert row_heights().total_height == 290

    @pytest.mark.parametrize(
        ("y", "line"), [(0, 0), (39, 0), (40, 1), (289, 7), (290, -1), (-1, -1)]
    )
    def test_a_height_names_its_line(self, y: int, line: int) -> None:
        assert row_heights().line_at(y) == line

    def test_a_folded_node_keeps_its_header_only(self) -> None:
        made = row_heights()
        made.set_collapsed([0], is_collapsed=True)
        assert [made.position(each) for each in range(made.line_count)][:3] == [
            (0, HEADER),
            (1, HEADER),
            (2, HEADER),
        ]
        assert made.line((0, 1)) == -1
        assert made.total_height == 210
        made.set_collapsed([0], is_collapsed=False)
        assert stacked(made) == stacked(row_heights())

    def test_a_row_that_grows_moves_those_below_it(self) -> None:
        made = row_heights()
        assert made.set_height((0, 1), 80)
        assert made.top(made.line((1, HEADER))) == 150
        assert made.total_height == 320
        assert not made.set_height((0, 1), 80)

    def test_a_row_that_grows_while_folded_is_higher_afterwards(self) -> None:
        made = row_heights()
        made.set_collapsed([0], is_collapsed=True)
        assert made.set_height((0, 0), 90)
        assert made.total_height == 210
        made.set_collapsed([0], is_collapsed=False)
        assert made.total_height == 350

    def test_nothing_has_no_lines(self) -> None:
        assert (
            RowHeights().line_count,
            RowHeights().total_height,
            RowHeights().line_at(0),
            RowHeights().line((0, HEADER)),
        ) == (
            0,
            0,
            -1,
            -1,
        )


class FixedHeights:
    """Height source with headers of 40 and inputs of 30.

    `extra_height` is added when a single input is measured.
    """

    def __init__(self, model: InputsModel) -> None:
        self._model = model
        self.extra_height = 0
        self.measured = 0

    def prepare(self) -> None:
        self.measured += 1

    def header_height(self, header_row: int) -> int:
        return 40

    def heights(self, header_row: int) -> list[int]:
        return [30] * len(self._model.names_at(header_row))

    def height(self, index: QModelIndex) -> int:
        return 30 + self.extra_height if index.parent().isValid() else 40


def geometry_of(model: InputsModel) -> tuple[RowGeometry, FixedHeights]:
    row_geometry, heights = RowGeometry(model), FixedHeights(model)
    row_geometry.height_source = heights
    row_geometry.set_column_widths((100, 180, 20))
    return row_geometry, heights


async def test_rectangles_are_those_of_the_content(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        row_geometry, _heights = geometry_of(harness.model)
        image, header = harness.model.index_of(IMAGE), harness.model.index_of_node("189")
        assert row_geometry.cell_rect(header, _WIDTH) == QRect(0, 0, _WIDTH, 40)
        assert row_geometry.cell_rect(image, _WIDTH) == QRect(100, 40, 180, 30)
        assert row_geometry.row_rect(image, _WIDTH) == QRect(0, 40, _WIDTH, 30)
        assert row_geometry.index_at(QPoint(299, 69)) == image.siblingAtColumn(InputColumn.RESET)
        assert row_geometry.index_at(QPoint(299, 70)) == harness.model.index_of_node("6")
        below = row_geometry.content_height
        assert not row_geometry.index_at(QPoint(0, below)).isValid()
        row_geometry.set_collapsed([0], is_collapsed=True)
        assert row_geometry.cell_rect(image, _WIDTH).isNull()
        assert row_geometry.content_height == below - 30


async def test_an_area_names_its_cells_and_inputs(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        row_geometry, _heights = geometry_of(harness.model)
        area = QRect(0, 69, 101, 42)
        assert [
            (harness.model.key_at(index), index.column(), rect.top())
            for index, rect in row_geometry.cells_in(area, _WIDTH)
        ] == [(IMAGE, 0, 40), (IMAGE, 1, 40), (None, 0, 70), (PROMPT, 0, 110), (PROMPT, 1, 110)]
        assert row_geometry.keys_in(area) == {IMAGE, PROMPT}
        assert row_geometry.keys_in(QRect(0, 70, 101, 40)) == set()
        assert row_geometry.keys_in(QRect(0, row_geometry.content_height, 101, 40)) == set()


async def test_rows_are_measured_when_it_is_asked_where_they_are(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        row_geometry, heights = geometry_of(harness.model)
        row_geometry.collapse_when_measured([0])
        assert (row_geometry.is_stale, heights.measured) == (True, 0)
        assert row_geometry.collapsed_rows() == [0]
        row_geometry.set_collapsed([2], is_collapsed=True)
        row_geometry.invalidate()
        assert (row_geometry.is_stale, heights.measured) == (True, 1)
        assert row_geometry.collapsed_rows() == [0, 2], "folds stay"
        assert (row_geometry.is_stale, heights.measured) == (False, 2)
        row_geometry.reset()
        assert row_geometry.collapsed_rows() == []


async def test_one_row_that_grows_is_measured_by_itself(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        row_geometry, heights = geometry_of(harness.model)
        image, below = harness.model.index_of(IMAGE), harness.model.index_of_node("6")
        heights.extra_height = 25
        assert not row_geometry.remeasure(image), "all are going to be measured anyway"
        assert row_geometry.row_rect(below, _WIDTH).top() == 70
        assert row_geometry.remeasure(image)
        assert not row_geometry.remeasure(image)
        assert row_geometry.row_rect(below, _WIDTH).top() == 95
        assert heights.measured == 1


async def test_keys_lead_to_lines_that_exist(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        row_geometry, _heights = geometry_of(harness.model)
        last = row_geometry.line_count - 1

        def target(action: _CursorAction, line: int, view_height: int = 100) -> int:
            return row_geometry.target_line(action, line, view_height)

        assert target(_CursorAction.MoveUp, 0) == 0
        assert target(_CursorAction.MoveDown, last) == last
        assert target(_CursorAction.MoveNext, 3) == 4
        assert (target(_CursorAction.MoveHome, 3), target(_CursorAction.MoveEnd, 3)) == (0, last)
        assert target(_CursorAction.MovePageDown, 0) == row_geometry.line_of(
            harness.model.index_of_node("6")
        )
        assert target(_CursorAction.MovePageDown, 0, 10) == 1, "a row higher than the view"
        assert target(_CursorAction.MovePageUp, 1, 10) == 0


async def test_a_line_is_scrolled_to_as_little_as_it_takes(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        row_geometry, _heights = geometry_of(harness.model)
        line = row_geometry.line_of(harness.model.index_of(PROMPT))
        assert row_geometry.line_rect(line, _WIDTH) == QRect(0, 110, _WIDTH, 30)

        def value(hint: _ScrollHint, now: int, view_height: int = 100) -> int:
            return row_geometry.scroll_value(line, hint, now, view_height)

        assert value(_ScrollHint.EnsureVisible, 60) == 60
        assert value(_ScrollHint.EnsureVisible, 0) == 40
        assert value(_ScrollHint.EnsureVisible, 200) == 110
        assert value(_ScrollHint.EnsureVisible, 60, 20) == 110, "a row higher than the view"
        assert value(_ScrollHint.PositionAtTop, 60) == 110
        assert value(_ScrollHint.PositionAtBottom, 60) == 40
        assert value(_ScrollHint.PositionAtCenter, 60) == 75


async def test_a_row_is_the_same_in_each_of_its_columns(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        model = harness.model
        name, value = model.index_of(CFG, InputColumn.NAME), model.index_of(CFG)
        assert is_same_row(name, value)
        assert not is_same_row(name, model.index_of(SEED))
        assert not is_same_row(QModelIndex(), QModelIndex())
        assert (header_row_of(name), header_row_of(QModelIndex())) == (-1, -1)
        assert header_row_of(name.parent()) == name.parent().row() == 2
