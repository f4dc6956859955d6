"""The small form over a big workflow: pinned, edited, put in order, named, and shown alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QRadioButton, QWidget

from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.inputs.layout import Part
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from tests.gui.support import hands
from tests.gui.support.bench import (
    CFG,
    IMAGE,
    LEFT,
    MODEL,
    PROMPT,
    SAMPLER,
    SEED,
    STEPS,
    TILED,
    Bench,
    shown_bench,
)
from tests.gui.support.pins import Form, accept, choose, dialog_of, entries, write

if TYPE_CHECKING:
    from pathlib import Path

K = Qt.Key
M = Qt.KeyboardModifier
CTRL, ALT = M.ControlModifier, M.AltModifier


def pin(bench: Bench, *keys: InputKey) -> Form:
    bench.pins.pin(*keys)
    hands.settle()
    return Form(bench)


def limit(bench: Bench, key: InputKey, low: float | None, high: float | None) -> None:
    found = bench.pins.state.of(key)
    assert found is not None
    bench.pins.edit(replace(found, minimum=low, maximum=high))
    hands.settle()


async def test_without_a_pin_there_is_no_form(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        assert not Form(bench).is_shown()
        assert not hands.find(bench.panel, QRadioButton, "tab_pinned").isVisible()


async def test_a_row_is_pinned_and_unpinned_from_its_menu(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        choose(bench.open_menu(STEPS), "pin")
        form = Form(bench)
        assert form.is_shown()
        assert form.names() == ["steps"]
        assert hands.find(bench.panel, QRadioButton, "tab_pinned").text() == "Pinned 1"
        assert bench.model.row_of(STEPS).is_pinned
        choose(bench.open_menu(STEPS), "unpin")
        assert not form.is_shown()
        assert not bench.model.row_of(STEPS).is_pinned
        action = bench.told[-1].action
        assert action is not None
        action()
        assert form.names() == ["steps"]


async def test_several_are_pinned_at_once(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(CFG)
        bench.key(K.Key_Space, CTRL)
        bench.view.chosen.toggle(bench.model.index_of(PROMPT))
        bench.stand_on(CFG)
        bench.panel.toggle_pin()
        hands.settle()
        assert Form(bench).names() == ["text", "cfg"]


async def test_a_link_is_not_pinned_and_a_node_is_not(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(MODEL)
        bench.panel.toggle_pin()
        assert "cannot be pinned" in bench.said[-1]
        bench.view.go_to_node("31")
        bench.panel.toggle_pin()
        assert "only inputs can be pinned" in bench.said[-1]
        assert not Form(bench).is_shown()


async def test_a_value_is_edited_in_the_form_and_seen_at_its_node(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, PROMPT, STEPS, TILED, SAMPLER)
        form.click(STEPS)
        bench.retype("33")
        bench.key(K.Key_Return)
        assert bench.changes == {STEPS: 33}
        assert bench.model.row_of(STEPS).value == 33
        form.click(TILED, Part.CHECK)
        assert bench.changes[TILED] is True
        bench.workbench.edit({PROMPT: "at its node"}, "Edit")
        assert form.model.row_of(PROMPT).value == "at its node"
        hands.press(form.view.viewport(), form.rect(STEPS).center())
        form.stand_on(STEPS)
        bench.panel.reset_current()
        assert STEPS not in bench.changes


async def test_tab_goes_from_pin_to_pin_and_arrows_lead_on_to_the_tree(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS, PROMPT, CFG)
        form.click(STEPS)
        bench.retype("5")
        bench.key(K.Key_Tab)
        assert form.view.delegate.editing_key == PROMPT
        bench.key(K.Key_Tab)
        assert form.view.delegate.editing_key == CFG
        bench.key(K.Key_Escape)
        assert form.view.hasFocus()
        bench.key(K.Key_Down)
        assert bench.view.hasFocus()
        assert bench.view.currentIndex() == bench.model.index(0, 0)
        bench.key(K.Key_Up)
        assert form.view.hasFocus()
        assert form.model.key_at(form.view.currentIndex()) == CFG


async def test_pins_are_put_in_order_by_keys_by_menu_and_by_dragging(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS, CFG, SAMPLER)
        form.stand_on(SAMPLER)
        hands.key(bench.panel, K.Key_Up, ALT)
        assert form.names() == ["steps", "sampler_name", "cfg"]
        assert form.model.key_at(form.view.currentIndex()) == SAMPLER
        hands.key(bench.panel, K.Key_Up, ALT)
        hands.key(bench.panel, K.Key_Up, ALT)
        assert form.names() == ["sampler_name", "steps", "cfg"]
        choose(form.menu(SAMPLER), "pin_down")
        assert form.names() == ["steps", "sampler_name", "cfg"]
        form.drag(STEPS, CFG, below=True)
        assert form.names() == ["sampler_name", "cfg", "steps"]
        form.drag(STEPS, SAMPLER, below=False)
        assert form.names() == ["steps", "sampler_name", "cfg"]


async def test_a_row_that_is_only_clicked_by_its_name_stays(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS, CFG)
        form.drag(STEPS, STEPS, below=False)
        assert form.names() == ["steps", "cfg"]


async def test_a_pin_is_named_and_gets_a_hint(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS)
        low = form.rect(STEPS).height()
        choose(form.menu(STEPS), "edit_pin")
        dialog = dialog_of(bench.panel)
        assert hands.find(dialog, QLabel, "pin_whose").text() == "steps of KSampler"
        write(dialog, label="How long it works", hint="More is slower.")
        accept(dialog)
        assert form.names() == ["How long it works"]
        row = form.model.row_of(STEPS)
        assert (row.hint, row.of_node) == ("More is slower.", "KSampler")
        assert form.rect(STEPS).height() > low
        assert bench.model.row_of(STEPS).name == "steps"
        action = bench.told[-1].action
        assert action is not None
        action()
        assert form.names() == ["steps"]


async def test_limits_are_checked_while_they_are_typed(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS)
        choose(form.menu(STEPS), "edit_pin")
        dialog = dialog_of(bench.panel)
        fault, okay = (
            hands.find(dialog, QLabel, "pin_fault"),
            hands.find(dialog, QPushButton, "pin_save"),
        )
        for fields, said in (
            ({"minimum": "ten"}, "Enter a whole number."),
            ({"minimum": "0"}, "The node takes nothing below 1."),
            ({"minimum": "99999"}, "The node takes nothing above 10000."),
            ({"minimum": "20", "maximum": "10"}, "“At least” is more than “At most”"),
            ({"minimum": "5", "maximum": "10"}, ""),
        ):
            write(dialog, **fields)
            assert fault.text().startswith(said)
            assert fault.isVisible() is bool(said)
            assert okay.isEnabled() is not bool(said)
        accept(dialog)
        spec = form.model.spec_of(STEPS)
        assert (spec.minimum, spec.maximum) == (5, 10)
        assert bench.model.spec_of(STEPS).maximum == 10000


async def test_a_text_has_no_limits(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, PROMPT)
        choose(form.menu(PROMPT), "edit_pin")
        dialog = dialog_of(bench.panel)
        assert dialog.findChild(QLineEdit, "pin_minimum") is None
        hands.key(dialog, K.Key_Escape)
        assert form.names() == ["text"]


async def test_a_value_outside_is_a_warning_at_both_places_and_counted_once(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS)
        limit(bench, STEPS, 1, 10)
        fault = form.model.row_of(STEPS).fault
        assert fault is not None
        assert not fault.blocks
        assert bench.model.row_of(STEPS).fault == fault
        assert hands.find(bench.panel, QRadioButton, "tab_problems").text() == "Problems 1"
        assert bench.workbench.state.blocked == ""
        form.click(STEPS, Part.CURE)
        assert bench.changes == {STEPS: 10}
        assert form.model.row_of(STEPS).fault is None


async def test_a_number_steps_no_further_than_the_pin(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS)
        limit(bench, STEPS, 18, 21)
        form.click(STEPS)
        for _press in range(4):
            bench.key(K.Key_Up)
        bench.key(K.Key_Return)
        assert bench.changes == {STEPS: 21}


async def test_only_the_pinned_ones_are_shown_and_filtered(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, CFG, STEPS, PROMPT)
        found = bench.pins.state.of(CFG)
        assert found is not None
        bench.pins.edit(replace(found, label="Strictness"))
        hands.press(hands.find(bench.panel, QRadioButton, "tab_pinned"))
        assert form.is_shown()
        assert bench.view.isHidden()
        box = hands.find(bench.panel, QLineEdit, "inputs_filter")
        hands.retype(box, "strict")
        assert form.names() == ["Strictness"]
        assert hands.find(bench.panel, QLabel, "inputs_hits").text() == "1 hit"
        hands.retype(box, "KSampler")
        assert form.names() == ["Strictness", "steps"]
        hands.retype(box, "st")
        assert form.names() == ["Strictness", "steps"]
        visited = []
        for _press in range(2):
            bench.panel.go_to_hit()
            visited.append(form.model.key_at(form.view.currentIndex()))
        assert set(visited) == {CFG, STEPS}
        hands.retype(box, "scheduler")
        assert not form.is_shown()
        hands.retype(box, "")
        bench.panel.show_tab("all")
        assert form.names() == ["Strictness", "steps", "text"]
        assert bench.view.isVisible()


async def test_what_is_looked_for_is_shown_once(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS)
        box = hands.find(bench.panel, QLineEdit, "inputs_filter")
        hands.retype(box, "steps")
        assert not form.is_shown()
        assert hands.find(bench.panel, QLabel, "inputs_hits").text() == "1 hit"
        hands.retype(box, "")
        assert form.is_shown()
        bench.workbench.edit({STEPS: 4}, "Edit")
        bench.panel.show_tab("changed")
        assert not form.is_shown()
        assert hands.find(bench.panel, QRadioButton, "tab_changed").text() == "Changed 1"


async def test_an_input_is_gone_to_at_its_node_unless_the_form_stands_alone(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS)
        bench.panel.jump_to(STEPS)
        assert bench.view.hasFocus()
        bench.panel.show_tab("pinned")
        bench.panel.jump_to(STEPS)
        assert form.view.hasFocus()
        bench.panel.jump_to(CFG)
        assert bench.view.hasFocus()
        assert bench.model.key_at(bench.view.currentIndex()) == CFG
        choose(form.menu(STEPS), "go_to_node")
        assert bench.view.hasFocus()
        assert bench.model.key_at(bench.view.currentIndex()) == STEPS


async def test_a_link_leads_out_of_the_form_that_stands_alone(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS, CFG)
        bench.panel.show_tab("pinned")
        choose(form.menu(STEPS), "go_to_node")
        assert bench.view.hasFocus()
        assert bench.model.key_at(bench.view.currentIndex()) == STEPS
        bench.panel.show_tab("pinned")
        bench.view.ways.jump_to(InputKey("31", ""))
        hands.settle()
        assert bench.view.isVisible()
        assert bench.view.currentIndex() == bench.model.index_of_node("31")


async def test_the_next_problem_is_found_from_the_form(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS, CFG)
        limit(bench, STEPS, 1, 10)
        bench.workbench.edit({CFG: 5000.0}, "Edit")
        bench.panel.show_tab("pinned")
        form.stand_on(STEPS)
        bench.panel.go_to_problem()
        assert form.view.hasFocus()
        assert form.model.key_at(form.view.currentIndex()) == CFG
        bench.panel.go_to_problem()
        assert form.model.key_at(form.view.currentIndex()) == STEPS


async def test_the_last_pin_takes_the_form_with_it(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS)
        bench.panel.show_tab("pinned")
        form.stand_on(STEPS)
        bench.panel.toggle_pin()
        hands.settle()
        assert not form.is_shown()
        assert bench.view.isVisible()
        assert bench.view.hasFocus()
        assert bench.model.key_at(bench.view.currentIndex()) == STEPS


async def test_the_keyboard_goes_with_the_input_between_the_form_and_the_tree(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS, CFG)
        bench.stand_on(CFG)
        bench.panel.show_tab("pinned")
        hands.settle()
        assert form.view.hasFocus()
        assert form.model.key_at(form.view.currentIndex()) == CFG
        bench.panel.show_tab("all")
        hands.settle()
        assert bench.view.hasFocus()
        assert bench.model.key_at(bench.view.currentIndex()) == CFG
        bench.stand_on(PROMPT)
        bench.panel.show_tab("pinned")
        hands.settle()
        assert form.model.key_at(form.view.currentIndex()) == STEPS
        bench.panel.show_tab("problems")
        hands.settle()
        assert not form.is_shown()
        bench.panel.show_tab("all")
        form.stand_on(CFG)
        bench.panel.show_tab("pinned")
        hands.settle()
        assert form.view.hasFocus()
        assert form.model.key_at(form.view.currentIndex()) == CFG


async def test_another_workflow_has_other_pins_and_none_shows_everything(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS)
        bench.panel.show_tab("pinned")
        bench.open(deployment_id="other:1")
        assert not form.is_shown()
        assert bench.view.isVisible()
        bench.open()
        assert form.names() == ["steps"]


async def test_the_form_folds_and_leaves_room_for_the_tree(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=560) as bench:
        bench.open()
        form = pin(bench, PROMPT, STEPS, CFG, SAMPLER, TILED, IMAGE)
        assert bench.view.height() > 100
        high = form.view.height()
        form.view.collapse(form.model.index(0, 0))
        hands.settle()
        assert form.view.height() < high
        assert form.view.height() == form.view.content_height()


async def test_what_is_selected_in_one_place_is_let_go_in_the_other(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS, CFG)
        bench.view.chosen.select_all()
        form.stand_on(STEPS)
        bench.key(K.Key_Space, CTRL)
        assert not bench.view.chosen
        assert form.view.chosen.in_order() == [STEPS]


async def test_values_are_copied_and_pasted_in_the_form(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, SEED, STEPS)
        form.stand_on(SEED)
        bench.key(K.Key_C, CTRL)
        form.stand_on(STEPS)
        bench.key(K.Key_V, CTRL)
        assert bench.changes == {STEPS: 20260203}
        form.view.go_to(form.model.index(0, 0))
        bench.key(K.Key_C, CTRL)
        bench.workbench.undo()
        bench.key(K.Key_V, CTRL)
        assert bench.changes == {STEPS: 20260203}


async def test_a_pinned_picture_has_a_large_well_that_takes_a_drop(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, IMAGE, LEFT)
        form.rect(IMAGE)
        well, usual = form.form.wells.well(IMAGE), bench.panel.wells.well(IMAGE)
        assert well is not None
        assert usual is not None
        assert well.height() > usual.height()
        assert well.accessibleName() == "image of Load Image"
        bench.workbench.edit({IMAGE: "https://example.org/bike.png"}, "Edit")
        hands.settle()
        for each in (well, usual):
            assert hands.find(each, ElidedLabel, "media_name").text() == "bike.png"
        bench.panel.show_tab("pinned")
        hands.settle()
        assert bench.panel.wells.well(IMAGE) is None


async def test_what_can_be_done_with_a_pin_stands_in_its_menu(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        form = pin(bench, STEPS)
        found = entries(form.menu(STEPS))
        assert found[-5:] == ["unpin", "edit_pin", "pin_up", "pin_down", "go_to_node"]
        menu = bench.open_menu(STEPS)
        assert entries(menu)[-2:] == ["unpin", "edit_pin"]
        menu.close()
        hands.settle()
        assert entries(bench.open_menu(CFG))[-1] == "pin"


async def test_in_a_narrow_panel_the_tabs_go_without_their_numbers(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=700) as bench:
        bench.open()
        pin(bench, STEPS, IMAGE)
        bench.panel.resize(440, 700)
        hands.settle()
        bar = hands.find(bench.panel, QWidget, "inputs_filter_bar")
        tabs = [hands.find(bar, QRadioButton, f"tab_{name}") for name in _TABS]
        assert [tab.text() for tab in tabs] == ["All", "Changed", "Problems", "2"]
        assert tabs[-1].accessibleName() == "Pinned, 2 inputs"
        assert all(tab.width() >= tab.sizeHint().width() for tab in tabs)
        bench.panel.resize(780, 700)
        hands.settle()
        assert [tab.text() for tab in tabs][2:] == ["Problems 0", "Pinned 2"]


_TABS = ("all", "changed", "problems", "pinned")
