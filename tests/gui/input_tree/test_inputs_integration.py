"""Several inputs selected, set, reset, copied and pasted together; each is one undo step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    BATCH,
    BIG_SEED,
    CFG,
    IMAGE,
    LEFT,
    MODEL,
    PREFIX,
    PROMPT,
    SAMPLER,
    SEED,
    STEPS,
    TILED,
    WORKFLOW,
    InputsHarness,
    open_inputs_harness,
)

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value

K = Qt.Key
M = Qt.KeyboardModifier
CTRL, SHIFT = M.ControlModifier, M.ShiftModifier
MORE_STEPS = InputKey("32", "steps")
MORE_SEED = InputKey("32", "seed")


def _two_samplers() -> JsonObject:
    """Returns the usual workflow with a second sampler at its end."""
    copied: JsonObject = json.loads(json.dumps(WORKFLOW))
    copied["32"] = json.loads(json.dumps(WORKFLOW["31"]))
    return copied


def _press_name(harness: InputsHarness, key: InputKey, keys: Qt.KeyboardModifier) -> None:
    user_input.press(
        harness.view.viewport(), harness.row_rect(key, InputColumn.NAME).center(), keys
    )


def _clipboard() -> str:
    return QGuiApplication.clipboard().text()


async def test_what_is_typed_in_one_of_the_selected_is_set_in_all_of_its_kind(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_two_samplers())
        for key in (STEPS, MORE_STEPS, CFG):
            _press_name(harness, key, CTRL)
        assert harness.view.row_selection.keys_in_order() == [STEPS, CFG, MORE_STEPS]
        harness.click(STEPS)
        harness.type("35")
        harness.key(K.Key_Return)
        assert harness.changes == {STEPS: 35, MORE_STEPS: 35}
        assert harness.draft_editor.state.undo_text == "Change steps, 2 inputs together"
        harness.draft_editor.undo()
        assert harness.changes == {}


async def test_a_selected_checkbox_is_set_like_the_others(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        copied = json.loads(json.dumps(WORKFLOW))
        copied["51"] = {"class_type": "Tiles", "inputs": {"tiled": True, "batch": 1}}
        harness.open(copied)
        _press_name(harness, TILED, CTRL)
        _press_name(harness, InputKey("51", "tiled"), CTRL)
        harness.click(TILED, RowPart.CHECK)
        assert harness.changes == {TILED: True}, "the other is on already"


async def test_a_choice_that_an_input_does_not_have_is_not_put_into_it(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        _press_name(harness, SAMPLER, CTRL)
        _press_name(harness, InputKey("31", "scheduler"), CTRL)
        harness.model.edit(SAMPLER, "heun", "Change")
        assert harness.changes == {SAMPLER: "heun"}


async def test_a_plain_click_elsewhere_ends_the_selection(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_two_samplers())
        _press_name(harness, STEPS, CTRL)
        _press_name(harness, MORE_STEPS, CTRL)
        _press_name(harness, PREFIX, M.NoModifier)
        assert not harness.view.row_selection
        harness.click(STEPS)
        harness.type("5")
        harness.key(K.Key_Return)
        assert harness.changes == {STEPS: 5}


async def test_ranges_by_shift_with_mouse_and_keys(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        _press_name(harness, SEED, M.NoModifier)
        _press_name(harness, SAMPLER, SHIFT)
        assert harness.view.row_selection.keys_in_order() == [SEED, STEPS, CFG, SAMPLER]
        _press_name(harness, STEPS, SHIFT)
        assert harness.view.row_selection.keys_in_order() == [SEED, STEPS], (
            "the range shrinks again"
        )
        harness.key(K.Key_Escape)
        assert not harness.view.row_selection
        harness.focus_row(STEPS)
        harness.key(K.Key_Down, SHIFT)
        harness.key(K.Key_Down, SHIFT)
        assert harness.view.row_selection.keys_in_order() == [STEPS, CFG, SAMPLER]
        harness.key(K.Key_Up, SHIFT)
        assert harness.view.row_selection.keys_in_order() == [STEPS, CFG]
        harness.key(K.Key_Space, CTRL)
        assert harness.view.row_selection.keys_in_order() == [STEPS]


async def test_all_that_is_shown_is_selected_and_a_header_means_its_inputs(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        header = harness.model.index_of_node("31")
        harness.view.scrollTo(header)
        user_input.process_events()
        user_input.press(harness.view.viewport(), harness.view.visualRect(header).center(), CTRL)
        assert len(harness.view.row_selection.keys_in_order()) == 6
        harness.focus_row(STEPS)
        harness.key(K.Key_A, CTRL)
        assert len(harness.view.row_selection.keys_in_order()) == sum(
            len(node.inputs) for node in harness.draft.workflow.nodes.values()
        )


async def test_reset_resets_what_is_selected_and_a_node_as_a_whole(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_two_samplers())
        values: dict[InputKey, Value] = {STEPS: 5, MORE_STEPS: 6, CFG: 2.5, PREFIX: "x"}
        harness.draft_editor.edit(values, "Prepare")
        _press_name(harness, STEPS, CTRL)
        _press_name(harness, MORE_STEPS, CTRL)
        harness.click_reset(STEPS)
        assert harness.changes == {CFG: 2.5, PREFIX: "x"}
        harness.draft_editor.undo()
        harness.key(K.Key_Escape)
        harness.focus_row(CFG)
        menu = harness.open_menu(CFG)
        assert "reset_input" in [action.objectName() for action in menu.actions()]
        menu.close()
        harness.view.commands.reset_current_node()
        assert harness.changes == {MORE_STEPS: 6, PREFIX: "x"}
        assert harness.draft_editor.state.undo_text == "Reset the node KSampler"


async def test_a_value_goes_to_another_input_by_copy_and_paste(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_two_samplers())
        harness.draft_editor.edit({SEED: BIG_SEED}, "Prepare")
        harness.focus_row(SEED)
        harness.key(K.Key_C, CTRL)
        assert _clipboard() == str(BIG_SEED)
        harness.focus_row(MORE_SEED)
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {SEED: BIG_SEED, MORE_SEED: BIG_SEED}
        assert harness.draft_editor.state.undo_text == "Paste into seed"
        harness.focus_row(SAMPLER)
        harness.key(K.Key_V, CTRL)
        assert SAMPLER not in harness.changes
        assert harness.announcements == [
            "The clipboard holds no value for this input. It stays as it was."
        ]


async def test_text_of_other_programs_is_taken_where_it_is_a_value(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        for text, key, value in (
            (" 35 ", STEPS, 35),
            ("2,5", CFG, 2.5),
            ("heun", SAMPLER, "heun"),
            ("4", BATCH, 4),
            ("Tiled", TILED, True),
            ("two\nlines", PROMPT, "two\nlines"),
        ):
            QGuiApplication.clipboard().setText(text)
            harness.focus_row(key)
            harness.key(K.Key_V, CTRL)
            assert harness.changes[key] == value
        QGuiApplication.clipboard().setText("many")
        harness.focus_row(STEPS)
        harness.key(K.Key_V, CTRL)
        assert harness.changes[STEPS] == 35
        assert len(harness.announcements) == 1


async def test_a_node_s_values_go_to_another_node_of_its_inputs(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_two_samplers())
        harness.draft_editor.edit({SEED: 1, STEPS: 5, CFG: 3}, "Prepare")
        harness.view.go_to_node("31")
        user_input.process_events()
        harness.key(K.Key_C, CTRL)
        assert "seed: 1\nsteps: 5\ncfg: 3" in _clipboard()
        harness.view.go_to_node("32")
        user_input.process_events()
        harness.key(K.Key_V, CTRL)
        cfg = InputKey("32", "cfg")
        assert {MORE_SEED: 1, MORE_STEPS: 5, cfg: 3}.items() <= harness.changes.items()
        assert harness.draft_editor.state.undo_text == "Paste 5 values"
        assert harness.announcements == []
        harness.draft_editor.undo()
        assert harness.changes == {SEED: 1, STEPS: 5, CFG: 3}


async def test_what_was_copied_in_one_draft_finds_its_place_in_another(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({STEPS: 5, PREFIX: "Copy"}, "Prepare")
        _press_name(harness, STEPS, CTRL)
        _press_name(harness, PREFIX, CTRL)
        _press_name(harness, BATCH, CTRL)
        harness.key(K.Key_C, CTRL)
        other = json.loads(json.dumps(WORKFLOW))
        other["131"] = other.pop("31")
        del other["50"]
        harness.open(other, deployment_id="other:1")
        assert harness.changes == {}
        harness.view.go_to_node("189")
        user_input.process_events()
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {InputKey("131", "steps"): 5, PREFIX: "Copy"}
        assert harness.announcements == [
            "1 of 3 values was left out: there is no input here that takes it."
        ]


async def test_a_link_is_copied_as_text_and_never_pasted_over(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(MODEL)
        harness.key(K.Key_C, CTRL)
        assert _clipboard()
        QGuiApplication.clipboard().setText("5")
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {}


async def test_a_file_s_name_goes_from_media_field_to_media_field(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(IMAGE)
        harness.key(K.Key_C, CTRL)
        harness.focus_row(LEFT)
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {LEFT: "bike.jpg"}


async def test_what_is_selected_is_seen_and_heard(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(PREFIX)
        before = harness.screenshot().toImage()
        harness.key(K.Key_Space, CTRL)
        edge = harness.row_rect(PREFIX, InputColumn.NAME)
        at = harness.view.viewport().mapTo(harness.panel, edge.topLeft())
        after = harness.screenshot().toImage()
        assert before.pixelColor(at.x() + 1, at.y() + 4) != after.pixelColor(at.x() + 1, at.y() + 4)
        state = harness.view.accessibility.value(PREFIX).state()
        assert state.selectable
        assert state.selected
        assert not harness.view.accessibility.value(STEPS).state().selected
