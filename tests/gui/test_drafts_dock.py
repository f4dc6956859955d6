"""The dock of the drafts: several side by side, in the real window, with real keys and clicks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QToolButton,
)

from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.store.draft_heads import draft_file
from runcomfy_desktop.ui.models.drafts import DraftRole
from tests.gui.support.house import open_house, turn
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.house import House

SEED, TEXT = InputKey("31", "seed"), InputKey("6", "text")
GRAPH = {"31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}}}


class Dock:
    """The list, and a person's hands on it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.view = house.find(QListView, "drafts")

    def titles(self) -> list[str]:
        model = self.view.model()
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]

    def facts(self, role: DraftRole) -> list[object]:
        model = self.view.model()
        return [model.index(row, 0).data(role) for row in range(model.rowCount())]

    def spoken(self) -> list[str]:
        model = self.view.model()
        role = Qt.ItemDataRole.AccessibleTextRole
        return [str(model.index(row, 0).data(role)) for row in range(model.rowCount())]

    def place(self, title: str) -> QPoint:
        index = self.view.model().index(self.titles().index(title), 0)
        return self.view.visualRect(index).center()

    async def click(self, title: str) -> None:
        await self.house.click(self.view.viewport(), self.place(title))

    async def menu(self, title: str) -> QMenu:
        at = self.place(title)
        where = self.view.viewport().mapToGlobal(at)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, where)
        QApplication.sendEvent(self.view.viewport(), event)
        await turn()
        return self.house.find(QMenu, "draft_row_menu")

    async def choose(self, title: str, name: str) -> None:
        menu = await self.menu(title)
        action = next(each for each in menu.actions() if each.objectName() == f"draft_{name}")
        assert action.isEnabled(), action.toolTip()
        menu.close()
        action.trigger()
        await turn()


def in_view(house: House) -> str:
    draft = house.parts.workbench.state.draft
    return draft.source.name if draft is not None else ""


async def drafts_of(house: House) -> Dock:
    """The dock brought up, with a workflow open."""
    await until(lambda: house.parts.workbench.state.draft)
    house.window.docks.drafts.bring_up()
    await turn()
    dock = Dock(house)
    await until(lambda: len(dock.titles()) == 1)
    return dock


def changes(house: House) -> int:
    draft = house.parts.workbench.state.draft
    return -1 if draft is None else len(draft.changes)


async def test_drafts_of_one_deployment_side_by_side(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        dock = await drafts_of(house)
        (name,) = dock.titles()
        house.parts.workbench.edit({SEED: 5}, "Seed")
        await house.trigger("new_draft")
        assert dock.titles() == [f"{name} 2", name]
        assert house.window.windowTitle().startswith(f"{name} 2 — ")
        assert changes(house) == 0
        house.parts.workbench.edit({SEED: 6, TEXT: "x"}, "Both")
        assert dock.facts(DraftRole.COUNT) == ["2 changes", "1 change"]
        assert dock.facts(DraftRole.IS_CURRENT) == [True, False]
        assert dock.spoken()[0].endswith("2 changes, now, in view")
        await dock.click(name)
        assert changes(house) == 1
        assert dock.facts(DraftRole.IS_CURRENT) == [False, True]
        await house.trigger("next_draft")
        assert changes(house) == 2
        await house.trigger("previous_draft")
        assert changes(house) == 1
        # By keys alone.
        dock.view.setFocus()
        await house.key(Qt.Key.Key_Up)
        await house.key(Qt.Key.Key_Return)
        assert changes(house) == 2


async def test_an_edit_tells_of_its_own_row_also_in_a_filtered_list(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        dock = await drafts_of(house)
        (name,) = dock.titles()
        house.parts.workbench.edit({SEED: 5}, "Seed")
        for _each in range(2):
            await house.trigger("new_draft")
        told: list[int] = []
        dock.view.model().dataChanged.connect(lambda first, *_more: told.append(first.row()))
        house.parts.workbench.edit({SEED: 6}, "Seed")
        assert dock.facts(DraftRole.COUNT) == ["1 change", "no changes", "1 change"]
        assert set(told) == {0}
        QTest.keyClicks(house.find(QLineEdit, "drafts_filter"), f"{name} 3")
        assert dock.titles() == [f"{name} 3"]
        told.clear()
        house.parts.workbench.edit({TEXT: "x"}, "Text")
        assert dock.facts(DraftRole.COUNT) == ["2 changes"]
        assert set(told) == {0}


async def test_a_draft_is_named_in_its_row(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        dock = await drafts_of(house)
        await house.trigger("rename_draft")
        field = house.find(QLineEdit, "draft_name_editor")
        QTest.keyClicks(field, "Night & blue")
        QTest.keyClick(field, Qt.Key.Key_Return)
        await until(lambda: dock.titles() == ["Night & blue"])
        assert house.window.windowTitle().startswith("Night & blue — ")
        dock.view.setFocus()
        await house.key(Qt.Key.Key_F2)
        assert house.there(QLineEdit, "draft_name_editor")
        await house.key(Qt.Key.Key_Escape)
        assert dock.titles() == ["Night & blue"]


async def test_a_draft_is_deleted_by_a_key_and_comes_back_by_undo(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        dock = await drafts_of(house)
        (name,) = dock.titles()
        house.parts.workbench.edit({SEED: 5}, "Seed")
        await house.press("duplicate_draft_here")
        assert dock.titles() == [f"{name} 2", name]
        dock.view.setFocus()
        await house.key(Qt.Key.Key_Delete)
        await until(lambda: dock.titles() == [name])
        assert house.notices() == [f"The draft {name} 2 is deleted."]
        await house.press("notice_action")
        await until(lambda: dock.titles() == [f"{name} 2", name])
        assert changes(house) == 1


async def test_what_is_not_changed_cannot_be_deleted_and_says_why(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        dock = await drafts_of(house)
        (name,) = dock.titles()
        menu = await dock.menu(name)
        delete = next(each for each in menu.actions() if each.objectName() == "draft_delete")
        assert not delete.isEnabled()
        assert "Nothing is changed" in delete.toolTip()
        bind = house.find(QMenu, "draft_bind")
        assert not bind.menuAction().isEnabled()
        menu.close()


async def test_a_file_is_bound_from_its_row_and_the_difference_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "bike.json"
    path.write_text(json.dumps(GRAPH))
    async with open_house(tmp_path) as house:
        dock = await drafts_of(house)
        house.window.open_arrival(str(path))
        await until(lambda: "bike.json" in dock.titles())
        other = house.parts.catalogue.state.deployments[-1]
        menu = await dock.menu("bike.json")
        bind = house.find(QMenu, "draft_bind")
        choice = next(each for each in bind.actions() if each.data() == other.deployment_id)
        menu.close()
        choice.trigger()
        await until(
            lambda: (
                house.parts.workbench.state.deployment is not None
                and house.parts.workbench.state.deployment.deployment_id == other.deployment_id
            )
        )
        assert house.parts.workbench.state.difference
        assert house.there(QPushButton, "inputs_banner_what")
        assert f"on {other.name}" in str(dock.facts(DraftRole.BELONGING))
        await dock.choose("bike.json", "folder")
        await until(lambda: house.opened)
        assert house.opened[-1].endswith(str(tmp_path))


async def test_the_menu_binds_the_draft_that_it_was_opened_for(tmp_path: Path) -> None:
    for name in ("mine.json", "other.json"):
        (tmp_path / name).write_text(json.dumps(GRAPH))
    async with open_house(tmp_path) as house:
        dock = await drafts_of(house)
        house.window.open_arrival(str(tmp_path / "mine.json"))
        await until(lambda: "mine.json" in dock.titles())
        pages = house.parts.workbench.pages
        mine = f"file:{tmp_path / 'mine.json'}"
        first, second = house.parts.catalogue.state.deployments[-2:]
        menu = house.find(QMenu, "bind_draft_menu")

        def choice(deployment_id: str) -> QAction:
            return next(each for each in menu.actions() if each.data() == deployment_id)

        menu.popup(QPoint(0, 0))
        await turn()
        menu.setActiveAction(choice(second.deployment_id))
        house.window.open_arrival(str(tmp_path / "other.json"))
        await until(lambda: in_view(house) == "other.json")
        before = pages[f"file:{tmp_path / 'other.json'}"].draft.deployment_id
        QTest.keyClick(menu, Qt.Key.Key_Return)
        await until(lambda: pages[mine].draft.deployment_id == second.deployment_id)
        other = f"file:{tmp_path / 'other.json'}"
        assert pages[other].draft.deployment_id == before
        # Without the menu, as the palette does it, it is the draft in view.
        await turn()
        choice(first.deployment_id).trigger()
        await until(lambda: pages[other].draft.deployment_id == first.deployment_id)
        assert pages[mine].draft.deployment_id == second.deployment_id


async def test_the_list_is_filtered_and_says_when_nothing_is_left(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        dock = await drafts_of(house)
        (name,) = dock.titles()
        house.parts.workbench.edit({SEED: 5}, "Seed")
        await house.trigger("new_draft")
        box = house.find(QLineEdit, "drafts_filter")
        box.setFocus()
        QTest.keyClicks(box, "2")
        assert dock.titles() == [f"{name} 2"]
        QTest.keyClicks(box, "zzz")
        assert dock.titles() == []
        empty = house.window.findChildren(QLabel, "empty_state_text")
        assert any("No draft matches “2zzz”." in each.text() for each in empty)
        QTest.keyClick(box, Qt.Key.Key_Escape)
        assert dock.titles() == [f"{name} 2", name]
        QTest.keyClick(box, Qt.Key.Key_Down)
        assert dock.view.hasFocus()


async def test_a_damaged_draft_is_named_and_its_folder_can_be_opened(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await until(lambda: house.parts.workbench.state.draft)
        folder = house.parts.drafts.folder
        folder.mkdir(parents=True, exist_ok=True)
        draft_file(folder, "odd").write_text("{")
        house.parts.drafts.reread()
        house.window.docks.drafts.bring_up()
        await turn()
        dock = Dock(house)
        await until(lambda: "A draft that cannot be read" in dock.titles())
        await dock.click("A draft that cannot be read")
        # It is looked for once more first.
        await until(house.notices)
        assert house.notices() == ["This draft cannot be read, so it cannot be opened."]
        await dock.choose("A draft that cannot be read", "folder")
        await until(lambda: house.opened)


async def test_a_draft_that_turns_out_damaged_leaves_the_one_in_view(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        dock = await drafts_of(house)
        (name,) = dock.titles()
        house.parts.workbench.edit({SEED: 5}, "Seed")
        await house.trigger("new_draft")
        house.parts.drafts.rename(house.parts.drafts.state.current_key, "Zebra")
        house.parts.workbench.edit({TEXT: "x" * 40_000}, "Text")
        key = house.parts.drafts.state.current_key
        await dock.click(name)
    async with open_house(tmp_path) as house:
        await until(lambda: house.parts.workbench.state.draft)
        house.window.docks.drafts.bring_up()
        await turn()
        dock = Dock(house)
        await until(lambda: dock.titles() == ["Zebra", name] or dock.titles() == [name, "Zebra"])
        path = draft_file(house.parts.drafts.folder, key)
        path.write_bytes(path.read_bytes()[:-9])
        house.parts.workbench.edit({SEED: 6}, "Seed")
        await dock.click("Zebra")
        await until(lambda: "A draft that cannot be read" in dock.titles())
        assert house.notices() == ["The draft Zebra could not be read."]
        assert dock.titles() == [name, "A draft that cannot be read"]
        assert not any("Opening" in each for each in dock.spoken())
        draft = house.parts.workbench.state.draft
        assert draft is not None
        assert draft.changes == {SEED: 6}
        assert house.parts.workbench.state.undo_text == "Seed"


async def test_the_palette_leads_to_drafts(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        dock = await drafts_of(house)
        (name,) = dock.titles()
        house.parts.workbench.edit({SEED: 5}, "Seed")
        await house.trigger("new_draft")
        house.parts.drafts.rename(house.parts.drafts.state.current_key, "Zebra")
        await dock.click(name)
        await house.trigger("jump")
        box = QApplication.focusWidget()
        assert box is not None
        QTest.keyClicks(box, "zebra")
        await turn()
        await house.key(Qt.Key.Key_Return)
        await until(lambda: house.window.windowTitle().startswith("Zebra"))


async def test_without_anything_open_the_buttons_say_why(tmp_path: Path) -> None:
    async with open_house(tmp_path, key="") as house:
        house.window.docks.drafts.bring_up()
        await until(lambda: house.there(QToolButton, "new_draft_here"))
        button = house.find(QToolButton, "new_draft_here")
        assert not button.isEnabled()
        assert button.accessibleDescription() == "No workflow is open."
        empty = house.window.docks.drafts.findChild(QLabel, "empty_state_text")
        assert isinstance(empty, QLabel)
        assert "by itself, within a second" in empty.text()
