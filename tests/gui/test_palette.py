"""The palette: what it finds and in which order, by keyboard, for ears, and where it leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListView, QMenuBar, QWidget

from runcomfy_desktop.domain.deployment import Deployment
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.palette.entries import (
    Entry,
    Goals,
    Inputs,
    Kind,
    of_deployments,
    of_menus,
    of_workflow,
    spoken,
)
from runcomfy_desktop.ui.palette.panel import Palette
from runcomfy_desktop.ui.palette.ranking import Ranking
from tests.gui.support import hands
from tests.gui.support.bench import STEPS, shown_bench
from tests.gui.support.house import House, open_house

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("qapp")
K = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


def node(title: str, kind: str, number: int) -> Entry:
    return Entry(Kind.NODE, title, kind, f"#{number}", InputKey(str(number), ""))


NODES = [
    node("Load Image", "LoadImage", 1),
    node("Sampler", "KSampler", 2),
    node("Preimage", "Note", 3),
    node("Image", "Image", 4),
]
INPUTS = [
    Inputs("Load Image", "#1", "1", ("image", "upload")),
    Inputs("Sampler", "#2", "2", ("steps",)),
]


# More than fit below the box.
MANY = [node(f"Image {number}", "Note", number) for number in range(40)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("image", ["Image", "image", "Load Image", "Preimage"]),
        ("load", ["Load Image", "upload"]),
        ("#2", ["Sampler"]),
        ("sampler steps", ["steps"]),
        ("steps", ["steps"]),
        ("smplr", ["Sampler"]),
        ("stesp", ["steps"]),
        ("zebra", []),
    ],
)
def test_what_fits_best_comes_first(query: str, expected: list[str]) -> None:
    found, _terms, _is_loose = Ranking(Goals(NODES, INPUTS)).best(query)
    assert [each.text for each in found] == expected


def test_letters_that_lie_close_come_before_those_that_are_strewn() -> None:
    strewn = node("CLIP Text Encode (Positive Prompt)", "CLIPTextEncode", 6)
    action = Entry(Kind.ACTION, "Undo", "Edit", "Shift+Top", None)
    found, _terms, _is_loose = Ranking(Goals([strewn, action], INPUTS)).best("stp")
    assert [each.text for each in found] == ["steps", strewn.text]


def test_without_letters_there_is_everything_but_inputs() -> None:
    found, terms, _is_loose = Ranking(Goals(NODES, INPUTS)).best("  ")
    assert (found, terms) == (NODES, ())


def test_no_list_is_endless() -> None:
    many = [node(f"Image {number}", "Note", number) for number in range(1000)]
    assert len(Ranking(Goals(many)).best("image")[0]) == 100
    assert len(Ranking(Goals(many)).best("")[0]) == 100


def test_menus_are_gone_through_with_ways_and_shortcuts(qapp: QApplication) -> None:
    bar = QMenuBar()
    menu = bar.addMenu("&View")
    inner = menu.addMenu("Fo&ld")
    inner.addAction("&Fold all").setShortcut("Ctrl+Shift+-")
    menu.addSeparator()
    menu.addAction("Salt && pepper").setEnabled(True)
    menu.addAction("Not now").setEnabled(False)
    menu.addAction("Not seen").setVisible(False)
    found = [(each.text, each.about, each.detail) for each in of_menus(bar)]
    assert found == [("Fold all", "View › Fold", "Ctrl+Shift+-"), ("Salt & pepper", "View", "")]


async def test_nodes_and_inputs_of_the_workflow_are_goals(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        nodes, inputs = of_workflow(bench.model)
        assert nodes[1] == Entry(
            Kind.NODE, "Positive prompt", "CLIPTextEncode", "#6", InputKey("6", "")
        )
        assert spoken(nodes[1]) == "Positive prompt, node, CLIPTextEncode, #6"
        sampler = next(each for each in inputs if each.node_id == "31")
        entry = sampler.entry("steps")
        assert entry.target == STEPS
        assert spoken(entry) == "steps, input, KSampler, #31"


def test_a_disabled_deployment_says_so() -> None:
    (entry,) = of_deployments([Deployment("d", "Blue", is_enabled=False)])
    assert spoken(entry) == "Blue, deployment, disabled"


class Over:
    """The palette over a plain window that has a field."""

    def __init__(self) -> None:
        self.window = QWidget()
        self.field = QLineEdit(self.window)
        self.palette = Palette(self.window)
        self.box = hands.find(self.palette, QLineEdit, "palette_box")
        self.list = hands.find(self.palette, QListView, "palette_list")

    @property
    def current(self) -> str:
        return str(self.list.currentIndex().data())

    def key(self, *which: Qt.Key) -> None:
        for each in which:
            hands.key(self.window, each)


def over_a_window() -> Over:
    over = Over()
    hands.show(over.window, 900, 600)
    over.field.setFocus()
    over.palette.open_with(Goals(MANY, INPUTS))
    hands.settle()
    return over


def test_arrows_choose_round_the_end_and_the_box_keeps_the_keyboard() -> None:
    over = over_a_window()
    first, second, last = MANY[0].text, MANY[1].text, MANY[-1].text
    assert over.current == first
    over.key(K.Key_Up)
    assert over.current == last
    over.key(K.Key_Tab, K.Key_Down)
    assert over.current == second
    over.key(K.Key_PageUp)
    assert over.current == first
    assert over.box.hasFocus()


def test_rows_that_scroll_beneath_a_resting_pointer_are_not_chosen() -> None:
    over = over_a_window()
    rows = over.list.viewport()
    place = QPoint(rows.width() // 2, rows.height() - 20)
    hands.stroke(rows, place + QPoint(0, -40), place, button=Qt.MouseButton.RightButton)
    chosen = over.list.currentIndex().row()
    assert chosen > 0, "the pointer chooses while it moves"
    over.key(K.Key_Home, *[K.Key_Up] * (chosen + 1))
    assert over.current == MANY[-1].text
    # What Qt makes of it by itself once the rows have moved.
    where = QPointF(rows.mapToGlobal(place))
    none, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    move = QMouseEvent(QEvent.Type.MouseMove, QPointF(place), where, none, none, keys)
    QApplication.sendEvent(rows, move)
    assert over.current == MANY[-1].text


def test_nothing_that_fits_is_said_and_leaving_closes_it() -> None:
    over = over_a_window()
    hands.type_text(over.window, "qqqqzzzz")
    assert hands.find(over.palette, QLabel, "palette_nothing").isVisible()
    assert not over.list.isVisible()
    over.key(K.Key_Return)
    assert over.box.hasFocus()
    over.field.setFocus()
    assert not over.palette.isVisible()


def test_a_screen_reader_finds_a_box_and_a_list() -> None:
    over = over_a_window()
    spoken_palette = QAccessible.queryAccessibleInterface(over.palette)
    assert spoken_palette.text(QAccessible.Text.Name) == "Jump to anything"
    rows = QAccessible.queryAccessibleInterface(over.list)
    assert rows.role() == QAccessible.Role.List
    assert rows.child(0).text(QAccessible.Text.Name).startswith(MANY[0].text)


def box(house: House) -> QLineEdit:
    return house.find(QLineEdit, "palette_box")


def texts(house: House) -> list[str]:
    rows = house.find(QListView, "palette_list").model()
    return [rows.index(row, 0).data() for row in range(rows.rowCount())]


async def type_in(house: House, text: str) -> None:
    for letter in text:
        await house.key(K(ord(letter.upper())))


async def test_the_keyboard_opens_finds_goes_and_comes_back(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        panel = house.window.centre.inputs
        assert panel is not None
        panel.view.setFocus()
        await house.key(K.Key_K, CTRL)
        assert box(house).hasFocus()
        await type_in(house, "steps")
        assert texts(house)[0] == "steps"
        await house.key(K.Key_Escape)
        assert not house.there(QWidget, "palette")
        assert panel.view.hasFocus()
        await house.key(K.Key_K, CTRL)
        assert box(house).text() == ""
        await type_in(house, "steps")
        await house.key(K.Key_Return)
        assert not house.there(QWidget, "palette")
        key = panel.model.key_at(panel.view.currentIndex())
        assert key is not None
        assert key.name == "steps"
        assert panel.view.hasFocus()
        await house.key(K.Key_K, CTRL)
        assert house.there(QWidget, "palette")
        await house.key(K.Key_K, CTRL)
        assert not house.there(QWidget, "palette")


async def test_an_action_is_done_and_a_deployment_opened(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.until_open()
        panel = house.window.centre.inputs
        assert panel is not None
        await house.key(K.Key_K, CTRL)
        await type_in(house, "changed inputs")
        assert texts(house)[0] == "Changed inputs"
        await house.key(K.Key_Return)
        assert panel.model.rowCount() == 0, "nothing is changed"
        others = [
            each
            for each in house.parts.catalogue.state.deployments
            if each.deployment_id != house.parts.workbench.state.draft.deployment_id  # type: ignore[union-attr]
        ]
        assert others
        await house.key(K.Key_K, CTRL)
        box(house).setText(f'"{others[0].name}"')
        await house.key(K.Key_Return)
        state = house.parts.catalogue.state
        bench = house.parts.workbench.state
        opened = bench.deployment.deployment_id if bench.deployment is not None else ""
        assert others[0].deployment_id in (state.opening_id, opened)
