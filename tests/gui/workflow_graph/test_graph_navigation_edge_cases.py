"""Edge cases of navigation: unusual ids and titles, equal workflows, and quick presses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QWidget

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.row_menu import RowMenu
from tests.gui.support import user_input
from tests.gui.support.graph_harness import GraphHarness, open_graph_harness
from tests.gui.support.inputs_harness import IMAGE, MODEL, PREFIX, WORKFLOW, open_inputs_harness

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

K = Qt.Key
M = Qt.KeyboardModifier

# Every kind of id that a file may have, in one chain; all nodes have the same title.
NAMES = ["38:42", "a b", "", "a/b", "\u202eabc", "ü" * 500]


def _chain() -> JsonObject:
    nodes: JsonObject = {}
    for at, name in enumerate(NAMES):
        inputs: JsonObject = {"seed": at}
        if at:
            inputs["from"] = [NAMES[at - 1], 0]
        nodes[name] = {"class_type": "Twin", "inputs": inputs, "_meta": {"title": "Twin"}}
    return nodes


async def test_what_led_to_a_node_is_not_shown_of_another_workflow(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.view.navigation.show_path("31")
        copied = json.loads(json.dumps(WORKFLOW))
        harness.open(copied, deployment_id="other:1")
        assert harness.view.navigation.path is None
        assert not user_input.find(harness.panel, QWidget, "path_bar").isVisible()


async def test_two_quick_presses_of_back_are_two_steps_in_the_graph_too(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        for node_id in ("1", "2", "3", "4"):
            graph.inputs.panel.jump_to(InputKey(node_id, ""))
        back = Qt.MouseButton.BackButton
        user_input.double_click(graph.view, QPoint(5, 5), button=back, clicks_before=1)
        assert graph.current_node_id() == "2"


async def test_jumps_lead_through_every_id_and_back(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(_chain())
        harness.focus_row(InputKey(NAMES[0], "seed"))
        for name in NAMES[1:]:
            harness.panel.jump_to(InputKey(name, ""))
            assert harness.view.navigation.current_key() == InputKey(name, "")
        for name in reversed(NAMES[1:-1]):
            harness.view.navigation.navigate(is_back=True)
            assert harness.view.navigation.current_key() == InputKey(name, "")
        harness.view.navigation.show_path("a/b")
        path = harness.view.navigation.path
        assert path is not None
        assert path.nodes == {"38:42", "a b", "", "a/b"}


async def _shown(graph: GraphHarness) -> None:
    graph.inputs.open(_chain(), schema=False)
    user_input.process_events()


async def test_a_node_without_an_id_is_chosen_in_the_graph(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        await _shown(graph)
        graph.inputs.panel.jump_to(InputKey("a b", ""))
        graph.view.fit()
        graph.click("")
        assert graph.inputs.view.navigation.current_key() == InputKey("", "")
        graph.key(K.Key_Right)
        graph.key(K.Key_Space)
        assert graph.current_node_id() == "a/b"
        graph.key(K.Key_Left)
        graph.key(K.Key_Left)
        graph.key(K.Key_Space)
        assert graph.current_node_id() == "a b"


async def test_a_node_without_an_id_is_not_taken_for_the_one_of_the_tree(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        await _shown(graph)
        graph.inputs.panel.jump_to(InputKey("a b", ""))
        user_input.process_events()
        item = graph.view.accessibility.item("")
        assert item is not None
        assert not item.state().selected
        assert not item.state().focused


async def test_words_of_the_tree_and_the_menu_name_one_thing_alike(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({PREFIX: "x"}, "Prepare")
        menu = harness.open_menu(PREFIX)
        texts = [each.text() for each in menu.actions() if each.text()]
        menu.close()
        # A context menu names a command as the menu bar does.
        assert texts == [
            "Edit",
            "Edit in a window",
            "Select",
            "Copy value",
            "Paste",
            "Choose words of {a|b} and __file__ for each run",
            "Sweep over this input…",
            "Reset this input",
            "Show under Essentials",
        ]


async def test_back_over_a_picture_goes_back(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(PREFIX)
        harness.panel.jump_to(IMAGE)
        user_input.process_events()
        well = harness.panel.media_fields.media_field(IMAGE)
        assert well is not None
        QTest.mouseClick(well, Qt.MouseButton.BackButton)
        user_input.process_events()
        assert harness.view.navigation.current_key() == PREFIX


async def test_a_title_of_thousands_of_letters_makes_no_menu_wider(tmp_path: Path) -> None:
    workflow = json.loads(json.dumps(WORKFLOW))
    for node_id in ("31", "38"):
        workflow[node_id]["_meta"] = {"title": "<b>x</b>& \u202e" * 400}
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(workflow)
        menu = harness.open_menu(MODEL)
        assert menu.width() < 900
        assert any(each.text().startswith("Go to <b>x</b>&& ") for each in menu.actions())
        menu.close()
        harness.view.go_to_node("38")
        user_input.process_events()
        view = harness.view
        menu = RowMenu(view, view.currentIndex(), view.commands, view.navigation)
        menu.popup(QPoint())
        used = menu.findChild(QMenu, "used_by_menu")
        assert isinstance(used, QMenu)
        assert used.sizeHint().width() < 900
        menu.close()
