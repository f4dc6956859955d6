"""Editing by mouse and keyboard: each kind of value is one undo step, and no typing is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.editors import (
    CheckEditor,
    ChoiceEditor,
    LineEditor,
    MultilineTextEditor,
)
from runcomfy_desktop.ui.input_tree.editors.number import NumberEditor
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
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
    open_inputs_harness,
)
from tests.support.async_wait import wait_until
from tests.support.draft_runs import run_once

if TYPE_CHECKING:
    from pathlib import Path

K = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


async def test_a_click_on_a_number_opens_it_and_enter_takes_it_over(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(STEPS)
        assert isinstance(harness.editor, NumberEditor)
        assert harness.editor.accessibleName() == "steps"
        harness.type("35")
        harness.key(K.Key_Return)
        assert harness.changes == {STEPS: 35}
        assert harness.view.delegate.editor is None
        assert harness.view.hasFocus()
        assert harness.draft_editor.state.undo_text == "Change steps"


async def test_a_seed_of_64_bits_stays_whole(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(SEED)
        harness.type(str(BIG_SEED))
        harness.key(K.Key_Return)
        assert harness.changes == {SEED: BIG_SEED}
        harness.click(SEED)
        harness.key(K.Key_Up)
        harness.key(K.Key_Return)
        assert harness.changes == {SEED: BIG_SEED}, "the arrow keys stop at the limit"


async def test_a_field_left_empty_shows_at_a_run_the_number_that_runs(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(STEPS)
        harness.key(K.Key_Delete)
        assert isinstance(harness.editor, NumberEditor)
        assert harness.editor.value() is None
        run_once(harness.draft_editor)
        assert harness.changes == {}
        assert harness.editor.value() == 20


@pytest.mark.parametrize(
    ("typed", "value"),
    [("0.1", 0.1), ("2.50000001", 2.5), ("0.125", 0.13), ("0,5", 0.5), ("3", 3), ("1e-2", 0.01)],
)
async def test_a_decimal_is_kept_as_typed_up_to_the_rounding_of_its_input(
    tmp_path: Path, typed: str, value: float
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(CFG)
        harness.type(typed)
        harness.key(K.Key_Return)
        assert harness.changes == {CFG: value}
        assert type(harness.changes[CFG]) is type(value)


async def test_steps_of_a_decimal_do_not_drift(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(CFG)
        for _time in range(3):
            harness.key(K.Key_Up)
        assert harness.changes == {CFG: 1.3}
        harness.key(K.Key_Escape)
        assert harness.changes == {CFG: 1.3}
        harness.draft_editor.undo()
        assert harness.changes == {}
        assert harness.draft_editor.state.undo_text == ""


async def test_a_number_out_of_range_is_kept_and_says_what_is_allowed(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        height = harness.row_rect(STEPS).height()
        harness.click(STEPS)
        harness.type("0")
        harness.key(K.Key_Return)
        assert harness.changes == {STEPS: 0}
        assert "Set it to 1 or more" in harness.draft_editor.state.issues[STEPS].text
        assert harness.row_rect(STEPS).height() > height


async def test_letters_are_no_number_and_change_nothing(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(STEPS)
        harness.type("abc")
        harness.key(K.Key_Delete)
        harness.key(K.Key_Return)
        assert harness.changes == {}


async def test_typing_on_a_row_opens_its_editor(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(STEPS)
        harness.type("42")
        harness.key(K.Key_Return)
        assert harness.changes == {STEPS: 42}
        harness.focus_row(CFG)
        harness.type("-1")
        harness.key(K.Key_Return)
        assert harness.changes[CFG] == -1


@pytest.mark.parametrize("opener", [K.Key_F2, K.Key_Return])
async def test_f2_and_enter_open_the_editor(tmp_path: Path, opener: Qt.Key) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(PREFIX)
        harness.key(opener)
        assert isinstance(harness.editor, LineEditor)
        harness.type("Red")
        harness.key(K.Key_Return)
        assert harness.changes == {PREFIX: "Red"}


async def test_typing_is_one_step_of_undo_however_long_the_pauses(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(PROMPT)
        harness.retype("a red")
        await wait_until(lambda: harness.changes == {PROMPT: "a red"})
        harness.type(" bicycle")
        await wait_until(lambda: harness.changes == {PROMPT: "a red bicycle"})
        assert harness.editor.toPlainText() == "a red bicycle"  # type: ignore[attr-defined]
        assert harness.editor.textCursor().atEnd()  # type: ignore[attr-defined]
        harness.draft_editor.undo()
        assert harness.changes == {}
        assert harness.editor.toPlainText() == "repaint the bicycle in blue"  # type: ignore[attr-defined]


async def test_a_run_gets_what_was_typed_last(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(PROMPT)
        harness.retype("typed a moment ago")
        draft = run_once(harness.draft_editor)
        assert draft is not None
        assert draft.changes == {PROMPT: "typed a moment ago"}


async def test_a_prompt_takes_line_breaks_and_grows(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        height = harness.row_rect(PROMPT).height()
        harness.click(PROMPT)
        assert isinstance(harness.editor, MultilineTextEditor)
        harness.key(K.Key_End, CTRL)
        for word in ("one", "two", "three", "four"):
            harness.key(K.Key_Return)
            harness.type(word)
        assert harness.row_rect(PROMPT).height() > height
        assert harness.editor.geometry().bottom() <= harness.row_rect(PROMPT).bottom()
        harness.click(STEPS)
        assert harness.changes == {PROMPT: "repaint the bicycle in blue\none\ntwo\nthree\nfour"}


async def test_ctrl_enter_is_not_swallowed_by_a_prompt(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        runs: list[object] = []
        action = harness.panel.addAction("Run", Qt.Key.Key_Return | CTRL)
        action.triggered.connect(lambda: runs.append(run_once(harness.draft_editor)))
        harness.click(PROMPT)
        harness.retype("run this")
        harness.key(K.Key_Return, CTRL)
        assert len(runs) == 1
        assert harness.changes == {PROMPT: "run this"}


async def test_the_cursor_goes_where_one_clicks(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        rect = harness.row_rect(PREFIX)
        user_input.press(
            harness.view.viewport(),
            QPoint(rect.left() + 9, harness.row_part_point(PREFIX, RowPart.FIELD).y()),
        )
        harness.type("X")
        harness.key(K.Key_Return)
        assert harness.changes == {PREFIX: "XBlue"}


async def test_a_choice_is_found_by_any_part_of_its_name(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(SAMPLER)
        harness.key(K.Key_F2)
        harness.close_popup()
        harness.type("dpm")
        completer = harness.editor.completer()  # type: ignore[attr-defined]
        assert completer.completionModel().rowCount() == 1
        assert harness.changes == {}, "half a word is no choice"
        harness.close_popup()
        harness.key(K.Key_Tab)
        assert harness.changes == {SAMPLER: "dpmpp_2m"}


async def test_a_pick_from_the_list_is_taken_over_at_once(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(SAMPLER)
        editor = harness.editor
        assert isinstance(editor, ChoiceEditor)
        popup = editor.list_view()
        assert popup.isVisible()
        model = popup.model()
        assert [model.index(row, 0).data() for row in range(model.rowCount())][3] == "heun"
        user_input.press(popup.viewport(), popup.visualRect(model.index(3, 0)).center())
        assert harness.changes == {SAMPLER: "heun"}


async def test_a_word_that_is_no_choice_is_kept_and_marked(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(SCHEDULER)
        harness.type("simpel")
        harness.close_popup()
        harness.key(K.Key_Return)
        assert harness.changes == {SCHEDULER: "simpel"}
        assert "not one of: simple, karras" in harness.draft_editor.state.issues[SCHEDULER].text


async def test_numbers_to_choose_from_stay_numbers(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(BATCH)
        harness.type("8")
        harness.close_popup()
        harness.key(K.Key_Return)
        assert harness.changes == {BATCH: 8}


async def test_a_check_box_is_toggled_in_place(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(TILED, RowPart.CHECK)
        assert harness.changes == {TILED: True}
        assert harness.view.delegate.editor is None
        assert harness.model.data(harness.model.index_of(TILED)) == "tiled"
        harness.focus_row(TILED)
        harness.key(K.Key_Space)
        assert harness.changes == {}
        assert harness.draft_editor.state.undo_text == "Change tiled"


async def test_tab_goes_from_input_to_input_and_then_out(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(STEPS)
        harness.type("33")
        recorded = []
        for _time in range(6):
            harness.key(K.Key_Tab)
            recorded.append(harness.view.delegate.editing_key)
        assert recorded == [CFG, SAMPLER, SCHEDULER, TILED, BATCH, None]
        assert harness.changes == {STEPS: 33}
        # The next input is a media field; its own controls are part of the tab order.
        focus = QApplication.focusWidget()
        assert focus is not None
        assert focus.objectName() == "media_browse"
        harness.key(K.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        assert harness.view.delegate.editing_key == BATCH


async def test_tab_past_the_last_input_leaves_the_tree(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open({"136": {"class_type": "SaveImage", "inputs": {"filename_prefix": "Blue"}}})
        harness.click(PREFIX)
        harness.type("x")
        harness.key(K.Key_Tab)
        assert harness.view.delegate.editor is None
        focus = QApplication.focusWidget()
        assert focus is not None
        assert focus is not harness.view
        assert harness.changes


async def test_a_check_box_reached_by_tab_is_toggled_by_space(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(SCHEDULER)
        harness.close_popup()
        harness.key(K.Key_Tab)
        assert isinstance(harness.editor, CheckEditor)
        harness.key(K.Key_Space)
        assert harness.changes == {TILED: True}


async def test_the_arrow_resets_an_input(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({STEPS: 30, CFG: 2}, "x")
        harness.click_reset(STEPS)
        assert harness.changes == {CFG: 2}
        assert harness.draft_editor.state.undo_text == "Reset steps"
        harness.focus_row(CFG)
        harness.key(K.Key_Backspace, CTRL)
        assert harness.changes == {}


async def test_where_nothing_changed_there_is_no_arrow_to_press(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click_reset(STEPS)
        assert harness.draft_editor.state.undo_text == ""


async def test_the_seed_has_a_mode_and_dice(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(SEED, RowPart.MODE)
        menu = harness.view.findChild(QMenu, "seed_mode_menu")
        assert isinstance(menu, QMenu)
        action = next(each for each in menu.actions() if each.objectName() == "seed_mode_random")
        user_input.press(menu, menu.actionGeometry(action).center())
        assert harness.draft.seed_modes == {SEED: SeedMode.RANDOM}
        harness.click(SEED, RowPart.DICE)
        assert harness.changes[SEED] != 20260203
        assert harness.draft_editor.state.undo_text == "New random seed"


async def test_the_wheel_scrolls_and_changes_nothing_but_in_the_editor(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        bar = harness.view.verticalScrollBar()
        at = harness.row_part_point(STEPS, RowPart.FIELD)
        before = bar.value()
        user_input.turn_wheel(harness.view.viewport(), at)
        assert bar.value() > before
        assert harness.changes == {}
        harness.click(STEPS)
        user_input.turn_wheel(harness.view.viewport(), harness.row_part_point(STEPS, RowPart.FIELD))
        harness.key(K.Key_Return)
        assert harness.changes == {STEPS: 19}


async def test_what_cannot_be_edited_opens_nothing(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(EXTRA)
        assert harness.view.delegate.editor is None
        harness.key(K.Key_Return)
        harness.type("x")
        assert harness.view.delegate.editor is None
        assert harness.changes == {}


@pytest.mark.parametrize("way", ["click", "enter"])
async def test_a_link_leads_to_its_node(tmp_path: Path, way: str) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.view.collapse(harness.model.index_of_node("38"))
        if way == "click":
            harness.click(MODEL, RowPart.LINK)
        else:
            harness.focus_row(MODEL)
            harness.key(K.Key_Return)
        row = harness.model.node_row_at(harness.view.currentIndex())
        assert row is not None
        assert row.node_id == "38"


async def test_a_schema_that_comes_while_one_types_loses_nothing(tmp_path: Path) -> None:
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from tests.gui.support.inputs_harness import DEPLOYMENT, object_info

    async with open_inputs_harness(tmp_path) as harness:
        harness.open(schema=False)
        harness.focus_row(PROMPT)
        harness.key(K.Key_F2)
        harness.retype("typed before the schema came")
        harness.draft_editor.set_schema(DEPLOYMENT, NodeSchema(object_info()))
        user_input.process_events()
        assert harness.view.delegate.editing_key == PROMPT
        harness.type(", and after")
        harness.click(STEPS)
        assert harness.changes == {PROMPT: "typed before the schema came, and after"}


async def test_another_workflow_does_not_get_what_was_typed_for_the_first(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(PROMPT)
        harness.retype("for the first")
        harness.open(deployment_id="red:1")
        assert harness.changes == {}
        harness.open()
        assert harness.changes == {PROMPT: "for the first"}


async def test_every_kind_changed_and_reset_leaves_nothing(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        for key in (STEPS, CFG, PREFIX, SEED):
            harness.click(key)
            harness.retype("7")
            harness.key(K.Key_Return)
            assert set(harness.changes) == {key}
            harness.click_reset(key)
            assert harness.changes == {}


async def test_a_menu_of_the_row_resets_it(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({STEPS: 30}, "x")
        menu = harness.open_menu(STEPS)
        action = next(each for each in menu.actions() if each.objectName() == "reset_input")
        user_input.press(menu, menu.actionGeometry(action).center())
        assert harness.changes == {}


async def test_a_value_can_be_copied(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(PROMPT)
        harness.key(K.Key_C, CTRL)
        assert QApplication.clipboard().text() == "repaint the bicycle in blue"


async def test_editors_are_named_and_sit_in_their_field(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        for key in (STEPS, CFG, PREFIX, SAMPLER, PROMPT):
            harness.click(key)
            editor = harness.editor
            if isinstance(editor, QComboBox):
                harness.close_popup()
            assert editor.accessibleName() == key.name
            assert harness.row_rect(key).contains(editor.geometry())
            harness.key(K.Key_Escape)


async def test_a_line_with_a_break_in_it_keeps_it_unless_edited(tmp_path: Path) -> None:
    prefix = "two\nlines"
    async with open_inputs_harness(tmp_path) as harness:
        harness.open({"136": {"class_type": "SaveImage", "inputs": {"filename_prefix": prefix}}})
        harness.focus_row(PREFIX)
        harness.key(K.Key_F2)
        assert isinstance(harness.editor, QLineEdit)
        harness.key(K.Key_Return)
        assert harness.changes == {}


async def test_titles_and_values_with_markup_stay_text(tmp_path: Path) -> None:
    workflow = {
        "<b>1</b>": {
            "class_type": "SaveImage",
            "inputs": {"filename_prefix": "<img src=x>"},
            "_meta": {"title": "<h1>Big</h1>\n\u202e reversed"},
        }
    }
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(workflow)  # type: ignore[arg-type]
        node = harness.model.node_row_at(harness.model.index(0, InputColumn.NAME))
        assert node is not None
        assert node.title == "<h1>Big</h1> reversed"
        key = InputKey("<b>1</b>", "filename_prefix")
        assert harness.model.data(harness.model.index_of(key)) == "<img src=x>"
        harness.screenshot()


async def test_another_choice_of_rows_takes_over_what_is_being_typed(tmp_path: Path) -> None:
    """Typed text is committed when the tab changes while its editor is open.

    The editor is still open after a shortcut, or a click that does not move the focus.
    """
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(STEPS)
        harness.type("35")
        harness.panel.show_tab("changed")
        user_input.process_events()
        assert harness.changes == {STEPS: 35}
        assert harness.row_names() == ["#31", "steps"]


async def test_steady_typing_is_taken_over_without_a_pause(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(PROMPT)
        for _letter in range(1000):
            user_input.type_text(harness.panel, "a")
            await asyncio.sleep(0.01)
            if harness.changes:
                return
        raise AssertionError("nothing was taken over while somebody typed")
