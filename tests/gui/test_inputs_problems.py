"""Faults on screen: where they stand, how one gets from one to the next, and how they are cured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from runcomfy_desktop.domain.checks import Cure, Fault
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.inputs.numbers import NumberEditor
from runcomfy_desktop.ui.widgets.chips import Chip
from runcomfy_desktop.ui.widgets.painted_item import PRESS
from tests.gui.support import hands
from tests.gui.support.bench import CFG, PREFIX, PROMPT, SAMPLER, STEPS, shown_bench
from tests.gui.support.house import open_house

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.gui.support.bench import Bench

K = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier
NODE = InputKey("50", "")
WORKFLOW = InputKey("", "")

TOO_FEW = Fault("0 is below the minimum 1.", cure=Cure("Set to 1", 1))
STRANGE = Fault("“oiler” is not one of: euler, heun.", cure=Cure("Use heun", "heun"))
DOUBT = Fault("“7” is a text; ComfyUI makes a number of it.", blocks=False, cure=Cure("Use 7", 7))
UNKNOWN = Fault("The deployment does not have the class Tiles.")
NO_OUTPUT = Fault("Nothing in this workflow is an output.")
FAULTS = {STEPS: TOO_FEW, SAMPLER: STRANGE, CFG: DOUBT, NODE: UNKNOWN, WORKFLOW: NO_OUTPUT}


def show_faults(bench: Bench, faults: Mapping[InputKey, Fault]) -> None:
    """What the checks would say of the draft in view, until it is changed."""
    bench.workbench.state = replace(bench.workbench.state, faults=faults)
    bench.workbench.changed.publish(bench.workbench.state)
    hands.settle()


def chip(bench: Bench) -> Chip:
    return hands.find(bench.panel, Chip, "tab_problems")


async def test_a_folded_header_shows_at_once_what_an_input_has_that_the_filter_hides(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        hands.find(bench.panel, QLineEdit, "inputs_filter").setText("seed")
        hands.settle()
        bench.view.collapse_all()
        hands.settle()
        show_faults(bench, {SAMPLER: STRANGE})
        assert bench.is_painted()


async def test_the_tab_counts_problems_and_tells_errors_from_warnings(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        assert (chip(bench).text(), chip(bench).accessibleName()) == (
            "Problems 0",
            "Problems, none",
        )
        show_faults(bench, FAULTS)
        assert chip(bench).text() == "Problems 5"
        assert chip(bench).accessibleName() == "Problems, 4 errors, 1 warning"


async def test_the_tab_shows_rows_with_faults_only(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        show_faults(bench, FAULTS)
        hands.press(chip(bench))
        assert bench.shown() == ["#31", "steps", "cfg", "sampler_name", "#50"]
        show_faults(bench, {STEPS: TOO_FEW})
        assert bench.shown() == ["#31", "steps"]
        show_faults(bench, {})
        assert bench.shown() == []
        hands.press(hands.find(bench.panel, QPushButton, "empty_state_button"))
        assert len(bench.shown()) > 15


async def test_a_fault_of_a_node_stands_under_its_title(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        header = bench.model.index_of_node("50")
        plain, below = bench.view.visualRect(header).height(), bench.model.index_of(PREFIX)
        top = bench.view.visualRect(below).top()
        show_faults(bench, {NODE: UNKNOWN})
        higher = bench.view.visualRect(header).height()
        assert higher > plain
        assert bench.view.visualRect(below).top() == top + higher - plain
        assert bench.is_painted()
        node = bench.view.access.node("50")
        assert node.text(QAccessible.Text.Description) == f"Error: {UNKNOWN.text}"
        show_faults(bench, {})
        assert bench.view.visualRect(header).height() == plain


async def test_a_fault_of_the_workflow_stands_above_the_tree(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        line = hands.find(bench.panel, QWidget, "fault_line_0")
        assert not line.isVisible()
        show_faults(bench, {WORKFLOW: NO_OUTPUT})
        assert line.isVisible()
        assert hands.find(bench.panel, QLabel, "fault_line_0_text").text() == NO_OUTPUT.text
        assert line.accessibleName() == f"The workflow. Error: {NO_OUTPUT.text}"
        bench.panel.go_to_problem()
        assert line.hasFocus()
        show_faults(bench, {WORKFLOW: NO_OUTPUT, STEPS: TOO_FEW})
        bench.panel.go_to_problem()
        assert bench.model.key_at(bench.view.currentIndex()) == STEPS
        bench.panel.go_to_problem(forward=False)
        assert line.hasFocus()


async def test_one_gets_from_each_problem_to_the_next_and_round(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        faults = {SAMPLER: STRANGE, NODE: UNKNOWN, STEPS: TOO_FEW}
        show_faults(bench, faults)
        bench.stand_on(PROMPT)
        seen = []
        for _time in range(4):
            bench.panel.go_to_problem()
            hands.settle()
            node = bench.model.node_row(bench.view.currentIndex())
            seen.append(bench.model.key_at(bench.view.currentIndex()) or (node and node.node_id))
        assert seen == [STEPS, SAMPLER, "50", STEPS]
        bench.panel.go_to_problem(forward=False)
        node = bench.model.node_row(bench.view.currentIndex())
        assert node is not None
        assert node.node_id == "50"


async def test_a_problem_is_reached_through_a_filter(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.panel.focus_filter()
        bench.type("prompt")
        show_faults(bench, {STEPS: TOO_FEW})
        bench.panel.go_to_problem()
        assert bench.model.key_at(bench.view.currentIndex()) == STEPS


async def test_a_click_on_the_cure_is_one_step_with_its_name(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({SAMPLER: "oiler"}, "x")
        show_faults(bench, {SAMPLER: STRANGE})
        bench.click(SAMPLER, Part.CURE)
        assert bench.changes == {SAMPLER: "heun"}
        assert bench.workbench.state.undo_text == "Use heun"
        bench.workbench.undo()
        assert bench.changes == {SAMPLER: "oiler"}


async def test_alt_enter_cures_on_the_row_and_in_its_editor(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        for is_open in (False, True):
            show_faults(bench, {STEPS: TOO_FEW})
            bench.stand_on(STEPS)
            if is_open:
                bench.key(K.Key_F2)
            bench.key(K.Key_Return, ALT)
            assert bench.changes == {STEPS: 1}
            if is_open:
                assert isinstance(bench.editor, NumberEditor)
                assert bench.editor.value() == 1
            bench.workbench.undo()
            assert bench.changes == {}


async def test_the_menu_and_a_screen_reader_offer_the_cure(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        show_faults(bench, {STEPS: TOO_FEW})
        menu = bench.open_menu(STEPS)
        (entry,) = [each for each in menu.actions() if each.objectName() == "cure"]
        assert entry.text() == "Set to 1"
        entry.trigger()
        menu.close()
        assert bench.changes == {STEPS: 1}
        show_faults(bench, {STEPS: DOUBT})
        place = bench.model.index_of(STEPS).parent().row()
        controls = bench.view.access.controls(place)
        (button,) = [each for each in controls if each.name() == "Use 7"]
        assert button.role() == QAccessible.Role.Button
        assert not button.rect().isEmpty()
        value = bench.view.access.value(STEPS)
        assert value.description().startswith("Warning: “7” is a text")
        assert "Alt+Enter: Use 7." in value.description()
        button.doAction(PRESS)
        assert bench.changes == {STEPS: 7}


async def test_all_cures_are_one_step_that_says_what_it_did(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        show_faults(bench, FAULTS)
        button = hands.find(bench.panel, QPushButton, "apply_cures")
        assert not button.isVisible(), "it belongs to the problems"
        hands.press(chip(bench))
        assert button.text() == "Apply all 3 cures"
        what = "steps: Set to 1\nsampler_name: Use heun\ncfg: Use 7"
        assert button.accessibleDescription() == what
        hands.press(button)
        assert bench.changes == {STEPS: 1, SAMPLER: "heun", CFG: 7}
        assert bench.workbench.state.undo_text == "Apply all 3 cures"
        assert bench.said == [f"3 problems are put right: {what}.".replace("\n", "; ")]
        bench.workbench.undo()
        assert bench.changes == {}
        show_faults(bench, {STEPS: TOO_FEW, NODE: UNKNOWN})
        assert not button.isVisible(), "one cure stands at its row"


async def test_a_screen_reader_hears_that_something_in_a_folded_node_is_wrong(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.view.collapse_all()
        show_faults(bench, {STEPS: TOO_FEW})
        assert bench.view.access.node("31").description() == "Something inside is wrong."
        bench.view.expand_all()
        assert bench.view.access.node("31").description() == ""


async def test_nodes_without_changes_and_problems_are_folded(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({PROMPT: "red"}, "x")
        show_faults(bench, {STEPS: TOO_FEW})
        bench.panel.fold_unchanged()
        assert open_nodes(bench) == ["6", "31"]
        bench.open(deployment_id="another")
        bench.open()
        assert not bench.view.is_expanded(bench.model.index_of_node("50")), "it is remembered"
        bench.view.expand_all()
        assert len(open_nodes(bench)) == 7


def open_nodes(bench: Bench) -> list[str]:
    places = range(bench.model.rowCount())
    headers = [bench.model.index(place, 0) for place in places]
    return [bench.model.node_id_at(each.row()) for each in headers if bench.view.is_expanded(each)]


async def test_what_the_checks_find_is_cured_by_its_link(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({SAMPLER: "oiler", STEPS: 0}, "x")
        hands.press(chip(bench))
        assert bench.shown() == ["#31", "steps", "sampler_name"]
        bench.click(SAMPLER, Part.CURE)
        assert bench.changes == {STEPS: 0}, "the deployment's own value is no change"
        assert bench.shown() == ["#31", "steps"]
        bench.stand_on(STEPS)
        bench.key(K.Key_Return, ALT)
        assert bench.changes == {STEPS: 1}
        assert bench.shown() == []


async def test_a_blocked_run_names_the_first_problem_and_leads_there(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        panel = house.window.centre.inputs
        assert panel is not None
        house.parts.workbench.edit({STEPS: -4, CFG: -1.0}, "x")
        panel.view.collapse_all()
        reason = house.find(QWidget, "run_reason").accessibleDescription()
        assert reason.startswith("steps: -4 is below the minimum")
        assert reason.endswith("And 1 more problem.")
        await house.press("run")
        assert panel.model.key_at(panel.view.currentIndex()) == STEPS
        assert panel.view.hasFocus()
        await house.key(K.Key_F8)
        assert panel.model.key_at(panel.view.currentIndex()) == CFG
        await house.key(K.Key_F8, Qt.KeyboardModifier.ShiftModifier)
        assert panel.model.key_at(panel.view.currentIndex()) == STEPS
        await house.key(K.Key_3, Qt.KeyboardModifier.ControlModifier | ALT)
        assert panel.model.rowCount() == 1
        assert house.states() == []


async def test_keys_fold_and_unfold_all_nodes(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        panel = house.window.centre.inputs
        assert panel is not None
        count = panel.model.rowCount()
        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        panel.view.setFocus()
        await house.key(K.Key_Minus, both)
        assert len(panel.view.folded_places()) == count
        await house.key(K.Key_Plus, both)
        assert panel.view.folded_places() == []


async def test_a_value_of_a_node_that_is_gone_is_told_and_taken_away(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        lost = InputKey("gone", "strength")
        bench.workbench.edit({lost: 1}, "x")
        text = hands.find(bench.panel, QLabel, "fault_line_0_text")
        assert text.text().startswith("strength: Node #gone is not in this workflow any more")
        bench.panel.go_to_problem()
        line = hands.find(bench.panel, QWidget, "fault_line_0")
        assert line.hasFocus()
        hands.press(hands.find(bench.panel, QPushButton, "fault_line_0_cure"))
        assert bench.changes == {}
        assert not line.isVisible()
        bench.workbench.undo()
        bench.panel.go_to_problem()
        bench.key(K.Key_Return, ALT)
        assert bench.changes == {}
