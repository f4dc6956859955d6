"""Navigation in the tree: jumps and back, the users of a node, the path to an output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QToolButton, QWidget

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.rows.row_layout import RowPart
from runcomfy_desktop.ui.style import theme
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    CFG,
    MODEL,
    PREFIX,
    PROMPT,
    STEPS,
    InputsHarness,
    open_inputs_harness,
)

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QAction

    from runcomfy_desktop.domain.base.json_value import JsonObject

K = Qt.Key
LOADER = InputKey("38", "")

# A chain of five nodes, and one node that is not connected to it.
CHAIN: JsonObject = {
    "1": {"class_type": "Loader", "inputs": {"name": "a"}, "_meta": {"title": "Load"}},
    "2": {"class_type": "Encode", "inputs": {"text": "b", "clip": ["1", 1]}},
    "3": {
        "class_type": "Sample",
        "inputs": {"steps": 20, "model": ["1", 0], "positive": ["2", 0]},
    },
    "4": {
        "class_type": "Save",
        "inputs": {"images": ["3", 0], "name": "x"},
        "_meta": {"title": "Save <b>all</b> & go"},
    },
    "9": {"class_type": "Note", "inputs": {"text": "aside"}},
}
SAVE = InputKey("4", "")


def menu_of(harness: InputsHarness, node_id: str) -> QMenu:
    """Opens the context menu of a node's header."""
    index = harness.model.index_of_node(node_id)
    harness.view.scrollTo(index)
    user_input.process_events()
    at = harness.view.visualRect(index).center()
    where = harness.view.viewport().mapToGlobal(at)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, where)
    QApplication.sendEvent(harness.view.viewport(), event)
    user_input.process_events()
    menus = [menu for menu in harness.view.findChildren(QMenu, "input_menu") if menu.isVisible()]
    return menus[-1]


def entry(menu: QMenu, name: str) -> QAction:
    return next(each for each in menu.actions() if each.objectName() == name)


def choose(menu: QMenu, action: QAction) -> None:
    """Chooses an entry with the mouse."""
    user_input.press(menu, menu.actionGeometry(action).center())


def used_by(menu: QMenu) -> QMenu:
    found = menu.findChild(QMenu, "used_by_menu")
    assert isinstance(found, QMenu)
    return found


def accessible_text(harness: InputsHarness) -> str:
    """Returns the text about the shown path above the tree; "" if no path is shown."""
    bar = harness.panel.findChild(QWidget, "path_bar")
    label = harness.panel.findChild(QLabel, "path_text")
    assert isinstance(bar, QWidget)
    assert isinstance(label, QLabel)
    return label.text() if bar.isVisible() else ""


def bar_of(harness: InputsHarness, node_id: str) -> bool:
    """Returns True if a header has the bar of the nodes on the path."""
    index = harness.model.index_of_node(node_id)
    harness.view.scrollTo(index)
    picture = harness.screenshot().toImage()
    rect = harness.view.row_rect(index)
    at = harness.view.viewport().mapTo(
        harness.panel, rect.topLeft() + QPoint(0, rect.height() // 2)
    )
    colour = picture.pixelColor(at * picture.devicePixelRatio()).name()
    return colour == theme.colours(harness.view.palette()).accent


async def test_a_jump_along_a_link_and_back_and_forward(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        ways = harness.view.navigation
        assert [ways.can_go_back, ways.can_go_forward] == [False, False]
        harness.focus_row(MODEL)
        harness.click(MODEL, RowPart.LINK)
        assert ways.current_key() == LOADER
        assert [ways.can_go_back, ways.can_go_forward] == [True, False]
        ways.navigate(is_back=True)
        assert ways.current_key() == MODEL
        assert [ways.can_go_back, ways.can_go_forward] == [False, True]
        ways.navigate(is_back=False)
        assert ways.current_key() == LOADER
        assert [ways.can_go_back, ways.can_go_forward] == [True, False]


async def test_the_side_buttons_of_a_mouse_go_back_and_forward(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(STEPS)
        harness.panel.jump_to(PREFIX)
        QTest.mouseClick(harness.view.viewport(), Qt.MouseButton.BackButton)
        assert harness.view.navigation.current_key() == STEPS
        QTest.mouseClick(harness.view.viewport(), Qt.MouseButton.ForwardButton)
        assert harness.view.navigation.current_key() == PREFIX


async def test_back_leads_to_where_one_was_and_forward_to_where_one_turned(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        ways = harness.view.navigation
        harness.focus_row(STEPS)
        harness.panel.jump_to(PREFIX)
        harness.panel.jump_to(PROMPT)
        harness.focus_row(CFG)
        ways.navigate(is_back=True)
        assert ways.current_key() == PREFIX
        ways.navigate(is_back=True)
        assert ways.current_key() == STEPS
        ways.navigate(is_back=False)
        ways.navigate(is_back=False)
        assert ways.current_key() == CFG
        ways.navigate(is_back=True)
        harness.panel.jump_to(PROMPT)
        assert not ways.can_go_forward


async def test_a_jump_shows_what_a_filter_hides(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(CHAIN)
        harness.panel.focus_filter()
        harness.type("positive")
        assert harness.row_names() == ["#3", "positive"]
        harness.click(InputKey("3", "positive"), RowPart.LINK)
        assert harness.view.navigation.current_key() == InputKey("2", "")
        assert "#9" in harness.row_names()


async def test_each_draft_has_its_own_way_back(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(STEPS)
        harness.panel.jump_to(PREFIX)
        harness.open(CHAIN, deployment_id="other:1")
        assert not harness.view.navigation.can_go_back
        harness.view.navigation.navigate(is_back=True)
        harness.open()
        harness.view.navigation.navigate(is_back=True)
        assert harness.view.navigation.current_key() == STEPS


async def test_a_place_that_is_gone_is_passed_over(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(CHAIN)
        harness.focus_row(InputKey("1", "name"))
        harness.panel.jump_to(InputKey("9", "text"))
        harness.panel.jump_to(InputKey("3", "steps"))
        harness.open({name: node for name, node in CHAIN.items() if name != "9"})
        harness.focus_row(InputKey("3", "steps"))
        harness.view.navigation.navigate(is_back=True)
        assert harness.view.navigation.current_key() == InputKey("1", "name")


async def test_the_row_of_the_keyboard_stays_in_sight_when_the_tree_shrinks(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path, height=800) as harness:
        harness.open()
        harness.panel.jump_to(PREFIX)
        index = harness.model.index_of(PREFIX)
        # In steps of a few pixels, as with a splitter: the row is never cut off.
        for height in (*range(790, 330, -10), 320):
            harness.panel.resize(harness.panel.width(), height)
            user_input.process_events()
            assert harness.view.viewport().rect().contains(harness.view.row_rect(index)), height


async def test_a_jump_to_nowhere_stays(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(STEPS)
        harness.panel.jump_to(InputKey("404", "x"))
        assert harness.view.navigation.current_key() == STEPS
        assert not harness.view.navigation.can_go_back


async def test_a_node_says_where_it_is_used_and_leads_there(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(CHAIN)
        used = used_by(menu_of(harness, "1"))
        assert used.title() == "Used by 2 inputs"
        assert [each.text() for each in used.actions()] == ["Encode: clip", "Sample: model"]
        used.actions()[1].trigger()
        user_input.process_events()
        assert harness.view.navigation.current_key() == InputKey("3", "model")


async def test_a_node_that_nobody_uses_says_so(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(CHAIN)
        unused = entry(menu_of(harness, "4"), "used_by_none")
        assert unused.text() == "Used by no other node"
        assert not unused.isEnabled()


async def test_a_loader_that_everything_uses_has_a_list_that_fits(tmp_path: Path) -> None:
    many: JsonObject = {"0": {"class_type": "Loader", "inputs": {}}}
    for at in range(1, 50):
        many[str(at)] = {"class_type": "Use", "inputs": {"model": ["0", 0]}}
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(many)
        actions = used_by(menu_of(harness, "0")).actions()
        assert len(actions) == 31
        assert actions[-1].text() == "and 19 more"
        assert not actions[-1].isEnabled()


async def test_what_leads_to_an_output_is_marked(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(CHAIN)
        menu = menu_of(harness, "3")
        assert entry(menu, "show_path").text() == "Show what leads here"
        choose(menu, entry(menu, "show_path"))
        assert accessible_text(harness) == "2 nodes lead to “Sample”."
        assert [each for each in CHAIN if bar_of(harness, each)] == ["1", "2", "3"]


async def test_everything_is_shown_again(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(CHAIN)
        harness.panel.jump_to(SAVE)
        harness.view.navigation.show_path("4")
        assert accessible_text(harness) == "3 nodes lead to “Save <b>all</b> & go”."
        harness.key(K.Key_Escape)
        assert accessible_text(harness) == ""
        assert not bar_of(harness, "4")
        harness.view.navigation.show_path("4")
        user_input.press(user_input.find(harness.panel, QToolButton, "show_everything"))
        assert accessible_text(harness) == ""
        harness.view.navigation.show_path("4")
        menu = menu_of(harness, "4")
        assert entry(menu, "show_path").text() == "Show everything again"
        choose(menu, entry(menu, "show_path"))
        assert accessible_text(harness) == ""


async def test_a_path_follows_edits_and_leaves_with_its_workflow(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(CHAIN)
        harness.view.navigation.show_path("9")
        assert accessible_text(harness) == "Nothing leads to “Note”."
        harness.draft_editor.edit({InputKey("3", "steps"): 30}, "x")
        assert accessible_text(harness) == "Nothing leads to “Note”."
        harness.open()
        assert accessible_text(harness) == ""
        assert harness.view.navigation.path is None
