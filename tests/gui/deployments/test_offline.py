"""A window without a network shows everything from the cache with its age, and recovers."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QListView,
    QPlainTextEdit,
    QTextBrowser,
    QToolButton,
    QWidget,
)

from runcomfy_desktop.core.account.account import AccountPhase
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.deployments.deployments_model import DeploymentRole
from tests.gui.support.gui_program import (
    GuiProgram,
    MemoryKeyring,
    open_program,
    process_events_async,
)
from tests.support.async_wait import wait_until
from tests.support.emulators import INSTANT, LoopbackEmulator, make_backend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json

FIRST = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
SEED, TEXT = InputKey("31", "seed"), InputKey("6", "text")


def emulator() -> LoopbackEmulator:
    return LoopbackEmulator(make_backend(timing=INSTANT))


@asynccontextmanager
async def after_a_day_online(folder: Path, service: LoopbackEmulator) -> AsyncIterator[None]:
    """Opens the window with a network until everything is cached, then closes it."""
    async with open_program(folder, emulator=service) as program:
        await program.wait_until_kinds_known()
        program.services.draft_editor.edit({SEED: 7}, "Seed")
        catalogue = program.services.catalogue
        for each in program.emulator.backend.deployments:
            while await catalogue.cached(each) is None:
                await process_events_async()
    yield


def change(service: LoopbackEmulator, key: InputKey, value: Json) -> None:
    """Edits the first deployment's workflow on RunComfy."""
    remote = service.backend.deployments[FIRST]
    remote.workflow = json.loads(json.dumps(remote.workflow))
    node: Any = remote.workflow[key.node_id]
    node["inputs"][key.name] = value
    remote.updated_at = "2027-01-01T00:00:00Z"


def text_of(program: GuiProgram, name: str) -> str:
    """Returns the text of a label; "" if it is not visible."""
    found: Iterator[QLabel] = (
        each for each in program.window.findChildren(QLabel, name) if each.isVisible()
    )
    return next((each.text() for each in found), "")


async def wait_until_offline(program: GuiProgram) -> None:
    await wait_until(lambda: program.services.account.state.phase is AccountPhase.UNREACHABLE)
    await wait_until(lambda: bool(program.services.catalogue.state.as_of))
    await process_events_async()


async def test_the_window_opens_offline_with_all_that_was_kept(tmp_path: Path) -> None:
    with emulator() as service:
        async with after_a_day_online(tmp_path, service):
            service.stop()
            async with open_program(tmp_path, emulator=service) as program:
                await wait_until_offline(program)
                view = program.find(QListView, "deployments")
                assert view.model().rowCount() == len(service.backend.deployments)
                assert text_of(program, "deployments_stale").startswith("As of less than a minute")
                assert text_of(program, "age_text").startswith("Offline: this is ")
                assert dict(program.services.draft_editor.state.draft.changes) == {SEED: 7}  # type: ignore[union-attr]
                await wait_until(lambda: program.services.draft_editor.state.schema is not None)
                await the_readme_is_there(program, service)
                await program.click(
                    view.viewport(), view.visualRect(view.model().index(1, 0)).center()
                )
                second = view.model().index(1, 0).data()
                await wait_until(lambda: program.find(QToolButton, "deployment").text() == second)
                await wait_until(lambda: second in text_of(program, "age_text"))
                assert program.notices() == []


async def the_readme_is_there(program: GuiProgram, service: LoopbackEmulator) -> None:
    await program.trigger("details")
    dialog = program.find(QDialog, "deployment_details")
    await wait_until(lambda: "Shown as of" in text_of(program, "details_status"))
    readme = service.backend.deployments[FIRST].readme.splitlines()[0].strip("# ")
    assert readme in dialog.findChildren(QTextBrowser)[0].toPlainText()
    dialog.close()
    program.window.activateWindow()
    await process_events_async()


async def test_a_run_waits_for_the_network_and_all_is_renewed_with_it(tmp_path: Path) -> None:
    with emulator() as service:
        async with after_a_day_online(tmp_path, service):
            service.stop()
            async with open_program(tmp_path, emulator=service) as program:
                await wait_until_offline(program)
                await program.press("run")
                await wait_until(lambda: bool(program.states()))
                assert program.states()[0] in (JobState.WAITING, JobState.HELD)
                change(service, TEXT, "something else")
                service.start()
                await program.press("age_button")
                await wait_until(lambda: not program.is_visible(QWidget, "age_line"))
                await wait_until(lambda: not program.is_visible(QLabel, "deployments_stale"))
                await wait_until(lambda: program.states() == [JobState.HELD])
                assert program.call_count("submit") == 0, "it costs money, so it is asked"
                draft = program.services.draft_editor.state.draft
                assert draft is not None
                assert draft.workflow.value(TEXT) == "something else"
                assert draft.changes[SEED] is not None
                assert any("has changed" in each for each in program.notices())


async def test_what_changed_can_be_read_and_copied(tmp_path: Path) -> None:
    with emulator() as service:
        async with after_a_day_online(tmp_path, service):
            change(service, TEXT, "something else")
            async with open_program(tmp_path, emulator=service) as program:
                await wait_until(lambda: any("has changed" in each for each in program.notices()))
                await program.press("notice_action")
                await wait_until(lambda: program.is_visible(QDialog, "changed_dialog"))
                text = program.find(QPlainTextEdit, "changed_text")
                await wait_until(lambda: "something else" in text.toPlainText())
                await program.press("changed_copy")
                copied = QGuiApplication.clipboard().text()
                assert "something else" in copied
                assert "has changed" in copied
                await program.press("changed_close")
                await program.trigger("what_changed")
                assert program.is_visible(QDialog, "changed_dialog")


async def test_another_deployment_that_changed_is_marked_in_the_list(tmp_path: Path) -> None:
    with emulator() as service:
        async with after_a_day_online(tmp_path, service):
            other = next(each for each in service.backend.deployments if each != FIRST)
            async with open_program(tmp_path, emulator=service) as program:
                await program.wait_until_kinds_known()
                program.services.catalogue.open(other)
                await wait_until(lambda: not program.services.catalogue.state.opening_id)
                assert program.services.draft_editor.state.draft is not None
                assert program.services.draft_editor.state.draft.deployment_id == other
                change(service, TEXT, "something else")
                await program.press("refresh_deployments")
                await wait_until(lambda: program.services.catalogue.state.unseen == {FIRST})
                await process_events_async()
                model = program.find(QListView, "deployments").model()
                facts = str(model.index(0, 0).data(DeploymentRole.SUMMARY))
                assert facts.startswith("changed · ")


async def test_without_its_key_the_window_says_what_is_needed(tmp_path: Path) -> None:
    """With a locked keyring, or none at all, the cached data is still shown."""
    with emulator() as service:
        async with (
            after_a_day_online(tmp_path, service),
            open_program(tmp_path, emulator=service, key="") as program,
        ):
            await wait_until(lambda: "a key is needed" in text_of(program, "age_text"))
            await program.press("age_button")
            assert program.is_visible(QDialog, "connect_dialog")


async def test_who_disconnects_leaves_nothing_to_the_next_key(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    with emulator() as service:
        async with after_a_day_online(tmp_path, service):
            async with open_program(tmp_path, emulator=service, keyring=keyring) as program:
                await program.wait_until_open()
                program.services.account.disconnect()
                await wait_until(
                    lambda: program.services.account.state.phase is AccountPhase.SIGNED_OUT
                )
                folder = tmp_path / "data" / "account" / "deployments"
                await wait_until(lambda: not list(folder.iterdir()))
            service.stop()
            async with open_program(tmp_path, emulator=service) as program:
                await wait_until(
                    lambda: program.services.account.state.phase is AccountPhase.UNREACHABLE
                )
                await process_events_async()
                assert program.services.catalogue.state.deployments == ()
                assert program.services.draft_editor.state.draft is None
