"""The graph in the window: it opens on request, and the shortcuts of the View menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.workflow_graph.view import GraphView
from tests.gui.main_window.test_main_window import bare_window
from tests.gui.support.gui_program import GuiProgram, open_program
from tests.gui.support.user_input import process_events, show
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.ui.input_tree.graph_navigation import GraphNavigation

K = Qt.Key
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def navigation_menu(program: GuiProgram) -> GraphNavigation:
    return program.session.inputs.view.navigation


def graph(program: GuiProgram) -> GraphView:
    return program.find(GraphView, "graph_view")


async def wait_until_visible(program: GuiProgram) -> GraphView:
    await wait_until(lambda: program.is_visible(GraphView, "graph_view"))
    return graph(program)


async def test_until_ctrl_g_opens_it_there_is_one_button_and_it_closes_it_again(
    tmp_path: Path,
) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        assert not program.window.docks.graph.isVisible()
        assert program.window.findChildren(GraphView) == []
        assert program.find(QToolButton, "show_graph").accessibleName() == "Workflow graph"
        await program.key(K.Key_G, CTRL)
        view = await wait_until_visible(program)
        assert QApplication.focusWidget() is view
        assert program.find(QToolButton, "show_graph").isChecked()
        assert len(view.graph_nodes) == len(view.scene.boxes) > 3
        await program.key(K.Key_G, CTRL)
        assert not program.window.docks.graph.isVisible()
        assert QApplication.focusWidget() is program.find(QWidget, "inputs_tree")


async def test_the_buttons_of_the_tree_and_of_its_title(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.press("show_graph")
        view = await wait_until_visible(program)
        before = view.camera.scale
        await program.press("graph_zoom_in")
        assert view.camera.scale > before
        await program.press("graph_zoom_out")
        await program.press("graph_zoom_out")
        assert view.camera.scale < before
        await program.press("graph_fit")
        assert view.camera.is_fitted
        await program.press("show_graph")
        assert not program.window.docks.graph.isVisible()
        assert not program.find(QToolButton, "show_graph").isChecked()
        await program.press("show_graph")
        await program.press("close_graph_dock")
        assert not program.find(QToolButton, "show_graph").isChecked()


async def test_enter_and_escape_lead_back_to_the_tree(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.key(K.Key_G, CTRL)
        view = await wait_until_visible(program)
        await program.key(K.Key_Escape)
        tree = program.find(QWidget, "inputs_tree")
        assert QApplication.focusWidget() is tree
        view.setFocus()
        goal = list(view.graph_nodes)[-1]
        view.choose(goal, is_press=False)
        await program.key(K.Key_Return)
        assert QApplication.focusWidget() is tree
        assert navigation_menu(program).current_key() == InputKey(goal, "")


async def test_alt_and_arrows_go_back_and_forward_where_the_keyboard_is(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        menu = program.window.main_actions.graph
        navigation_menu(program).jump_to(InputKey("6", "text"))
        navigation_menu(program).jump_to(InputKey("136", ""))
        assert [menu.go_back.isEnabled(), menu.go_forward.isEnabled()] == [True, False]
        await program.key(K.Key_Left, ALT)
        assert navigation_menu(program).current_key() == InputKey("6", "text")
        await program.key(K.Key_Right, ALT)
        assert navigation_menu(program).current_key() == InputKey("136", "")
        assert not menu.go_forward.isEnabled()
        await program.key(K.Key_Left, ALT)
        await program.key(K.Key_G, CTRL)
        view = await wait_until_visible(program)
        view.fit()
        await program.click(view, view.node_rect("136").center())
        assert navigation_menu(program).current_key() == InputKey("136", "")
        await program.key(K.Key_Left, ALT)
        assert navigation_menu(program).current_key() == InputKey("6", "text")
        assert QApplication.focusWidget() is view


async def test_ctrl_l_shows_what_leads_to_the_node_and_everything_again(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        navigation_menu(program).jump_to(InputKey("136", "filename_prefix"))
        await program.key(K.Key_L, CTRL)
        path = navigation_menu(program).path
        assert path is not None
        assert path.node_id == "136"
        assert len(path.nodes) > 3
        assert program.window.main_actions.graph.show_path.isChecked()
        await program.key(K.Key_L, CTRL)
        assert navigation_menu(program).path is None
        assert not program.window.main_actions.graph.show_path.isChecked()
        await program.key(K.Key_G, CTRL)
        view = await wait_until_visible(program)
        goal = list(view.graph_nodes)[-1]
        assert goal != "136"
        view.choose(goal, is_press=False)
        await program.key(K.Key_L, CTRL)
        path = navigation_menu(program).path
        assert path is not None
        assert path.node_id == goal, "the one that has the keyboard"


def test_it_comes_back_at_the_next_start_and_goes_with_a_reset(tmp_path: Path) -> None:
    first = bare_window(tmp_path)
    show(first, 1200, 800)
    assert not first.docks.graph.isVisible()
    first.docks.graph.show()
    process_events()
    first.close()
    second = bare_window(tmp_path)
    second.show()
    process_events()
    assert second.docks.graph.isVisible()
    # Above the central widget, with the same width.
    assert second.docks.graph.geometry().bottom() < second.central_widget.geometry().top()
    second.main_actions.reset_layout.trigger()
    process_events()
    assert not second.docks.graph.isVisible()
    second.close()
