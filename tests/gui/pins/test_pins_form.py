"""The form of pinned inputs: pinning, editing, reordering, naming, and showing it alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QRadioButton, QWidget

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from runcomfy_desktop.ui.widgets.elided_label import ElidedLabel
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    CFG,
    IMAGE,
    LEFT,
    MODEL,
    PROMPT,
    SAMPLER,
    SEED,
    STEPS,
    TILED,
    InputsHarness,
    open_inputs_harness,
)
from tests.gui.support.pinned_form import (
    PinnedFormDriver,
    accept_pin_dialog,
    choose_entry,
    entry_names,
    fill_pin_dialog,
    pin_dialog,
)

if TYPE_CHECKING:
    from pathlib import Path

K = Qt.Key
M = Qt.KeyboardModifier
CTRL, ALT = M.ControlModifier, M.AltModifier


def pin(harness: InputsHarness, *keys: InputKey) -> PinnedFormDriver:
    harness.pins.pin(*keys)
    user_input.process_events()
    return PinnedFormDriver(harness)


def limit(harness: InputsHarness, key: InputKey, low: float | None, high: float | None) -> None:
    found = harness.pins.state.pin_for(key)
    assert found is not None
    harness.pins.edit(replace(found, minimum=low, maximum=high))
    user_input.process_events()


async def test_without_a_pin_there_is_no_form(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert not PinnedFormDriver(harness).is_visible()
        assert not user_input.find(harness.panel, QRadioButton, "tab_pinned").isVisible()


async def test_a_row_is_pinned_and_unpinned_from_its_menu(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        choose_entry(harness.open_menu(STEPS), "pin")
        form = PinnedFormDriver(harness)
        assert form.is_visible()
        assert form.names() == ["steps"]
        assert user_input.find(harness.panel, QRadioButton, "tab_pinned").text() == "Pinned 1"
        assert harness.model.input_row_of(STEPS).is_pinned
        choose_entry(harness.open_menu(STEPS), "unpin")
        assert not form.is_visible()
        assert not harness.model.input_row_of(STEPS).is_pinned
        action = harness.shown_notices[-1].action
        assert action is not None
        action()
        assert form.names() == ["steps"]


async def test_several_are_pinned_at_once(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(CFG)
        harness.key(K.Key_Space, CTRL)
        harness.view.row_selection.toggle(harness.model.index_of(PROMPT))
        harness.focus_row(CFG)
        harness.panel.toggle_pin()
        user_input.process_events()
        assert PinnedFormDriver(harness).names() == ["text", "cfg"]


async def test_a_link_is_not_pinned_and_a_node_is_not(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(MODEL)
        harness.panel.toggle_pin()
        assert "cannot be pinned" in harness.announcements[-1]
        harness.view.go_to_node("31")
        harness.panel.toggle_pin()
        assert "only inputs can be pinned" in harness.announcements[-1]
        assert not PinnedFormDriver(harness).is_visible()


async def test_a_value_is_edited_in_the_form_and_seen_at_its_node(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, PROMPT, STEPS, TILED, SAMPLER)
        form.click(STEPS)
        harness.retype("33")
        harness.key(K.Key_Return)
        assert harness.changes == {STEPS: 33}
        assert harness.model.input_row_of(STEPS).value == 33
        form.click(TILED, RowPart.CHECK)
        assert harness.changes[TILED] is True
        harness.draft_editor.edit({PROMPT: "at its node"}, "Edit")
        assert form.model.input_row_of(PROMPT).value == "at its node"
        user_input.press(form.view.viewport(), form.rect(STEPS).center())
        form.focus_row(STEPS)
        harness.panel.reset_current()
        assert STEPS not in harness.changes


async def test_tab_goes_from_pin_to_pin_and_arrows_lead_on_to_the_tree(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS, PROMPT, CFG)
        form.click(STEPS)
        harness.retype("5")
        harness.key(K.Key_Tab)
        assert form.view.delegate.editing_key == PROMPT
        harness.key(K.Key_Tab)
        assert form.view.delegate.editing_key == CFG
        harness.key(K.Key_Escape)
        assert form.view.hasFocus()
        harness.key(K.Key_Down)
        assert harness.view.hasFocus()
        assert harness.view.currentIndex() == harness.model.index(0, 0)
        harness.key(K.Key_Up)
        assert form.view.hasFocus()
        assert form.model.key_at(form.view.currentIndex()) == CFG


async def test_pins_are_put_in_order_by_keys_by_menu_and_by_dragging(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS, CFG, SAMPLER)
        form.focus_row(SAMPLER)
        user_input.key(harness.panel, K.Key_Up, ALT)
        assert form.names() == ["steps", "sampler_name", "cfg"]
        assert form.model.key_at(form.view.currentIndex()) == SAMPLER
        user_input.key(harness.panel, K.Key_Up, ALT)
        user_input.key(harness.panel, K.Key_Up, ALT)
        assert form.names() == ["sampler_name", "steps", "cfg"]
        choose_entry(form.menu(SAMPLER), "pin_down")
        assert form.names() == ["steps", "sampler_name", "cfg"]
        form.drag(STEPS, CFG, below=True)
        assert form.names() == ["sampler_name", "cfg", "steps"]
        form.drag(STEPS, SAMPLER, below=False)
        assert form.names() == ["steps", "sampler_name", "cfg"]


async def test_a_row_that_is_only_clicked_by_its_name_stays(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS, CFG)
        form.drag(STEPS, STEPS, below=False)
        assert form.names() == ["steps", "cfg"]


async def test_a_pin_is_named_and_gets_a_hint(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS)
        low = form.rect(STEPS).height()
        choose_entry(form.menu(STEPS), "edit_pin")
        dialog = pin_dialog(harness.panel)
        assert user_input.find(dialog, QLabel, "pin_whose").text() == "steps of KSampler"
        fill_pin_dialog(dialog, label="How long it works", hint="More is slower.")
        accept_pin_dialog(dialog)
        assert form.names() == ["How long it works"]
        row = form.model.input_row_of(STEPS)
        assert (row.hint, row.node_title) == ("More is slower.", "KSampler")
        assert form.rect(STEPS).height() > low
        assert harness.model.input_row_of(STEPS).name == "steps"
        action = harness.shown_notices[-1].action
        assert action is not None
        action()
        assert form.names() == ["steps"]


async def test_limits_are_checked_while_they_are_typed(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS)
        choose_entry(form.menu(STEPS), "edit_pin")
        dialog = pin_dialog(harness.panel)
        fault, okay = (
            user_input.find(dialog, QLabel, "pin_fault"),
            user_input.find(dialog, QPushButton, "pin_save"),
        )
        for fields, said in (
            ({"minimum": "ten"}, "Enter a whole number."),
            ({"minimum": "0"}, "The node takes nothing below 1."),
            ({"minimum": "99999"}, "The node takes nothing above 10000."),
            ({"minimum": "20", "maximum": "10"}, "“At least” is more than “At most”"),
            ({"minimum": "5", "maximum": "10"}, ""),
        ):
            fill_pin_dialog(dialog, **fields)
            assert fault.text().startswith(said)
            assert fault.isVisible() is bool(said)
            assert okay.isEnabled() is not bool(said)
        accept_pin_dialog(dialog)
        spec = form.model.spec_of(STEPS)
        assert (spec.minimum, spec.maximum) == (5, 10)
        assert harness.model.spec_of(STEPS).maximum == 10000


async def test_a_text_has_no_limits(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, PROMPT)
        choose_entry(form.menu(PROMPT), "edit_pin")
        dialog = pin_dialog(harness.panel)
        assert dialog.findChild(QLineEdit, "pin_minimum") is None
        user_input.key(dialog, K.Key_Escape)
        assert form.names() == ["text"]


async def test_a_value_outside_is_a_warning_at_both_places_and_counted_once(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS)
        limit(harness, STEPS, 1, 10)
        fault = form.model.input_row_of(STEPS).issue
        assert fault is not None
        assert not fault.blocks
        assert harness.model.input_row_of(STEPS).issue == fault
        assert user_input.find(harness.panel, QRadioButton, "tab_problems").text() == "Problems 1"
        assert harness.draft_editor.state.blocked_reason == ""
        form.click(STEPS, RowPart.QUICK_FIX)
        assert harness.changes == {STEPS: 10}
        assert form.model.input_row_of(STEPS).issue is None


async def test_a_number_steps_no_further_than_the_pin(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS)
        limit(harness, STEPS, 18, 21)
        form.click(STEPS)
        for _press in range(4):
            harness.key(K.Key_Up)
        harness.key(K.Key_Return)
        assert harness.changes == {STEPS: 21}


async def test_only_the_pinned_ones_are_shown_and_filtered(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, CFG, STEPS, PROMPT)
        found = harness.pins.state.pin_for(CFG)
        assert found is not None
        harness.pins.edit(replace(found, label="Strictness"))
        user_input.press(user_input.find(harness.panel, QRadioButton, "tab_pinned"))
        assert form.is_visible()
        assert harness.view.isHidden()
        box = user_input.find(harness.panel, QLineEdit, "inputs_filter")
        user_input.retype(box, "strict")
        assert form.names() == ["Strictness"]
        assert user_input.find(harness.panel, QLabel, "inputs_hits").text() == "1 hit"
        user_input.retype(box, "KSampler")
        assert form.names() == ["Strictness", "steps"]
        user_input.retype(box, "st")
        assert form.names() == ["Strictness", "steps"]
        visited = []
        for _press in range(2):
            harness.panel.go_to_hit()
            visited.append(form.model.key_at(form.view.currentIndex()))
        assert set(visited) == {CFG, STEPS}
        user_input.retype(box, "scheduler")
        assert not form.is_visible()
        user_input.retype(box, "")
        harness.panel.show_tab("all")
        assert form.names() == ["Strictness", "steps", "text"]
        assert harness.view.isVisible()


async def test_what_is_looked_for_is_shown_once(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS)
        box = user_input.find(harness.panel, QLineEdit, "inputs_filter")
        user_input.retype(box, "steps")
        assert not form.is_visible()
        assert user_input.find(harness.panel, QLabel, "inputs_hits").text() == "1 hit"
        user_input.retype(box, "")
        assert form.is_visible()
        harness.draft_editor.edit({STEPS: 4}, "Edit")
        harness.panel.show_tab("changed")
        assert not form.is_visible()
        assert user_input.find(harness.panel, QRadioButton, "tab_changed").text() == "Changed 1"


async def test_an_input_is_gone_to_at_its_node_unless_the_form_stands_alone(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS)
        harness.panel.jump_to(STEPS)
        assert harness.view.hasFocus()
        harness.panel.show_tab("pinned")
        harness.panel.jump_to(STEPS)
        assert form.view.hasFocus()
        harness.panel.jump_to(CFG)
        assert harness.view.hasFocus()
        assert harness.model.key_at(harness.view.currentIndex()) == CFG
        choose_entry(form.menu(STEPS), "go_to_node")
        assert harness.view.hasFocus()
        assert harness.model.key_at(harness.view.currentIndex()) == STEPS


async def test_a_link_leads_out_of_the_form_that_stands_alone(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS, CFG)
        harness.panel.show_tab("pinned")
        choose_entry(form.menu(STEPS), "go_to_node")
        assert harness.view.hasFocus()
        assert harness.model.key_at(harness.view.currentIndex()) == STEPS
        harness.panel.show_tab("pinned")
        harness.view.navigation.jump_to(InputKey("31", ""))
        user_input.process_events()
        assert harness.view.isVisible()
        assert harness.view.currentIndex() == harness.model.index_of_node("31")


async def test_the_next_problem_is_found_from_the_form(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS, CFG)
        limit(harness, STEPS, 1, 10)
        harness.draft_editor.edit({CFG: 5000.0}, "Edit")
        harness.panel.show_tab("pinned")
        form.focus_row(STEPS)
        harness.panel.go_to_problem()
        assert form.view.hasFocus()
        assert form.model.key_at(form.view.currentIndex()) == CFG
        harness.panel.go_to_problem()
        assert form.model.key_at(form.view.currentIndex()) == STEPS


async def test_the_last_pin_takes_the_form_with_it(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS)
        harness.panel.show_tab("pinned")
        form.focus_row(STEPS)
        harness.panel.toggle_pin()
        user_input.process_events()
        assert not form.is_visible()
        assert harness.view.isVisible()
        assert harness.view.hasFocus()
        assert harness.model.key_at(harness.view.currentIndex()) == STEPS


async def test_the_keyboard_goes_with_the_input_between_the_form_and_the_tree(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS, CFG)
        harness.focus_row(CFG)
        harness.panel.show_tab("pinned")
        user_input.process_events()
        assert form.view.hasFocus()
        assert form.model.key_at(form.view.currentIndex()) == CFG
        harness.panel.show_tab("all")
        user_input.process_events()
        assert harness.view.hasFocus()
        assert harness.model.key_at(harness.view.currentIndex()) == CFG
        harness.focus_row(PROMPT)
        harness.panel.show_tab("pinned")
        user_input.process_events()
        assert form.model.key_at(form.view.currentIndex()) == STEPS
        harness.panel.show_tab("problems")
        user_input.process_events()
        assert not form.is_visible()
        harness.panel.show_tab("all")
        form.focus_row(CFG)
        harness.panel.show_tab("pinned")
        user_input.process_events()
        assert form.view.hasFocus()
        assert form.model.key_at(form.view.currentIndex()) == CFG


async def test_another_workflow_has_other_pins_and_none_shows_everything(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS)
        harness.panel.show_tab("pinned")
        harness.open(deployment_id="other:1")
        assert not form.is_visible()
        assert harness.view.isVisible()
        harness.open()
        assert form.names() == ["steps"]


async def test_the_form_folds_and_leaves_room_for_the_tree(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=560) as harness:
        harness.open()
        form = pin(harness, PROMPT, STEPS, CFG, SAMPLER, TILED, IMAGE)
        assert harness.view.height() > 100
        high = form.view.height()
        form.view.collapse(form.model.index(0, 0))
        user_input.process_events()
        assert form.view.height() < high
        assert form.view.height() == form.view.row_geometry.content_height


async def test_what_is_selected_in_one_place_is_let_go_in_the_other(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS, CFG)
        harness.view.row_selection.select_all()
        form.focus_row(STEPS)
        harness.key(K.Key_Space, CTRL)
        assert not harness.view.row_selection
        assert form.view.row_selection.keys_in_order() == [STEPS]


async def test_values_are_copied_and_pasted_in_the_form(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, SEED, STEPS)
        form.focus_row(SEED)
        harness.key(K.Key_C, CTRL)
        form.focus_row(STEPS)
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {STEPS: 20260203}
        form.view.go_to(form.model.index(0, 0))
        harness.key(K.Key_C, CTRL)
        harness.draft_editor.undo()
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {STEPS: 20260203}


async def test_a_pinned_picture_has_a_large_media_field_that_takes_a_drop(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, IMAGE, LEFT)
        form.rect(IMAGE)
        well, usual = (
            form.form.media_fields.media_field(IMAGE),
            harness.panel.media_fields.media_field(IMAGE),
        )
        assert well is not None
        assert usual is not None
        assert well.height() > usual.height()
        assert well.accessibleName() == "image of Load Image"
        harness.draft_editor.edit({IMAGE: "https://example.org/bike.png"}, "Edit")
        user_input.process_events()
        for each in (well, usual):
            assert user_input.find(each, ElidedLabel, "media_name").text() == "bike.png"
        harness.panel.show_tab("pinned")
        user_input.process_events()
        assert harness.panel.media_fields.media_field(IMAGE) is None


async def test_what_can_be_done_with_a_pin_stands_in_its_menu(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS)
        found = entry_names(form.menu(STEPS))
        assert found[-5:] == ["unpin", "edit_pin", "pin_up", "pin_down", "go_to_node"]
        menu = harness.open_menu(STEPS)
        assert entry_names(menu)[-2:] == ["unpin", "edit_pin"]
        menu.close()
        user_input.process_events()
        assert entry_names(harness.open_menu(CFG))[-1] == "pin"


async def test_in_a_narrow_panel_the_tabs_go_without_their_numbers(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=700) as harness:
        harness.open()
        pin(harness, STEPS, IMAGE)
        harness.panel.resize(440, 700)
        user_input.process_events()
        bar = user_input.find(harness.panel, QWidget, "inputs_filter_bar")
        tabs = [user_input.find(bar, QRadioButton, f"tab_{name}") for name in _TABS]
        assert [tab.text() for tab in tabs] == ["All", "Changed", "Problems", "2"]
        assert tabs[-1].accessibleName() == "Pinned, 2 inputs"
        assert all(tab.width() >= tab.sizeHint().width() for tab in tabs)
        harness.panel.resize(780, 700)
        user_input.process_events()
        assert [tab.text() for tab in tabs][2:] == ["Problems 0", "Pinned 2"]


_TABS = ("all", "changed", "problems", "pinned")
