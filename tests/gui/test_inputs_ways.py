"""The ways through the tree: jumps and the way back, who uses a node, what leads to an output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QToolButton, QWidget

from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui import theme
from runcomfy_desktop.ui.inputs.layout import Part
from tests.gui.support import hands
from tests.gui.support.bench import CFG, MODEL, PREFIX, PROMPT, STEPS, Bench, shown_bench

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QAction

    from runcomfy_desktop.domain.json_value import JsonObject

K = Qt.Key
LOADER = InputKey("38", "")

# A chain of five, and one that has nothing to do with it.
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


def menu_of(bench: Bench, node_id: str) -> QMenu:
    """The context menu of a node's header."""
    index = bench.model.index_of_node(node_id)
    bench.view.scrollTo(index)
    hands.settle()
    at = bench.view.visualRect(index).center()
    where = bench.view.viewport().mapToGlobal(at)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, where)
    QApplication.sendEvent(bench.view.viewport(), event)
    hands.settle()
    menus = [menu for menu in bench.view.findChildren(QMenu, "input_menu") if menu.isVisible()]
    return menus[-1]


def entry(menu: QMenu, name: str) -> QAction:
    return next(each for each in menu.actions() if each.objectName() == name)


def choose(menu: QMenu, action: QAction) -> None:
    """Chooses an entry as the mouse does."""
    hands.press(menu, menu.actionGeometry(action).center())


def used_by(menu: QMenu) -> QMenu:
    found = menu.findChild(QMenu, "used_by_menu")
    assert isinstance(found, QMenu)
    return found


def says(bench: Bench) -> str:
    """What stands above the tree of the path that is shown; "" while there is none."""
    bar = bench.panel.findChild(QWidget, "path_bar")
    label = bench.panel.findChild(QLabel, "path_text")
    assert isinstance(bar, QWidget)
    assert isinstance(label, QLabel)
    return label.text() if bar.isVisible() else ""


def bar_of(bench: Bench, node_id: str) -> bool:
    """Whether a header has the bar of the nodes that lead on."""
    index = bench.model.index_of_node(node_id)
    bench.view.scrollTo(index)
    picture = bench.picture().toImage()
    rect = bench.view.row_rect(index)
    at = bench.view.viewport().mapTo(bench.panel, rect.topLeft() + QPoint(0, rect.height() // 2))
    colour = picture.pixelColor(at * picture.devicePixelRatio()).name()
    return colour == theme.colours(bench.view.palette()).accent


async def test_a_jump_along_a_link_and_back_and_forward(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        ways = bench.view.ways
        assert [ways.can_go_back, ways.can_go_forward] == [False, False]
        bench.stand_on(MODEL)
        bench.click(MODEL, Part.LINK)
        assert ways.here() == LOADER
        assert [ways.can_go_back, ways.can_go_forward] == [True, False]
        ways.turn(is_back=True)
        assert ways.here() == MODEL
        assert [ways.can_go_back, ways.can_go_forward] == [False, True]
        ways.turn(is_back=False)
        assert ways.here() == LOADER
        assert [ways.can_go_back, ways.can_go_forward] == [True, False]


async def test_the_side_buttons_of_a_mouse_go_back_and_forward(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(STEPS)
        bench.panel.jump_to(PREFIX)
        QTest.mouseClick(bench.view.viewport(), Qt.MouseButton.BackButton)
        assert bench.view.ways.here() == STEPS
        QTest.mouseClick(bench.view.viewport(), Qt.MouseButton.ForwardButton)
        assert bench.view.ways.here() == PREFIX


async def test_back_leads_to_where_one_was_and_forward_to_where_one_turned(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        ways = bench.view.ways
        bench.stand_on(STEPS)
        bench.panel.jump_to(PREFIX)
        bench.panel.jump_to(PROMPT)
        bench.stand_on(CFG)
        ways.turn(is_back=True)
        assert ways.here() == PREFIX
        ways.turn(is_back=True)
        assert ways.here() == STEPS
        ways.turn(is_back=False)
        ways.turn(is_back=False)
        assert ways.here() == CFG
        ways.turn(is_back=True)
        bench.panel.jump_to(PROMPT)
        assert not ways.can_go_forward


async def test_a_jump_shows_what_a_filter_hides(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(CHAIN)
        bench.panel.focus_filter()
        bench.type("positive")
        assert bench.shown() == ["#3", "positive"]
        bench.click(InputKey("3", "positive"), Part.LINK)
        assert bench.view.ways.here() == InputKey("2", "")
        assert "#9" in bench.shown()


async def test_each_draft_has_its_own_way_back(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(STEPS)
        bench.panel.jump_to(PREFIX)
        bench.open(CHAIN, deployment_id="other:1")
        assert not bench.view.ways.can_go_back
        bench.view.ways.turn(is_back=True)
        bench.open()
        bench.view.ways.turn(is_back=True)
        assert bench.view.ways.here() == STEPS


async def test_a_place_that_is_gone_is_passed_over(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(CHAIN)
        bench.stand_on(InputKey("1", "name"))
        bench.panel.jump_to(InputKey("9", "text"))
        bench.panel.jump_to(InputKey("3", "steps"))
        bench.open({name: node for name, node in CHAIN.items() if name != "9"})
        bench.stand_on(InputKey("3", "steps"))
        bench.view.ways.turn(is_back=True)
        assert bench.view.ways.here() == InputKey("1", "name")


async def test_the_row_of_the_keyboard_stays_in_sight_when_the_tree_shrinks(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path, height=800) as bench:
        bench.open()
        bench.panel.jump_to(PREFIX)
        index = bench.model.index_of(PREFIX)
        # By a few pixels each time, as a splitter does it: the row is never cut.
        for height in (*range(790, 330, -10), 320):
            bench.panel.resize(bench.panel.width(), height)
            hands.settle()
            assert bench.view.viewport().rect().contains(bench.view.row_rect(index)), height


async def test_a_jump_to_nowhere_stays(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(STEPS)
        bench.panel.jump_to(InputKey("404", "x"))
        assert bench.view.ways.here() == STEPS
        assert not bench.view.ways.can_go_back


async def test_a_node_says_where_it_is_used_and_leads_there(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(CHAIN)
        used = used_by(menu_of(bench, "1"))
        assert used.title() == "Used by 2 inputs"
        assert [each.text() for each in used.actions()] == ["Encode: clip", "Sample: model"]
        used.actions()[1].trigger()
        hands.settle()
        assert bench.view.ways.here() == InputKey("3", "model")


async def test_a_node_that_nobody_uses_says_so(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(CHAIN)
        unused = entry(menu_of(bench, "4"), "used_by_none")
        assert unused.text() == "Used by no other node"
        assert not unused.isEnabled()


async def test_a_loader_that_everything_uses_has_a_list_that_fits(tmp_path: Path) -> None:
    many: JsonObject = {"0": {"class_type": "Loader", "inputs": {}}}
    for at in range(1, 50):
        many[str(at)] = {"class_type": "Use", "inputs": {"model": ["0", 0]}}
    async with shown_bench(tmp_path) as bench:
        bench.open(many)
        actions = used_by(menu_of(bench, "0")).actions()
        assert len(actions) == 31
        assert actions[-1].text() == "and 19 more"
        assert not actions[-1].isEnabled()


async def test_what_leads_to_an_output_is_marked(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(CHAIN)
        menu = menu_of(bench, "3")
        assert entry(menu, "show_path").text() == "Show what leads here"
        choose(menu, entry(menu, "show_path"))
        assert says(bench) == "2 nodes lead to “Sample”."
        assert [each for each in CHAIN if bar_of(bench, each)] == ["1", "2", "3"]


async def test_everything_is_shown_again(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(CHAIN)
        bench.panel.jump_to(SAVE)
        bench.view.ways.show_path("4")
        assert says(bench) == "3 nodes lead to “Save <b>all</b> & go”."
        bench.key(K.Key_Escape)
        assert says(bench) == ""
        assert not bar_of(bench, "4")
        bench.view.ways.show_path("4")
        hands.press(hands.find(bench.panel, QToolButton, "show_everything"))
        assert says(bench) == ""
        bench.view.ways.show_path("4")
        menu = menu_of(bench, "4")
        assert entry(menu, "show_path").text() == "Show everything again"
        choose(menu, entry(menu, "show_path"))
        assert says(bench) == ""


async def test_a_path_follows_edits_and_leaves_with_its_workflow(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open(CHAIN)
        bench.view.ways.show_path("9")
        assert says(bench) == "Nothing leads to “Note”."
        bench.workbench.edit({InputKey("3", "steps"): 30}, "x")
        assert says(bench) == "Nothing leads to “Note”."
        bench.open()
        assert says(bench) == ""
        assert bench.view.ways.path is None
