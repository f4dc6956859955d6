"""Values typed into nodes that no longer exist are shown at each start, copied and discarded."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QDialog, QListView, QPlainTextEdit, QWidget

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.drafts.drafts_model import DraftRole
from tests.gui.deployments.test_offline import FIRST, SEED, TEXT, emulator, text_of
from tests.gui.support.gui_program import open_program, process_events_async
from tests.support.async_wait import wait_until
from tests.support.emulators import use_tiny_outputs

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.base.notices import Notice
    from runcomfy_desktop.domain.drafts.draft import Draft
    from tests.gui.support.gui_program import GuiProgram
    from tests.support.emulators import LoopbackEmulator

PROMPT = "a fox in the snow,\nink on paper"
BANNER = "1 value of yours has no place in this workflow: it is kept here, and not sent."


def moves(service: LoopbackEmulator, before: str, after: str) -> None:
    """Gives a node of the first deployment another id on RunComfy."""
    remote = service.backend.deployments[FIRST]
    graph: dict[str, Any] = json.loads(json.dumps(remote.workflow))
    graph[after] = graph.pop(before)
    for node in graph.values():
        for name, value in node["inputs"].items():
            if isinstance(value, list) and value[0] == before:
                node["inputs"][name] = [after, *value[1:]]
    remote.workflow = graph
    remote.updated_at = f"20{before.zfill(2)}-01-01T00:00:00Z"


def draft_of(program: GuiProgram) -> Draft:
    draft = program.services.draft_editor.state.draft
    assert draft is not None
    return draft


def action(program: GuiProgram) -> QAction:
    found = program.window.findChild(QAction, "left_values_action")
    assert isinstance(found, QAction)
    return found


def notice(program: GuiProgram, beginning: str) -> Notice:
    """Returns the visible notice whose title begins with `beginning`."""
    told = (each for each in program.window.notice_line.notices)
    return next(each for each in told if each.title.startswith(beginning))


async def undoes(program: GuiProgram) -> None:
    undo_action = notice(program, "1 value is discarded.").action
    assert undo_action is not None
    undo_action()
    await process_events_async()


async def types(folder: Path, service: LoopbackEmulator) -> None:
    """Types values in a session, then gives their node another id on RunComfy."""
    async with open_program(folder, emulator=service) as program:
        await program.wait_until_kinds_known()
        assert not program.is_visible(QWidget, "left_line")
        assert not action(program).isEnabled()
        program.services.draft_editor.edit({TEXT: PROMPT, SEED: 7}, "Edit")
    moves(service, "6", "66")


async def wait_until_moved(program: GuiProgram) -> None:
    await wait_until(lambda: program.services.draft_editor.state.draft is not None)
    await wait_until(lambda: "66" in draft_of(program).workflow.nodes)
    await wait_until(lambda: text_of(program, "left_text") == BANNER)
    await process_events_async()


async def test_it_is_in_sight_at_each_start_and_can_be_copied(tmp_path: Path) -> None:
    with emulator() as service:
        await types(tmp_path, service)
        for seed in (8, 9):
            async with open_program(tmp_path, emulator=service) as program:
                await wait_until_moved(program)
                program.services.draft_editor.edit({SEED: seed}, "Seed")
                await process_events_async()
                assert text_of(program, "left_text") == BANNER
        async with open_program(tmp_path, emulator=service) as program:
            await wait_until_moved(program)
            assert dict(draft_of(program).changes) == {SEED: 9}
            await program.press("left_button")
            shown = program.find(QPlainTextEdit, "left_text")
            await wait_until(lambda: PROMPT in shown.toPlainText())
            assert "#6 " in shown.toPlainText()
            assert text_of(program, "left_count") == BANNER
            assert text_of(program, "left_why").startswith("Its input is gone, ")
            await program.press("left_copy")
            assert PROMPT in QGuiApplication.clipboard().text()
            await program.key(Qt.Key.Key_Escape)
            assert not program.is_visible(QDialog, "left_dialog")
            await program.trigger("left_values")
            assert program.is_visible(QDialog, "left_dialog")
            await program.press("left_close")


async def test_it_is_let_go_of_with_undo_and_then_stays_away(tmp_path: Path) -> None:
    with emulator() as service:
        await types(tmp_path, service)
        async with open_program(tmp_path, emulator=service) as program:
            await wait_until_moved(program)
            await program.press("left_button")
            await program.press("left_discard")
            assert not program.is_visible(QDialog, "left_dialog")
            assert not program.is_visible(QWidget, "left_line")
            assert not action(program).isEnabled()
            await undoes(program)
            assert text_of(program, "left_text") == BANNER
            await program.press("left_button")
            await program.press("left_discard")
            program.services.draft_editor.edit({SEED: 8}, "Seed")
        async with open_program(tmp_path, emulator=service) as program:
            await wait_until(lambda: program.services.draft_editor.state.draft is not None)
            await program.wait_until_kinds_known()
            assert dict(draft_of(program).changes) == {SEED: 8}
            assert not program.is_visible(QWidget, "left_line")


async def test_undo_after_other_edits_says_where_it_is(tmp_path: Path) -> None:
    with emulator() as service:
        await types(tmp_path, service)
        async with open_program(tmp_path, emulator=service) as program:
            await wait_until_moved(program)
            await program.press("left_button")
            await program.press("left_discard")
            program.services.draft_editor.edit({SEED: 8}, "Seed")
            await undoes(program)
            assert any("changed since" in each for each in program.notices())
            assert not program.is_visible(QWidget, "left_line")
            await program.trigger("undo")
            await program.trigger("undo")
            assert text_of(program, "left_text") == BANNER


async def test_the_list_of_drafts_counts_it_apart_and_deletes_it_with_undo(tmp_path: Path) -> None:
    with emulator() as service:
        await types(tmp_path, service)
        async with open_program(tmp_path, emulator=service) as program:
            await wait_until_moved(program)
            program.services.draft_editor.reset_all()
            program.window.docks.drafts.bring_to_front()
            await process_events_async()
            view = program.find(QListView, "drafts")
            await wait_until(lambda: view.model().rowCount() == 1)
            index = view.model().index(0, 0)
            assert index.data(DraftRole.CHANGES) == "1 kept"
            assert "1 value without a place is kept" in index.data(Qt.ItemDataRole.ToolTipRole)
            heard = str(index.data(Qt.ItemDataRole.AccessibleTextRole))
            assert ", 1 value without a place is kept, " in heard
            program.services.draft_editor.edit({SEED: 8}, "Seed")
            assert view.model().index(0, 0).data(DraftRole.CHANGES) == "1 change, 1 kept"
            await program.trigger("delete_draft")
            await wait_until(lambda: not program.is_visible(QWidget, "left_line"))
            await wait_until(lambda: any("is deleted" in each for each in program.notices()))
            put_back = notice(program, "The draft").action
            assert put_back is not None
            put_back()
            await wait_until(lambda: text_of(program, "left_text") == BANNER)


async def test_it_is_not_sent(tmp_path: Path) -> None:
    with emulator() as service:
        await types(tmp_path, service)
        async with open_program(tmp_path, emulator=service) as program:
            await wait_until_moved(program)
            await program.wait_until_open()
            use_tiny_outputs(service.backend)
            await program.press("run")
            await wait_until(lambda: program.states() == [JobState.DONE])
            (sent,) = service.backend.runs.values()
            assert "fox" not in json.dumps(sent.submit_request.overrides)
            assert text_of(program, "left_text") == BANNER
            (job,) = program.services.queue.jobs.values()
            assert TEXT not in job.changes


async def test_it_finds_its_place_again_when_the_workflow_changes_back(tmp_path: Path) -> None:
    with emulator() as service:
        await types(tmp_path, service)
        async with open_program(tmp_path, emulator=service) as program:
            await wait_until_moved(program)
            program.services.draft_editor.edit({SEED: 8}, "Seed")
        moves(service, "66", "6")
        async with open_program(tmp_path, emulator=service) as program:
            await wait_until(lambda: program.services.draft_editor.state.draft is not None)
            await wait_until(lambda: "6" in draft_of(program).workflow.nodes)
            await wait_until(lambda: any("has changed" in each for each in program.notices()))
            await process_events_async()
            assert dict(draft_of(program).changes) == {SEED: 8, TEXT: PROMPT}
            assert not program.is_visible(QWidget, "left_line")
            message = notice(program, "The workflow of").detail
            assert message == "1 value of yours that had no place fits again, and is sent."


async def test_a_file_whose_earlier_workflow_is_gone_says_so_too(tmp_path: Path) -> None:
    path, key = tmp_path / "mine.json", InputKey("9", "style")
    graph: dict[str, Any] = {
        "31": {"class_type": "KSampler", "inputs": {"seed": 1}},
        "9": {"class_type": "Styler", "inputs": {"style": "plain"}},
    }
    path.write_text(json.dumps(graph))
    with emulator() as service:
        async with open_program(tmp_path, emulator=service) as program:
            await program.wait_until_kinds_known()
            program.services.workflow_files.open(str(path))
            await wait_until(lambda: draft_of(program).source.path == str(path))
            program.services.draft_editor.edit({key: PROMPT, SEED: 7}, "Edit")
            drafts = program.services.drafts.folder
        del graph["9"]
        path.write_text(json.dumps(graph))
        shutil.rmtree(drafts / "workflows")
        for _start in range(2):
            async with open_program(tmp_path, emulator=service) as program:
                await wait_until(lambda: text_of(program, "left_text") == BANNER)
                assert draft_of(program).source.path == str(path)
                program.services.draft_editor.edit({SEED: 8}, "Seed")
                assert [each.value for each in draft_of(program).orphaned] == [PROMPT]
