"""Issues on screen: their place, navigation between them, and quick fixes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from runcomfy_desktop.domain.validation.input_issue import InputIssue, QuickFix
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.editors.number import NumberEditor
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from runcomfy_desktop.ui.widgets.accessible_item import PRESS
from runcomfy_desktop.ui.widgets.chips import Chip
from tests.gui.support import user_input
from tests.gui.support.gui_program import open_program
from tests.gui.support.inputs_harness import (
    CFG,
    PREFIX,
    PROMPT,
    SAMPLER,
    STEPS,
    open_inputs_harness,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.gui.support.inputs_harness import InputsHarness

K = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier
NODE = InputKey("50", "")
WORKFLOW = InputKey("", "")

TOO_FEW = InputIssue("0 is below the minimum 1.", quick_fix=QuickFix("Set to 1", 1))
STRANGE = InputIssue("“oiler” is not one of: euler, heun.", quick_fix=QuickFix("Use heun", "heun"))
WARNING = InputIssue(
    "“7” is a text; ComfyUI makes a number of it.", blocks=False, quick_fix=QuickFix("Use 7", 7)
)
UNKNOWN = InputIssue("The deployment does not have the class Tiles.")
NO_OUTPUT = InputIssue("Nothing in this workflow is an output.")
FAULTS = {STEPS: TOO_FEW, SAMPLER: STRANGE, CFG: WARNING, NODE: UNKNOWN, WORKFLOW: NO_OUTPUT}


def show_faults(harness: InputsHarness, faults: Mapping[InputKey, InputIssue]) -> None:
    """Sets the issues of the draft in view until it is changed."""
    harness.draft_editor.state = replace(harness.draft_editor.state, issues=faults)
    harness.draft_editor.changed.publish(harness.draft_editor.state)
    user_input.process_events()


def chip(harness: InputsHarness) -> Chip:
    return user_input.find(harness.panel, Chip, "tab_problems")


async def test_a_folded_header_shows_at_once_what_an_input_has_that_the_filter_hides(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        user_input.find(harness.panel, QLineEdit, "inputs_filter").setText("seed")
        user_input.process_events()
        harness.view.collapse_all()
        user_input.process_events()
        show_faults(harness, {SAMPLER: STRANGE})
        assert harness.is_painted()


async def test_the_tab_counts_problems_and_tells_errors_from_warnings(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert (chip(harness).text(), chip(harness).accessibleName()) == (
            "Problems 0",
            "Problems, none",
        )
        show_faults(harness, FAULTS)
        assert chip(harness).text() == "Problems 5"
        assert chip(harness).accessibleName() == "Problems, 4 errors, 1 warning"


async def test_the_tab_shows_rows_with_faults_only(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        show_faults(harness, FAULTS)
        user_input.press(chip(harness))
        assert harness.row_names() == ["#31", "steps", "cfg", "sampler_name", "#50"]
        show_faults(harness, {STEPS: TOO_FEW})
        assert harness.row_names() == ["#31", "steps"]
        show_faults(harness, {})
        assert harness.row_names() == []
        user_input.press(user_input.find(harness.panel, QPushButton, "empty_state_button"))
        assert len(harness.row_names()) > 15


async def test_a_fault_of_a_node_stands_under_its_title(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        header = harness.model.index_of_node("50")
        plain, below = harness.view.visualRect(header).height(), harness.model.index_of(PREFIX)
        top = harness.view.visualRect(below).top()
        show_faults(harness, {NODE: UNKNOWN})
        higher = harness.view.visualRect(header).height()
        assert higher > plain
        assert harness.view.visualRect(below).top() == top + higher - plain
        assert harness.is_painted()
        node = harness.view.accessibility.node("50")
        assert node.text(QAccessible.Text.Description) == f"Error: {UNKNOWN.text}"
        show_faults(harness, {})
        assert harness.view.visualRect(header).height() == plain


async def test_a_fault_of_the_workflow_stands_above_the_tree(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        line = user_input.find(harness.panel, QWidget, "fault_line_0")
        assert not line.isVisible()
        show_faults(harness, {WORKFLOW: NO_OUTPUT})
        assert line.isVisible()
        assert user_input.find(harness.panel, QLabel, "fault_line_0_text").text() == NO_OUTPUT.text
        assert line.accessibleName() == f"The workflow. Error: {NO_OUTPUT.text}"
        harness.panel.go_to_problem()
        assert line.hasFocus()
        show_faults(harness, {WORKFLOW: NO_OUTPUT, STEPS: TOO_FEW})
        harness.panel.go_to_problem()
        assert harness.model.key_at(harness.view.currentIndex()) == STEPS
        harness.panel.go_to_problem(forward=False)
        assert line.hasFocus()


async def test_one_gets_from_each_problem_to_the_next_and_round(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        faults = {SAMPLER: STRANGE, NODE: UNKNOWN, STEPS: TOO_FEW}
        show_faults(harness, faults)
        harness.focus_row(PROMPT)
        recorded = []
        for _time in range(4):
            harness.panel.go_to_problem()
            user_input.process_events()
            node = harness.model.node_row_at(harness.view.currentIndex())
            recorded.append(
                harness.model.key_at(harness.view.currentIndex()) or (node and node.node_id)
            )
        assert recorded == [STEPS, SAMPLER, "50", STEPS]
        harness.panel.go_to_problem(forward=False)
        node = harness.model.node_row_at(harness.view.currentIndex())
        assert node is not None
        assert node.node_id == "50"


async def test_a_problem_is_reached_through_a_filter(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.panel.focus_filter()
        harness.type("prompt")
        show_faults(harness, {STEPS: TOO_FEW})
        harness.panel.go_to_problem()
        assert harness.model.key_at(harness.view.currentIndex()) == STEPS


async def test_a_click_on_the_quick_fix_is_one_step_with_its_name(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({SAMPLER: "oiler"}, "x")
        show_faults(harness, {SAMPLER: STRANGE})
        harness.click(SAMPLER, RowPart.QUICK_FIX)
        assert harness.changes == {SAMPLER: "heun"}
        assert harness.draft_editor.state.undo_text == "Use heun"
        harness.draft_editor.undo()
        assert harness.changes == {SAMPLER: "oiler"}


async def test_alt_enter_applies_the_quick_fix_on_the_row_and_in_its_editor(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        for is_open in (False, True):
            show_faults(harness, {STEPS: TOO_FEW})
            harness.focus_row(STEPS)
            if is_open:
                harness.key(K.Key_F2)
            harness.key(K.Key_Return, ALT)
            assert harness.changes == {STEPS: 1}
            if is_open:
                assert isinstance(harness.editor, NumberEditor)
                assert harness.editor.value() == 1
            harness.draft_editor.undo()
            assert harness.changes == {}


async def test_the_menu_and_a_screen_reader_offer_the_quick_fix(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        show_faults(harness, {STEPS: TOO_FEW})
        menu = harness.open_menu(STEPS)
        (entry,) = [each for each in menu.actions() if each.objectName() == "cure"]
        assert entry.text() == "Set to 1"
        entry.trigger()
        menu.close()
        assert harness.changes == {STEPS: 1}
        show_faults(harness, {STEPS: WARNING})
        place = harness.model.index_of(STEPS).parent().row()
        controls = harness.view.accessibility.controls(place)
        (button,) = [each for each in controls if each.name() == "Use 7"]
        assert button.role() == QAccessible.Role.Button
        assert not button.rect().isEmpty()
        value = harness.view.accessibility.value(STEPS)
        assert value.description().startswith("Warning: “7” is a text")
        assert "Alt+Enter: Use 7." in value.description()
        button.doAction(PRESS)
        assert harness.changes == {STEPS: 7}


async def test_all_quick_fixes_are_one_step_that_says_what_it_did(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        show_faults(harness, FAULTS)
        button = user_input.find(harness.panel, QPushButton, "apply_cures")
        assert not button.isVisible(), "it belongs to the problems"
        user_input.press(chip(harness))
        assert button.text() == "Apply all 3 cures"
        what = "steps: Set to 1\nsampler_name: Use heun\ncfg: Use 7"
        assert button.accessibleDescription() == what
        user_input.press(button)
        assert harness.changes == {STEPS: 1, SAMPLER: "heun", CFG: 7}
        assert harness.draft_editor.state.undo_text == "Apply all 3 cures"
        assert harness.announcements == [f"3 problems are put right: {what}.".replace("\n", "; ")]
        harness.draft_editor.undo()
        assert harness.changes == {}
        show_faults(harness, {STEPS: TOO_FEW, NODE: UNKNOWN})
        assert not button.isVisible(), "one cure stands at its row"


async def test_a_screen_reader_hears_that_something_in_a_folded_node_is_wrong(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.view.collapse_all()
        show_faults(harness, {STEPS: TOO_FEW})
        assert harness.view.accessibility.node("31").description() == "Something inside is wrong."
        harness.view.expand_all()
        assert harness.view.accessibility.node("31").description() == ""


async def test_nodes_without_changes_and_problems_are_folded(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({PROMPT: "red"}, "x")
        show_faults(harness, {STEPS: TOO_FEW})
        harness.panel.collapse_unchanged()
        assert open_nodes(harness) == ["6", "31"]
        harness.open(deployment_id="another")
        harness.open()
        assert not harness.view.is_expanded(harness.model.index_of_node("50")), "it is remembered"
        harness.view.expand_all()
        assert len(open_nodes(harness)) == 7


def open_nodes(harness: InputsHarness) -> list[str]:
    places = range(harness.model.rowCount())
    headers = [harness.model.index(place, 0) for place in places]
    return [
        harness.model.node_id_at(each.row()) for each in headers if harness.view.is_expanded(each)
    ]


async def test_what_the_checks_find_is_cured_by_its_link(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({SAMPLER: "oiler", STEPS: 0}, "x")
        user_input.press(chip(harness))
        assert harness.row_names() == ["#31", "steps", "sampler_name"]
        harness.click(SAMPLER, RowPart.QUICK_FIX)
        assert harness.changes == {STEPS: 0}, "the deployment's own value is no change"
        assert harness.row_names() == ["#31", "steps"]
        harness.focus_row(STEPS)
        harness.key(K.Key_Return, ALT)
        assert harness.changes == {STEPS: 1}
        assert harness.row_names() == []


async def test_a_blocked_run_names_the_first_problem_and_leads_there(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        panel = program.session.inputs
        program.services.draft_editor.edit({STEPS: -4, CFG: -1.0}, "x")
        panel.view.collapse_all()
        reason = program.find(QWidget, "run_reason").accessibleDescription()
        assert reason.startswith("steps: -4 is below the minimum")
        assert reason.endswith("And 1 more problem.")
        await program.press("run")
        assert panel.model.key_at(panel.view.currentIndex()) == STEPS
        assert panel.view.hasFocus()
        await program.key(K.Key_F8)
        assert panel.model.key_at(panel.view.currentIndex()) == CFG
        await program.key(K.Key_F8, Qt.KeyboardModifier.ShiftModifier)
        assert panel.model.key_at(panel.view.currentIndex()) == STEPS
        await program.key(K.Key_3, Qt.KeyboardModifier.ControlModifier | ALT)
        assert panel.model.rowCount() == 1
        assert program.states() == []


async def test_keys_fold_and_unfold_all_nodes(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        panel = program.session.inputs
        count = panel.model.rowCount()
        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        panel.view.setFocus()
        await program.key(K.Key_Minus, both)
        assert len(panel.view.row_geometry.collapsed_rows()) == count
        await program.key(K.Key_Plus, both)
        assert panel.view.row_geometry.collapsed_rows() == []


async def test_a_value_of_a_node_that_is_gone_is_told_and_taken_away(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        lost = InputKey("gone", "strength")
        harness.draft_editor.edit({lost: 1}, "x")
        text = user_input.find(harness.panel, QLabel, "fault_line_0_text")
        assert text.text().startswith("strength: Node #gone is not in this workflow any more")
        harness.panel.go_to_problem()
        line = user_input.find(harness.panel, QWidget, "fault_line_0")
        assert line.hasFocus()
        user_input.press(user_input.find(harness.panel, QPushButton, "fault_line_0_cure"))
        assert harness.changes == {}
        assert not line.isVisible()
        harness.draft_editor.undo()
        harness.panel.go_to_problem()
        harness.key(K.Key_Return, ALT)
        assert harness.changes == {}
