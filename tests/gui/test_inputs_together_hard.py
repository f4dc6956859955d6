"""Several inputs at once, on a bad day: taken back, filtered, of another draft, out of range."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.clip import MIME
from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.models.inputs import Column
from tests.gui.support import hands
from tests.gui.support.bench import (
    CFG,
    IMAGE,
    PREFIX,
    PROMPT,
    SAMPLER,
    SEED,
    STEPS,
    TILED,
    WORKFLOW,
    Bench,
    shown_bench,
)

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject

K = Qt.Key
M = Qt.KeyboardModifier
CTRL, SHIFT = M.ControlModifier, M.ShiftModifier
MORE_STEPS = InputKey("32", "steps")
MORE_SEED = InputKey("32", "seed")
NEGATIVE = InputKey("7", "text")


def _pairs() -> JsonObject:
    """The usual workflow with a second sampler and a second prompt, of values of their own."""
    copied: JsonObject = json.loads(json.dumps(WORKFLOW))
    copied["32"] = json.loads(json.dumps(WORKFLOW["31"]))
    copied["32"]["inputs"]["steps"] = 25  # type: ignore[index, call-overload]
    copied["7"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "blur", "clip": ["38", 0]}}
    return copied


def _choose(bench: Bench, *keys: InputKey) -> None:
    for key in keys:
        at = bench.row_rect(key, Column.NAME).center()
        hands.press(bench.view.viewport(), at, CTRL)


async def test_undo_gives_each_of_the_selected_its_own_value_back(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        _choose(bench, STEPS, MORE_STEPS)
        bench.click(STEPS)
        bench.type("35")
        bench.view.settle()
        bench.key(K.Key_Escape)
        assert bench.changes == {STEPS: 35, MORE_STEPS: 35}
        bench.workbench.undo()
        assert bench.changes == {}
        assert bench.workbench.state.undo_text == ""


async def test_escape_in_a_prompt_keeps_what_was_typed_for_all_prompts(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        _choose(bench, PROMPT, NEGATIVE)
        bench.click(PROMPT)
        bench.retype("a boat")
        bench.key(K.Key_Escape)
        assert bench.changes == {PROMPT: "a boat", NEGATIVE: "a boat"}
        bench.workbench.undo()
        assert bench.changes == {}


async def test_what_changed_before_is_what_undo_gives_back(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        bench.workbench.edit({MORE_STEPS: 7}, "Prepare")
        _choose(bench, STEPS, MORE_STEPS)
        bench.click(STEPS)
        bench.type("3")
        bench.view.settle()
        bench.type("5")
        bench.view.settle()
        bench.key(K.Key_Escape)
        assert bench.changes == {STEPS: 35, MORE_STEPS: 35}
        bench.workbench.undo()
        assert bench.changes == {MORE_STEPS: 7}
        assert bench.workbench.state.undo_text == "Prepare"


async def test_it_is_told_when_inputs_out_of_sight_were_changed_too(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        _choose(bench, STEPS, MORE_STEPS)
        bench.view.collapse(bench.model.index_of_node("32"))
        bench.click(STEPS)
        for number in ("3", "5"):
            bench.type(number)
            bench.view.settle()
        bench.key(K.Key_Return)
        assert bench.changes == {STEPS: 35, MORE_STEPS: 35}
        assert bench.said == ["2 inputs were changed together, 1 of them out of sight."]


async def test_a_value_of_no_list_is_set_where_it_was_typed(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        scheduler = InputKey("31", "scheduler")
        _choose(bench, SAMPLER, scheduler)
        bench.model.edit(SAMPLER, "karras", "Change")
        assert bench.changes == {SAMPLER: "karras", scheduler: "karras"}


async def test_reset_means_all_that_is_selected_of_any_kind(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        bench.workbench.edit({STEPS: 5, PREFIX: "x", CFG: 2.5, SAMPLER: "heun"}, "Prepare")
        _choose(bench, STEPS, PREFIX, SAMPLER)
        bench.key(K.Key_Backspace, CTRL)
        assert bench.changes == {CFG: 2.5}
        assert bench.workbench.state.undo_text == "Reset 3 inputs"
        bench.workbench.undo()
        bench.click_reset(STEPS)
        assert bench.changes == {CFG: 2.5}
        bench.workbench.undo()
        bench.panel.reset_current()
        assert bench.changes == {CFG: 2.5}


async def test_the_menu_resets_what_is_selected_though_its_row_is_unchanged(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        bench.workbench.edit({STEPS: 5, PREFIX: "x"}, "Prepare")
        _choose(bench, CFG, STEPS, PREFIX)
        menu = bench.open_menu(CFG)
        reset = next(each for each in menu.actions() if each.objectName() == "reset_input")
        assert reset.text() == "Reset 2 inputs"
        bench.workbench.edit({PREFIX: "Blue"}, "As it was")
        menu.close()
        menu = bench.open_menu(CFG)
        reset = next(each for each in menu.actions() if each.objectName() == "reset_input")
        assert reset.text() == "Reset 1 input", "which is another than the one of the menu"
        reset.trigger()
        menu.close()
        assert bench.changes == {}


async def test_selected_inputs_of_another_draft_are_not_selected_here(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        _choose(bench, STEPS, MORE_STEPS)
        bench.open(_pairs(), deployment_id="other:1")
        assert not bench.view.chosen
        bench.open(_pairs())
        assert not bench.view.chosen


async def test_what_is_selected_outlives_filter_fold_and_the_schema(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs(), schema=False)
        _choose(bench, STEPS, PREFIX)
        bench.panel.show_tab("changed")
        bench.panel.show_tab("all")
        bench.view.collapse_all()
        bench.view.expand_all()
        bench.open(_pairs())
        assert bench.view.chosen.in_order() == [STEPS, PREFIX]


async def test_a_seed_s_mode_is_chosen_for_all_selected_seeds(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        _choose(bench, SEED, MORE_SEED, STEPS)
        bench.click(SEED, Part.MODE)
        menu = bench.view.findChild(QMenu, "seed_mode_menu")
        assert isinstance(menu, QMenu)
        random = next(e for e in menu.actions() if e.objectName() == "seed_mode_random")
        random.trigger()
        menu.close()
        modes = dict(bench.draft.seed_modes)
        assert modes == {SEED: SeedMode.RANDOM, MORE_SEED: SeedMode.RANDOM}
        bench.workbench.undo()
        assert not bench.draft.seed_modes


async def test_the_dice_rolls_for_seeds_and_leaves_other_numbers(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        _choose(bench, SEED, STEPS, MORE_SEED)
        bench.click(SEED, Part.DICE)
        assert bench.changes.keys() == {SEED, MORE_SEED}
        assert bench.changes[SEED] == bench.changes[MORE_SEED]
        assert bench.workbench.state.undo_text == "New random seed, 2 inputs together"


async def test_keys_that_move_far_select_as_far_with_shift(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        bench.stand_on(CFG)
        bench.key(K.Key_End, SHIFT)
        assert NEGATIVE in bench.view.chosen
        assert CFG in bench.view.chosen
        assert STEPS not in bench.view.chosen
        bench.key(K.Key_Home, SHIFT)
        assert NEGATIVE not in bench.view.chosen
        assert {IMAGE, CFG, STEPS} <= set(bench.view.chosen.in_order())


async def test_a_row_is_selected_from_its_menu_where_ctrl_space_is_taken(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        for expected in ([STEPS], []):
            menu = bench.open_menu(STEPS)
            entry = next(e for e in menu.actions() if e.objectName() == "select_row")
            assert entry.isChecked() is not bool(expected)
            entry.trigger()
            menu.close()
            assert bench.view.chosen.in_order() == expected


async def test_a_value_copied_alone_finds_its_input_in_the_node_of_the_header(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        bench.stand_on(MORE_STEPS)
        bench.key(K.Key_C, CTRL)
        bench.view.go_to_node("31")
        hands.settle()
        bench.key(K.Key_V, CTRL)
        assert bench.changes == {STEPS: 25}


async def test_words_are_no_picture(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        bench.stand_on(PROMPT)
        bench.key(K.Key_C, CTRL)
        bench.stand_on(IMAGE)
        bench.key(K.Key_V, CTRL)
        assert bench.changes == {}
        assert len(bench.said) == 1


async def test_a_broken_surrogate_is_copied_and_pasted(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        workflow = _pairs()
        workflow["6"]["inputs"]["text"] = "a\ud800b"  # type: ignore[index, call-overload]
        bench.open(workflow)
        bench.stand_on(PROMPT)
        bench.key(K.Key_C, CTRL)
        bench.stand_on(NEGATIVE)
        bench.key(K.Key_V, CTRL)
        assert bench.changes == {NEGATIVE: "a\ud800b"}


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
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
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
            bench.stand_on(key)
            bench.key(K.Key_V, CTRL)
            hands.settle()
            assert bench.changes == {}, octets[:60]
        bench.picture()


async def test_strange_node_ids_are_copied_and_pasted(tmp_path: Path) -> None:
    names = ["38:42", "a b", "", "a/b", "\u202eabc", "ü" * 2000]
    workflow: JsonObject = {
        name: {"class_type": "KSampler", "inputs": {"seed": at, "steps": 20}, "_meta": {}}
        for at, name in enumerate(names)
    }
    async with shown_bench(tmp_path) as bench:
        bench.open(workflow)
        keys = [InputKey(name, "seed") for name in names]
        for key in keys:
            bench.view.chosen.toggle(bench.model.index_of(key))
        assert bench.view.chosen.in_order() == keys
        bench.stand_on(keys[2])
        bench.key(K.Key_C, CTRL)
        bench.workbench.edit(dict.fromkeys(keys, 77), "Prepare")
        bench.key(K.Key_V, CTRL)
        assert bench.changes == {}


async def test_two_quick_clicks_on_back_go_back_twice(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_pairs())
        bench.stand_on(PREFIX)
        for node_id in ("189", "31", "50"):
            bench.panel.jump_to(InputKey(node_id, ""))
        place = bench.view.viewport()
        back = Qt.MouseButton.BackButton
        # The second press is so quick that it comes as a double click.
        hands.double_click(place, QPoint(40, 40), button=back, clicks_before=1)
        assert bench.view.ways.here() == InputKey("189", "")


def _many(count: int = 150) -> JsonObject:
    nodes: JsonObject = {}
    for at in range(count):
        inputs: JsonObject = {"seed": at, "steps": 20, "cfg": 1.5}
        nodes[f"k{at}"] = {"class_type": "KSampler", "inputs": inputs}
        nodes[f"t{at}"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "short"}}
    return nodes


def _heights(bench: Bench, count: int = 150) -> list[int]:
    keys = [InputKey(f"{kind}{at}", name) for at in range(count) for kind, name in _ROWS]
    return [bench.view.row_rect(bench.model.index_of(key)).height() for key in keys]


_ROWS = (("k", "steps"), ("k", "cfg"), ("t", "text"))


async def test_hundreds_of_rows_that_change_at_once_are_as_high_as_one_by_one(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_many())
        short = _heights(bench)
        bench.stand_on(InputKey("t3", "text"))
        bench.key(K.Key_A, CTRL)
        bench.click(InputKey("t3", "text"))
        bench.retype("a long line of a prompt, which does not fit beside its name, " * 6)
        bench.view.settle()
        bench.key(K.Key_Tab)
        bench.model.edit(InputKey("k3", "steps"), 10**6, "Too many")
        hands.settle()
        high = _heights(bench)
        assert high[0] > short[0], "a fault has words below its field"
        assert high[2] > short[2]
        assert len({*high[0::3]}) == len({*high[2::3]}) == 1, "all alike"
        bench.view.delegate.forget_metrics()
        bench.view.lay_out_again()
        assert _heights(bench) == high, "as if measured anew"
        bench.workbench.undo()
        bench.workbench.undo()
        assert bench.changes == {}
        assert _heights(bench) == short
        assert bench.is_painted()
