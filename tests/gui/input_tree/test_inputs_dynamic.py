"""Inputs added and removed by a choice: visible rows, and positions that do not change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from runcomfy_desktop.domain.drafts.dynamic_inputs import needs_inline
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.editors import ChoiceEditor
from tests.gui.support import all_input_kinds
from tests.gui.support.all_input_kinds import CODEC, CRF, FORMAT, FRAME
from tests.gui.support.inputs_harness import InputsHarness, open_inputs_harness

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

K = Qt.Key
COLOURS, NOTE = InputKey("6", "format.colours"), InputKey("6", "format.note")


def opened(harness: InputsHarness) -> None:
    harness.open(all_input_kinds.WORKFLOW, classes=all_input_kinds.object_info())


def names(harness: InputsHarness, node_id: str = "6") -> list[str]:
    index = harness.model.index_of_node(node_id)
    return [key.name for key in harness.model.keys_at(index.row())]


def choose(harness: InputsHarness, key: InputKey, text: str) -> None:
    """Chooses like a user: a click, another choice, Enter."""
    harness.click(key)
    harness.close_popup()
    harness.retype(text)
    if isinstance(harness.view.delegate.editor, ChoiceEditor):
        harness.close_popup()
    harness.key(K.Key_Return)


async def test_children_stand_below_their_parent_with_short_names(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        opened(harness)
        rows = [harness.model.input_row_of(key) for key in (FORMAT, CODEC, CRF, FRAME)]
        assert [(row.name, row.depth) for row in rows] == [
            ("format", 0),
            ("codec", 1),
            ("crf", 2),
            ("frames.image0", 0),
        ]
        assert names(harness) == ["format", "format.codec", "format.codec.crf", "frames.image0"]


async def test_a_choice_brings_its_inputs_and_takes_those_of_the_other(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        opened(harness)
        top = harness.row_rect(FORMAT).top()
        choose(harness, FORMAT, "gif")
        assert names(harness) == ["format", "format.colours", "format.note", "frames.image0"]
        assert harness.changes == {FORMAT: "gif", COLOURS: 64, NOTE: "small"}
        assert harness.draft_editor.state.undo_text == "Change format"
        assert harness.row_rect(FORMAT).top() == top
        assert harness.view.is_current_row(harness.model.index_of(FORMAT))
        assert harness.view.hasFocus()
        assert needs_inline(harness.draft, harness.draft_editor.state.schema)
        harness.draft_editor.undo()
        assert harness.changes == {}
        assert names(harness) == ["format", "format.codec", "format.codec.crf", "frames.image0"]
        assert harness.view.is_current_row(harness.model.index_of(FORMAT))


async def test_an_input_that_came_with_a_choice_is_edited_like_any_other(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        opened(harness)
        choose(harness, FORMAT, "gif")
        harness.click(COLOURS)
        harness.type("32")
        harness.key(K.Key_Tab)
        harness.retype("tiny")
        harness.key(K.Key_Return)
        assert harness.changes == {FORMAT: "gif", COLOURS: 32, NOTE: "tiny"}
        choose(harness, FORMAT, "auto")
        assert harness.changes == {FORMAT: "auto"}
        assert names(harness) == ["format", "frames.image0"]


async def test_tab_goes_on_into_inputs_that_have_just_come(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        opened(harness)
        harness.click(FORMAT)
        harness.close_popup()
        harness.retype("gif")
        harness.close_popup()
        harness.key(K.Key_Tab)
        assert harness.view.delegate.editing_key == COLOURS


async def test_a_reset_of_the_choice_is_as_if_nothing_had_been_chosen(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        opened(harness)
        choose(harness, CODEC, "auto")
        assert names(harness) == ["format", "format.codec", "frames.image0"]
        harness.click_reset(CODEC)
        assert harness.changes == {}
        choose(harness, FORMAT, "gif")
        harness.click_reset(FORMAT)
        assert harness.changes == {}
        assert names(harness) == ["format", "format.codec", "format.codec.crf", "frames.image0"]


async def test_a_choice_far_down_does_not_move_the_view(tmp_path: Path) -> None:
    inputs: JsonObject = {"seed": 1, "width": 64, "cfg": 1.5, "strength": 0.5, "tiles": 2}
    workflow: dict[str, Json] = {
        f"n{place}": {"class_type": "Numbers", "inputs": dict(inputs)} for place in range(40)
    }
    workflow |= {"6": all_input_kinds.WORKFLOW["6"]}
    workflow |= {
        f"z{place}": {"class_type": "Numbers", "inputs": dict(inputs)} for place in range(40)
    }
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(workflow, classes=all_input_kinds.object_info())
        top, bar = harness.row_rect(FORMAT).top(), harness.view.verticalScrollBar()
        where = bar.value()
        choose(harness, FORMAT, "gif")
        assert bar.value() == where
        assert harness.row_rect(FORMAT).top() == top
        assert harness.view.is_current_row(harness.model.index_of(FORMAT))


async def test_a_required_input_that_is_missing_is_an_empty_field_of_its_kind(
    tmp_path: Path,
) -> None:
    workflow: dict[str, Json] = {"1": {"class_type": "Numbers", "inputs": {"cfg": 2.5}}}
    width = InputKey("1", "width")
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(workflow, classes=all_input_kinds.object_info())
        assert names(harness, "1") == ["seed", "width", "cfg", "strength", "tiles"]
        assert harness.model.data(harness.model.index_of(width)) == ""
        harness.click(width)
        harness.key(K.Key_Return)
        assert harness.changes == {}
        harness.click(width)
        harness.type("128")
        harness.key(K.Key_Return)
        assert harness.changes == {width: 128}
        harness.click_reset(width)
        assert harness.changes == {}
        assert not harness.screenshot().isNull()


async def test_what_is_looked_for_is_found_among_inputs_that_came(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        opened(harness)
        choose(harness, FORMAT, "gif")
        harness.panel.focus_filter()
        harness.type("format.colours")
        assert "format.colours" in harness.row_names()
        harness.retype("crf")
        assert "format.codec.crf" not in harness.row_names()
