"""The item view of the tree: which row is where, folds, heights that change, arrow keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractItemView

from runcomfy_desktop.ui.inputs.lines import HEADER, Lines
from runcomfy_desktop.ui.models.inputs import Column
from tests.gui.support import hands
from tests.gui.support.bench import BATCH, CFG, PROMPT, SEED, STEPS, Bench, shown_bench

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QModelIndex

    from runcomfy_desktop.domain.json_value import JsonObject

K = Qt.Key


def lines() -> Lines:
    """Three nodes: two inputs of 30 and 50, none, and three of 30; headers of 40."""
    made = Lines()
    made.fill([40, 40, 40], [[30, 50], [], [30, 30, 30]], ())
    return made


def stacked(made: Lines) -> list[tuple[int, int, int, int]]:
    """`(place, row, top, height)` of every line."""
    return [(*made.spot(each), made.top(each), made.height_of(each)) for each in range(made.count)]


class TestLines:
    def test_rows_stand_below_each_other(self) -> None:
        assert stacked(lines()) == [
            (0, HEADER, 0, 40),
            (0, 0, 40, 30),
            (0, 1, 70, 50),
            (1, HEADER, 120, 40),
            (2, HEADER, 160, 40),
            (2, 0, 200, 30),
            (2, 1, 230, 30),
            (2, 2, 260, 30),
        ]
        assert lines().height == 290

    @pytest.mark.parametrize(
        ("y", "line"), [(0, 0), (39, 0), (40, 1), (289, 7), (290, -1), (-1, -1)]
    )
    def test_a_height_names_its_line(self, y: int, line: int) -> None:
        assert lines().at(y) == line

    def test_a_folded_node_keeps_its_header_only(self) -> None:
        made = lines()
        made.fold([0], is_folded=True)
        assert [made.spot(each) for each in range(made.count)][:3] == [
            (0, HEADER),
            (1, HEADER),
            (2, HEADER),
        ]
        assert made.line((0, 1)) == -1
        assert made.height == 210
        made.fold([0], is_folded=False)
        assert stacked(made) == stacked(lines())

    def test_a_row_that_grows_moves_those_below_it(self) -> None:
        made = lines()
        assert made.set_height((0, 1), 80)
        assert made.top(made.line((1, HEADER))) == 150
        assert made.height == 320
        assert not made.set_height((0, 1), 80)

    def test_a_row_that_grows_while_folded_is_higher_afterwards(self) -> None:
        made = lines()
        made.fold([0], is_folded=True)
        assert made.set_height((0, 0), 90)
        assert made.height == 210
        made.fold([0], is_folded=False)
        assert made.height == 350

    def test_nothing_has_no_lines(self) -> None:
        assert (Lines().count, Lines().height, Lines().at(0), Lines().line((0, HEADER))) == (
            0,
            0,
            -1,
            -1,
        )


def at(bench: Bench) -> str:
    """What the keyboard is on."""
    index = bench.view.currentIndex()
    key, node = bench.model.key_at(index), bench.model.node_row(index)
    return key.name if key is not None else f"#{node.node_id}" if node is not None else ""


def header(bench: Bench, node_id: str) -> QModelIndex:
    return bench.model.index_of_node(node_id)


def tall() -> JsonObject:
    return {
        str(number): {"class_type": "Tiles", "inputs": {"batch": 2, "tiled": True}}
        for number in range(60)
    }


async def test_arrow_keys_walk_over_headers_and_inputs(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(STEPS)
        bench.key(K.Key_Down)
        assert at(bench) == "cfg"
        bench.key(K.Key_Up)
        bench.key(K.Key_Up)
        bench.key(K.Key_Up)
        assert at(bench) == "#31"
        bench.key(K.Key_Left)
        assert not bench.view.is_expanded(header(bench, "31"))
        bench.key(K.Key_Down)
        assert at(bench) == "#38"
        bench.key(K.Key_Up)
        bench.key(K.Key_Right)
        assert bench.view.is_expanded(header(bench, "31"))
        bench.key(K.Key_Right)
        assert at(bench) == "seed"
        bench.key(K.Key_Left)
        assert at(bench) == "#31"


async def test_home_end_and_page_keys_bring_their_row_into_view(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(tall())
        bench.view.go_to_first()
        room = bench.view.viewport().rect()
        for key in (K.Key_End, K.Key_PageUp, K.Key_Home, K.Key_PageDown, K.Key_PageDown):
            bench.key(key)
            assert room.contains(bench.view.row_rect(bench.view.currentIndex()))
        bench.key(K.Key_End)
        assert bench.view.verticalScrollBar().value() == bench.view.verticalScrollBar().maximum()
        bench.key(K.Key_Home)
        assert at(bench) == "#0"
        assert bench.view.verticalScrollBar().value() == 0
        bench.key(K.Key_Up)
        assert at(bench) == "#0"


async def test_what_is_under_a_point_is_what_is_painted_there(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        for key in (PROMPT, SEED, CFG, BATCH):
            for column in Column:
                rect = bench.row_rect(key, column)
                index = bench.view.indexAt(rect.center())
                assert (bench.model.key_at(index), index.column()) == (key, column)
        below = QPoint(5, bench.view.viewport().height() - 1)
        bench.view.collapse_all()
        hands.settle()
        assert not bench.view.indexAt(below).isValid()


async def test_folding_the_node_of_the_current_input_keeps_the_keyboard_in_sight(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(CFG)
        bench.view.collapse(header(bench, "31"))
        assert at(bench) == "#31"
        bench.view.collapse_all()
        assert bench.shown() == ["#189", "#6", "#31", "#38", "#50", "#60", "#136"]
        bench.view.expand_all()
        assert "cfg" in bench.shown()


async def test_a_long_text_pushes_the_rows_below_it_down(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        before = bench.view.visualRect(header(bench, "31")).top()
        bench.workbench.edit({PROMPT: "words\n" * 5}, "Change text")
        hands.settle()
        after = bench.view.visualRect(header(bench, "31")).top()
        assert after > before
        assert bench.view.visualRect(bench.model.index_of(PROMPT)).height() >= after - before
        bench.workbench.undo()
        hands.settle()
        assert bench.view.visualRect(header(bench, "31")).top() == before


async def test_scrolling_to_a_folded_input_unfolds_its_node(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(tall())
        bench.view.collapse_all()
        index = bench.model.index(0, Column.VALUE, header(bench, "50"))
        bench.view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtTop)
        assert bench.view.is_expanded(header(bench, "50"))
        assert not bench.view.is_expanded(header(bench, "49"))
        assert bench.view.viewport().rect().contains(bench.view.visualRect(index))


async def test_typing_over_a_long_text_shrinks_its_row_and_keeps_what_is_typed(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({PROMPT: "many words of a long prompt " * 30}, "Change text")
        bench.click(PROMPT)
        bench.retype("short")
        bench.key(K.Key_Tab)
        assert bench.changes[PROMPT] == "short"


async def test_the_rows_below_a_row_that_grows_are_painted_where_they_stand_now(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        assert bench.is_painted()
        bench.workbench.edit({PROMPT: "words\n" * 4}, "Change text")
        assert bench.is_painted()
        bench.workbench.edit({STEPS: 0}, "Change steps")
        assert bench.is_painted(), "a fault stands under the field"
        bench.workbench.undo()
        assert bench.is_painted()


async def test_the_current_row_is_lit_and_put_out_as_a_whole(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(SEED)
        for key in (STEPS, CFG):
            # Beside its field, so that nothing opens.
            hands.press(bench.view.viewport(), bench.row_rect(key, Column.NAME).center())
            assert bench.is_painted()
