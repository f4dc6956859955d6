"""What was typed into nodes that are gone is in sight at each start, copied, and let go of."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QDialog, QListView, QPlainTextEdit, QWidget

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.models.drafts import DraftRole
from tests.gui.support.house import open_house, turn
from tests.gui.test_offline import FIRST, SEED, TEXT, emulator, text_of
from tests.support.emulated import paint_nothing
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.notices import Notice
    from runcomfy_desktop.domain.draft import Draft
    from tests.gui.support.house import House
    from tests.support.emulated import LoopbackEmulator

PROMPT = "a fox in the snow,\nink on paper"
LINE = "1 value of yours has no place in this workflow: it is kept here, and not sent."


def moves(service: LoopbackEmulator, before: str, after: str) -> None:
    """Somebody gives a node of the first deployment another id on RunComfy."""
    remote = service.world.deployments[FIRST]
    graph: dict[str, Any] = json.loads(json.dumps(remote.workflow))
    graph[after] = graph.pop(before)
    for node in graph.values():
        for name, value in node["inputs"].items():
            if isinstance(value, list) and value[0] == before:
                node["inputs"][name] = [after, *value[1:]]
    remote.workflow = graph
    remote.updated_at = f"20{before.zfill(2)}-01-01T00:00:00Z"


def draft_of(house: House) -> Draft:
    draft = house.parts.workbench.state.draft
    assert draft is not None
    return draft


def action(house: House) -> QAction:
    found = house.window.findChild(QAction, "left_values_action")
    assert isinstance(found, QAction)
    return found


def notice(house: House, beginning: str) -> Notice:
    """The notice on screen that begins so."""
    told = (each for each in house.window.notice_line.notices)
    return next(each for each in told if each.title.startswith(beginning))


async def undoes(house: House) -> None:
    deed = notice(house, "1 value is discarded.").action
    assert deed is not None
    deed()
    await turn()


async def types(folder: Path, service: LoopbackEmulator) -> None:
    """The window was open, and something was typed into a node that is another one by now."""
    async with open_house(folder, emulator=service) as house:
        await house.until_kinds_known()
        assert not house.there(QWidget, "left_line")
        assert not action(house).isEnabled()
        house.parts.workbench.edit({TEXT: PROMPT, SEED: 7}, "Edit")
    moves(service, "6", "66")


async def until_moved(house: House) -> None:
    await until(lambda: house.parts.workbench.state.draft is not None)
    await until(lambda: "66" in draft_of(house).workflow.nodes)
    await until(lambda: text_of(house, "left_text") == LINE)
    await turn()


async def test_it_is_in_sight_at_each_start_and_can_be_copied(tmp_path: Path) -> None:
    with emulator() as service:
        await types(tmp_path, service)
        for seed in (8, 9):
            async with open_house(tmp_path, emulator=service) as house:
                await until_moved(house)
                house.parts.workbench.edit({SEED: seed}, "Seed")
                await turn()
                assert text_of(house, "left_text") == LINE
        async with open_house(tmp_path, emulator=service) as house:
            await until_moved(house)
            assert dict(draft_of(house).changes) == {SEED: 9}
            await house.press("left_button")
            shown = house.find(QPlainTextEdit, "left_text")
            await until(lambda: PROMPT in shown.toPlainText())
            assert "#6 " in shown.toPlainText()
            assert text_of(house, "left_count") == LINE
            assert text_of(house, "left_why").startswith("Its input is gone, ")
            await house.press("left_copy")
            assert PROMPT in QGuiApplication.clipboard().text()
            await house.key(Qt.Key.Key_Escape)
            assert not house.there(QDialog, "left_dialog")
            await house.trigger("left_values")
            assert house.there(QDialog, "left_dialog")
            await house.press("left_close")


async def test_it_is_let_go_of_with_undo_and_then_stays_away(tmp_path: Path) -> None:
    with emulator() as service:
        await types(tmp_path, service)
        async with open_house(tmp_path, emulator=service) as house:
            await until_moved(house)
            await house.press("left_button")
            await house.press("left_discard")
            assert not house.there(QDialog, "left_dialog")
            assert not house.there(QWidget, "left_line")
            assert not action(house).isEnabled()
            await undoes(house)
            assert text_of(house, "left_text") == LINE
            await house.press("left_button")
            await house.press("left_discard")
            house.parts.workbench.edit({SEED: 8}, "Seed")
        async with open_house(tmp_path, emulator=service) as house:
            await until(lambda: house.parts.workbench.state.draft is not None)
            await house.until_kinds_known()
            assert dict(draft_of(house).changes) == {SEED: 8}
            assert not house.there(QWidget, "left_line")


async def test_undo_after_other_edits_says_where_it_is(tmp_path: Path) -> None:
    with emulator() as service:
        await types(tmp_path, service)
        async with open_house(tmp_path, emulator=service) as house:
            await until_moved(house)
            await house.press("left_button")
            await house.press("left_discard")
            house.parts.workbench.edit({SEED: 8}, "Seed")
            await undoes(house)
            assert any("changed since" in each for each in house.notices())
            assert not house.there(QWidget, "left_line")
            await house.trigger("undo")
            await house.trigger("undo")
            assert text_of(house, "left_text") == LINE


async def test_the_list_of_drafts_counts_it_apart_and_deletes_it_with_undo(tmp_path: Path) -> None:
    with emulator() as service:
        await types(tmp_path, service)
        async with open_house(tmp_path, emulator=service) as house:
            await until_moved(house)
            house.parts.workbench.reset_all()
            house.window.docks.drafts.bring_up()
            await turn()
            view = house.find(QListView, "drafts")
            await until(lambda: view.model().rowCount() == 1)
            index = view.model().index(0, 0)
            assert index.data(DraftRole.COUNT) == "1 kept"
            assert "1 value without a place is kept" in index.data(Qt.ItemDataRole.ToolTipRole)
            heard = str(index.data(Qt.ItemDataRole.AccessibleTextRole))
            assert ", 1 value without a place is kept, " in heard
            house.parts.workbench.edit({SEED: 8}, "Seed")
            assert view.model().index(0, 0).data(DraftRole.COUNT) == "1 change, 1 kept"
            await house.trigger("delete_draft")
            await until(lambda: not house.there(QWidget, "left_line"))
            await until(lambda: any("is deleted" in each for each in house.notices()))
            put_back = notice(house, "The draft").action
            assert put_back is not None
            put_back()
            await until(lambda: text_of(house, "left_text") == LINE)


async def test_it_is_not_sent(tmp_path: Path) -> None:
    with emulator() as service:
        await types(tmp_path, service)
        async with open_house(tmp_path, emulator=service) as house:
            await until_moved(house)
            await house.until_open()
            paint_nothing(service.world)
            await house.press("run")
            await until(lambda: house.states() == [JobState.DONE])
            (sent,) = service.world.runs.values()
            assert "fox" not in json.dumps(sent.order.overrides)
            assert text_of(house, "left_text") == LINE
            (job,) = house.parts.queue.jobs.values()
            assert TEXT not in job.changes


async def test_it_finds_its_place_again_when_the_workflow_changes_back(tmp_path: Path) -> None:
    with emulator() as service:
        await types(tmp_path, service)
        async with open_house(tmp_path, emulator=service) as house:
            await until_moved(house)
            house.parts.workbench.edit({SEED: 8}, "Seed")
        moves(service, "66", "6")
        async with open_house(tmp_path, emulator=service) as house:
            await until(lambda: house.parts.workbench.state.draft is not None)
            await until(lambda: "6" in draft_of(house).workflow.nodes)
            await until(lambda: any("has changed" in each for each in house.notices()))
            await turn()
            assert dict(draft_of(house).changes) == {SEED: 8, TEXT: PROMPT}
            assert not house.there(QWidget, "left_line")
            told = notice(house, "The workflow of").detail
            assert told == "1 value of yours that had no place fits again, and is sent."


async def test_a_file_whose_earlier_workflow_is_gone_says_so_too(tmp_path: Path) -> None:
    path, key = tmp_path / "mine.json", InputKey("9", "style")
    graph: dict[str, Any] = {
        "31": {"class_type": "KSampler", "inputs": {"seed": 1}},
        "9": {"class_type": "Styler", "inputs": {"style": "plain"}},
    }
    path.write_text(json.dumps(graph))
    with emulator() as service:
        async with open_house(tmp_path, emulator=service) as house:
            await house.until_kinds_known()
            house.parts.files.open(str(path))
            await until(lambda: draft_of(house).source.path == str(path))
            house.parts.workbench.edit({key: PROMPT, SEED: 7}, "Edit")
            drafts = house.parts.drafts.folder
        del graph["9"]
        path.write_text(json.dumps(graph))
        shutil.rmtree(drafts / "workflows")
        for _start in range(2):
            async with open_house(tmp_path, emulator=service) as house:
                await until(lambda: text_of(house, "left_text") == LINE)
                assert draft_of(house).source.path == str(path)
                house.parts.workbench.edit({SEED: 8}, "Seed")
                assert [each.value for each in draft_of(house).left] == [PROMPT]
