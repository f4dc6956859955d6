"""The drafts dock: several drafts, in the real window, with real keys and clicks."""

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

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.store.draft_summaries import draft_path
from runcomfy_desktop.ui.drafts.drafts_model import DraftRole
from tests.gui.support.gui_program import open_program, process_events_async
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.gui_program import GuiProgram

SEED, TEXT = InputKey("31", "seed"), InputKey("6", "text")
GRAPH = {"31": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20}}}


class DraftsDockDriver:
    """Drives the list as a user does."""

    def __init__(self, program: GuiProgram) -> None:
        self.program = program
        self.view = program.find(QListView, "drafts")

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

    def row_centre(self, title: str) -> QPoint:
        index = self.view.model().index(self.titles().index(title), 0)
        return self.view.visualRect(index).center()

    async def click(self, title: str) -> None:
        await self.program.click(self.view.viewport(), self.row_centre(title))

    async def menu(self, title: str) -> QMenu:
        at = self.row_centre(title)
        where = self.view.viewport().mapToGlobal(at)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, where)
        QApplication.sendEvent(self.view.viewport(), event)
        await process_events_async()
        return self.program.find(QMenu, "draft_row_menu")

    async def choose(self, title: str, name: str) -> None:
        menu = await self.menu(title)
        action = next(each for each in menu.actions() if each.objectName() == f"draft_{name}")
        assert action.isEnabled(), action.toolTip()
        menu.close()
        action.trigger()
        await process_events_async()


def in_view(program: GuiProgram) -> str:
    draft = program.services.draft_editor.state.draft
    return draft.source.name if draft is not None else ""


async def drafts_of(program: GuiProgram) -> DraftsDockDriver:
    """Opens the dock with a workflow open."""
    await wait_until(lambda: program.services.draft_editor.state.draft)
    program.window.docks.drafts.bring_to_front()
    await process_events_async()
    dock = DraftsDockDriver(program)
    await wait_until(lambda: len(dock.titles()) == 1)
    return dock


def changes(program: GuiProgram) -> int:
    draft = program.services.draft_editor.state.draft
    return -1 if draft is None else len(draft.changes)


async def test_drafts_of_one_deployment_side_by_side(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        dock = await drafts_of(program)
        (name,) = dock.titles()
        program.services.draft_editor.edit({SEED: 5}, "Seed")
        await program.trigger("new_draft")
        assert dock.titles() == [f"{name} 2", name]
        assert program.window.windowTitle().startswith(f"{name} 2 — ")
        assert changes(program) == 0
        program.services.draft_editor.edit({SEED: 6, TEXT: "x"}, "Both")
        assert dock.facts(DraftRole.CHANGES) == ["2 changes", "1 change"]
        assert dock.facts(DraftRole.IS_CURRENT) == [True, False]
        assert dock.spoken()[0].endswith("2 changes, now, in view")
        await dock.click(name)
        assert changes(program) == 1
        assert dock.facts(DraftRole.IS_CURRENT) == [False, True]
        await program.trigger("next_draft")
        assert changes(program) == 2
        await program.trigger("previous_draft")
        assert changes(program) == 1
        # With keys only.
        dock.view.setFocus()
        await program.key(Qt.Key.Key_Up)
        await program.key(Qt.Key.Key_Return)
        assert changes(program) == 2


async def test_an_edit_tells_of_its_own_row_also_in_a_filtered_list(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        dock = await drafts_of(program)
        (name,) = dock.titles()
        program.services.draft_editor.edit({SEED: 5}, "Seed")
        for _each in range(2):
            await program.trigger("new_draft")
        received: list[int] = []
        dock.view.model().dataChanged.connect(lambda first, *_more: received.append(first.row()))
        program.services.draft_editor.edit({SEED: 6}, "Seed")
        assert dock.facts(DraftRole.CHANGES) == ["1 change", "no changes", "1 change"]
        assert set(received) == {0}
        QTest.keyClicks(program.find(QLineEdit, "drafts_filter"), f"{name} 3")
        assert dock.titles() == [f"{name} 3"]
        received.clear()
        program.services.draft_editor.edit({TEXT: "x"}, "Text")
        assert dock.facts(DraftRole.CHANGES) == ["2 changes"]
        assert set(received) == {0}


async def test_a_draft_is_named_in_its_row(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        dock = await drafts_of(program)
        await program.trigger("rename_draft")
        field = program.find(QLineEdit, "draft_name_editor")
        QTest.keyClicks(field, "Night & blue")
        QTest.keyClick(field, Qt.Key.Key_Return)
        await wait_until(lambda: dock.titles() == ["Night & blue"])
        assert program.window.windowTitle().startswith("Night & blue — ")
        dock.view.setFocus()
        await program.key(Qt.Key.Key_F2)
        assert program.is_visible(QLineEdit, "draft_name_editor")
        await program.key(Qt.Key.Key_Escape)
        assert dock.titles() == ["Night & blue"]


async def test_a_draft_is_deleted_by_a_key_and_comes_back_by_undo(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        dock = await drafts_of(program)
        (name,) = dock.titles()
        program.services.draft_editor.edit({SEED: 5}, "Seed")
        await program.press("duplicate_draft_here")
        assert dock.titles() == [f"{name} 2", name]
        dock.view.setFocus()
        await program.key(Qt.Key.Key_Delete)
        await wait_until(lambda: dock.titles() == [name])
        assert program.notices() == [f"The draft {name} 2 is deleted."]
        await program.press("notice_action")
        await wait_until(lambda: dock.titles() == [f"{name} 2", name])
        assert changes(program) == 1


async def test_what_is_not_changed_cannot_be_deleted_and_says_why(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        dock = await drafts_of(program)
        (name,) = dock.titles()
        menu = await dock.menu(name)
        delete = next(each for each in menu.actions() if each.objectName() == "draft_delete")
        assert not delete.isEnabled()
        assert "Nothing is changed" in delete.toolTip()
        bind = program.find(QMenu, "draft_bind")
        assert not bind.menuAction().isEnabled()
        menu.close()


async def test_a_file_is_bound_from_its_row_and_the_difference_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "bike.json"
    path.write_text(json.dumps(GRAPH))
    async with open_program(tmp_path) as program:
        dock = await drafts_of(program)
        program.window.handle_open_request(str(path))
        await wait_until(lambda: "bike.json" in dock.titles())
        other = program.services.catalogue.state.deployments[-1]
        menu = await dock.menu("bike.json")
        bind = program.find(QMenu, "draft_bind")
        choice = next(each for each in bind.actions() if each.data() == other.deployment_id)
        menu.close()
        choice.trigger()
        await wait_until(
            lambda: (
                program.services.draft_editor.state.deployment is not None
                and program.services.draft_editor.state.deployment.deployment_id
                == other.deployment_id
            )
        )
        assert program.services.draft_editor.state.difference
        assert program.is_visible(QPushButton, "inputs_banner_what")
        assert f"on {other.name}" in str(dock.facts(DraftRole.SOURCE))
        await dock.choose("bike.json", "folder")
        await wait_until(lambda: program.opened_urls)
        assert program.opened_urls[-1].endswith(str(tmp_path))


async def test_the_menu_binds_the_draft_that_it_was_opened_for(tmp_path: Path) -> None:
    for name in ("mine.json", "other.json"):
        (tmp_path / name).write_text(json.dumps(GRAPH))
    async with open_program(tmp_path) as program:
        dock = await drafts_of(program)
        program.window.handle_open_request(str(tmp_path / "mine.json"))
        await wait_until(lambda: "mine.json" in dock.titles())
        pages = program.services.draft_editor.open_drafts
        mine = f"file:{tmp_path / 'mine.json'}"
        first, second = program.services.catalogue.state.deployments[-2:]
        menu = program.find(QMenu, "bind_draft_menu")

        def choice(deployment_id: str) -> QAction:
            return next(each for each in menu.actions() if each.data() == deployment_id)

        menu.popup(QPoint(0, 0))
        await process_events_async()
        menu.setActiveAction(choice(second.deployment_id))
        program.window.handle_open_request(str(tmp_path / "other.json"))
        await wait_until(lambda: in_view(program) == "other.json")
        before = pages[f"file:{tmp_path / 'other.json'}"].draft.deployment_id
        QTest.keyClick(menu, Qt.Key.Key_Return)
        await wait_until(lambda: pages[mine].draft.deployment_id == second.deployment_id)
        other = f"file:{tmp_path / 'other.json'}"
        assert pages[other].draft.deployment_id == before
        # Without the menu, as from the palette, it applies to the draft in view.
        await process_events_async()
        choice(first.deployment_id).trigger()
        await wait_until(lambda: pages[other].draft.deployment_id == first.deployment_id)
        assert pages[mine].draft.deployment_id == second.deployment_id


async def test_the_list_is_filtered_and_says_when_nothing_is_left(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        dock = await drafts_of(program)
        (name,) = dock.titles()
        program.services.draft_editor.edit({SEED: 5}, "Seed")
        await program.trigger("new_draft")
        box = program.find(QLineEdit, "drafts_filter")
        box.setFocus()
        QTest.keyClicks(box, "2")
        assert dock.titles() == [f"{name} 2"]
        QTest.keyClicks(box, "zzz")
        assert dock.titles() == []
        empty = program.window.findChildren(QLabel, "empty_state_text")
        assert any("No draft matches “2zzz”." in each.text() for each in empty)
        QTest.keyClick(box, Qt.Key.Key_Escape)
        assert dock.titles() == [f"{name} 2", name]
        QTest.keyClick(box, Qt.Key.Key_Down)
        assert dock.view.hasFocus()


async def test_a_damaged_draft_is_named_and_its_folder_can_be_opened(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await wait_until(lambda: program.services.draft_editor.state.draft)
        folder = program.services.drafts.folder
        folder.mkdir(parents=True, exist_ok=True)
        draft_path(folder, "odd").write_text("{")
        program.services.drafts.reload()
        program.window.docks.drafts.bring_to_front()
        await process_events_async()
        dock = DraftsDockDriver(program)
        await wait_until(lambda: "A draft that cannot be read" in dock.titles())
        await dock.click("A draft that cannot be read")
        # The program first searches for it again.
        await wait_until(program.notices)
        assert program.notices() == ["This draft cannot be read, so it cannot be opened."]
        await dock.choose("A draft that cannot be read", "folder")
        await wait_until(lambda: program.opened_urls)


async def test_a_draft_that_turns_out_damaged_leaves_the_one_in_view(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        dock = await drafts_of(program)
        (name,) = dock.titles()
        program.services.draft_editor.edit({SEED: 5}, "Seed")
        await program.trigger("new_draft")
        program.services.drafts.rename(program.services.drafts.state.current_key, "Zebra")
        program.services.draft_editor.edit({TEXT: "x" * 40_000}, "Text")
        key = program.services.drafts.state.current_key
        await dock.click(name)
    async with open_program(tmp_path) as program:
        await wait_until(lambda: program.services.draft_editor.state.draft)
        program.window.docks.drafts.bring_to_front()
        await process_events_async()
        dock = DraftsDockDriver(program)
        await wait_until(
            lambda: dock.titles() == ["Zebra", name] or dock.titles() == [name, "Zebra"]
        )
        path = draft_path(program.services.drafts.folder, key)
        path.write_bytes(path.read_bytes()[:-9])
        program.services.draft_editor.edit({SEED: 6}, "Seed")
        await dock.click("Zebra")
        await wait_until(lambda: "A draft that cannot be read" in dock.titles())
        assert program.notices() == ["The draft Zebra could not be read."]
        assert dock.titles() == [name, "A draft that cannot be read"]
        assert not any("Opening" in each for each in dock.spoken())
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        assert draft.changes == {SEED: 6}
        assert program.services.draft_editor.state.undo_text == "Seed"


async def test_the_palette_leads_to_drafts(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        dock = await drafts_of(program)
        (name,) = dock.titles()
        program.services.draft_editor.edit({SEED: 5}, "Seed")
        await program.trigger("new_draft")
        program.services.drafts.rename(program.services.drafts.state.current_key, "Zebra")
        await dock.click(name)
        await program.trigger("jump")
        box = QApplication.focusWidget()
        assert box is not None
        QTest.keyClicks(box, "zebra")
        await process_events_async()
        await program.key(Qt.Key.Key_Return)
        await wait_until(lambda: program.window.windowTitle().startswith("Zebra"))


async def test_without_anything_open_the_buttons_say_why(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        program.window.docks.drafts.bring_to_front()
        await wait_until(lambda: program.is_visible(QToolButton, "new_draft_here"))
        button = program.find(QToolButton, "new_draft_here")
        assert not button.isEnabled()
        assert button.accessibleDescription() == "No workflow is open."
        empty = program.window.docks.drafts.findChild(QLabel, "empty_state_text")
        assert isinstance(empty, QLabel)
        assert "by itself, within a second" in empty.text()
