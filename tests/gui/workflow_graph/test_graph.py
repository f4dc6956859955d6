"""The workflow graph: its content, and the effects of mouse, wheel and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu

from runcomfy_desktop.domain.settings import ThemeMode
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.style import theme
from runcomfy_desktop.ui.workflow_graph.graph_nodes import NodeSeverity
from runcomfy_desktop.ui.workflow_graph.panel import GraphPanel
from tests.gui.support import user_input
from tests.gui.support.graph_harness import CHAIN, GraphHarness, open_graph_harness
from tests.gui.support.inputs_harness import WORKFLOW, open_inputs_harness

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

K = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


def roles(graph: GraphHarness) -> theme.Colours:
    return theme.colours(graph.view.palette())


def accessible_text(graph: GraphHarness) -> str:
    return user_input.find(graph.panel, QLabel, "empty_state_text").text()


def wide(count: int) -> JsonObject:
    """Returns a long chain, much wider than the view."""
    nodes: JsonObject = {"0": {"class_type": "Load", "inputs": {}}}
    for at in range(1, count):
        nodes[str(at)] = {"class_type": "Step", "inputs": {"x": [str(at - 1), 0]}}
    return nodes


# Content


async def test_nodes_lie_in_the_order_of_work(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        left = {each: graph.view.node_rect(each).left() for each in CHAIN}
        assert left["1"] < left["2"] < left["3"] < left["4"] == left["5"]
        seen = graph.view.rect()
        assert all(seen.contains(graph.view.node_rect(each)) for each in CHAIN)


async def test_a_graph_of_any_size_opens_as_a_whole(tmp_path: Path) -> None:
    nodes = wide(60)
    async with open_graph_harness(tmp_path, nodes) as graph:
        seen = graph.view.rect()
        assert graph.view.camera.scale < 0.3
        assert all(seen.contains(graph.view.node_rect(each)) for each in nodes)


@pytest.mark.parametrize("look", [ThemeMode.LIGHT, ThemeMode.DARK])
async def test_a_small_output_is_full_and_neither_black_nor_white(
    tmp_path: Path, qapp: QApplication, look: ThemeMode
) -> None:
    theme.apply(qapp, look)
    nodes = wide(24)
    nodes["save"] = {"class_type": "Upscale", "inputs": {"images": ["23", 0]}}
    async with open_graph_harness(tmp_path, nodes) as graph:
        assert graph.view.graph_nodes["save"].is_output
        middle = graph.colour_at(graph.at("save"))
        assert middle.name() == roles(graph).muted
        assert graph.view.graph_nodes["9"].severity is NodeSeverity.WARNING
        assert graph.colour_at(graph.at("9")).name() == roles(graph).field, "no bar of its fault"


async def test_a_node_has_its_title_its_class_and_its_number(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        face = graph.view.graph_nodes["4"]
        assert (face.title, face.class_type, face.id_text) == (
            "Save <b>all</b> & go",
            "SaveImage",
            "#4",
        )
        assert graph.pixels("4", roles(graph).text) > 20


async def test_outputs_are_told_by_the_schema_else_by_what_uses_them(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path, schema=False) as graph:
        assert [each for each, face in graph.view.graph_nodes.items() if face.is_output] == [
            "4",
            "5",
            "9",
        ]


async def test_a_changed_node_has_a_dot_and_loses_it(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        accent = roles(graph).accent
        assert graph.pixels("3", accent) == 0
        graph.inputs.draft_editor.edit({InputKey("3", "steps"): 30}, "x")
        assert graph.pixels("3", accent) > 10
        graph.inputs.draft_editor.undo()
        assert graph.pixels("3", accent) == 0


async def test_a_faulty_node_has_the_colour_of_its_fault(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        error = roles(graph).error
        assert graph.pixels("3", error) == 0
        graph.inputs.draft_editor.edit({InputKey("3", "steps"): -5}, "x")
        assert graph.view.graph_nodes["3"].severity is NodeSeverity.ERROR
        assert graph.view.graph_nodes["3"].issue_text.startswith("steps: ")
        assert graph.pixels("3", error) > 50


async def test_the_node_of_the_tree_is_marked_and_follows_it(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        soft = roles(graph).accent_soft
        graph.inputs.focus_row(InputKey("3", "steps"))
        assert graph.pixels("3", soft) > 200
        graph.inputs.focus_row(InputKey("9", "text"))
        assert graph.pixels("3", soft) == 0
        assert graph.pixels("9", soft) > 200


async def test_a_filter_and_an_edit_leave_the_graph_where_it_is(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        graph.view.zoom_by(1.5)
        scene, scale, corner = graph.view.scene, graph.view.camera.scale, graph.view.camera.corner
        graph.inputs.panel.focus_filter()
        graph.inputs.type("steps")
        graph.inputs.draft_editor.edit({InputKey("3", "steps"): 30}, "x")
        user_input.process_events()
        assert graph.view.scene is scene
        assert (graph.view.camera.scale, graph.view.camera.corner) == (scale, corner)


async def test_another_workflow_is_another_graph(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        graph.inputs.open(WORKFLOW, deployment_id="other:1")
        assert set(graph.view.graph_nodes) == set(WORKFLOW)
        assert graph.view.scene.sources["31"] == ["38"]


async def test_without_a_workflow_it_says_what_to_do(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as inputs:
        graph = GraphHarness(inputs, GraphPanel(inputs.model, inputs.view.navigation))
        user_input.show(graph.panel, 900, 400)
        assert accessible_text(graph) == "Open a workflow to see its graph."
        assert not graph.view.isVisible()
        inputs.open()
        user_input.wait_until(graph.view.isVisible)
        graph.panel.close()


async def test_nothing_is_laid_out_while_nobody_looks(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        graph.panel.hide()
        scene = graph.view.scene
        graph.inputs.open(WORKFLOW, deployment_id="other:1")
        assert graph.view.scene is scene
        graph.panel.show()
        user_input.process_events()
        assert set(graph.view.graph_nodes) == set(WORKFLOW)


async def test_five_thousand_nodes_come_by_and_by(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        graph.inputs.open(wide(5000), deployment_id="big:1")
        assert accessible_text(graph) == "Laying out the graph…"
        user_input.wait_until(lambda: graph.view.isVisible())
        assert len(graph.view.scene.boxes) == 5000
        graph.view.fit()
        assert not graph.image().isNull()


async def test_one_that_is_still_laid_out_gives_way_to_the_next(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        graph.inputs.open(wide(800), deployment_id="big:1")
        graph.inputs.open(CHAIN, deployment_id="small:1")
        user_input.wait_until(lambda: graph.panel.is_idle)
        assert set(graph.view.graph_nodes) == set(CHAIN)
        assert set(graph.view.scene.boxes) == set(CHAIN)


async def test_strange_names_and_links_do_no_harm(tmp_path: Path) -> None:
    strange: JsonObject = {
        "a b/c": {"class_type": "X" * 500, "inputs": {}, "_meta": {"title": "T" * 2000}},
        "38:42": {"class_type": "\u202eRTL", "inputs": {"x": ["a b/c", 0], "y": ["gone", 0]}},
        "": {"class_type": "C", "inputs": {"x": ["", 0]}, "_meta": {"title": "<img src=x>\n\n"}},
        "😀": {"class_type": "C", "inputs": {"x": ["é", 0]}},
        "é": {"class_type": "C", "inputs": {"x": ["😀", 0]}},
    }
    async with open_graph_harness(tmp_path, strange) as graph:
        assert set(graph.view.scene.boxes) == set(strange)
        for scale in (2.0, 1.0, 0.5, 0.2, 0.1):
            graph.view.zoom_by(scale / graph.view.camera.scale)
            assert not graph.image().isNull()


@pytest.mark.parametrize("wanted", [ThemeMode.LIGHT, ThemeMode.DARK])
async def test_it_wears_the_colours_of_the_theme(tmp_path: Path, wanted: ThemeMode) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    async with open_graph_harness(tmp_path) as graph:
        theme.apply(app, wanted)
        user_input.process_events()
        expected = theme.DARK if wanted is ThemeMode.DARK else theme.LIGHT
        assert graph.colour_at(QPoint(2, 2)).name() == expected.window
        assert graph.pixels("2", expected.text) > 20
        theme.apply(app, ThemeMode.LIGHT)


# Mouse and wheel


async def test_a_click_takes_the_tree_to_the_node_and_the_keyboard_stays(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        graph.inputs.view.navigation.jump_to(InputKey("9", "text"), take_focus=False)
        graph.click("3")
        assert graph.current_node_id() == "3"
        assert graph.view.hasFocus()
        QTest.mouseClick(graph.view, Qt.MouseButton.BackButton)
        assert graph.inputs.view.navigation.current_key() == InputKey("9", "text")
        QTest.mouseClick(graph.view, Qt.MouseButton.ForwardButton)
        assert graph.current_node_id() == "3"
        assert graph.view.hasFocus()


async def test_a_double_click_goes_to_work_in_the_tree(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        requests: list[bool] = []
        graph.panel.tree_requested.connect(lambda: requests.append(True))
        user_input.double_click(graph.view, graph.at("4"))
        assert graph.current_node_id() == "4"
        assert requests == [True]


async def test_a_drag_moves_the_graph_and_chooses_nothing(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path, wide(40)) as graph:
        here, before = graph.current_node_id(), graph.view.node_rect("2")
        graph.drag(graph.at("2"), graph.at("2") + QPoint(-90, 30))
        assert graph.view.node_rect("2") == before.translated(-90, 30)
        assert graph.current_node_id() == here


async def test_what_is_moved_is_painted_as_if_anew(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path, wide(40)) as graph:
        for way in (QPoint(-120, 40), QPoint(60, -25), QPoint(0, 33), QPoint(-7, 0)):
            middle = graph.view.rect().center() + QPoint(0, 90)
            graph.drag(middle, middle + way)
            assert graph.is_painted(), way
        graph.inputs.focus_row(InputKey("3", "x"))
        assert graph.is_painted()


async def test_the_graph_cannot_be_lost_out_of_sight(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        for _time in range(30):
            graph.drag(QPoint(700, 200), QPoint(100, 20))
        whole = graph.view.camera.to_screen_rect(graph.view.scene.rect).toRect()
        assert graph.view.rect().intersected(whole).width() >= 60


async def test_the_wheel_moves_and_with_ctrl_zooms_around_the_pointer(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        before = graph.view.node_rect("3")
        graph.turn_wheel(QPoint(300, 200), -1)
        assert graph.view.node_rect("3").top() < before.top()
        assert graph.view.node_rect("3").size() == before.size()
        at = graph.at("3")
        under = graph.view.camera.to_graph(QPointF(at))
        graph.turn_wheel(at, 2, CTRL)
        assert graph.view.node_rect("3").width() > before.width()
        moved = graph.view.camera.to_graph(QPointF(at)) - under
        assert moved.manhattanLength() < 3
        graph.turn_wheel(at, -40, CTRL)
        assert graph.view.camera.scale >= 0.1


async def test_fingers_on_a_touch_pad_zoom(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        at, scale = QPointF(graph.at("3")), graph.view.camera.scale
        event = QNativeGestureEvent(
            Qt.NativeGestureType.ZoomNativeGesture,
            QPointingDevice.primaryPointingDevice(),
            2,
            at,
            at,
            graph.view.mapToGlobal(at),
            0.25,
            QPointF(),
        )
        QApplication.sendEvent(graph.view, event)
        assert graph.view.camera.scale == pytest.approx(1.25 * scale)


async def test_a_right_click_offers_the_ways_of_the_node(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        at = graph.at("3")
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, graph.view.mapToGlobal(at))
        QApplication.sendEvent(graph.view, event)
        user_input.process_events()
        menu = graph.panel.findChild(QMenu, "graph_menu")
        assert isinstance(menu, QMenu)
        texts = [each.text() for each in menu.actions() if not each.isSeparator()]
        assert texts == ["Go to its inputs", "Show what leads here", "Used by 2 inputs"]
        menu.close()


# Keyboard


async def test_arrows_lead_along_the_links(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        graph.click("1")
        way = []
        for which in (K.Key_Right, K.Key_Right, K.Key_Right, K.Key_Down, K.Key_Left, K.Key_Right):
            graph.key(which)
            way.append(graph.view.view_state.cursor_id)
        assert way[0] in ("2", "3")
        assert {way[2], way[3]} <= {"3", "4", "5"}
        assert graph.current_node_id() == "1"
        graph.key(K.Key_Return)
        assert graph.current_node_id() == graph.view.view_state.cursor_id


async def test_up_and_down_lead_to_the_neighbours_of_a_column(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        upper, lower = sorted(("4", "5"), key=lambda each: graph.at(each).y())
        graph.click(upper)
        graph.key(K.Key_Down)
        assert graph.view.view_state.cursor_id == lower
        graph.key(K.Key_Up)
        assert graph.view.view_state.cursor_id == upper


async def test_enter_goes_to_the_tree_and_escape_back_without_a_jump(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        requests: list[bool] = []
        graph.panel.tree_requested.connect(lambda: requests.append(True))
        graph.click("1")
        graph.key(K.Key_Right)
        graph.key(K.Key_Escape)
        assert requests == [True]
        assert graph.current_node_id() == graph.view.view_state.cursor_id == "1"
        graph.key(K.Key_Right)
        graph.key(K.Key_Enter)
        assert requests == [True, True]
        assert graph.current_node_id() == graph.view.view_state.cursor_id != "1"


async def test_space_takes_the_tree_along_and_the_keyboard_stays(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        graph.click("3")
        graph.key(K.Key_Left)
        graph.key(K.Key_Space)
        assert graph.current_node_id() == graph.view.view_state.cursor_id != "3"
        assert graph.view.hasFocus()


async def test_keys_zoom_fit_and_pan(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        graph.key(K.Key_1)
        assert graph.view.camera.scale == 1.0
        graph.key(K.Key_Plus)
        assert graph.view.camera.scale == 1.25
        graph.key(K.Key_Minus)
        graph.key(K.Key_Minus)
        assert graph.view.camera.scale == 0.8
        before = graph.view.node_rect("3")
        graph.key(K.Key_Right, CTRL)
        assert graph.view.node_rect("3").left() < before.left()
        graph.key(K.Key_0)
        assert graph.view.camera.is_fitted
        assert all(graph.view.rect().contains(graph.view.node_rect(each)) for each in CHAIN)


async def test_what_is_fitted_stays_so_when_the_place_grows(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        graph.key(K.Key_0)
        graph.panel.resize(500, 300)
        user_input.process_events()
        assert all(graph.view.rect().contains(graph.view.node_rect(each)) for each in CHAIN)


async def test_the_keyboard_is_never_out_of_sight(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path, wide(40)) as graph:
        graph.view.choose("0", is_press=False)
        for _time in range(39):
            graph.key(K.Key_Right)
            assert graph.view.rect().contains(graph.view.node_rect(graph.view.view_state.cursor_id))
        assert graph.view.view_state.cursor_id == "39"


# Upstream path of a node


async def test_a_path_mutes_what_is_beside_it(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path) as graph:
        text, accent = roles(graph).text, roles(graph).accent
        assert graph.pixels("9", text) > 5
        graph.inputs.view.navigation.show_path("4")
        assert graph.pixels("9", text) == 0
        assert graph.pixels("2", text) > 5
        start, end = graph.view.node_rect("3"), graph.view.node_rect("4")
        image, middle = graph.image(), (start.right() + end.left()) // 2
        gap = [image.pixelColor(middle, y).name() for y in range(image.height())]
        assert accent in gap
        graph.key(K.Key_Escape)
        assert graph.pixels("9", text) > 5


async def test_a_path_far_away_is_brought_into_sight(tmp_path: Path) -> None:
    async with open_graph_harness(tmp_path, wide(60)) as graph:
        graph.inputs.view.navigation.show_path("59")
        assert graph.view.rect().contains(graph.view.node_rect("59"))
