"""Runs that are not agreed to yet end with their session, and do not get in the way of the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.settings import LargePictures
from runcomfy_desktop.ui.base.session_scope import SessionScope
from runcomfy_desktop.ui.run.run_controller import RunController
from runcomfy_desktop.ui.run.spending_controller import SpendingController
from tests.gui.deployments.test_changed_deployment import change, grow_old
from tests.gui.run.test_large_pictures_runs import with_picture
from tests.gui.settings.test_partner_page import CARD, NODE
from tests.gui.support.deployment_details import KONTEXT, remote_deployment, visible_dialog
from tests.gui.support.deployment_harness import open_deployment_harness
from tests.support.async_wait import wait_until, wait_until_stable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.gui.support.deployment_harness import DeploymentHarness


class RunSession:
    """Session of a window that only runs; several can follow each other on the same services."""

    def __init__(self, harness: DeploymentHarness) -> None:
        self.scope = SessionScope(QWidget(harness.window))
        SpendingController(self.scope, harness.services)
        self.controller = RunController(self.scope, harness.services, harness.partner_key)

    def end(self) -> None:
        self.scope.close()
        self.scope.dialog_parent.deleteLater()


async def assert_question_ends(
    harness: DeploymentHarness, name: str, run: Callable[[RunSession], object]
) -> None:
    """Asserts that a question ends with its session, and is asked again in the next one."""
    for _session in range(2):
        session = RunSession(harness)
        run(session)
        await wait_until(lambda: visible_dialog(harness, name) is not None)
        session.end()
        assert visible_dialog(harness, name) is None
    assert harness.states() == []


async def test_the_question_about_the_cost(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        harness.preferences.set(ask_from_jobs=1)
        await assert_question_ends(harness, "confirm_run", lambda session: session.controller.run())


async def test_the_question_about_large_pictures(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path / "program_data") as harness:
        await with_picture(harness, tmp_path, LargePictures.ASK)
        await assert_question_ends(
            harness, "confirm_size", lambda session: session.controller.run()
        )


async def test_the_question_about_the_partner_key(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        remote = remote_deployment(harness, KONTEXT)
        remote.workflow, remote.overrides = CARD, {}
        remote.updated_at = "2026-02-11T10:30:00.654321+00:00"
        harness.services.catalogue.refresh()
        await wait_until(lambda: NODE in harness.services.draft_editor.state.issues)
        await assert_question_ends(
            harness, "confirm_without_key", lambda session: session.controller.run()
        )


async def test_the_question_about_a_changed_workflow(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        queue = harness.services.queue
        queue.send_queue.pause_all()
        session = RunSession(harness)
        session.controller.run()
        await wait_until(lambda: harness.states() == [JobState.HELD])
        change(harness)
        grow_old(harness)
        queue.send_queue.request_send(tuple(queue.jobs))
        await wait_until(lambda: visible_dialog(harness, "workflow_question") is not None)
        session.end()
        assert visible_dialog(harness, "workflow_question") is None
        assert harness.states() == [JobState.HELD]


async def test_a_check_that_ends_after_its_session_runs_and_reports_nothing(tmp_path: Path) -> None:
    async with open_deployment_harness(tmp_path) as harness:
        await harness.wait_until_open()
        held_calls = harness.emulator.backend.held_calls
        for has_changed in (False, True):
            session = RunSession(harness)
            if has_changed:
                change(harness)
            grow_old(harness)
            harness.emulator.backend.faults.set("hold@list")
            session.controller.run()
            await wait_until(held_calls.held)
            session.end()
            harness.emulator.backend.faults.set("")
            held_calls.release()
            await wait_until(lambda: not harness.services.catalogue.state.loading)
            assert await wait_until_stable(lambda: len(harness.states())) == 0
            titles = [each.title for each in harness.notices]
            assert "The deployment flux-kontext has changed." not in titles
