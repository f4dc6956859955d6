"""Links from outside during work: one confirmation at a time, and nothing is run."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QWidget

from runcomfy_desktop.app.session_manager import SessionRequest
from runcomfy_desktop.domain.app_link import deployment_link
from runcomfy_desktop.domain.workflow.workflow import InputKey, workflow_from_json
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.main_window.link_controller import MAX_WAIT_S, LinkController
from runcomfy_desktop.ui.main_window.notice_line import MAX_NOTICES
from runcomfy_desktop.ui.main_window.pending_requests import PendingLink, PendingRequests
from tests.gui.support.focus import shown_dialog
from tests.gui.support.gui_program import GuiProgram, open_program, process_events_async
from tests.gui.support.session_runs import run_sessions
from tests.support.async_wait import wait_until
from tests.support.clocks import FakeClock
from tests.support.draft_runs import open_file
from tests.support.emulators import TOKEN
from tests.support.hostile_links import LINKS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
NOBODYS = "ffffffff-0000-4000-8000-000000000000"
GRAPH: JsonObject = {"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}}
STEPS = InputKey("31", "steps")
UNKNOWN = "The link leads to a deployment that your account does not have."


def is_asked(program: GuiProgram) -> bool:
    return program.is_visible(QDialog, "open_link_dialog")


def question_text(program: GuiProgram) -> str:
    """Returns the complete text of the confirmation."""
    dialog = program.find(QDialog, "open_link_dialog")
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def in_use(program: GuiProgram) -> str:
    deployment = program.services.draft_editor.state.deployment
    return deployment.deployment_id if deployment is not None else ""


def in_view(program: GuiProgram) -> str:
    draft = program.services.draft_editor.state.draft
    return draft.source.name if draft is not None else ""


async def send(program: GuiProgram, deployment_id: str) -> None:
    """Sends a link, as a second start passes it on."""
    program.window.handle_open_request(deployment_link(deployment_id))
    await process_events_async()


async def test_a_link_opens_its_deployment_only_once_the_person_agreed(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        program.window.handle_open_request("")
        assert program.notices() == [], "a second start without a file or a link"
        asked, settings = program.call_count("read"), program.preferences.settings
        await send(program, FLUX)
        await program.press("open_link_no")
        assert not is_asked(program)
        assert program.call_count("read") == asked
        assert program.preferences.settings == settings
        await send(program, FLUX)
        assert is_asked(program)
        assert program.emulator.backend.deployments[FLUX].name in question_text(program)
        assert f"ID {FLUX}" in question_text(program)
        assert "Nothing is run and nothing is paid for." in question_text(program)
        assert in_use(program) == KONTEXT
        await program.press("open_link_yes")
        await wait_until(lambda: in_use(program) == FLUX)
        assert (program.services.queue.jobs, program.call_count("submit")) == ({}, 0)
        assert program.preferences.settings == replace(settings, last_deployment_id=FLUX)


async def test_a_hostile_link_gets_its_sentence_and_nothing_else(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_kinds_known()
        calls = program.emulator.backend.journal.counts()["received"]
        for link in LINKS[:-1]:
            program.window.handle_open_request(link.text)
            await process_events_async()
            (notice,) = program.window.notice_line.notices
            assert f"{notice.title} {notice.detail}" == link.expected_text, link.name
            assert not is_asked(program), link.name
            await program.press("notice_close")
            await wait_until(lambda: not program.window.notice_line.notices)
        assert program.emulator.backend.journal.counts()["received"] == calls


async def test_a_deployment_that_is_not_listed_is_looked_for_once(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        backend = program.emulator.backend
        newer = backend.deployments.pop(FLUX)
        await program.wait_until_kinds_known()
        listed = program.call_count("list")
        await send(program, NOBODYS)
        await wait_until(lambda: UNKNOWN in program.notices())
        assert program.call_count("list") == listed + 1
        assert NOBODYS in program.window.notice_line.notices[0].detail
        assert not is_asked(program)
        assert in_use(program) == KONTEXT
        backend.deployments[FLUX] = newer
        await send(program, FLUX)
        await wait_until(lambda: is_asked(program))


async def test_without_a_key_a_link_waits_for_one(tmp_path: Path) -> None:
    async with open_program(tmp_path, key="") as program:
        await wait_until(lambda: program.is_visible(QWidget, "welcome_page"))
        await send(program, FLUX)
        await send(program, FLUX)
        assert program.notices() == ["A link to a deployment waits for your key."]
        await program.press("notice_action")
        await wait_until(lambda: program.is_visible(QDialog, "connect_dialog"))
        program.find(QLineEdit, "key_field").setText(TOKEN)
        await program.press("test_key")
        await wait_until(lambda: program.services.catalogue.state.loaded_s)
        await process_events_async()
        assert not is_asked(program), "one dialog at a time"
        await program.press("test_key")
        await wait_until(lambda: is_asked(program))
        await program.press("open_link_yes")
        await wait_until(lambda: in_use(program) == FLUX)


async def test_out_of_reach_a_link_waits_until_the_list_comes(tmp_path: Path) -> None:
    async with open_program(tmp_path, faults="status-503:99") as program:
        await wait_until(lambda: program.services.account.state.problem is not None)
        await send(program, FLUX)
        waits = "A link to a deployment waits until your deployments can be read."
        assert waits in program.notices()
        program.emulator.backend.faults.set("")
        await program.trigger("refresh")
        await wait_until(lambda: is_asked(program))


async def test_a_session_that_ends_takes_the_question_along_to_the_next(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await send(program, FLUX)
        program.end_session()
        await process_events_async()
        assert not is_asked(program)
        program.begin_session()
        await wait_until(lambda: is_asked(program))
        await program.press("open_link_no")
        program.end_session()
        await send(program, KONTEXT)
        await send(program, FLUX)
        assert not is_asked(program)
        program.begin_session()
        await wait_until(lambda: is_asked(program))
        assert FLUX in question_text(program), "the newest"


async def test_however_many_links_come_one_is_asked_about(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        for number in range(50):
            program.window.handle_open_request(deployment_link(FLUX if number % 2 else NOBODYS))
            program.window.handle_open_request(f"runcomfy-desktop:{number}")
            await process_events_async()
        await wait_until(lambda: is_asked(program))
        dialogs = program.window.findChildren(QDialog, "open_link_dialog")
        assert len([each for each in dialogs if each.isVisible()]) == 1
        assert len(program.notices()) <= MAX_NOTICES
        await program.press("open_link_no")
        await process_events_async()
        assert shown_dialog(program) is None, "the next one does not follow at its heels"


async def test_a_question_waits_until_the_dialog_in_front_is_finished(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.trigger("settings")
        await send(program, FLUX)
        await send(program, FLUX)
        assert not is_asked(program)
        await program.press("cancel_settings")
        await wait_until(lambda: is_asked(program))


async def test_the_link_that_is_copied_is_the_one_that_opens(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        await program.trigger("copy_link")
        link = QGuiApplication.clipboard().text()
        assert link == f"runcomfy-desktop:deployment/{KONTEXT}"
        assert program.notices() == ["The link is on the clipboard."]
        program.window.handle_open_request(link)
        await process_events_async()
        assert "The deployment that the link leads to is open already." in program.notices()
        assert not is_asked(program)
        program.services.catalogue.open(FLUX)
        await wait_until(lambda: in_use(program) == FLUX)
        program.window.handle_open_request(link)
        await process_events_async()
        assert f"ID {KONTEXT}" in question_text(program)


async def test_what_was_changed_is_kept_and_comes_back(tmp_path: Path) -> None:
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        program.services.draft_editor.edit({STEPS: 7}, "Edit")
        await send(program, FLUX)
        assert "is kept, and comes back with it" in question_text(program)
        await program.press("open_link_yes")
        await wait_until(lambda: in_use(program) == FLUX)
        await send(program, KONTEXT)
        await program.press("open_link_yes")
        await wait_until(lambda: in_use(program) == KONTEXT)
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        assert draft.changes == {STEPS: 7}


async def test_a_file_without_a_deployment_is_named_as_what_would_run_there(
    tmp_path: Path,
) -> None:
    graph = workflow_from_json(
        {"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}},
    )
    async with open_program(tmp_path, key="") as program:
        open_file(program.services.draft_editor, graph, "mine.json", "/mine.json")
        program.services.account.connect(TOKEN)
        await wait_until(lambda: program.services.catalogue.state.loaded_s)
        assert in_use(program) == ""
        await send(program, FLUX)
        assert "The opened file mine.json would run on it, once you press Run." in question_text(
            program
        )
        await program.press("open_link_yes")
        await wait_until(lambda: in_use(program) == FLUX)
        draft = program.services.draft_editor.state.draft
        assert draft is not None
        assert draft.source.name == "mine.json"
        assert program.services.queue.jobs == {}


@asynccontextmanager
async def asked_about_mine(folder: Path) -> AsyncIterator[GuiProgram]:
    """Opens the confirmation of a link to FLUX, with an unbound workflow file open."""
    for name in ("mine.json", "other.json"):
        (folder / name).write_text(json.dumps(GRAPH))
    async with open_program(folder, key="") as program:
        program.window.handle_open_request(str(folder / "mine.json"))
        await wait_until(lambda: in_view(program) == "mine.json")
        program.services.account.connect(TOKEN)
        await wait_until(lambda: program.services.catalogue.state.loaded_s)
        await send(program, FLUX)
        assert "The opened file mine.json would run on it" in question_text(program)
        yield program


async def test_the_file_that_was_asked_about_is_bound_when_another_came_meanwhile(
    tmp_path: Path,
) -> None:
    async with asked_about_mine(tmp_path) as program:
        program.window.handle_open_request(str(tmp_path / "other.json"))
        await wait_until(lambda: in_view(program) == "other.json")
        await program.press("open_link_yes")
        name = program.emulator.backend.deployments[FLUX].name
        await wait_until(lambda: f"mine.json runs on {name} from now on." in program.notices())
        assert (in_view(program), in_use(program)) == ("other.json", "")
        bound = program.services.draft_editor.open_drafts[f"file:{tmp_path / 'mine.json'}"].draft
        assert bound.deployment_id == FLUX


async def test_the_file_that_was_asked_about_is_bound_when_another_comes_after_the_answer(
    tmp_path: Path,
) -> None:
    async with asked_about_mine(tmp_path) as program:
        program.emulator.backend.faults.set("hold@read")
        await program.press("open_link_yes")
        await wait_until(lambda: program.services.catalogue.state.opening_id == FLUX)
        program.window.handle_open_request(str(tmp_path / "other.json"))
        await wait_until(lambda: in_view(program) == "other.json")
        program.emulator.backend.faults.set("")
        program.emulator.backend.held_calls.release()
        name = program.emulator.backend.deployments[FLUX].name
        await wait_until(lambda: f"mine.json runs on {name} from now on." in program.notices())
        assert (in_view(program), in_use(program)) == ("other.json", "")


async def test_where_nothing_would_be_bound_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(json.dumps(GRAPH))
    async with open_program(tmp_path, key="") as program:
        program.services.account.connect(TOKEN)
        await wait_until(lambda: in_use(program) == KONTEXT)
        await program.wait_until_kinds_known()
        await send(program, FLUX)
        assert "Its workflow comes into the window." in question_text(program)
        # A draft of a file that is not bound to a deployment.
        program.services.workflow_files.open_draft(
            f"file:{tmp_path / 'other.json'}", str(tmp_path / "other.json")
        )
        await wait_until(lambda: in_view(program) == "other.json")
        assert in_use(program) == ""
        await program.press("open_link_yes")
        await wait_until(lambda: in_use(program) == FLUX)
        assert in_view(program) != "other.json"
        other = program.services.draft_editor.open_drafts[f"file:{tmp_path / 'other.json'}"].draft
        assert other.deployment_id == ""


async def test_the_demo_opens_links_to_its_own_deployments_only(tmp_path: Path) -> None:
    async with open_program(tmp_path, demo=True) as program:
        await program.wait_until_open()
        await send(program, FLUX)
        await wait_until(lambda: is_asked(program))
        await program.press("open_link_no")
        requests: list[bool] = []
        program.window.account_requested.connect(lambda: requests.append(True))
        await send(program, NOBODYS)
        unknown = "The link leads to a deployment that the demo does not have."
        await wait_until(lambda: unknown in program.notices())
        await program.press("notice_action")
        assert requests == [True]


async def test_a_link_into_the_first_run_waits_for_the_key(tmp_path: Path) -> None:
    async with run_sessions(tmp_path, SessionRequest.ACCOUNT) as run:
        run.window.handle_open_request(deployment_link(FLUX))
        await wait_until(lambda: run.is_visible("notice_action"))
        notices = [each.title for each in run.window.notice_line.notices]
        assert notices == ["A link to a deployment waits for your key."]


async def test_a_link_that_waited_too_long_is_forgotten(tmp_path: Path) -> None:
    clock = FakeClock()
    async with open_program(tmp_path) as program:
        await program.wait_until_open()
        scope, pending = SessionScope(program.window.central_widget), PendingRequests()
        pending.link = PendingLink(FLUX, clock())
        clock.now_s += MAX_WAIT_S + 1
        controller = LinkController(scope, program.services, pending, clock)
        await process_events_async()
        assert not is_asked(program)
        controller.open_link(PendingLink(FLUX, clock()))
        await process_events_async()
        assert is_asked(program)
        scope.close()
