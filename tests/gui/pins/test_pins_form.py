"""The form of the essentials: choosing, editing, reordering, naming, and filtering them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QRadioButton

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
    SCHEDULER,
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
    essentials_dialog,
    fill_pin_dialog,
    pin_dialog,
)

if TYPE_CHECKING:
    from pathlib import Path

K = Qt.Key
M = Qt.KeyboardModifier
CTRL, ALT = M.ControlModifier, M.AltModifier
_TABS = ("essentials", "all", "changed", "problems")


def tab(harness: InputsHarness, name: str) -> QRadioButton:
    return user_input.find(harness.panel, QRadioButton, f"tab_{name}")


def pin(harness: InputsHarness, *keys: InputKey) -> PinnedFormDriver:
    harness.pins.pin(*keys)
    user_input.process_events()
    return PinnedFormDriver(harness)


def limit(harness: InputsHarness, key: InputKey, low: float | None, high: float | None) -> None:
    found = harness.pins.state.pin_for(key)
    assert found is not None
    harness.pins.edit(replace(found, minimum=low, maximum=high))
    user_input.process_events()


async def test_without_essentials_all_inputs_are_shown_first(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        assert harness.view.isVisible()
        assert tab(harness, "essentials").text() == "Essentials 0"
        harness.panel.show_tab("essentials")
        user_input.process_events()
        assert not harness.view.isVisible()
        assert user_input.find(harness.panel, QPushButton, "empty_state_button").isVisible()


async def test_an_essential_is_added_and_removed_by_the_menu_of_its_row(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        choose_entry(harness.open_menu(STEPS), "pin")
        assert harness.view.isVisible()
        assert tab(harness, "essentials").text() == "Essentials 1"
        choose_entry(harness.open_menu(STEPS), "unpin")
        assert tab(harness, "essentials").text() == "Essentials 0"
        action = harness.shown_notices[-1].action
        assert action is not None
        action()
        assert PinnedFormDriver(harness).names() == ["Steps"]


async def test_several_are_added_at_once(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(CFG)
        harness.key(K.Key_Space, CTRL)
        harness.view.row_selection.toggle(harness.model.index_of(PROMPT))
        harness.focus_row(CFG)
        harness.panel.toggle_pin()
        user_input.process_events()
        assert PinnedFormDriver(harness).model.keys == (PROMPT, CFG)


async def test_neither_a_link_nor_a_node_is_an_essential(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(MODEL)
        harness.panel.toggle_pin()
        assert "no value of its own" in harness.announcements[-1]
        harness.view.go_to_node("31")
        harness.panel.toggle_pin()
        assert "not whole nodes" in harness.announcements[-1]
        assert harness.pins.state.pins == ()


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


async def test_tab_and_the_arrow_keys_go_from_row_to_row(tmp_path: Path) -> None:
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
        visited = []
        for which in (K.Key_Down, K.Key_Up, K.Key_Up, K.Key_Up, K.Key_Left, K.Key_End, K.Key_Home):
            harness.key(which)
            visited.append(form.model.key_at(form.view.currentIndex()))
        assert visited == [CFG, PROMPT, STEPS, STEPS, STEPS, CFG, STEPS]
        assert form.view.hasFocus()


async def test_pins_are_put_in_order_by_keys_by_menu_and_by_dragging(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS, CFG, SAMPLER)
        form.focus_row(SAMPLER)
        user_input.key(harness.panel, K.Key_Up, ALT)
        assert form.names() == ["Steps", "sampler_name", "CFG"]
        assert form.model.key_at(form.view.currentIndex()) == SAMPLER
        user_input.key(harness.panel, K.Key_Up, ALT)
        user_input.key(harness.panel, K.Key_Up, ALT)
        assert form.names() == ["sampler_name", "Steps", "CFG"]
        choose_entry(form.menu(SAMPLER), "pin_down")
        assert form.names() == ["Steps", "sampler_name", "CFG"]
        form.drag(STEPS, CFG, below=True)
        assert form.names() == ["sampler_name", "CFG", "Steps"]
        form.drag(STEPS, SAMPLER, below=False)
        assert form.names() == ["Steps", "sampler_name", "CFG"]


async def test_a_row_that_is_only_clicked_by_its_name_stays(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS, CFG)
        form.drag(STEPS, STEPS, below=False)
        assert form.names() == ["Steps", "CFG"]


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
        assert form.names() == ["Steps"]


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
        assert form.names() == ["Positive prompt"]


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


async def test_the_filter_finds_essentials_by_label_name_and_node(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, CFG, STEPS, PROMPT)
        found = harness.pins.state.pin_for(CFG)
        assert found is not None
        harness.pins.edit(replace(found, label="Strictness"))
        assert harness.view.isHidden()
        field = user_input.find(harness.panel, QLineEdit, "inputs_filter")
        user_input.retype(field, "strict")
        assert list(form.model.keys) == [CFG]
        assert user_input.find(harness.panel, QLabel, "inputs_hits").text() == "1 hit"
        user_input.retype(field, "KSampler")
        assert list(form.model.keys) == [CFG, STEPS]
        user_input.retype(field, "st")
        assert list(form.model.keys) == [CFG, STEPS]
        visited = []
        for _press in range(2):
            harness.panel.go_to_hit()
            visited.append(form.model.key_at(form.view.currentIndex()))
        assert set(visited) == {CFG, STEPS}
        user_input.retype(field, "scheduler")
        user_input.press(user_input.find(harness.panel, QPushButton, "empty_state_button"))
        assert harness.model.key_at(harness.view.currentIndex()) == SCHEDULER
        assert field.text() == "scheduler"


async def test_an_input_is_shown_where_the_user_is(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        harness.panel.jump_to(STEPS)
        assert harness.view.hasFocus()
        form = pin(harness, STEPS)
        harness.panel.jump_to(STEPS)
        assert form.view.hasFocus()
        harness.panel.jump_to(CFG)
        assert harness.view.hasFocus()
        assert harness.model.key_at(harness.view.currentIndex()) == CFG
        form = PinnedFormDriver(harness)
        choose_entry(form.menu(STEPS), "go_to_node")
        assert harness.view.hasFocus()
        assert harness.model.key_at(harness.view.currentIndex()) == STEPS


async def test_a_link_leads_from_the_form_to_the_tree(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS, CFG)
        harness.panel.show_tab("essentials")
        choose_entry(form.menu(STEPS), "go_to_node")
        assert harness.view.hasFocus()
        assert harness.model.key_at(harness.view.currentIndex()) == STEPS
        harness.panel.show_tab("essentials")
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
        harness.panel.show_tab("essentials")
        form.focus_row(STEPS)
        harness.panel.go_to_problem()
        assert form.view.hasFocus()
        assert form.model.key_at(form.view.currentIndex()) == CFG
        harness.panel.go_to_problem()
        assert form.model.key_at(form.view.currentIndex()) == STEPS


async def test_without_the_last_essential_the_keyboard_is_at_the_button_for_choosing(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS)
        form.focus_row(STEPS)
        harness.panel.toggle_pin()
        user_input.process_events()
        assert not form.is_visible()
        button = user_input.find(harness.panel, QPushButton, "empty_state_button")
        assert button.hasFocus()
        harness.key(K.Key_Space)
        assert essentials_dialog(harness.panel).isVisible()


async def test_the_keyboard_goes_with_the_input_between_the_form_and_the_tree(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        harness.pins.pin(STEPS, CFG)
        harness.focus_row(CFG)
        form = PinnedFormDriver(harness)
        user_input.process_events()
        assert form.view.hasFocus()
        assert form.model.key_at(form.view.currentIndex()) == CFG
        harness.panel.show_tab("all")
        user_input.process_events()
        assert harness.view.hasFocus()
        assert harness.model.key_at(harness.view.currentIndex()) == CFG
        harness.focus_row(PROMPT)
        harness.panel.show_tab("essentials")
        user_input.process_events()
        assert form.model.key_at(form.view.currentIndex()) == STEPS
        harness.panel.show_tab("problems")
        user_input.process_events()
        assert not form.is_visible()


async def test_another_workflow_has_other_essentials_and_none_shows_everything(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS)
        harness.open(deployment_id="other:1")
        assert not form.is_visible()
        assert harness.view.isVisible()
        harness.open()
        assert form.is_visible()
        assert form.names() == ["Steps"]


async def test_links_below_the_rows_lead_to_the_choice_and_to_the_rest(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS, CFG)
        assert form.view.height() == form.view.row_geometry.content_height
        rest = user_input.find(harness.panel, QPushButton, "more_inputs")
        assert rest.text() == "10 more inputs under All"
        assert rest.mapTo(form.form, QPoint()).y() >= form.view.geometry().bottom()
        user_input.press(user_input.find(harness.panel, QPushButton, "choose_essentials_link"))
        essentials_dialog(harness.panel).reject()
        user_input.press(rest)
        assert harness.view.isVisible()
        form = pin(harness, PROMPT, IMAGE, SAMPLER)
        harness.panel.resize(780, 300)
        user_input.process_events()
        assert form.view.height() < form.view.row_geometry.content_height
        assert form.form.footer.geometry().bottom() <= form.form.height()


async def test_values_are_copied_and_pasted_in_the_form(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, SEED, STEPS)
        form.focus_row(SEED)
        harness.key(K.Key_C, CTRL)
        form.focus_row(STEPS)
        harness.key(K.Key_V, CTRL)
        assert harness.changes == {STEPS: 20260203}


async def test_a_picture_among_the_essentials_has_its_media_field(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, IMAGE, LEFT)
        form.rect(IMAGE)
        field = form.form.media_fields.media_field(IMAGE)
        assert field is not None
        assert field.accessibleName() == "Picture 1 of Load Image"
        harness.draft_editor.edit({IMAGE: "https://example.org/bike.png"}, "Edit")
        user_input.process_events()
        assert user_input.find(field, ElidedLabel, "media_name").text() == "bike.png"
        assert harness.panel.media_fields.media_field(IMAGE) is None


async def test_the_menu_of_a_row_offers_what_can_be_done_with_an_essential(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        form = pin(harness, STEPS)
        found = entry_names(form.menu(STEPS))
        assert found[-5:] == ["unpin", "edit_pin", "pin_up", "pin_down", "go_to_node"]
        harness.panel.show_tab("all")
        user_input.process_events()
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
        tabs = [tab(harness, name) for name in _TABS]
        assert [tab.text() for tab in tabs] == ["Essentials", "All", "Changed", "Problems"]
        assert tabs[0].accessibleName() == "Essentials, 2 inputs"
        assert all(tab.width() >= tab.sizeHint().width() for tab in tabs)
        harness.panel.resize(780, 700)
        user_input.process_events()
        texts = [tab.text() for tab in tabs]
        assert texts == ["Essentials 2", "All 12", "Changed 0", "Problems 0"]
