"""The palette: its results and their order, keyboard control, announcements, and targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListView, QMenuBar, QWidget

from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.command_palette.command_palette import CommandPalette
from runcomfy_desktop.ui.command_palette.entries import (
    NodeInputEntries,
    PaletteEntry,
    PaletteEntryKind,
    PaletteTargets,
    accessible_text,
    deployment_entries,
    menu_entries,
    workflow_entries,
)
from runcomfy_desktop.ui.command_palette.ranking import PaletteRanking
from tests.gui.support import user_input
from tests.gui.support.gui_program import GuiProgram, open_program
from tests.gui.support.inputs_harness import STEPS, open_inputs_harness

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("qapp")
K = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier


def node(title: str, kind: str, number: int) -> PaletteEntry:
    return PaletteEntry(PaletteEntryKind.NODE, title, kind, f"#{number}", InputKey(str(number), ""))


NODES = [
    node("Load Image", "LoadImage", 1),
    node("Sampler", "KSampler", 2),
    node("Preimage", "Note", 3),
    node("Image", "Image", 4),
]
INPUTS = [
    NodeInputEntries("Load Image", "#1", "1", ("image", "upload")),
    NodeInputEntries("Sampler", "#2", "2", ("steps",)),
]


# More entries than fit below the search field.
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
    found, _terms, _is_loose = PaletteRanking(PaletteTargets(NODES, INPUTS)).best(query)
    assert [each.text for each in found] == expected


def test_letters_that_lie_close_come_before_those_that_are_strewn() -> None:
    strewn = node("CLIP Text Encode (Positive Prompt)", "CLIPTextEncode", 6)
    action = PaletteEntry(PaletteEntryKind.ACTION, "Undo", "Edit", "Shift+Top", None)
    found, _terms, _is_loose = PaletteRanking(PaletteTargets([strewn, action], INPUTS)).best("stp")
    assert [each.text for each in found] == ["steps", strewn.text]


def test_without_letters_there_is_everything_but_inputs() -> None:
    found, terms, _is_loose = PaletteRanking(PaletteTargets(NODES, INPUTS)).best("  ")
    assert (found, terms) == (NODES, ())


def test_no_list_is_endless() -> None:
    many = [node(f"Image {number}", "Note", number) for number in range(1000)]
    assert len(PaletteRanking(PaletteTargets(many)).best("image")[0]) == 100
    assert len(PaletteRanking(PaletteTargets(many)).best("")[0]) == 100


def test_menus_are_gone_through_with_ways_and_shortcuts(qapp: QApplication) -> None:
    bar = QMenuBar()
    menu = bar.addMenu("&View")
    inner = menu.addMenu("Fo&ld")
    inner.addAction("&Fold all").setShortcut("Ctrl+Shift+-")
    menu.addSeparator()
    menu.addAction("Salt && pepper").setEnabled(True)
    menu.addAction("Not now").setEnabled(False)
    menu.addAction("Not seen").setVisible(False)
    found = [(each.text, each.context, each.detail) for each in menu_entries(bar)]
    assert found == [("Fold all", "View › Fold", "Ctrl+Shift+-"), ("Salt & pepper", "View", "")]


async def test_nodes_and_inputs_of_the_workflow_are_goals(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        nodes, inputs = workflow_entries(harness.model)
        assert nodes[1] == PaletteEntry(
            PaletteEntryKind.NODE, "Positive prompt", "CLIPTextEncode", "#6", InputKey("6", "")
        )
        assert accessible_text(nodes[1]) == "Positive prompt, node, CLIPTextEncode, #6"
        sampler = next(each for each in inputs if each.node_id == "31")
        entry = sampler.entry("steps")
        assert entry.target == STEPS
        assert accessible_text(entry) == "steps, input, KSampler, #31"


def test_a_disabled_deployment_says_so() -> None:
    (entry,) = deployment_entries([Deployment("d", "Blue", is_enabled=False)])
    assert accessible_text(entry) == "Blue, deployment, disabled"


class PaletteHarness:
    """The palette on a plain window with a field."""

    def __init__(self) -> None:
        self.window = QWidget()
        self.field = QLineEdit(self.window)
        self.palette = CommandPalette(self.window)
        self.box = user_input.find(self.palette, QLineEdit, "palette_box")
        self.list = user_input.find(self.palette, QListView, "palette_list")

    @property
    def current(self) -> str:
        return str(self.list.currentIndex().data())

    def key(self, *which: Qt.Key) -> None:
        for each in which:
            user_input.key(self.window, each)


def over_a_window() -> PaletteHarness:
    over = PaletteHarness()
    user_input.show(over.window, 900, 600)
    over.field.setFocus()
    over.palette.open_with(PaletteTargets(MANY, INPUTS))
    user_input.process_events()
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
    user_input.press_and_drag(
        rows, place + QPoint(0, -40), place, button=Qt.MouseButton.RightButton
    )
    chosen = over.list.currentIndex().row()
    assert chosen > 0, "the pointer chooses while it moves"
    over.key(K.Key_Home, *[K.Key_Up] * (chosen + 1))
    assert over.current == MANY[-1].text
    # Qt itself sends this mouse move after the rows have moved.
    where = QPointF(rows.mapToGlobal(place))
    none, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    move = QMouseEvent(QEvent.Type.MouseMove, QPointF(place), where, none, none, keys)
    QApplication.sendEvent(rows, move)
    assert over.current == MANY[-1].text


def test_nothing_that_fits_is_said_and_leaving_closes_it() -> None:
    over = over_a_window()
    user_input.type_text(over.window, "qqqqzzzz")
    assert user_input.find(over.palette, QLabel, "palette_nothing").isVisible()
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


def box(program: GuiProgram) -> QLineEdit:
    return program.find(QLineEdit, "palette_box")


def texts(program: GuiProgram) -> list[str]:
    rows = program.find(QListView, "palette_list").model()
    return [rows.index(row, 0).data() for row in range(rows.rowCount())]


async def type_in(program: GuiProgram, text: str) -> None:
    for letter in text:
        await program.key(K(ord(letter.upper())))


async def test_the_keyboard_opens_finds_goes_and_comes_back(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        panel = program.session.inputs
        panel.view.setFocus()
        await program.key(K.Key_K, CTRL)
        assert box(program).hasFocus()
        await type_in(program, "steps")
        assert texts(program)[0] == "steps"
        await program.key(K.Key_Escape)
        assert not program.is_visible(QWidget, "palette")
        assert panel.view.hasFocus()
        await program.key(K.Key_K, CTRL)
        assert box(program).text() == ""
        await type_in(program, "steps")
        await program.key(K.Key_Return)
        assert not program.is_visible(QWidget, "palette")
        key = panel.model.key_at(panel.view.currentIndex())
        assert key is not None
        assert key.name == "steps"
        assert panel.view.hasFocus()
        await program.key(K.Key_K, CTRL)
        assert program.is_visible(QWidget, "palette")
        await program.key(K.Key_K, CTRL)
        assert not program.is_visible(QWidget, "palette")


async def test_an_action_is_done_and_a_deployment_opened(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        panel = program.session.inputs
        await program.key(K.Key_K, CTRL)
        await type_in(program, "changed inputs")
        assert texts(program)[0] == "Changed inputs"
        await program.key(K.Key_Return)
        assert panel.model.rowCount() == 0, "nothing is changed"
        others = [
            each
            for each in program.services.catalogue.state.deployments
            if each.deployment_id != program.services.draft_editor.state.draft.deployment_id  # type: ignore[union-attr]
        ]
        assert others
        await program.key(K.Key_K, CTRL)
        box(program).setText(f'"{others[0].name}"')
        await program.key(K.Key_Return)
        state = program.services.catalogue.state
        editor_state = program.services.draft_editor.state
        opened = (
            editor_state.deployment.deployment_id if editor_state.deployment is not None else ""
        )
        assert others[0].deployment_id in (state.opening_id, opened)
