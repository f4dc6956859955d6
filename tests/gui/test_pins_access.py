"""The form of pinned inputs for people who cannot see it, and by keyboard alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QRadioButton

from runcomfy_desktop.ui.inputs.layout import Part
from tests.gui.support import hands
from tests.gui.support.audit import faults_of
from tests.gui.support.bench import CFG, IMAGE, PROMPT, SEED, STEPS, TILED, Bench, shown_bench
from tests.gui.support.pins import Form, choose, dialog_of
from tests.gui.test_inputs_access import children, do, walk

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QAccessibleInterface

    from runcomfy_desktop.domain.workflow import InputKey

Role = QAccessible.Role
Name, Value = QAccessible.Text.Name, QAccessible.Text.Value
Description = QAccessible.Text.Description
K = Qt.Key


def name_pin(bench: Bench, key: InputKey, label: str, hint: str = "") -> None:
    found = bench.pins.state.of(key)
    assert found is not None
    bench.pins.edit(replace(found, label=label, hint=hint))
    hands.settle()


def tree(form: Form) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(form.view)
    assert found is not None
    return found


async def test_the_form_reads_like_the_tree_with_the_words_of_its_pins(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        bench.pins.pin(STEPS, SEED)
        name_pin(bench, STEPS, "How long", "More is slower.")
        form = Form(bench)
        assert tree(form).role() is Role.Tree
        assert tree(form).text(Name) == "Pinned inputs"
        (header,) = children(tree(form))
        assert header.role() is Role.TreeItem
        assert header.text(Name) == "Pinned, 2 inputs"
        assert header.state().expanded
        controls = [(each.text(Name), each.role(), each.text(Value)) for each in children(header)]
        assert controls == [
            ("How long", Role.SpinBox, "20"),
            ("seed", Role.SpinBox, "20260203"),
            ("At each run: seed", Role.ButtonMenu, "Keep"),
            ("New random seed", Role.Button, ""),
        ]
        steps = children(header)[0]
        assert steps.text(Description) == "of KSampler, More is slower."
        assert steps.parent() is header


async def test_every_control_says_where_it_is_and_does_what_it_says(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=1200) as bench:
        bench.open()
        bench.pins.pin(STEPS, TILED, PROMPT, IMAGE)
        bench.workbench.edit({STEPS: 30}, "Change steps")
        hands.settle()
        form = Form(bench)
        for item in walk(tree(form)):
            assert item.text(Name)
            assert item.isValid()
            assert not item.rect().isEmpty()
            assert item.parent().child(item.parent().indexOfChild(item)) is item
        found = {each.text(Name): each for each in walk(tree(form))}
        middle = found["steps"].rect().center()
        header = tree(form).childAt(middle.x(), middle.y())
        assert header.childAt(middle.x(), middle.y()) is found["steps"]
        do(found["tiled"])
        assert bench.changes[TILED] is True
        do(found["Reset steps"])
        assert STEPS not in bench.changes
        found["text"].editableTextInterface().replaceText(0, 3, "abc")
        assert str(bench.changes[PROMPT]).startswith("abc")


async def test_the_limits_of_a_pin_are_those_that_are_told(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        bench.pins.pin(STEPS)
        found = bench.pins.state.of(STEPS)
        assert found is not None
        bench.pins.edit(replace(found, minimum=4, maximum=40))
        hands.settle()
        (header,) = children(tree(Form(bench)))
        number = children(header)[0].valueInterface()
        assert (number.minimumValue(), number.maximumValue()) == (4, 40)


async def test_that_an_input_is_pinned_is_told_at_its_node(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        bench.pins.pin(STEPS)
        hands.settle()
        at_node = QAccessible.queryAccessibleInterface(bench.view)
        assert at_node is not None
        (steps,) = [each for each in walk(at_node) if each.text(Name) == "steps"]
        assert steps.text(Description) == "pinned"


async def test_the_form_and_its_dialog_pass_the_audit(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        bench.pins.pin(STEPS, IMAGE)
        hands.settle()
        form = Form(bench)
        assert faults_of(bench.panel) == []
        choose(form.menu(STEPS), "edit_pin")
        dialog = dialog_of(bench.panel)
        assert faults_of(dialog) == []
        dialog.reject()


async def test_words_from_others_are_words(tmp_path: Path) -> None:
    """A preset may bring pins with anything in them."""
    async with shown_bench(tmp_path, height=900) as bench:
        bench.open()
        bench.pins.pin(STEPS, CFG)
        name_pin(bench, STEPS, "<b>bold</b>\n& more", "line\nline <img src=x>")
        name_pin(bench, CFG, "W" * 120, "H" * 1000)
        form = Form(bench)
        assert form.names()[0] == "<b>bold</b> & more"
        (header,) = children(tree(form))
        assert children(header)[0].text(Name) == "<b>bold</b> & more"
        assert form.rect(CFG).height() < 160
        assert form.view.viewport().width() <= bench.panel.width()
        form.click(CFG)
        bench.retype("2.5")
        bench.key(K.Key_Return)
        assert bench.changes[CFG] == 2.5
        chip = hands.find(bench.panel, QRadioButton, "tab_pinned")
        assert chip.accessibleName() == "Pinned, 2 inputs"
        form.click(CFG, Part.FIELD)
        bench.key(K.Key_Escape)
        assert bench.changes[CFG] == 2.5
