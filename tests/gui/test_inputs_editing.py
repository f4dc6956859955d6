"""Editing by mouse and keyboard: each kind of value, one step of undo each, nothing typed lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu

from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.inputs.editors import CheckEditor, ChoiceEditor, LineEditor, TextEditor
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.inputs.numbers import NumberEditor
from runcomfy_desktop.ui.models.inputs import Column
from tests.gui.support import hands
from tests.gui.support.bench import (
    BATCH,
    BIG_SEED,
    CFG,
    EXTRA,
    MODEL,
    PREFIX,
    PROMPT,
    SAMPLER,
    SCHEDULER,
    SEED,
    STEPS,
    TILED,
    shown_bench,
)
from tests.support.until import until
from tests.support.workbenches import run_once

if TYPE_CHECKING:
    from pathlib import Path

K = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


async def test_a_click_on_a_number_opens_it_and_enter_takes_it_over(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(STEPS)
        assert isinstance(bench.editor, NumberEditor)
        assert bench.editor.accessibleName() == "steps"
        bench.type("35")
        bench.key(K.Key_Return)
        assert bench.changes == {STEPS: 35}
        assert bench.view.delegate.editor is None
        assert bench.view.hasFocus()
        assert bench.workbench.state.undo_text == "Change steps"


async def test_a_seed_of_64_bits_stays_whole(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(SEED)
        bench.type(str(BIG_SEED))
        bench.key(K.Key_Return)
        assert bench.changes == {SEED: BIG_SEED}
        bench.click(SEED)
        bench.key(K.Key_Up)
        bench.key(K.Key_Return)
        assert bench.changes == {SEED: BIG_SEED}, "the arrow keys stop at the limit"


async def test_a_field_left_empty_shows_at_a_run_the_number_that_runs(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(STEPS)
        bench.key(K.Key_Delete)
        assert isinstance(bench.editor, NumberEditor)
        assert bench.editor.value() is None
        run_once(bench.workbench)
        assert bench.changes == {}
        assert bench.editor.value() == 20


@pytest.mark.parametrize(
    ("typed", "value"),
    [("0.1", 0.1), ("2.50000001", 2.5), ("0.125", 0.13), ("0,5", 0.5), ("3", 3), ("1e-2", 0.01)],
)
async def test_a_decimal_is_kept_as_typed_up_to_the_rounding_of_its_input(
    tmp_path: Path, typed: str, value: float
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(CFG)
        bench.type(typed)
        bench.key(K.Key_Return)
        assert bench.changes == {CFG: value}
        assert type(bench.changes[CFG]) is type(value)


async def test_steps_of_a_decimal_do_not_drift(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(CFG)
        for _time in range(3):
            bench.key(K.Key_Up)
        assert bench.changes == {CFG: 1.3}
        bench.key(K.Key_Escape)
        assert bench.changes == {CFG: 1.3}
        bench.workbench.undo()
        assert bench.changes == {}
        assert bench.workbench.state.undo_text == ""


async def test_a_number_out_of_range_is_kept_and_says_what_is_allowed(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        height = bench.row_rect(STEPS).height()
        bench.click(STEPS)
        bench.type("0")
        bench.key(K.Key_Return)
        assert bench.changes == {STEPS: 0}
        assert "Set it to 1 or more" in bench.workbench.state.faults[STEPS].text
        assert bench.row_rect(STEPS).height() > height


async def test_letters_are_no_number_and_change_nothing(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(STEPS)
        bench.type("abc")
        bench.key(K.Key_Delete)
        bench.key(K.Key_Return)
        assert bench.changes == {}


async def test_typing_on_a_row_opens_its_editor(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(STEPS)
        bench.type("42")
        bench.key(K.Key_Return)
        assert bench.changes == {STEPS: 42}
        bench.stand_on(CFG)
        bench.type("-1")
        bench.key(K.Key_Return)
        assert bench.changes[CFG] == -1


@pytest.mark.parametrize("opener", [K.Key_F2, K.Key_Return])
async def test_f2_and_enter_open_the_editor(tmp_path: Path, opener: Qt.Key) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(PREFIX)
        bench.key(opener)
        assert isinstance(bench.editor, LineEditor)
        bench.type("Red")
        bench.key(K.Key_Return)
        assert bench.changes == {PREFIX: "Red"}


async def test_typing_is_one_step_of_undo_however_long_the_pauses(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(PROMPT)
        bench.retype("a red")
        await until(lambda: bench.changes == {PROMPT: "a red"})
        bench.type(" bicycle")
        await until(lambda: bench.changes == {PROMPT: "a red bicycle"})
        assert bench.editor.toPlainText() == "a red bicycle"  # type: ignore[attr-defined]
        assert bench.editor.textCursor().atEnd()  # type: ignore[attr-defined]
        bench.workbench.undo()
        assert bench.changes == {}
        assert bench.editor.toPlainText() == "repaint the bicycle in blue"  # type: ignore[attr-defined]


async def test_a_run_gets_what_was_typed_last(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(PROMPT)
        bench.retype("typed a moment ago")
        draft = run_once(bench.workbench)
        assert draft is not None
        assert draft.changes == {PROMPT: "typed a moment ago"}


async def test_a_prompt_takes_line_breaks_and_grows(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        height = bench.row_rect(PROMPT).height()
        bench.click(PROMPT)
        assert isinstance(bench.editor, TextEditor)
        bench.key(K.Key_End, CTRL)
        for word in ("one", "two", "three", "four"):
            bench.key(K.Key_Return)
            bench.type(word)
        assert bench.row_rect(PROMPT).height() > height
        assert bench.editor.geometry().bottom() <= bench.row_rect(PROMPT).bottom()
        bench.click(STEPS)
        assert bench.changes == {PROMPT: "repaint the bicycle in blue\none\ntwo\nthree\nfour"}


async def test_ctrl_enter_is_not_swallowed_by_a_prompt(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        runs: list[object] = []
        action = bench.panel.addAction("Run", Qt.Key.Key_Return | CTRL)
        action.triggered.connect(lambda: runs.append(run_once(bench.workbench)))
        bench.click(PROMPT)
        bench.retype("run this")
        bench.key(K.Key_Return, CTRL)
        assert len(runs) == 1
        assert bench.changes == {PROMPT: "run this"}


async def test_the_cursor_goes_where_one_clicks(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        rect = bench.row_rect(PREFIX)
        hands.press(
            bench.view.viewport(), QPoint(rect.left() + 9, bench.part(PREFIX, Part.FIELD).y())
        )
        bench.type("X")
        bench.key(K.Key_Return)
        assert bench.changes == {PREFIX: "XBlue"}


async def test_a_choice_is_found_by_any_part_of_its_name(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(SAMPLER)
        bench.key(K.Key_F2)
        bench.close_list()
        bench.type("dpm")
        completer = bench.editor.completer()  # type: ignore[attr-defined]
        assert completer.completionModel().rowCount() == 1
        assert bench.changes == {}, "half a word is no choice"
        bench.close_list()
        bench.key(K.Key_Tab)
        assert bench.changes == {SAMPLER: "dpmpp_2m"}


async def test_a_pick_from_the_list_is_taken_over_at_once(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(SAMPLER)
        editor = bench.editor
        assert isinstance(editor, ChoiceEditor)
        popup = editor.list_view()
        assert popup.isVisible()
        model = popup.model()
        assert [model.index(row, 0).data() for row in range(model.rowCount())][3] == "heun"
        hands.press(popup.viewport(), popup.visualRect(model.index(3, 0)).center())
        assert bench.changes == {SAMPLER: "heun"}


async def test_a_word_that_is_no_choice_is_kept_and_marked(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(SCHEDULER)
        bench.type("simpel")
        bench.close_list()
        bench.key(K.Key_Return)
        assert bench.changes == {SCHEDULER: "simpel"}
        assert "not one of: simple, karras" in bench.workbench.state.faults[SCHEDULER].text


async def test_numbers_to_choose_from_stay_numbers(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(BATCH)
        bench.type("8")
        bench.close_list()
        bench.key(K.Key_Return)
        assert bench.changes == {BATCH: 8}


async def test_a_check_box_is_toggled_in_place(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(TILED, Part.CHECK)
        assert bench.changes == {TILED: True}
        assert bench.view.delegate.editor is None
        assert bench.model.data(bench.model.index_of(TILED)) == "tiled"
        bench.stand_on(TILED)
        bench.key(K.Key_Space)
        assert bench.changes == {}
        assert bench.workbench.state.undo_text == "Change tiled"


async def test_tab_goes_from_input_to_input_and_then_out(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(STEPS)
        bench.type("33")
        seen = []
        for _time in range(6):
            bench.key(K.Key_Tab)
            seen.append(bench.view.delegate.editing_key)
        assert seen == [CFG, SAMPLER, SCHEDULER, TILED, BATCH, None]
        assert bench.changes == {STEPS: 33}
        # A well comes next; its own controls take part.
        focus = QApplication.focusWidget()
        assert focus is not None
        assert focus.objectName() == "media_browse"
        bench.key(K.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        assert bench.view.delegate.editing_key == BATCH


async def test_tab_past_the_last_input_leaves_the_tree(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open({"136": {"class_type": "SaveImage", "inputs": {"filename_prefix": "Blue"}}})
        bench.click(PREFIX)
        bench.type("x")
        bench.key(K.Key_Tab)
        assert bench.view.delegate.editor is None
        focus = QApplication.focusWidget()
        assert focus is not None
        assert focus is not bench.view
        assert bench.changes


async def test_a_check_box_reached_by_tab_is_toggled_by_space(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(SCHEDULER)
        bench.close_list()
        bench.key(K.Key_Tab)
        assert isinstance(bench.editor, CheckEditor)
        bench.key(K.Key_Space)
        assert bench.changes == {TILED: True}


async def test_the_arrow_resets_an_input(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({STEPS: 30, CFG: 2}, "x")
        bench.click_reset(STEPS)
        assert bench.changes == {CFG: 2}
        assert bench.workbench.state.undo_text == "Reset steps"
        bench.stand_on(CFG)
        bench.key(K.Key_Backspace, CTRL)
        assert bench.changes == {}


async def test_where_nothing_changed_there_is_no_arrow_to_press(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click_reset(STEPS)
        assert bench.workbench.state.undo_text == ""


async def test_the_seed_has_a_mode_and_dice(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(SEED, Part.MODE)
        menu = bench.view.findChild(QMenu, "seed_mode_menu")
        assert isinstance(menu, QMenu)
        action = next(each for each in menu.actions() if each.objectName() == "seed_mode_random")
        hands.press(menu, menu.actionGeometry(action).center())
        assert bench.draft.seed_modes == {SEED: SeedMode.RANDOM}
        bench.click(SEED, Part.DICE)
        assert bench.changes[SEED] != 20260203
        assert bench.workbench.state.undo_text == "New random seed"


async def test_the_wheel_scrolls_and_changes_nothing_but_in_the_editor(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bar = bench.view.verticalScrollBar()
        at = bench.part(STEPS, Part.FIELD)
        before = bar.value()
        hands.turn_wheel(bench.view.viewport(), at)
        assert bar.value() > before
        assert bench.changes == {}
        bench.click(STEPS)
        hands.turn_wheel(bench.view.viewport(), bench.part(STEPS, Part.FIELD))
        bench.key(K.Key_Return)
        assert bench.changes == {STEPS: 19}


async def test_what_cannot_be_edited_opens_nothing(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(EXTRA)
        assert bench.view.delegate.editor is None
        bench.key(K.Key_Return)
        bench.type("x")
        assert bench.view.delegate.editor is None
        assert bench.changes == {}


@pytest.mark.parametrize("way", ["click", "enter"])
async def test_a_link_leads_to_its_node(tmp_path: Path, way: str) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.view.collapse(bench.model.index_of_node("38"))
        if way == "click":
            bench.click(MODEL, Part.LINK)
        else:
            bench.stand_on(MODEL)
            bench.key(K.Key_Return)
        row = bench.model.node_row(bench.view.currentIndex())
        assert row is not None
        assert row.node_id == "38"


async def test_a_schema_that_comes_while_one_types_loses_nothing(tmp_path: Path) -> None:
    from runcomfy_desktop.domain.schema import Schema
    from tests.gui.support.bench import DEPLOYMENT, object_info

    async with shown_bench(tmp_path) as bench:
        bench.open(schema=False)
        bench.stand_on(PROMPT)
        bench.key(K.Key_F2)
        bench.retype("typed before the schema came")
        bench.workbench.set_schema(DEPLOYMENT, Schema(object_info()))
        hands.settle()
        assert bench.view.delegate.editing_key == PROMPT
        bench.type(", and after")
        bench.click(STEPS)
        assert bench.changes == {PROMPT: "typed before the schema came, and after"}


async def test_another_workflow_does_not_get_what_was_typed_for_the_first(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(PROMPT)
        bench.retype("for the first")
        bench.open(deployment_id="red:1")
        assert bench.changes == {}
        bench.open()
        assert bench.changes == {PROMPT: "for the first"}


async def test_every_kind_changed_and_reset_leaves_nothing(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        for key in (STEPS, CFG, PREFIX, SEED):
            bench.click(key)
            bench.retype("7")
            bench.key(K.Key_Return)
            assert set(bench.changes) == {key}
            bench.click_reset(key)
            assert bench.changes == {}


async def test_a_menu_of_the_row_resets_it(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({STEPS: 30}, "x")
        menu = bench.open_menu(STEPS)
        action = next(each for each in menu.actions() if each.objectName() == "reset_input")
        hands.press(menu, menu.actionGeometry(action).center())
        assert bench.changes == {}


async def test_a_value_can_be_copied(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(PROMPT)
        bench.key(K.Key_C, CTRL)
        assert QApplication.clipboard().text() == "repaint the bicycle in blue"


async def test_editors_are_named_and_sit_in_their_field(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        for key in (STEPS, CFG, PREFIX, SAMPLER, PROMPT):
            bench.click(key)
            editor = bench.editor
            if isinstance(editor, QComboBox):
                bench.close_list()
            assert editor.accessibleName() == key.name
            assert bench.row_rect(key).contains(editor.geometry())
            bench.key(K.Key_Escape)


async def test_a_line_with_a_break_in_it_keeps_it_unless_edited(tmp_path: Path) -> None:
    prefix = "two\nlines"
    async with shown_bench(tmp_path) as bench:
        bench.open({"136": {"class_type": "SaveImage", "inputs": {"filename_prefix": prefix}}})
        bench.stand_on(PREFIX)
        bench.key(K.Key_F2)
        assert isinstance(bench.editor, QLineEdit)
        bench.key(K.Key_Return)
        assert bench.changes == {}


async def test_titles_and_values_with_markup_stay_text(tmp_path: Path) -> None:
    workflow = {
        "<b>1</b>": {
            "class_type": "SaveImage",
            "inputs": {"filename_prefix": "<img src=x>"},
            "_meta": {"title": "<h1>Big</h1>\n\u202e reversed"},
        }
    }
    async with shown_bench(tmp_path) as bench:
        bench.open(workflow)  # type: ignore[arg-type]
        node = bench.model.node_row(bench.model.index(0, Column.NAME))
        assert node is not None
        assert node.title == "<h1>Big</h1> reversed"
        key = InputKey("<b>1</b>", "filename_prefix")
        assert bench.model.data(bench.model.index_of(key)) == "<img src=x>"
        bench.picture()


async def test_another_choice_of_rows_takes_over_what_is_being_typed(tmp_path: Path) -> None:
    """By a shortcut, or where a click gives no focus, the editor is still open then."""
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(STEPS)
        bench.type("35")
        bench.panel.show_tab("changed")
        hands.settle()
        assert bench.changes == {STEPS: 35}
        assert bench.shown() == ["#31", "steps"]


async def test_steady_typing_is_taken_over_without_a_pause(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(PROMPT)
        for _letter in range(1000):
            hands.type_text(bench.panel, "a")
            await asyncio.sleep(0.01)
            if bench.changes:
                return
        raise AssertionError("nothing was taken over while somebody typed")
