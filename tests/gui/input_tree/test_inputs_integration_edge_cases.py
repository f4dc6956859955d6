"""Edge cases of several inputs edited at once: undo, filter, other drafts, limits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.drafts.value_clipboard import MIME
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    CFG,
    IMAGE,
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

K = Qt.Key
M = Qt.KeyboardModifier
CTRL, SHIFT = M.ControlModifier, M.ShiftModifier
MORE_STEPS = InputKey("32", "steps")
MORE_SEED = InputKey("32", "seed")
NEGATIVE = InputKey("7", "text")


def _pairs() -> JsonObject:
    """Returns the usual workflow with a second sampler and a second prompt with other values."""
    copied: JsonObject = json.loads(json.dumps(WORKFLOW))
    copied["32"] = json.loads(json.dumps(WORKFLOW["31"]))
    copied["32"]["inputs"]["steps"] = 25  # type: ignore[index, call-overload]
    copied["7"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "blur", "clip": ["38", 0]}}
    return copied


def _choose(harness: InputsHarness, *keys: InputKey) -> None:
    for key in keys:
        at = harness.row_rect(key, InputColumn.NAME).center()
        user_input.press(harness.view.viewport(), at, CTRL)


async def test_undo_gives_each_of_the_selected_its_own_value_back(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        _choose(harness, STEPS, MORE_STEPS)
        harness.click(STEPS)
        harness.type("35")
        harness.view.commit_pending_edits()
        harness.key(K.Key_Escape)
        assert harness.changes == {STEPS: 35, MORE_STEPS: 35}
        harness.draft_editor.undo()
        assert harness.changes == {}
        assert harness.draft_editor.state.undo_text == ""


async def test_escape_in_a_prompt_keeps_what_was_typed_for_all_prompts(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        _choose(harness, PROMPT, NEGATIVE)
        harness.click(PROMPT)
        harness.retype("a boat")
        harness.key(K.Key_Escape)
        assert harness.changes == {PROMPT: "a boat", NEGATIVE: "a boat"}
        harness.draft_editor.undo()
        assert harness.changes == {}


async def test_what_changed_before_is_what_undo_gives_back(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        harness.draft_editor.edit({MORE_STEPS: 7}, "Prepare")
        _choose(harness, STEPS, MORE_STEPS)
        harness.click(STEPS)
        harness.type("3")
        harness.view.commit_pending_edits()
        harness.type("5")
        harness.view.commit_pending_edits()
        harness.key(K.Key_Escape)
        assert harness.changes == {STEPS: 35, MORE_STEPS: 35}
        harness.draft_editor.undo()
        assert harness.changes == {MORE_STEPS: 7}
        assert harness.draft_editor.state.undo_text == "Prepare"


async def test_it_is_told_when_inputs_out_of_sight_were_changed_too(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        _choose(harness, STEPS, MORE_STEPS)
        harness.view.collapse(harness.model.index_of_node("32"))
        harness.click(STEPS)
        for number in ("3", "5"):
            harness.type(number)
            harness.view.commit_pending_edits()
        harness.key(K.Key_Return)
        assert harness.changes == {STEPS: 35, MORE_STEPS: 35}
        assert harness.announcements == ["2 inputs were changed together, 1 of them out of sight."]


async def test_a_value_of_no_list_is_set_where_it_was_typed(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        scheduler = InputKey("31", "scheduler")
        _choose(harness, SAMPLER, scheduler)
        harness.model.edit(SAMPLER, "karras", "Change")
        assert harness.changes == {SAMPLER: "karras", scheduler: "karras"}


async def test_reset_means_all_that_is_selected_of_any_kind(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        harness.draft_editor.edit({STEPS: 5, PREFIX: "x", CFG: 2.5, SAMPLER: "heun"}, "Prepare")
        _choose(harness, STEPS, PREFIX, SAMPLER)
        harness.key(K.Key_Backspace, CTRL)
        assert harness.changes == {CFG: 2.5}
        assert harness.draft_editor.state.undo_text == "Reset 3 inputs"
        harness.draft_editor.undo()
        harness.click_reset(STEPS)
        assert harness.changes == {CFG: 2.5}
        harness.draft_editor.undo()
        harness.panel.reset_current()
        assert harness.changes == {CFG: 2.5}


async def test_the_menu_resets_what_is_selected_though_its_row_is_unchanged(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        harness.draft_editor.edit({STEPS: 5, PREFIX: "x"}, "Prepare")
        _choose(harness, CFG, STEPS, PREFIX)
        menu = harness.open_menu(CFG)
        reset = next(each for each in menu.actions() if each.objectName() == "reset_input")
        assert reset.text() == "Reset 2 inputs"
        harness.draft_editor.edit({PREFIX: "Blue"}, "As it was")
        menu.close()
        menu = harness.open_menu(CFG)
        reset = next(each for each in menu.actions() if each.objectName() == "reset_input")
        assert reset.text() == "Reset 1 input", "which is another than the one of the menu"
        reset.trigger()
        menu.close()
        assert harness.changes == {}


async def test_selected_inputs_of_another_draft_are_not_selected_here(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        _choose(harness, STEPS, MORE_STEPS)
        harness.open(_pairs(), deployment_id="other:1")
        assert not harness.view.row_selection
        harness.open(_pairs())
        assert not harness.view.row_selection


async def test_what_is_selected_outlives_filter_fold_and_the_schema(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs(), schema=False)
        _choose(harness, STEPS, PREFIX)
        harness.panel.show_tab("changed")
        harness.panel.show_tab("all")
        harness.view.collapse_all()
        harness.view.expand_all()
        harness.open(_pairs())
        assert harness.view.row_selection.keys_in_order() == [STEPS, PREFIX]


async def test_a_seed_s_mode_is_chosen_for_all_selected_seeds(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        _choose(harness, SEED, MORE_SEED, STEPS)
        harness.click(SEED, RowPart.MODE)
        menu = harness.view.findChild(QMenu, "seed_mode_menu")
        assert isinstance(menu, QMenu)
        random = next(e for e in menu.actions() if e.objectName() == "seed_mode_random")
        random.trigger()
        menu.close()
        modes = dict(harness.draft.seed_modes)
        assert modes == {SEED: SeedMode.RANDOM, MORE_SEED: SeedMode.RANDOM}
        harness.draft_editor.undo()
        assert not harness.draft.seed_modes


async def test_the_dice_rolls_for_seeds_and_leaves_other_numbers(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        _choose(harness, SEED, STEPS, MORE_SEED)
        harness.click(SEED, RowPart.DICE)
        assert harness.changes.keys() == {SEED, MORE_SEED}
        assert harness.changes[SEED] == harness.changes[MORE_SEED]
        assert harness.draft_editor.state.undo_text == "New random seed, 2 inputs together"


async def test_keys_that_move_far_select_as_far_with_shift(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        harness.focus_row(CFG)
        harness.key(K.Key_End, SHIFT)
        assert NEGATIVE in harness.view.row_selection
        assert CFG in harness.view.row_selection
        assert STEPS not in harness.view.row_selection
        harness.key(K.Key_Home, SHIFT)
        assert NEGATIVE not in harness.view.row_selection
        assert {IMAGE, CFG, STEPS} <= set(harness.view.row_selection.keys_in_order())


async def test_a_row_is_selected_from_its_menu_where_ctrl_space_is_taken(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        for expected in ([STEPS], []):
            menu = harness.open_menu(STEPS)
            entry = next(e for e in menu.actions() if e.objectName() == "select_row")
            assert entry.isChecked() is not bool(expected)
            entry.trigger()
            menu.close()
            assert harness.view.row_selection.keys_in_order() == expected


async def test_a_value_copied_alone_finds_its_input_in_the_node_of_the_header(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        harness.focus_row(MORE_STEPS)
        harness.key(K.Key_C, CTRL)
        harness.view.go_to_node("31")
        user_input.process_events()
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {STEPS: 25}


async def test_words_are_no_picture(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        harness.focus_row(PROMPT)
        harness.key(K.Key_C, CTRL)
        harness.focus_row(IMAGE)
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {}
        assert len(harness.announcements) == 1


async def test_a_broken_surrogate_is_copied_and_pasted(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        workflow = _pairs()
        workflow["6"]["inputs"]["text"] = "a\ud800b"  # type: ignore[index, call-overload]
        harness.open(workflow)
        harness.focus_row(PROMPT)
        harness.key(K.Key_C, CTRL)
        harness.focus_row(NEGATIVE)
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {NEGATIVE: "a\ud800b"}


async def test_bytes_that_another_program_calls_ours_do_no_harm(tmp_path: Path) -> None:
    media = {
        "$media": {
            "name": "x" * 10,
            "stored_name": "0" * 64 + ".png",
            "sha256": "",
            "mime": "image/png",
            "size_bytes": 10**4000,
            "width": -5,
            "height": 10**400,
        }
    }
    entry = {"node": "189", "class": "LoadImage", "title": "", "input": "image", "value": media}
    many = json.dumps({"format": 1, "values": [entry]}).encode()
    nan = b'{"format": 1, "values": [{"node": "31", "input": "cfg", "value": NaN}]}'
    endless = b'{"format": 1, "values": [{"node": "31", "input": "cfg", "value": 1e999}]}'
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        for octets, key in (
            (b"\xff\xfe", STEPS),
            (b"[" * 100_000, STEPS),
            (b'{"format": 1, "values": {"a": 1}}', STEPS),
            (b'{"format": 1, "values": [1, null, {}, {"value": 5, "node": []}]}', TILED),
            (nan, CFG),
            (endless, CFG),
            (many, IMAGE),
        ):
            data = QMimeData()
            data.setData(MIME, octets)
            QGuiApplication.clipboard().setMimeData(data)
            harness.focus_row(key)
            harness.key(K.Key_V, CTRL)
            user_input.process_events()
            assert harness.changes == {}, octets[:60]
        harness.screenshot()


async def test_strange_node_ids_are_copied_and_pasted(tmp_path: Path) -> None:
    names = ["38:42", "a b", "", "a/b", "\u202eabc", "ü" * 2000]
    workflow: JsonObject = {
        name: {"class_type": "KSampler", "inputs": {"seed": at, "steps": 20}, "_meta": {}}
        for at, name in enumerate(names)
    }
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(workflow)
        keys = [InputKey(name, "seed") for name in names]
        for key in keys:
            harness.view.row_selection.toggle(harness.model.index_of(key))
        assert harness.view.row_selection.keys_in_order() == keys
        harness.focus_row(keys[2])
        harness.key(K.Key_C, CTRL)
        harness.draft_editor.edit(dict.fromkeys(keys, 77), "Prepare")
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {}


async def test_two_quick_clicks_on_back_go_back_twice(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_pairs())
        harness.focus_row(PREFIX)
        for node_id in ("189", "31", "50"):
            harness.panel.jump_to(InputKey(node_id, ""))
        place = harness.view.viewport()
        back = Qt.MouseButton.BackButton
        # The second press is so quick that it arrives as a double click.
        user_input.double_click(place, QPoint(40, 40), button=back, clicks_before=1)
        assert harness.view.navigation.current_key() == InputKey("189", "")


def _many(count: int = 150) -> JsonObject:
    nodes: JsonObject = {}
    for at in range(count):
        inputs: JsonObject = {"seed": at, "steps": 20, "cfg": 1.5}
        nodes[f"k{at}"] = {"class_type": "KSampler", "inputs": inputs}
        nodes[f"t{at}"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "short"}}
    return nodes


def _heights(harness: InputsHarness, count: int = 150) -> list[int]:
    keys = [InputKey(f"{kind}{at}", name) for at in range(count) for kind, name in _ROWS]
    return [harness.view.row_rect(harness.model.index_of(key)).height() for key in keys]


_ROWS = (("k", "steps"), ("k", "cfg"), ("t", "text"))


async def test_hundreds_of_rows_that_change_at_once_are_as_high_as_one_by_one(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_many())
        short = _heights(harness)
        harness.focus_row(InputKey("t3", "text"))
        harness.key(K.Key_A, CTRL)
        harness.click(InputKey("t3", "text"))
        harness.retype("a long line of a prompt, which does not fit beside its name, " * 6)
        harness.view.commit_pending_edits()
        harness.key(K.Key_Tab)
        harness.model.edit(InputKey("k3", "steps"), 10**6, "Too many")
        user_input.process_events()
        high = _heights(harness)
        assert high[0] > short[0], "a fault has words below its field"
        assert high[2] > short[2]
        assert len({*high[0::3]}) == len({*high[2::3]}) == 1, "all alike"
        harness.view.delegate.forget_metrics()
        harness.view.relayout()
        assert _heights(harness) == high, "as if measured anew"
        harness.draft_editor.undo()
        harness.draft_editor.undo()
        assert harness.changes == {}
        assert _heights(harness) == short
        assert harness.is_painted()
