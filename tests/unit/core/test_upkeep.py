"""Upkeep: changes, deletes and frees against the stand-in, and loses no outcome and no typing."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.core.catalogue import Catalogue
from runcomfy_desktop.core.downloads import Downloads
from runcomfy_desktop.core.job_queue import JobQueue
from runcomfy_desktop.core.keepsakes import Keepsakes
from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.core.notices import Notice, NoticeLevel, Notices
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.upkeep import Upkeep
from runcomfy_desktop.core.upkeep_words import Outcome, Wish
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.deployment import Deployment, DeploymentChanges
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.drafts import DraftStore
from runcomfy_desktop.store.history import History
from tests.support.emulated import AT_ONCE, make_world
from tests.support.job_bench import QUICK
from tests.support.line import Line
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from runcomfy_desktop.emulator.deployments import Deployment as RemoteDeployment

KONTEXT = "0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e"
FLUX = "5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48"
SEED = InputKey("31", "seed")


class Wire(Line):
    """A line whose answer to one method can be lost after the service has done its part."""

    def __init__(self) -> None:
        super().__init__(make_world(pace=AT_ONCE))
        # Files are fetched from RunComfy's own hosts only.
        self.world.storage_url = "https://serverless-api-storage.runcomfy.net"
        self.world.switches = self.world.switches.changed(
            {"instance_ids": True, "tiny_outputs": True}
        )
        self.loses = ""
        self.bodies: list[tuple[str, bytes]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method in ("PATCH", "DELETE") or "/proxy/" in request.url.path:
            self.bodies.append((request.method, await request.aread()))
        answer = await super().handle_async_request(request)
        if request.method == self.loses:
            # As a line of the network would have said when the head went out.
            await request.extensions["trace"](
                "http11.send_request_headers.started", {"request": SimpleNamespace(method=b"X")}
            )
            raise httpx.ReadError("the answer was lost", request=request)
        return answer

    def sent(self, method: str) -> list[object]:
        return [json.loads(body or b"null") for name, body in self.bodies if name == method]


class House:
    """Upkeep with everything around it."""

    def __init__(self, folder: Path, line: Wire, database: Database) -> None:
        self.line = line
        self.client = line.client()
        self.bench = Workbench()
        self.told: list[Notice] = []
        notices = Notices()
        notices.listen(self.told.append)
        self.drafts = DraftStore(folder / "drafts", notices.failure)
        self.bench.edited.subscribe(self.drafts.save)
        self.preferences = Preferences(Settings(), lambda _settings: None)
        self.catalogue = Catalogue(self.client, self.bench, self.drafts, self.preferences, notices)
        self.queue = JobQueue(
            self.client,
            History(database),
            Downloads(self.client, lambda: folder / "outputs"),
            folder / "media",
            notices,
            service="here",
            queue_version=lambda: "v1",
            pace=QUICK,
        )
        self.kept = folder / "workflows"
        keepsakes = Keepsakes(self.client, self.bench, self.drafts, self.preferences, self.kept)
        self.upkeep = Upkeep(self.client, self.catalogue, self.queue, notices, keepsakes)
        self.outcomes: list[Outcome] = []

    def watch(self, deployment_id: str = KONTEXT) -> None:
        self.upkeep.watch(deployment_id, self.outcomes.append)

    def remote(self, deployment_id: str = KONTEXT) -> RemoteDeployment:
        return self.line.world.deployments[deployment_id]

    def listed(self, deployment_id: str = KONTEXT) -> Deployment:
        rows = self.catalogue.state.deployments
        return next(each for each in rows if each.deployment_id == deployment_id)

    async def opens(self, deployment_id: str = KONTEXT) -> None:
        self.catalogue.refresh()
        await until(lambda: self.catalogue.state.loaded_s)
        self.catalogue.open(deployment_id)
        await until(lambda: self.bench.opened(deployment_id) is not None)
        await until(lambda: self.bench.state.schema is not None)
        await self.is_quiet()

    async def is_quiet(self) -> None:
        await until(lambda: not self.upkeep.state.busy)
        state = self.catalogue
        await until(lambda: not state.state.loading and not state.state.opening_id)

    async def runs(self, deployment_id: str = KONTEXT) -> str:
        """A job that ends well; the id of the machine that it ran on."""
        draft, deployment = self.bench.state.draft, self.bench.state.deployment
        assert draft is not None
        assert deployment is not None
        self.queue.submit_many((Run(draft, deployment),))
        await until(lambda: self.queue.jobs and list(self.queue.jobs.values())[-1].instance_id)
        await until(lambda: self.queue.active_count == 0)
        return list(self.queue.jobs.values())[-1].instance_id


@asynccontextmanager
async def house(folder: Path, line: Wire | None = None) -> AsyncIterator[House]:
    database = await Database.open(folder / "history.sqlite")
    it = House(folder, line or Wire(), database)
    async with it.client, it.queue:
        try:
            yield it
        finally:
            await it.upkeep.close()
            await it.catalogue.close()
            await it.drafts.close()
    await database.close()


def read_json(path: Path) -> object:
    return json.loads(path.read_bytes())


# Changes


async def test_only_what_changed_is_sent_and_the_list_knows_at_once(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        busy: list[bool] = []
        it.upkeep.changed.subscribe(lambda state: busy.append(KONTEXT in state.busy))
        it.upkeep.change(KONTEXT, DeploymentChanges(max_instances=4), seen=it.listed())
        await it.is_quiet()
        await until(lambda: it.listed().max_instances == 4)
        assert it.line.sent("PATCH") == [{"name": "flux-kontext", "max_instances": 4}]
        assert it.remote().max_instances == 4
        assert busy == [True, False]
        assert [notice.title for notice in it.told] == ["flux-kontext was changed."]


async def test_a_watcher_hears_it_and_no_notice_is_told(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.watch()
        it.upkeep.change(KONTEXT, DeploymentChanges(queue_size=3))
        await until(lambda: it.outcomes)
        outcome = it.outcomes[0]
        assert (outcome.wish, outcome.succeeded) == (Wish.CHANGE, True)
        assert outcome.deployment is not None
        assert outcome.deployment.queue_size == 3
        assert it.told == []


async def test_an_outcome_that_nobody_waits_for_any_more_becomes_a_notice(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        stop = it.upkeep.watch(KONTEXT, it.outcomes.append)
        it.upkeep.change(KONTEXT, DeploymentChanges(max_instances=99))
        stop()
        await until(lambda: it.told)
        assert it.outcomes == []
        assert it.told[0].title == "flux-kontext was not changed."


async def test_a_refused_number_is_told_with_its_field(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.watch()
        it.upkeep.change(KONTEXT, DeploymentChanges(max_instances=99))
        await until(lambda: it.outcomes)
        problem = it.outcomes[0].problem
        assert problem is not None
        assert "60" in problem.faults["max_instances"]
        assert it.remote().max_instances == 1


async def test_a_record_that_is_another_by_now_is_not_overwritten(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.watch()
        seen = it.listed()
        it.remote().keep_warm_s = 600
        it.remote().updated_at = "2027-01-01T00:00:00+00:00"
        it.upkeep.change(KONTEXT, DeploymentChanges(max_instances=4), seen=seen)
        await until(lambda: it.outcomes)
        outcome = it.outcomes[0]
        assert outcome.is_conflict
        assert outcome.deployment is not None
        assert outcome.deployment.keep_warm_s == 600
        assert outcome.notice is not None
        assert "changed elsewhere" in outcome.notice.title
        assert it.line.sent("PATCH") == []
        assert it.listed().keep_warm_s == 600


async def test_one_that_was_only_touched_is_changed_and_that_is_said(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        seen = it.listed()
        it.remote().status = "running"
        it.remote().updated_at = "2027-01-01T00:00:00+00:00"
        it.upkeep.change(KONTEXT, DeploymentChanges(max_instances=4), seen=seen)
        await until(lambda: it.told)
        assert it.remote().max_instances == 4
        assert "Somebody changed it meanwhile" in it.told[0].detail


async def test_a_lost_answer_is_looked_up(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.line.loses = "PATCH"
        it.upkeep.change(KONTEXT, DeploymentChanges(max_instances=4))
        await until(lambda: it.told)
        assert [notice.level for notice in it.told] == [NoticeLevel.INFO]
        assert len(it.line.sent("PATCH")) == 1


async def test_what_the_record_tells_is_said_instead_of_a_doubt(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.line.world.faults.set("status-500@change")
        it.upkeep.change(KONTEXT, DeploymentChanges(max_instances=4))
        await until(lambda: it.told)
        assert it.told[0].title == "flux-kontext was not changed."
        assert "still has it as it was" in it.told[0].detail
        assert "may have been" not in it.told[0].detail
        assert "HTTP 500" in it.told[0].technical


async def test_without_a_network_it_is_said_that_nothing_changed(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.line.is_down = True
        it.upkeep.change(KONTEXT, DeploymentChanges(max_instances=4))
        await until(lambda: it.told)
        assert it.told[0].title == "flux-kontext was not changed."
        assert it.told[0].level is NoticeLevel.ERROR


async def test_two_wishes_are_done_one_after_the_other(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.upkeep.disable(KONTEXT)
        it.upkeep.enable(replace(it.listed(), is_enabled=False))
        await it.is_quiet()
        await until(lambda: len(it.told) == 2)
        assert [notice.title for notice in it.told] == [
            "flux-kontext is disabled.",
            "flux-kontext is enabled.",
        ]
        assert it.remote().is_enabled


async def test_disabling_can_be_taken_back_by_its_notice(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.upkeep.disable(KONTEXT)
        await until(lambda: it.told)
        await until(lambda: "disabled" in it.bench.state.blocked)
        assert "fails at once" in it.told[0].detail
        assert "billed" not in it.told[0].detail
        assert it.told[0].action is not None
        it.told[0].action()
        await until(lambda: it.bench.state.blocked == "")
        assert it.remote().is_enabled


async def test_taking_it_back_says_what_is_always_on_then(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        it.remote().min_instances = 1
        await it.opens()
        it.upkeep.disable(KONTEXT)
        await until(lambda: it.told)
        assert "1 instance of it is always on again, and billed" in it.told[0].detail


async def test_what_costs_more_by_now_is_not_enabled(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        it.remote().is_enabled = False
        it.remote().min_instances = 1
        it.remote().max_instances = 5
        await it.opens()
        seen = it.listed()
        it.remote().min_instances = 5
        it.upkeep.enable(seen)
        await until(lambda: it.told)
        assert "was changed elsewhere meanwhile, so nothing was sent" in it.told[0].title
        assert not it.remote().is_enabled
        await it.is_quiet()
        it.upkeep.enable(it.listed())
        await until(lambda: it.remote().is_enabled)


async def test_the_readme_is_read_for_whoever_watches(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        it.watch()
        it.upkeep.look(KONTEXT)
        await until(lambda: it.outcomes)
        record = it.outcomes[0].deployment
        assert record is not None
        assert record.readme.startswith("# flux-kontext")
        it.line.is_down = True
        it.upkeep.look(KONTEXT)
        await until(lambda: len(it.outcomes) == 2)
        assert it.outcomes[1].problem is not None


# Delete


async def test_a_deleted_deployment_leaves_the_list(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.upkeep.delete(FLUX)
        await until(lambda: it.told)
        assert FLUX not in it.line.world.deployments
        assert FLUX not in [each.deployment_id for each in it.catalogue.state.deployments]
        assert it.told[0].title == "flux-dev has been deleted."
        assert not it.kept.exists()


async def test_what_was_typed_for_it_is_kept_as_a_file(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.bench.edit({SEED: 77}, "Edit")
        it.upkeep.delete(KONTEXT)
        await until(lambda: it.told)
        draft = it.bench.state.draft
        assert draft is not None
        assert draft.changes == {SEED: 77}
        assert draft.deployment_id == ""
        path = Path(draft.source.path)
        assert read_json(path) == it.line.world.deleted[KONTEXT].workflow
        assert path.name in it.told[0].detail
        assert it.preferences.settings.recent_files == (str(path),)
        assert "Choose a deployment" in it.bench.state.blocked
        kept = await it.drafts.load(draft.key)
        assert kept is not None
        assert kept.changes == {SEED: 77}


async def test_what_was_typed_last_time_is_kept_as_well(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.bench.edit({SEED: 77}, "Edit")
    async with house(tmp_path) as it:
        await it.opens(FLUX)
        it.upkeep.delete(KONTEXT)
        await until(lambda: it.told)
        (path,) = it.kept.iterdir()
        kept = await it.drafts.load(f"file:{path}")
        assert kept is not None
        assert kept.changes == {SEED: 77}
        shown = it.bench.state.draft
        assert shown is not None
        assert shown.deployment_id == FLUX


async def test_where_nothing_can_be_kept_nothing_is_deleted(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.kept.write_bytes(b"a file where the folder should be")
        it.upkeep.delete(KONTEXT)
        await until(lambda: it.told)
        assert it.told[0].title == "flux-kontext was not deleted."
        assert KONTEXT in it.line.world.deployments
        assert it.line.sent("DELETE") == []


async def test_one_that_cannot_be_deleted_stays_as_it_was(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.watch()
        it.line.is_down = True
        it.upkeep.delete(KONTEXT)
        await until(lambda: it.outcomes)
        assert not it.outcomes[0].succeeded
        assert list(it.kept.iterdir()) == []
        assert it.bench.opened(KONTEXT) is not None
        assert KONTEXT in [each.deployment_id for each in it.catalogue.state.deployments]


async def test_a_lost_answer_to_a_delete_is_looked_up(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.line.loses = "DELETE"
        it.upkeep.delete(FLUX)
        await until(lambda: it.told)
        assert it.told[0].title == "flux-dev has been deleted."


async def test_one_that_is_still_listed_after_a_failed_delete_is_said_to_be_there(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.line.world.faults.set("status-500@delete")
        it.upkeep.delete(FLUX)
        await until(lambda: it.told)
        assert it.told[0].title == "flux-dev was not deleted."
        assert "costs what it cost before" in it.told[0].detail
        assert "may have been" not in it.told[0].detail


async def test_its_dialog_hears_of_the_end_and_everybody_else_too(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.watch(FLUX)
        it.upkeep.delete(FLUX)
        await until(lambda: it.told)
        assert [outcome.wish for outcome in it.outcomes] == [Wish.DELETE]
        assert it.told == [it.outcomes[0].notice]


async def test_one_deleted_elsewhere_is_told_once_and_its_workflow_can_be_kept(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        it.bench.edit({SEED: 77}, "Edit")
        del it.line.world.deployments[KONTEXT]
        for _round in range(2):
            it.catalogue.refresh()
            await it.is_quiet()
        await until(lambda: it.told)
        assert [notice.title for notice in it.told] == ["flux-kontext has been deleted elsewhere."]
        assert it.told[0].action is not None
        it.told[0].action()
        await until(lambda: len(it.told) == 2)
        draft = it.bench.state.draft
        assert draft is not None
        assert draft.changes == {SEED: 77}
        assert Path(draft.source.path).name in it.told[1].title
        it.catalogue.open(FLUX)
        await until(lambda: it.bench.state.deployment is not None)
        assert it.bench.state.draft is not None
        assert it.bench.state.draft.source == draft.source


async def test_one_deleted_elsewhere_keeps_its_name_when_it_is_deleted_here(tmp_path: Path) -> None:
    """Its dialog may be open when the list loses it."""
    async with house(tmp_path) as it:
        await it.opens()
        del it.line.world.deployments[KONTEXT]
        it.catalogue.refresh()
        await until(lambda: it.told)
        it.upkeep.delete(KONTEXT)
        await until(lambda: len(it.told) == 2)
        assert it.told[1].title == "flux-kontext has been deleted."


# Machines


@pytest.mark.parametrize("clear_cache", [False, True])
async def test_the_memory_of_the_last_machine_is_freed(tmp_path: Path, clear_cache: bool) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        assert it.upkeep.instance_of(KONTEXT) == ""
        it.upkeep.free_memory(KONTEXT)
        assert it.upkeep.state.busy == frozenset()
        instance_id = await it.runs()
        assert it.upkeep.instance_of(KONTEXT) == instance_id
        it.upkeep.free_memory(KONTEXT, clear_cache=clear_cache)
        await until(lambda: it.told)
        wanted = {"unload_models": True}
        if clear_cache:
            wanted["free_memory"] = True
        assert it.line.sent("POST") == [wanted]
        assert "drops its models" in it.told[0].title


@pytest.mark.parametrize("status", [404, 502])
async def test_a_machine_that_is_gone_is_a_calm_sentence(tmp_path: Path, status: int) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        await it.runs()
        it.line.world.switches = it.line.world.switches.changed({"gone_status": status})
        it.line.world.clock.advance(100_000)  # type: ignore[attr-defined]  # the tests' clock
        it.upkeep.free_memory(KONTEXT)
        await until(lambda: it.told)
        assert it.told[0].level is NoticeLevel.INFO
        assert it.told[0].detail
        assert it.upkeep.had_instance(KONTEXT) is (status == 404)


async def test_active_jobs_are_counted_by_deployment(tmp_path: Path) -> None:
    async with house(tmp_path) as it:
        await it.opens()
        await it.runs()
        assert it.upkeep.active_jobs(KONTEXT) == 0
        it.line.hold("/inference")
        draft, deployment = it.bench.state.draft, it.bench.state.deployment
        assert draft is not None
        assert deployment is not None
        it.queue.submit_many((Run(draft, deployment),))
        await until(lambda: it.queue.active_count)
        assert (it.upkeep.active_jobs(KONTEXT), it.upkeep.active_jobs(FLUX)) == (1, 0)
        it.line.release()
        await until(lambda: all(job.state is JobState.DONE for job in it.queue.jobs.values()))
