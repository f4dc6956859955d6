"""Accessibility of the painted tree: names, roles, values and working actions."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QMenu

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.widgets.accessible_item import PRESS, SET_FOCUS, TOGGLE, AccessibleItem
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    CFG,
    IMAGE,
    MODEL,
    PROMPT,
    SAMPLER,
    SEED,
    STEPS,
    TILED,
    InputsHarness,
    open_inputs_harness,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Role = QAccessible.Role
Name, Value = QAccessible.Text.Name, QAccessible.Text.Value
EXTRA = InputKey("50", "extra")


def tree(harness: InputsHarness) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(harness.view)
    assert found is not None
    return found


def children(item: QAccessibleInterface) -> list[QAccessibleInterface]:
    return [item.child(at) for at in range(item.childCount())]


def walk(item: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    for each in children(item):
        yield each
        yield from walk(each)


def find(harness: InputsHarness, name: str, node: str = "") -> QAccessibleInterface:
    """Returns the only control with this name in a node whose name begins with `node`."""
    found = [
        each
        for each in walk(tree(harness))
        if each.text(Name) == name and each.parent().text(Name).startswith(node)
    ]
    assert len(found) == 1, f"{len(found)} controls are called {name}"
    return found[0]


def do(item: QAccessibleInterface, action: str = PRESS) -> None:
    actions = item.actionInterface()
    assert actions is not None
    assert action in actions.actionNames()
    actions.doAction(action)
    user_input.process_events()


def value(harness: InputsHarness, key: InputKey) -> object:
    assert harness.model.draft is not None
    return harness.model.draft.value(key)


async def test_nodes_come_in_reading_order_with_their_inputs_below_them(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        nodes = children(tree(harness))
        assert tree(harness).role() is Role.Tree
        assert tree(harness).text(Name) == "Nodes and inputs of the workflow"
        assert {each.role() for each in nodes} == {Role.TreeItem}
        assert [each.text(Name) for each in nodes][:3] == [
            "Load Image, LoadImage, #189",
            "Positive prompt, CLIPTextEncode, #6",
            "KSampler, KSampler, #31",
        ]
        controls = [(each.text(Name), each.role(), each.text(Value)) for each in children(nodes[2])]
        assert controls == [
            ("seed", Role.SpinBox, "20260203"),
            ("At each run: seed", Role.ButtonMenu, "Keep"),
            ("New random seed", Role.Button, ""),
            ("steps", Role.SpinBox, "20"),
            ("cfg", Role.SpinBox, "1.00"),
            ("sampler_name", Role.ComboBox, "euler"),
            ("scheduler", Role.ComboBox, "simple"),
            ("model", Role.Link, "from Load model"),
        ]


async def test_every_control_says_its_name_and_where_it_is(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=1400) as harness:
        harness.open()
        harness.draft_editor.edit({STEPS: 30}, "Change steps")
        user_input.process_events()
        for item in walk(tree(harness)):
            assert item.text(Name)
            assert item.isValid()
            assert not item.rect().isEmpty()
            assert item.parent().child(item.parent().indexOfChild(item)) is item
            assert item.window() is harness.panel.windowHandle()
        steps = find(harness, "steps")
        middle = steps.rect().center()
        node = tree(harness).childAt(middle.x(), middle.y())
        assert node.childAt(middle.x(), middle.y()) is steps


async def test_a_text_is_read_whole_and_written(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        prompt = find(harness, "text")
        assert prompt.role() is Role.EditableText
        assert prompt.state().multiLine
        assert prompt.textInterface().text(0, 7) == "repaint"
        whole = prompt.textInterface().characterCount()
        prompt.editableTextInterface().replaceText(0, whole, "x" * 3000)
        assert value(harness, PROMPT) == "x" * 3000
        assert prompt.textInterface().characterCount() == 3000
        assert prompt.text(QAccessible.Text.Description) == "changed"
        harness.draft_editor.undo()
        assert prompt.text(Value) == "repaint the bicycle in blue"
        prompt.editableTextInterface().insertText(0, "gently ")
        assert value(harness, PROMPT) == "gently repaint the bicycle in blue"


async def test_a_number_is_read_and_set_within_its_limits(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        number = find(harness, "steps").valueInterface()
        assert (number.currentValue(), number.minimumValue(), number.maximumValue()) == (
            20,
            1,
            10000,
        )
        number.setCurrentValue(25.0)
        assert value(harness, STEPS) == 25
        find(harness, "cfg").valueInterface().setCurrentValue(2.5)
        assert value(harness, CFG) == 2.5
        find(harness, "seed").editableTextInterface().replaceText(0, 8, "18446744073709551615")
        assert value(harness, SEED) == 18_446_744_073_709_551_615
        find(harness, "steps").editableTextInterface().replaceText(0, 2, "many")
        assert value(harness, STEPS) == 25
        number.setCurrentValue(20_000)
        assert "maximum" in find(harness, "steps").text(QAccessible.Text.Description)


async def test_press_opens_the_editor_which_is_found_in_the_tree(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        count = tree(harness).childCount()
        do(find(harness, "cfg"))
        assert harness.editor is not None
        assert tree(harness).childCount() == count + 1
        editor = tree(harness).child(count)
        assert editor.object() is harness.editor
        assert tree(harness).indexOfChild(editor) == count
        harness.retype("3.5")
        harness.key(Qt.Key.Key_Return)
        assert value(harness, CFG) == 3.5
        assert tree(harness).childCount() == count


async def test_a_choice_takes_what_is_on_its_list_and_nothing_else(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        sampler = find(harness, "sampler_name").editableTextInterface()
        sampler.replaceText(0, 5, "heun")
        assert value(harness, SAMPLER) == "heun"
        sampler.replaceText(0, 4, "no such thing")
        assert value(harness, SAMPLER) == "heun"


async def test_a_tick_a_link_and_a_picture_do_what_a_click_does(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        tiled = find(harness, "tiled")
        assert tiled.state().checkable
        assert not tiled.state().checked
        do(tiled, TOGGLE)
        assert value(harness, TILED) is True
        assert tiled.state().checked
        model = next(each for each in walk(tree(harness)) if each.text(Name) == MODEL.name)
        do(model)
        assert harness.view.is_current_row(harness.model.index_of_node("38"))
        requests: list[object] = []
        harness.view.media_field_requested.connect(lambda key, _last: requests.append(key))
        do(find(harness, "image"))
        assert requests == [IMAGE]
        assert not find(harness, "extra").state().editable
        assert find(harness, "extra").text(QAccessible.Text.Description) == "read-only"


async def test_a_seed_is_thrown_and_its_mode_chosen_and_a_change_taken_back(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        do(find(harness, "New random seed"))
        thrown = value(harness, SEED)
        assert thrown != 20260203
        assert isinstance(thrown, int)
        assert 0 <= thrown <= 2**53 - 1
        assert harness.draft_editor.state.undo_text == "New random seed"
        do(find(harness, "Reset seed"))
        assert value(harness, SEED) == 20260203
        assert "Reset seed" not in [each.text(Name) for each in walk(tree(harness))]
        do(find(harness, "At each run: seed"))
        menu = harness.view.findChild(QMenu, "seed_mode_menu")
        assert isinstance(menu, QMenu)
        menu.actions()[1].trigger()
        menu.close()
        assert harness.model.input_row_of(SEED).seed_mode is SeedMode.RANDOM
        assert find(harness, "At each run: seed").text(Value) == "Random each run"


async def test_the_keyboard_goes_where_it_is_sent_and_is_found_there(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        cfg = find(harness, "cfg")
        do(cfg, SET_FOCUS)
        assert harness.view.is_current_row(harness.model.index_of(CFG))
        assert cfg.state().focused
        assert tree(harness).focusChild() is cfg
        assert harness.view.delegate.editor is None


async def test_a_folded_node_has_no_controls(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        sampler = children(tree(harness))[2]
        assert sampler.state().expanded
        do(sampler, TOGGLE)
        assert sampler.state().collapsed
        assert sampler.childCount() == 0
        do(sampler, TOGGLE)
        assert sampler.childCount() == 8


async def test_nothing_is_made_until_somebody_asks_also_while_somebody_listens(
    tmp_path: Path,
) -> None:
    QAccessible.setActive(True)
    try:
        async with open_inputs_harness(tmp_path) as harness:
            before = painted_items()
            harness.open()
            harness.draft_editor.edit({STEPS: -1}, "Change steps")
            user_input.process_events()
            # One item is for the current row.
            assert painted_items() - before <= 1
    finally:
        QAccessible.setActive(False)


def painted_items() -> int:
    return sum(isinstance(each, AccessibleItem) for each in gc.get_objects())


async def test_another_workflow_leaves_nothing_of_the_one_before(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        before = [QAccessible.uniqueId(each) for each in walk(tree(harness))]
        harness.open(
            {"1": {"class_type": "Other", "inputs": {"batch": 2}}}, deployment_id="other:1"
        )
        assert [each.text(Name) for each in walk(tree(harness))] == ["Other, Other, #1", "batch"]
        gone = [QAccessible.accessibleInterface(each) for each in before]
        assert gone == [None] * len(before)
