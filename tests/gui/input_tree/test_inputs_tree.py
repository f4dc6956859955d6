"""The item view of the tree: positions of rows, folding, growing rows, arrow keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractItemView

from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    BATCH,
    CFG,
    PROMPT,
    SEED,
    STEPS,
    InputsHarness,
    open_inputs_harness,
)

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QModelIndex

    from runcomfy_desktop.domain.base.json_value import JsonObject

K = Qt.Key


def at(harness: InputsHarness) -> str:
    """Returns the name of the current row."""
    index = harness.view.currentIndex()
    key, node = harness.model.key_at(index), harness.model.node_row_at(index)
    return key.name if key is not None else f"#{node.node_id}" if node is not None else ""


def header(harness: InputsHarness, node_id: str) -> QModelIndex:
    return harness.model.index_of_node(node_id)


def tall() -> JsonObject:
    return {
        str(number): {"class_type": "Tiles", "inputs": {"batch": 2, "tiled": True}}
        for number in range(60)
    }


async def test_arrow_keys_walk_over_headers_and_inputs(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(STEPS)
        harness.key(K.Key_Down)
        assert at(harness) == "cfg"
        harness.key(K.Key_Up)
        harness.key(K.Key_Up)
        harness.key(K.Key_Up)
        assert at(harness) == "#31"
        harness.key(K.Key_Left)
        assert not harness.view.is_expanded(header(harness, "31"))
        harness.key(K.Key_Down)
        assert at(harness) == "#38"
        harness.key(K.Key_Up)
        harness.key(K.Key_Right)
        assert harness.view.is_expanded(header(harness, "31"))
        harness.key(K.Key_Right)
        assert at(harness) == "seed"
        harness.key(K.Key_Left)
        assert at(harness) == "#31"


async def test_home_end_and_page_keys_bring_their_row_into_view(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(tall())
        harness.view.go_to_first()
        room = harness.view.viewport().rect()
        for key in (K.Key_End, K.Key_PageUp, K.Key_Home, K.Key_PageDown, K.Key_PageDown):
            harness.key(key)
            assert room.contains(harness.view.row_rect(harness.view.currentIndex()))
        harness.key(K.Key_End)
        assert (
            harness.view.verticalScrollBar().value() == harness.view.verticalScrollBar().maximum()
        )
        harness.key(K.Key_Home)
        assert at(harness) == "#0"
        assert harness.view.verticalScrollBar().value() == 0
        harness.key(K.Key_Up)
        assert at(harness) == "#0"


async def test_what_is_under_a_point_is_what_is_painted_there(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        for key in (PROMPT, SEED, CFG, BATCH):
            for column in InputColumn:
                rect = harness.row_rect(key, column)
                index = harness.view.indexAt(rect.center())
                assert (harness.model.key_at(index), index.column()) == (key, column)
        below = QPoint(5, harness.view.viewport().height() - 1)
        harness.view.collapse_all()
        user_input.process_events()
        assert not harness.view.indexAt(below).isValid()


async def test_folding_the_node_of_the_current_input_keeps_the_keyboard_in_sight(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(CFG)
        harness.view.collapse(header(harness, "31"))
        assert at(harness) == "#31"
        harness.view.collapse_all()
        assert harness.row_names() == ["#189", "#6", "#31", "#38", "#50", "#60", "#136"]
        harness.view.expand_all()
        assert "cfg" in harness.row_names()


async def test_a_long_text_pushes_the_rows_below_it_down(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        before = harness.view.visualRect(header(harness, "31")).top()
        harness.draft_editor.edit({PROMPT: "words\n" * 5}, "Change text")
        user_input.process_events()
        after = harness.view.visualRect(header(harness, "31")).top()
        assert after > before
        assert harness.view.visualRect(harness.model.index_of(PROMPT)).height() >= after - before
        harness.draft_editor.undo()
        user_input.process_events()
        assert harness.view.visualRect(header(harness, "31")).top() == before


async def test_scrolling_to_a_folded_input_unfolds_its_node(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(tall())
        harness.view.collapse_all()
        index = harness.model.index(0, InputColumn.VALUE, header(harness, "50"))
        harness.view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtTop)
        assert harness.view.is_expanded(header(harness, "50"))
        assert not harness.view.is_expanded(header(harness, "49"))
        assert harness.view.viewport().rect().contains(harness.view.visualRect(index))


async def test_typing_over_a_long_text_shrinks_its_row_and_keeps_what_is_typed(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({PROMPT: "many words of a long prompt " * 30}, "Change text")
        harness.click(PROMPT)
        harness.retype("short")
        harness.key(K.Key_Tab)
        assert harness.changes[PROMPT] == "short"


async def test_the_rows_below_a_row_that_grows_are_painted_where_they_stand_now(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert harness.is_painted()
        harness.draft_editor.edit({PROMPT: "words\n" * 4}, "Change text")
        assert harness.is_painted()
        harness.draft_editor.edit({STEPS: 0}, "Change steps")
        assert harness.is_painted(), "a fault stands under the field"
        harness.draft_editor.undo()
        assert harness.is_painted()


async def test_the_current_row_is_lit_and_put_out_as_a_whole(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(SEED)
        for key in (STEPS, CFG):
            # Outside its field, so that no editor opens.
            user_input.press(
                harness.view.viewport(), harness.row_rect(key, InputColumn.NAME).center()
            )
            assert harness.is_painted()
