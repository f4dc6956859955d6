"""The painted graph for screen readers: names, links as text, states, actions."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.widgets.accessible_item import PRESS, SET_FOCUS, AccessibleItem
from tests.gui.support import user_input
from tests.gui.support.graph_harness import CHAIN, GraphHarness, open_graph_harness
from tests.gui.support.inputs_harness import WORKFLOW

if TYPE_CHECKING:
    from pathlib import Path

Role = QAccessible.Role
Name, Description = QAccessible.Text.Name, QAccessible.Text.Description


def spoken(graph: GraphHarness) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(graph.view)
    assert found is not None
    return found


def item(graph: GraphHarness, node_id: str | None) -> AccessibleItem:
    found = graph.view.accessibility.item(node_id)
    assert found is not None
    return found


async def test_the_graph_is_a_list_of_its_nodes(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        it = spoken(graph)
        assert (it.role(), it.text(Name)) == (Role.List, "Workflow graph")
        nodes = [it.child(at) for at in range(it.childCount())]
        assert len(nodes) == len(CHAIN)
        assert [it.indexOfChild(each) for each in nodes] == list(range(len(CHAIN)))
        assert it.child(99) is None
        assert nodes[1].role() == Role.ListItem
        assert nodes[1].parent() is it


async def test_a_node_says_what_it_is_and_where_its_links_lead(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        assert item(graph, "3").text(Name) == "KSampler, KSampler, #3"
        assert (
            item(graph, "3").text(Description)
            == "from Load, Encode; to Save <b>all</b> & go, Upscale"
        )
        assert item(graph, "9").text(Description) == ""
        graph.inputs.draft_editor.edit({InputKey("3", "steps"): -5}, "x")
        assert item(graph, "3").text(Name).startswith("KSampler, KSampler, #3, changed, steps: -5")
        assert item(graph, "5").text(Name) == "Upscale, Upscale, #5, output"


async def test_where_a_node_is_and_what_is_under_a_point_agree(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        it = spoken(graph)
        rect = item(graph, "4").rect()
        assert rect.topLeft() == graph.view.mapToGlobal(graph.view.node_rect("4").topLeft())
        assert it.childAt(rect.center().x(), rect.center().y()) is item(graph, "4")
        corner = graph.view.mapToGlobal(graph.view.rect().topLeft())
        assert it.childAt(corner.x(), corner.y()) is None


async def test_focus_and_selection_are_states(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        graph.click("1")
        graph.key(Qt.Key.Key_Right)
        cursor = graph.view.view_state.cursor_id
        assert spoken(graph).focusChild() is item(graph, cursor)
        assert item(graph, cursor).state().focused
        assert not item(graph, cursor).state().selected
        assert item(graph, "1").state().selected
        assert not item(graph, "1").state().focused


async def test_actions_do_what_a_click_does(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        graph.click("1")
        item(graph, "3").doAction(SET_FOCUS)
        assert (graph.view.view_state.cursor_id, graph.current_node_id()) == ("3", "1")
        item(graph, "3").doAction(PRESS)
        assert graph.current_node_id() == "3"


async def test_items_of_another_graph_are_forgotten(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        before = item(graph, "3")
        graph.inputs.open(WORKFLOW, deployment_id="other:1")
        assert not before.isValid()
        assert before.state().invalid
        before.doAction(PRESS)
        del before
        gc.collect()
        user_input.process_events()
        assert spoken(graph).childCount() == len(WORKFLOW)
