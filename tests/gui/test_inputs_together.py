"""Several inputs at once: selected, set, reset, copied and pasted, each deed one step of undo."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.models.inputs import Column
from tests.gui.support import hands
from tests.gui.support.bench import (
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
    Bench,
    shown_bench,
)

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.json_value import JsonObject

K = Qt.Key
M = Qt.KeyboardModifier
CTRL, SHIFT = M.ControlModifier, M.ShiftModifier
MORE_STEPS = InputKey("32", "steps")
MORE_SEED = InputKey("32", "seed")


def _two_samplers() -> JsonObject:
    """The usual workflow with a second sampler at its end."""
    copied: JsonObject = json.loads(json.dumps(WORKFLOW))
    copied["32"] = json.loads(json.dumps(WORKFLOW["31"]))
    return copied


def _press_name(bench: Bench, key: InputKey, keys: Qt.KeyboardModifier) -> None:
    hands.press(bench.view.viewport(), bench.row_rect(key, Column.NAME).center(), keys)


def _clipboard() -> str:
    return QGuiApplication.clipboard().text()


async def test_what_is_typed_in_one_of_the_selected_is_set_in_all_of_its_kind(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_two_samplers())
        for key in (STEPS, MORE_STEPS, CFG):
            _press_name(bench, key, CTRL)
        assert bench.view.chosen.in_order() == [STEPS, CFG, MORE_STEPS]
        bench.click(STEPS)
        bench.type("35")
        bench.key(K.Key_Return)
        assert bench.changes == {STEPS: 35, MORE_STEPS: 35}
        assert bench.workbench.state.undo_text == "Change steps, 2 inputs together"
        bench.workbench.undo()
        assert bench.changes == {}


async def test_a_selected_checkbox_is_set_like_the_others(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        copied = json.loads(json.dumps(WORKFLOW))
        copied["51"] = {"class_type": "Tiles", "inputs": {"tiled": True, "batch": 1}}
        bench.open(copied)
        _press_name(bench, TILED, CTRL)
        _press_name(bench, InputKey("51", "tiled"), CTRL)
        bench.click(TILED, Part.CHECK)
        assert bench.changes == {TILED: True}, "the other is on already"


async def test_a_choice_that_an_input_does_not_have_is_not_put_into_it(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        _press_name(bench, SAMPLER, CTRL)
        _press_name(bench, InputKey("31", "scheduler"), CTRL)
        bench.model.edit(SAMPLER, "heun", "Change")
        assert bench.changes == {SAMPLER: "heun"}


async def test_a_plain_click_elsewhere_ends_the_selection(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_two_samplers())
        _press_name(bench, STEPS, CTRL)
        _press_name(bench, MORE_STEPS, CTRL)
        _press_name(bench, PREFIX, M.NoModifier)
        assert not bench.view.chosen
        bench.click(STEPS)
        bench.type("5")
        bench.key(K.Key_Return)
        assert bench.changes == {STEPS: 5}


async def test_ranges_by_shift_with_mouse_and_keys(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        _press_name(bench, SEED, M.NoModifier)
        _press_name(bench, SAMPLER, SHIFT)
        assert bench.view.chosen.in_order() == [SEED, STEPS, CFG, SAMPLER]
        _press_name(bench, STEPS, SHIFT)
        assert bench.view.chosen.in_order() == [SEED, STEPS], "the range shrinks again"
        bench.key(K.Key_Escape)
        assert not bench.view.chosen
        bench.stand_on(STEPS)
        bench.key(K.Key_Down, SHIFT)
        bench.key(K.Key_Down, SHIFT)
        assert bench.view.chosen.in_order() == [STEPS, CFG, SAMPLER]
        bench.key(K.Key_Up, SHIFT)
        assert bench.view.chosen.in_order() == [STEPS, CFG]
        bench.key(K.Key_Space, CTRL)
        assert bench.view.chosen.in_order() == [STEPS]


async def test_all_that_is_shown_is_selected_and_a_header_means_its_inputs(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        header = bench.model.index_of_node("31")
        bench.view.scrollTo(header)
        hands.settle()
        hands.press(bench.view.viewport(), bench.view.visualRect(header).center(), CTRL)
        assert len(bench.view.chosen.in_order()) == 6
        bench.stand_on(STEPS)
        bench.key(K.Key_A, CTRL)
        assert len(bench.view.chosen.in_order()) == sum(
            len(node.inputs) for node in bench.draft.workflow.nodes.values()
        )


async def test_reset_resets_what_is_selected_and_a_node_as_a_whole(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_two_samplers())
        values: dict[InputKey, Value] = {STEPS: 5, MORE_STEPS: 6, CFG: 2.5, PREFIX: "x"}
        bench.workbench.edit(values, "Prepare")
        _press_name(bench, STEPS, CTRL)
        _press_name(bench, MORE_STEPS, CTRL)
        bench.click_reset(STEPS)
        assert bench.changes == {CFG: 2.5, PREFIX: "x"}
        bench.workbench.undo()
        bench.key(K.Key_Escape)
        bench.stand_on(CFG)
        menu = bench.open_menu(CFG)
        assert "reset_input" in [action.objectName() for action in menu.actions()]
        menu.close()
        bench.view.deeds.reset_node()
        assert bench.changes == {MORE_STEPS: 6, PREFIX: "x"}
        assert bench.workbench.state.undo_text == "Reset the node KSampler"


async def test_a_value_goes_to_another_input_by_copy_and_paste(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_two_samplers())
        bench.workbench.edit({SEED: BIG_SEED}, "Prepare")
        bench.stand_on(SEED)
        bench.key(K.Key_C, CTRL)
        assert _clipboard() == str(BIG_SEED)
        bench.stand_on(MORE_SEED)
        bench.key(K.Key_V, CTRL)
        assert bench.changes == {SEED: BIG_SEED, MORE_SEED: BIG_SEED}
        assert bench.workbench.state.undo_text == "Paste into seed"
        bench.stand_on(SAMPLER)
        bench.key(K.Key_V, CTRL)
        assert SAMPLER not in bench.changes
        assert bench.said == ["The clipboard holds no value for this input. It stays as it was."]


async def test_text_of_other_programs_is_taken_where_it_is_a_value(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        for text, key, value in (
            (" 35 ", STEPS, 35),
            ("2,5", CFG, 2.5),
            ("heun", SAMPLER, "heun"),
            ("4", BATCH, 4),
            ("Tiled", TILED, True),
            ("two\nlines", PROMPT, "two\nlines"),
        ):
            QGuiApplication.clipboard().setText(text)
            bench.stand_on(key)
            bench.key(K.Key_V, CTRL)
            assert bench.changes[key] == value
        QGuiApplication.clipboard().setText("many")
        bench.stand_on(STEPS)
        bench.key(K.Key_V, CTRL)
        assert bench.changes[STEPS] == 35
        assert len(bench.said) == 1


async def test_a_node_s_values_go_to_another_node_of_its_inputs(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(_two_samplers())
        bench.workbench.edit({SEED: 1, STEPS: 5, CFG: 3}, "Prepare")
        bench.view.go_to_node("31")
        hands.settle()
        bench.key(K.Key_C, CTRL)
        assert "seed: 1\nsteps: 5\ncfg: 3" in _clipboard()
        bench.view.go_to_node("32")
        hands.settle()
        bench.key(K.Key_V, CTRL)
        cfg = InputKey("32", "cfg")
        assert {MORE_SEED: 1, MORE_STEPS: 5, cfg: 3}.items() <= bench.changes.items()
        assert bench.workbench.state.undo_text == "Paste 5 values"
        assert bench.said == []
        bench.workbench.undo()
        assert bench.changes == {SEED: 1, STEPS: 5, CFG: 3}


async def test_what_was_copied_in_one_draft_finds_its_place_in_another(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({STEPS: 5, PREFIX: "Copy"}, "Prepare")
        _press_name(bench, STEPS, CTRL)
        _press_name(bench, PREFIX, CTRL)
        _press_name(bench, BATCH, CTRL)
        bench.key(K.Key_C, CTRL)
        other = json.loads(json.dumps(WORKFLOW))
        other["131"] = other.pop("31")
        del other["50"]
        bench.open(other, deployment_id="other:1")
        assert bench.changes == {}
        bench.view.go_to_node("189")
        hands.settle()
        bench.key(K.Key_V, CTRL)
        assert bench.changes == {InputKey("131", "steps"): 5, PREFIX: "Copy"}
        assert bench.said == ["1 of 3 values was left out: there is no input here that takes it."]


async def test_a_link_is_copied_as_text_and_never_pasted_over(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(MODEL)
        bench.key(K.Key_C, CTRL)
        assert _clipboard()
        QGuiApplication.clipboard().setText("5")
        bench.key(K.Key_V, CTRL)
        assert bench.changes == {}


async def test_a_file_s_name_goes_from_well_to_well(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(IMAGE)
        bench.key(K.Key_C, CTRL)
        bench.stand_on(LEFT)
        bench.key(K.Key_V, CTRL)
        assert bench.changes == {LEFT: "bike.jpg"}


async def test_what_is_selected_is_seen_and_heard(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(PREFIX)
        before = bench.picture().toImage()
        bench.key(K.Key_Space, CTRL)
        edge = bench.row_rect(PREFIX, Column.NAME)
        at = bench.view.viewport().mapTo(bench.panel, edge.topLeft())
        after = bench.picture().toImage()
        assert before.pixelColor(at.x() + 1, at.y() + 4) != after.pixelColor(at.x() + 1, at.y() + 4)
        state = bench.view.access.value(PREFIX).state()
        assert state.selectable
        assert state.selected
        assert not bench.view.access.value(STEPS).state().selected
