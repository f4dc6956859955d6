"""The form of the essentials with a screen reader, and by keyboard alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QRadioButton

from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from tests.gui.input_tree.test_inputs_access import children, do, walk
from tests.gui.support import user_input
from tests.gui.support.accessibility_audit import accessibility_errors
from tests.gui.support.inputs_harness import (
    CFG,
    IMAGE,
    PROMPT,
    SEED,
    STEPS,
    TILED,
    InputsHarness,
    open_inputs_harness,
)
from tests.gui.support.pinned_form import (
    PinnedFormDriver,
    choose_entry,
    essentials_dialog,
    pin_dialog,
)

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QAccessibleInterface

    from runcomfy_desktop.domain.workflow.workflow import InputKey

Role = QAccessible.Role
Name, Value = QAccessible.Text.Name, QAccessible.Text.Value
Description = QAccessible.Text.Description
K = Qt.Key


def name_pin(harness: InputsHarness, key: InputKey, label: str, hint: str = "") -> None:
    found = harness.pins.state.pin_for(key)
    assert found is not None
    harness.pins.edit(replace(found, label=label, hint=hint))
    user_input.process_events()


def tree(form: PinnedFormDriver) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(form.view)
    assert found is not None
    return found


async def test_the_form_reads_like_the_tree_with_the_words_of_its_pins(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        harness.pins.pin(STEPS, SEED)
        name_pin(harness, STEPS, "How long", "More is slower.")
        form = PinnedFormDriver(harness)
        assert tree(form).role() is Role.Tree
        assert tree(form).text(Name) == "Essentials"
        (header,) = children(tree(form))
        assert header.role() is Role.TreeItem
        assert header.text(Name) == "Essentials, 2 inputs"
        assert header.state().expanded
        controls = [(each.text(Name), each.role(), each.text(Value)) for each in children(header)]
        assert controls == [
            ("How long", Role.SpinBox, "20"),
            ("Seed", Role.SpinBox, "20260203"),
            ("At each run: Seed", Role.ButtonMenu, "Keep"),
            ("New random Seed", Role.Button, ""),
        ]
        steps = children(header)[0]
        assert steps.text(Description) == "of KSampler, More is slower."
        assert steps.parent() is header


async def test_every_control_says_where_it_is_and_does_what_it_says(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=1200) as harness:
        harness.open()
        harness.pins.pin(STEPS, TILED, PROMPT, IMAGE)
        harness.draft_editor.edit({STEPS: 30}, "Change steps")
        user_input.process_events()
        form = PinnedFormDriver(harness)
        for item in walk(tree(form)):
            assert item.text(Name)
            assert item.isValid()
            assert not item.rect().isEmpty()
            assert item.parent().child(item.parent().indexOfChild(item)) is item
        found = {each.text(Name): each for each in walk(tree(form))}
        middle = found["Steps"].rect().center()
        header = tree(form).childAt(middle.x(), middle.y())
        assert header.childAt(middle.x(), middle.y()) is found["Steps"]
        do(found["tiled"])
        assert harness.changes[TILED] is True
        do(found["Reset Steps"])
        assert STEPS not in harness.changes
        found["Positive prompt"].editableTextInterface().replaceText(0, 3, "abc")
        assert str(harness.changes[PROMPT]).startswith("abc")


async def test_the_limits_of_a_pin_are_those_that_are_told(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        harness.pins.pin(STEPS)
        found = harness.pins.state.pin_for(STEPS)
        assert found is not None
        harness.pins.edit(replace(found, minimum=4, maximum=40))
        user_input.process_events()
        (header,) = children(tree(PinnedFormDriver(harness)))
        number = children(header)[0].valueInterface()
        assert (number.minimumValue(), number.maximumValue()) == (4, 40)


async def test_the_form_and_its_dialogs_pass_the_audit(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        harness.pins.pin(STEPS, IMAGE)
        user_input.process_events()
        form = PinnedFormDriver(harness)
        assert accessibility_errors(harness.panel) == []
        choose_entry(form.menu(STEPS), "edit_pin")
        dialog = pin_dialog(harness.panel)
        assert accessibility_errors(dialog) == []
        dialog.reject()
        harness.panel.choose_essentials()
        user_input.process_events()
        assert accessibility_errors(essentials_dialog(harness.panel)) == []
        essentials_dialog(harness.panel).reject()


async def test_words_from_others_are_words(tmp_path: Path) -> None:
    """A pin's label and hint are plain text, because a preset may contain any pins."""
    async with open_inputs_harness(tmp_path, height=900) as harness:
        harness.open()
        harness.pins.pin(STEPS, CFG)
        name_pin(harness, STEPS, "<b>bold</b>\n& more", "line\nline <img src=x>")
        name_pin(harness, CFG, "W" * 120, "H" * 1000)
        form = PinnedFormDriver(harness)
        assert form.names()[0] == "<b>bold</b> & more"
        (header,) = children(tree(form))
        assert children(header)[0].text(Name) == "<b>bold</b> & more"
        assert form.rect(CFG).height() < 160
        assert form.view.viewport().width() <= harness.panel.width()
        form.click(CFG)
        harness.retype("2.5")
        harness.key(K.Key_Return)
        assert harness.changes[CFG] == 2.5
        chip = user_input.find(harness.panel, QRadioButton, "tab_essentials")
        assert chip.accessibleName() == "Essentials, 2 inputs"
        form.click(CFG, RowPart.FIELD)
        harness.key(K.Key_Escape)
        assert harness.changes[CFG] == 2.5
