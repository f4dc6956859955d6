"""The graph in the window: it opens where a person asks for it, and the keys of the View menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.graph.view import GraphView
from tests.gui.support.hands import settle, show
from tests.gui.support.house import House, open_house, turn
from tests.gui.test_main_window import bare_window
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.inputs.ways import Ways

K = Qt.Key
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def ways(house: House) -> Ways:
    assert house.window.centre.inputs is not None
    return house.window.centre.inputs.view.ways


def graph(house: House) -> GraphView:
    return house.find(GraphView, "graph_view")


async def until_shown(house: House) -> GraphView:
    await until(lambda: house.there(GraphView, "graph_view"))
    return graph(house)


async def test_until_ctrl_g_opens_it_there_is_one_button_and_it_closes_it_again(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        assert not house.window.docks.graph.isVisible()
        assert house.window.findChildren(GraphView) == []
        assert house.find(QToolButton, "show_graph").accessibleName() == "Workflow graph"
        await house.key(K.Key_G, CTRL)
        view = await until_shown(house)
        assert QApplication.focusWidget() is view
        assert house.find(QToolButton, "show_graph").isChecked()
        assert len(view.faces) == len(view.scene.boxes) > 3
        await house.key(K.Key_G, CTRL)
        assert not house.window.docks.graph.isVisible()
        assert QApplication.focusWidget() is house.find(QWidget, "inputs_tree")


async def test_the_buttons_of_the_tree_and_of_its_title(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.press("show_graph")
        view = await until_shown(house)
        before = view.camera.scale
        await house.press("graph_zoom_in")
        assert view.camera.scale > before
        await house.press("graph_zoom_out")
        await house.press("graph_zoom_out")
        assert view.camera.scale < before
        await house.press("graph_fit")
        assert view.camera.is_fitted
        await house.press("show_graph")
        assert not house.window.docks.graph.isVisible()
        assert not house.find(QToolButton, "show_graph").isChecked()
        await house.press("show_graph")
        await house.press("close_graph_dock")
        assert not house.find(QToolButton, "show_graph").isChecked()


async def test_enter_and_escape_lead_back_to_the_tree(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.key(K.Key_G, CTRL)
        view = await until_shown(house)
        await house.key(K.Key_Escape)
        tree = house.find(QWidget, "inputs_tree")
        assert QApplication.focusWidget() is tree
        view.setFocus()
        goal = list(view.faces)[-1]
        view.choose(goal, is_press=False)
        await house.key(K.Key_Return)
        assert QApplication.focusWidget() is tree
        assert ways(house).here() == InputKey(goal, "")


async def test_alt_and_arrows_go_back_and_forward_where_the_keyboard_is(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        menu = house.window.menu
        ways(house).jump_to(InputKey("6", "text"))
        ways(house).jump_to(InputKey("136", ""))
        assert [menu.go_back.isEnabled(), menu.go_forward.isEnabled()] == [True, False]
        await house.key(K.Key_Left, ALT)
        assert ways(house).here() == InputKey("6", "text")
        await house.key(K.Key_Right, ALT)
        assert ways(house).here() == InputKey("136", "")
        assert not menu.go_forward.isEnabled()
        await house.key(K.Key_Left, ALT)
        await house.key(K.Key_G, CTRL)
        view = await until_shown(house)
        view.fit()
        await house.click(view, view.node_rect("136").center())
        assert ways(house).here() == InputKey("136", "")
        await house.key(K.Key_Left, ALT)
        assert ways(house).here() == InputKey("6", "text")
        assert QApplication.focusWidget() is view


async def test_ctrl_l_shows_what_leads_to_the_node_and_everything_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        ways(house).jump_to(InputKey("136", "filename_prefix"))
        await house.key(K.Key_L, CTRL)
        path = ways(house).path
        assert path is not None
        assert path.node_id == "136"
        assert len(path.nodes) > 3
        assert house.window.menu.show_path.isChecked()
        await house.key(K.Key_L, CTRL)
        assert ways(house).path is None
        assert not house.window.menu.show_path.isChecked()
        await house.key(K.Key_G, CTRL)
        view = await until_shown(house)
        goal = list(view.faces)[-1]
        assert goal != "136"
        view.choose(goal, is_press=False)
        await house.key(K.Key_L, CTRL)
        path = ways(house).path
        assert path is not None
        assert path.node_id == goal, "the one that has the keyboard"


async def test_it_goes_with_the_session_and_comes_with_the_next(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        await house.press("show_graph")
        await until_shown(house)
        house.window.detach()
        await turn()
        assert not house.there(GraphView, "graph_view")
        house.window.attach(house.parts)
        await until_shown(house)


def test_it_comes_back_at_the_next_start_and_goes_with_a_reset(tmp_path: Path) -> None:
    first = bare_window(tmp_path)
    show(first, 1200, 800)
    assert not first.docks.graph.isVisible()
    first.docks.graph.show()
    settle()
    first.close()
    second = bare_window(tmp_path)
    second.show()
    settle()
    assert second.docks.graph.isVisible()
    # Above the centre, as wide as it.
    assert second.docks.graph.geometry().bottom() < second.centre.geometry().top()
    second.menu.reset_layout.trigger()
    settle()
    assert not second.docks.graph.isVisible()
    second.close()
