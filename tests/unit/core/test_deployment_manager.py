"""Changing and deleting deployments with the emulator: no outcome and no typed value is lost."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.deployment_manager import DeploymentManager
from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogue
from runcomfy_desktop.core.deployments.deployment_messages import (
    DeploymentAction,
    DeploymentOutcome,
)
from runcomfy_desktop.core.deployments.workflow_backups import WorkflowBackups
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.core.jobs.job_queue import JobQueue
from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.results.output_downloader import OutputDownloader
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentChanges
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.drafts import DraftStore
from runcomfy_desktop.store.history import JobHistory
from tests.support.async_wait import wait_until
from tests.support.emulated_connection import EmulatedConnection
from tests.support.emulators import INSTANT, make_backend
from tests.support.queue_harness import FAST_POLLING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from runcomfy_desktop.emulator.deployments import EmulatedDeployment as RemoteDeployment

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
SEED = InputKey("31", "seed")


class LossyConnection(EmulatedConnection):
    """Connection that can lose the response to one method after the service has acted."""

    def __init__(self) -> None:
        super().__init__(make_backend(timing=INSTANT))
        # Files are downloaded from RunComfy's own hosts only.
        self.backend.storage_url = "https://serverless-api-storage.runcomfy.net"
        self.backend.switches = self.backend.switches.changed(
            {"instance_ids": True, "tiny_outputs": True}
        )
        self.loses = ""
        self.bodies: list[tuple[str, bytes]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method in ("PATCH", "DELETE") or "/proxy/" in request.url.path:
            self.bodies.append((request.method, await request.aread()))
        answer = await super().handle_async_request(request)
        if request.method == self.loses:
            # A real network connection reports this when the headers were sent.
            await request.extensions["trace"](
                "http11.send_request_headers.started", {"request": SimpleNamespace(method=b"X")}
            )
            raise httpx.ReadError("the answer was lost", request=request)
        return answer

    def sent(self, method: str) -> list[object]:
        return [json.loads(body or b"null") for name, body in self.bodies if name == method]


class DeploymentManagerHarness:
    """A deployment manager with all its collaborators."""

    def __init__(self, folder: Path, connection: LossyConnection, database: Database) -> None:
        self.connection = connection
        self.client = connection.client()
        self.draft_editor = DraftEditor()
        self.shown_notices: list[Notice] = []
        notices = Notices()
        notices.listen(self.shown_notices.append)
        self.drafts = DraftStore(folder / "drafts", notices.post_failure)
        self.draft_editor.edited.subscribe(self.drafts.save)
        self.preferences = Preferences(Settings(), lambda _settings: None)
        self.catalogue = DeploymentCatalogue(
            self.client, self.draft_editor, self.drafts, self.preferences, notices
        )
        self.queue = JobQueue(
            self.client,
            JobHistory(database),
            OutputDownloader(self.client, lambda: folder / "outputs"),
            folder / "media",
            notices,
            service="here",
            queue_version=lambda: "v1",
            policy=FAST_POLLING,
        )
        self.backups_folder = folder / "workflows"
        workflow_backups = WorkflowBackups(
            self.client, self.draft_editor, self.drafts, self.preferences, self.backups_folder
        )
        self.deployment_manager = DeploymentManager(
            self.client, self.catalogue, self.queue, notices, workflow_backups
        )
        self.outcomes: list[DeploymentOutcome] = []

    def watch(self, deployment_id: str = KONTEXT) -> None:
        self.deployment_manager.watch(deployment_id, self.outcomes.append)

    def remote(self, deployment_id: str = KONTEXT) -> RemoteDeployment:
        return self.connection.backend.deployments[deployment_id]

    def listed(self, deployment_id: str = KONTEXT) -> Deployment:
        rows = self.catalogue.state.deployments
        return next(each for each in rows if each.deployment_id == deployment_id)

    async def opens(self, deployment_id: str = KONTEXT) -> None:
        self.catalogue.refresh()
        await wait_until(lambda: self.catalogue.state.loaded_s)
        self.catalogue.open(deployment_id)
        await wait_until(lambda: self.draft_editor.opened_record(deployment_id) is not None)
        await wait_until(lambda: self.draft_editor.state.schema is not None)
        await self.is_quiet()

    async def is_quiet(self) -> None:
        await wait_until(lambda: not self.deployment_manager.state.busy)
        state = self.catalogue
        await wait_until(lambda: not state.state.loading and not state.state.opening_id)

    async def runs(self, deployment_id: str = KONTEXT) -> str:
        """Runs a job successfully; returns the id of the machine that it ran on."""
        draft, deployment = self.draft_editor.state.draft, self.draft_editor.state.deployment
        assert draft is not None
        assert deployment is not None
        self.queue.submit_many((RunRequest(draft, deployment),))
        await wait_until(lambda: self.queue.jobs and list(self.queue.jobs.values())[-1].instance_id)
        await wait_until(lambda: self.queue.active_count == 0)
        return list(self.queue.jobs.values())[-1].instance_id


@asynccontextmanager
async def open_manager_harness(
    folder: Path, connection: LossyConnection | None = None
) -> AsyncIterator[DeploymentManagerHarness]:
    database = await Database.open(folder / "history.sqlite")
    it = DeploymentManagerHarness(folder, connection or LossyConnection(), database)
    async with it.client, it.queue:
        try:
            yield it
        finally:
            await it.deployment_manager.close()
            await it.catalogue.close()
            await it.drafts.close()
    await database.close()


def read_json(path: Path) -> object:
    return json.loads(path.read_bytes())


# Changes


async def test_only_what_changed_is_sent_and_the_list_knows_at_once(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        busy: list[bool] = []
        it.deployment_manager.changed.subscribe(lambda state: busy.append(KONTEXT in state.busy))
        it.deployment_manager.change(
            KONTEXT, DeploymentChanges(max_instances=4), expected=it.listed()
        )
        await it.is_quiet()
        await wait_until(lambda: it.listed().max_instances == 4)
        assert it.connection.sent("PATCH") == [{"name": "flux-kontext", "max_instances": 4}]
        assert it.remote().max_instances == 4
        assert busy == [True, False]
        assert [notice.title for notice in it.shown_notices] == ["flux-kontext was changed."]


async def test_a_watcher_hears_it_and_no_notice_is_told(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.watch()
        it.deployment_manager.change(KONTEXT, DeploymentChanges(queue_size=3))
        await wait_until(lambda: it.outcomes)
        outcome = it.outcomes[0]
        assert (outcome.action, outcome.succeeded) == (DeploymentAction.CHANGE, True)
        assert outcome.deployment is not None
        assert outcome.deployment.queue_size == 3
        assert it.shown_notices == []


async def test_an_outcome_that_nobody_waits_for_any_more_becomes_a_notice(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        stop = it.deployment_manager.watch(KONTEXT, it.outcomes.append)
        it.deployment_manager.change(KONTEXT, DeploymentChanges(max_instances=99))
        stop()
        await wait_until(lambda: it.shown_notices)
        assert it.outcomes == []
        assert it.shown_notices[0].title == "flux-kontext was not changed."


async def test_a_refused_number_is_told_with_its_field(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.watch()
        it.deployment_manager.change(KONTEXT, DeploymentChanges(max_instances=99))
        await wait_until(lambda: it.outcomes)
        problem = it.outcomes[0].problem
        assert problem is not None
        assert "60" in problem.field_errors["max_instances"]
        assert it.remote().max_instances == 1


async def test_a_record_that_is_another_by_now_is_not_overwritten(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.watch()
        seen = it.listed()
        it.remote().keep_warm_s = 600
        it.remote().updated_at = "2027-01-01T00:00:00+00:00"
        it.deployment_manager.change(KONTEXT, DeploymentChanges(max_instances=4), expected=seen)
        await wait_until(lambda: it.outcomes)
        outcome = it.outcomes[0]
        assert outcome.is_conflict
        assert outcome.deployment is not None
        assert outcome.deployment.keep_warm_s == 600
        assert outcome.notice is not None
        assert "changed elsewhere" in outcome.notice.title
        assert it.connection.sent("PATCH") == []
        assert it.listed().keep_warm_s == 600


async def test_one_that_was_only_touched_is_changed_and_that_is_said(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        seen = it.listed()
        it.remote().status = "running"
        it.remote().updated_at = "2027-01-01T00:00:00+00:00"
        it.deployment_manager.change(KONTEXT, DeploymentChanges(max_instances=4), expected=seen)
        await wait_until(lambda: it.shown_notices)
        assert it.remote().max_instances == 4
        assert "Somebody changed it meanwhile" in it.shown_notices[0].detail


async def test_a_lost_answer_is_looked_up(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.connection.loses = "PATCH"
        it.deployment_manager.change(KONTEXT, DeploymentChanges(max_instances=4))
        await wait_until(lambda: it.shown_notices)
        assert [notice.level for notice in it.shown_notices] == [NoticeLevel.INFO]
        assert len(it.connection.sent("PATCH")) == 1


async def test_what_the_record_tells_is_said_instead_of_a_doubt(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.connection.backend.faults.set("status-500@change")
        it.deployment_manager.change(KONTEXT, DeploymentChanges(max_instances=4))
        await wait_until(lambda: it.shown_notices)
        assert it.shown_notices[0].title == "flux-kontext was not changed."
        assert "still has it as it was" in it.shown_notices[0].detail
        assert "may have been" not in it.shown_notices[0].detail
        assert "HTTP 500" in it.shown_notices[0].technical


async def test_without_a_network_it_is_said_that_nothing_changed(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.connection.is_down = True
        it.deployment_manager.change(KONTEXT, DeploymentChanges(max_instances=4))
        await wait_until(lambda: it.shown_notices)
        assert it.shown_notices[0].title == "flux-kontext was not changed."
        assert it.shown_notices[0].level is NoticeLevel.ERROR


async def test_two_requests_are_done_one_after_the_other(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.deployment_manager.disable(KONTEXT)
        it.deployment_manager.enable(replace(it.listed(), is_enabled=False))
        await it.is_quiet()
        await wait_until(lambda: len(it.shown_notices) == 2)
        assert [notice.title for notice in it.shown_notices] == [
            "flux-kontext is disabled.",
            "flux-kontext is enabled.",
        ]
        assert it.remote().is_enabled


async def test_disabling_can_be_taken_back_by_its_notice(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.deployment_manager.disable(KONTEXT)
        await wait_until(lambda: it.shown_notices)
        await wait_until(lambda: "disabled" in it.draft_editor.state.blocked_reason)
        assert "fails at once" in it.shown_notices[0].detail
        assert "billed" not in it.shown_notices[0].detail
        assert it.shown_notices[0].action is not None
        it.shown_notices[0].action()
        await wait_until(lambda: it.draft_editor.state.blocked_reason == "")
        assert it.remote().is_enabled


async def test_taking_it_back_says_what_is_always_on_then(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        it.remote().min_instances = 1
        await it.opens()
        it.deployment_manager.disable(KONTEXT)
        await wait_until(lambda: it.shown_notices)
        assert "1 instance of it is always on again, and billed" in it.shown_notices[0].detail


async def test_what_costs_more_by_now_is_not_enabled(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        it.remote().is_enabled = False
        it.remote().min_instances = 1
        it.remote().max_instances = 5
        await it.opens()
        seen = it.listed()
        it.remote().min_instances = 5
        it.deployment_manager.enable(seen)
        await wait_until(lambda: it.shown_notices)
        assert "was changed elsewhere meanwhile, so nothing was sent" in it.shown_notices[0].title
        assert not it.remote().is_enabled
        await it.is_quiet()
        it.deployment_manager.enable(it.listed())
        await wait_until(lambda: it.remote().is_enabled)


async def test_the_readme_is_read_for_whoever_watches(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        it.watch()
        it.deployment_manager.load_details(KONTEXT)
        await wait_until(lambda: it.outcomes)
        record = it.outcomes[0].deployment
        assert record is not None
        assert record.readme.startswith("# flux-kontext")
        it.connection.is_down = True
        it.deployment_manager.load_details(KONTEXT)
        await wait_until(lambda: len(it.outcomes) == 2)
        assert it.outcomes[1].problem is not None


# Delete


async def test_a_deleted_deployment_leaves_the_list(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.deployment_manager.delete(FLUX)
        await wait_until(lambda: it.shown_notices)
        assert FLUX not in it.connection.backend.deployments
        assert FLUX not in [each.deployment_id for each in it.catalogue.state.deployments]
        assert it.shown_notices[0].title == "flux-dev has been deleted."
        assert not it.backups_folder.exists()


async def test_what_was_typed_for_it_is_kept_as_a_file(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.draft_editor.edit({SEED: 77}, "Edit")
        it.deployment_manager.delete(KONTEXT)
        await wait_until(lambda: it.shown_notices)
        draft = it.draft_editor.state.draft
        assert draft is not None
        assert draft.changes == {SEED: 77}
        assert draft.deployment_id == ""
        path = Path(draft.source.path)
        assert read_json(path) == it.connection.backend.deleted[KONTEXT].workflow
        assert path.name in it.shown_notices[0].detail
        assert it.preferences.settings.recent_files == (str(path),)
        assert "Choose a deployment" in it.draft_editor.state.blocked_reason
        stored = await it.drafts.load(draft.key)
        assert stored is not None
        assert stored.changes == {SEED: 77}


async def test_what_was_typed_last_time_is_kept_as_well(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.draft_editor.edit({SEED: 77}, "Edit")
    async with open_manager_harness(tmp_path) as it:
        await it.opens(FLUX)
        it.deployment_manager.delete(KONTEXT)
        await wait_until(lambda: it.shown_notices)
        (path,) = it.backups_folder.iterdir()
        stored = await it.drafts.load(f"file:{path}")
        assert stored is not None
        assert stored.changes == {SEED: 77}
        shown = it.draft_editor.state.draft
        assert shown is not None
        assert shown.deployment_id == FLUX


async def test_where_nothing_can_be_kept_nothing_is_deleted(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.backups_folder.write_bytes(b"a file where the folder should be")
        it.deployment_manager.delete(KONTEXT)
        await wait_until(lambda: it.shown_notices)
        assert it.shown_notices[0].title == "flux-kontext was not deleted."
        assert KONTEXT in it.connection.backend.deployments
        assert it.connection.sent("DELETE") == []


async def test_one_that_cannot_be_deleted_stays_as_it_was(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.watch()
        it.connection.is_down = True
        it.deployment_manager.delete(KONTEXT)
        await wait_until(lambda: it.outcomes)
        assert not it.outcomes[0].succeeded
        assert list(it.backups_folder.iterdir()) == []
        assert it.draft_editor.opened_record(KONTEXT) is not None
        assert KONTEXT in [each.deployment_id for each in it.catalogue.state.deployments]


async def test_a_lost_answer_to_a_delete_is_looked_up(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.connection.loses = "DELETE"
        it.deployment_manager.delete(FLUX)
        await wait_until(lambda: it.shown_notices)
        assert it.shown_notices[0].title == "flux-dev has been deleted."


async def test_one_that_is_still_listed_after_a_failed_delete_is_said_to_be_there(
    tmp_path: Path,
) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.connection.backend.faults.set("status-500@delete")
        it.deployment_manager.delete(FLUX)
        await wait_until(lambda: it.shown_notices)
        assert it.shown_notices[0].title == "flux-dev was not deleted."
        assert "costs what it cost before" in it.shown_notices[0].detail
        assert "may have been" not in it.shown_notices[0].detail


async def test_its_dialog_hears_of_the_end_and_everybody_else_too(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.watch(FLUX)
        it.deployment_manager.delete(FLUX)
        await wait_until(lambda: it.shown_notices)
        assert [outcome.action for outcome in it.outcomes] == [DeploymentAction.DELETE]
        assert it.shown_notices == [it.outcomes[0].notice]


async def test_one_deleted_elsewhere_is_told_once_and_its_workflow_can_be_kept(
    tmp_path: Path,
) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        it.draft_editor.edit({SEED: 77}, "Edit")
        del it.connection.backend.deployments[KONTEXT]
        for _round in range(2):
            it.catalogue.refresh()
            await it.is_quiet()
        await wait_until(lambda: it.shown_notices)
        assert [notice.title for notice in it.shown_notices] == [
            "flux-kontext has been deleted elsewhere."
        ]
        assert it.shown_notices[0].action is not None
        it.shown_notices[0].action()
        await wait_until(lambda: len(it.shown_notices) == 2)
        draft = it.draft_editor.state.draft
        assert draft is not None
        assert draft.changes == {SEED: 77}
        assert Path(draft.source.path).name in it.shown_notices[1].title
        it.catalogue.open(FLUX)
        await wait_until(lambda: it.draft_editor.state.deployment is not None)
        assert it.draft_editor.state.draft is not None
        assert it.draft_editor.state.draft.source == draft.source


async def test_one_deleted_elsewhere_keeps_its_name_when_it_is_deleted_here(tmp_path: Path) -> None:
    """The dialog may be open when the list loses the deployment."""
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        del it.connection.backend.deployments[KONTEXT]
        it.catalogue.refresh()
        await wait_until(lambda: it.shown_notices)
        it.deployment_manager.delete(KONTEXT)
        await wait_until(lambda: len(it.shown_notices) == 2)
        assert it.shown_notices[1].title == "flux-kontext has been deleted."


# Machines


@pytest.mark.parametrize("clear_cache", [False, True])
async def test_the_memory_of_the_last_machine_is_freed(tmp_path: Path, clear_cache: bool) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        assert it.deployment_manager.instance_of(KONTEXT) == ""
        it.deployment_manager.free_memory(KONTEXT)
        assert it.deployment_manager.state.busy == frozenset()
        instance_id = await it.runs()
        assert it.deployment_manager.instance_of(KONTEXT) == instance_id
        it.deployment_manager.free_memory(KONTEXT, clear_cache=clear_cache)
        await wait_until(lambda: it.shown_notices)
        wanted = {"unload_models": True}
        if clear_cache:
            wanted["free_memory"] = True
        assert it.connection.sent("POST") == [wanted]
        assert "drops its models" in it.shown_notices[0].title


@pytest.mark.parametrize("status", [404, 502])
async def test_a_machine_that_is_gone_is_a_calm_sentence(tmp_path: Path, status: int) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        await it.runs()
        it.connection.backend.switches = it.connection.backend.switches.changed(
            {"gone_status": status}
        )
        it.connection.backend.clock.advance(100_000)  # type: ignore[attr-defined]  # test clock
        it.deployment_manager.free_memory(KONTEXT)
        await wait_until(lambda: it.shown_notices)
        assert it.shown_notices[0].level is NoticeLevel.INFO
        assert it.shown_notices[0].detail
        assert it.deployment_manager.had_instance(KONTEXT) is (status == 404)


async def test_active_jobs_are_counted_by_deployment(tmp_path: Path) -> None:
    async with open_manager_harness(tmp_path) as it:
        await it.opens()
        await it.runs()
        assert it.deployment_manager.active_job_count(KONTEXT) == 0
        it.connection.hold("/inference")
        draft, deployment = it.draft_editor.state.draft, it.draft_editor.state.deployment
        assert draft is not None
        assert deployment is not None
        it.queue.submit_many((RunRequest(draft, deployment),))
        await wait_until(lambda: it.queue.active_count)
        assert (
            it.deployment_manager.active_job_count(KONTEXT),
            it.deployment_manager.active_job_count(FLUX),
        ) == (1, 0)
        it.connection.release()
        await wait_until(lambda: all(job.state is JobState.DONE for job in it.queue.jobs.values()))
