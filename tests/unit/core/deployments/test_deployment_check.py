"""Old data of a deployment are read again before a run is paid for, without a long wait."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.deployments.deployment_catalogue import (
    MAX_AGE_BEFORE_RUN_S,
    MAX_LIST_AGE_S,
    MAX_RUN_WAIT_S,
)
from runcomfy_desktop.core.deployments.deployment_check import (
    DeploymentBaseline,
    DeploymentCheck,
)
from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.domain.jobs.job import Job, JobState
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.emulated_connection import EmulatedConnection
from tests.unit.core.deployments.test_deployment_catalogue import (
    FLUX,
    KONTEXT,
    CatalogueHarness,
    open_catalogue_harness,
)
from tests.unit.core.deployments.test_deployment_opener import MAIN, TEXT
from tests.unit.core.deployments.test_deployment_opener import open_opener_harness as kept_house

if TYPE_CHECKING:
    from pathlib import Path

LIST = "/prod/v2/deployments"


async def report_changed(
    check: DeploymentCheck, baseline: DeploymentBaseline, reported: list[Deployment | None]
) -> None:
    reported.append(await check.find_changed(baseline))


class CheckHarness:
    """A loaded catalogue with its check and the results; `None` means "unchanged"."""

    def __init__(self, harness: CatalogueHarness) -> None:
        self.harness = harness
        self.check = DeploymentCheck(harness.catalogue, harness.draft_editor)
        self.reported: list[Deployment | None] = []
        self.check_count = 0
        self.tasks = Tasks()

    @property
    def shown(self) -> Deployment:
        shown = self.harness.draft_editor.state.deployment
        assert shown is not None
        return shown

    @property
    def lists(self) -> int:
        return self.harness.connection.calls.count(LIST)

    def before_run(self) -> None:
        self.check_count += 1
        baseline = self.check.baseline((self.shown,))
        self.tasks.start("check", report_changed(self.check, baseline, self.reported))

    async def check_at_once(self) -> None:
        """Checks without waiting for a newer record."""
        assert self.check.is_fresh
        self.check_count += 1
        await report_changed(self.check, self.check.baseline((self.shown,)), self.reported)

    @property
    def is_waiting(self) -> bool:
        return len(self.reported) < self.check_count

    def grow_old(self) -> None:
        self.harness.clock.advance(MAX_AGE_BEFORE_RUN_S)

    def edit_remote(self, deployment_id: str = KONTEXT) -> None:
        """Simulates an edit of the deployment's workflow on RunComfy."""
        remote = self.harness.remote(deployment_id)
        remote.workflow = json.loads(json.dumps(remote.workflow))
        node: Any = next(iter(remote.workflow.values()))
        node["inputs"]["text"] = "something else"
        remote.workflow_version = "v99"
        remote.updated_at = "2027-01-01T00:00:00+00:00"


async def read(harness: CatalogueHarness) -> CheckHarness:
    await harness.lists()
    await harness.opens(KONTEXT)
    await wait_until(lambda: len(harness.state.kinds) == len(harness.state.deployments))
    return CheckHarness(harness)


async def test_what_was_read_lately_is_not_asked_for_again(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        harness.clock.advance(MAX_AGE_BEFORE_RUN_S - 1.0)
        lists = it.lists
        await it.check_at_once()
        assert it.reported == [None]
        assert await wait_until_stable(lambda: it.lists) == lists


async def test_a_young_list_is_enough_while_a_newer_one_is_on_its_way(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        harness.connection.hold(LIST)
        harness.catalogue.refresh()
        await it.check_at_once()
        assert it.reported == [None]
        harness.connection.release()


async def test_what_was_read_long_ago_is_read_again_first(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        for number in (1, 2):
            it.grow_old()
            lists = it.lists
            it.before_run()
            assert len(it.reported) == number - 1
            await wait_until(lambda: not it.is_waiting)
            assert len(it.reported) == number
            assert it.lists == lists + 1
        assert it.reported == [None, None]


async def test_a_clock_that_was_put_back_makes_nothing_young(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        harness.clock.advance(-10 * MAX_AGE_BEFORE_RUN_S)
        lists = it.lists
        it.before_run()
        await wait_until(lambda: it.reported)
        assert it.lists == lists + 1


async def test_a_workflow_that_changed_is_on_screen_when_that_is_said(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        it.edit_remote()
        it.grow_old()
        it.before_run()
        await wait_until(lambda: it.reported)
        [changed] = it.reported
        assert changed is not None
        assert (changed.deployment_id, changed.workflow_version) == (KONTEXT, "v99")
        assert it.shown.workflow_version == "v99"
        # From now on runs use this version.
        await it.check_at_once()
        assert it.reported[1:] == [None]


@pytest.mark.parametrize(
    ("name", "value"),
    [("hardware", "HOPPER_141"), ("is_enabled", False), ("workflow_id", "another")],
)
async def test_whatever_decides_price_or_result_counts(
    tmp_path: Path, name: str, value: object
) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        remote = harness.remote(KONTEXT)
        setattr(remote, name, value)
        remote.updated_at = "2027-01-01T00:00:00+00:00"
        it.grow_old()
        it.before_run()
        await wait_until(lambda: it.reported)
        assert it.reported[0] is not None


@pytest.mark.parametrize(
    ("name", "value"), [("hardware", "HOPPER_141"), ("workflow_version", "v9")]
)
async def test_a_change_that_has_no_time_is_read_as_well(
    tmp_path: Path, name: str, value: str
) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        setattr(harness.remote(KONTEXT), name, value)
        it.grow_old()
        it.before_run()
        await wait_until(lambda: it.reported)
        assert it.reported[0] is not None
        # The change is shown now, so the next run is sent.
        await it.check_at_once()
        assert it.reported[1:] == [None]


async def test_a_record_that_could_not_be_read_is_read_at_the_next_run(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        it.edit_remote()
        it.grow_old()
        harness.connection.missing_endings = (f"/{KONTEXT}",)
        it.before_run()
        await wait_until(lambda: len(it.reported) == 1)
        assert it.reported[0] is not None
        assert it.shown.workflow_version != "v99"
        harness.connection.missing_endings = ()
        it.before_run()
        await wait_until(lambda: len(it.reported) == 2)
        assert it.reported[1] is not None, "what was planned is of the workflow before"
        assert it.shown.workflow_version == "v99"
        await it.check_at_once()
        assert it.reported[2:] == [None]


async def test_a_list_that_says_less_than_the_record_changes_nothing(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        version = it.shown.workflow_version
        bare = replace(it.shown, workflow_version="", hardware=())
        harness.catalogue.state = replace(harness.state, deployments=(bare,))
        it.grow_old()
        harness.connection.is_down = True
        it.before_run()
        await wait_until(lambda: it.reported)
        assert it.reported == [None]
        assert (it.check.version_of(job("v0")), it.check.has_changed(job("v0"))) == (version, True)


async def test_another_deployment_that_changed_says_nothing_of_this_one(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        it.edit_remote(FLUX)
        harness.remote(KONTEXT).keep_warm_s = 999
        it.grow_old()
        it.before_run()
        await wait_until(lambda: it.reported)
        assert it.reported == [None]


async def test_no_run_waits_longer_than_two_seconds(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        it.grow_old()
        harness.connection.hold(LIST)
        begun_s = asyncio.get_running_loop().time()
        it.before_run()
        await wait_until(lambda: it.reported)
        assert asyncio.get_running_loop().time() - begun_s == pytest.approx(MAX_RUN_WAIT_S, abs=0.1)
        assert (it.reported, MAX_RUN_WAIT_S) == ([None], 2.0)
        harness.connection.release()


async def test_a_record_that_is_slow_is_not_waited_for_either(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        it.edit_remote()
        it.grow_old()
        harness.connection.hold(f"/{KONTEXT}")
        begun_s = asyncio.get_running_loop().time()
        it.before_run()
        await wait_until(lambda: it.reported)
        assert asyncio.get_running_loop().time() - begun_s == pytest.approx(MAX_RUN_WAIT_S, abs=0.1)
        # The list alone is enough to detect the change.
        assert it.reported[0] is not None
        harness.connection.release()


async def test_without_a_network_nothing_is_waited_for_twice(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        it.grow_old()
        harness.connection.is_down = True
        it.before_run()
        await wait_until(lambda: it.reported)
        await it.check_at_once()
        assert it.reported == [None, None]
        # A moment later, that failure no longer counts.
        lists = it.lists
        harness.clock.advance(MAX_LIST_AGE_S)
        harness.connection.is_down = False
        it.before_run()
        await wait_until(lambda: len(it.reported) == 3)
        assert it.lists > lists


async def test_a_list_that_is_on_its_way_counts_more_than_one_that_failed(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        it.grow_old()
        harness.connection.is_down = True
        it.before_run()
        await wait_until(lambda: it.reported)
        harness.connection.is_down = False
        it.edit_remote()
        harness.connection.hold(LIST)
        harness.catalogue.refresh()
        it.before_run()
        await wait_until_stable(lambda: len(it.reported))
        assert it.reported == [None]
        harness.connection.release()
        await wait_until(lambda: len(it.reported) == 2)
        assert it.reported[1] is not None


async def test_only_the_first_of_many_waits_for_a_list_that_does_not_come(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        it.grow_old()
        harness.connection.hold(LIST)
        begun_s = asyncio.get_running_loop().time()
        for _job in range(10):
            await it.check.wait_until_fresh()
        assert asyncio.get_running_loop().time() - begun_s == pytest.approx(MAX_RUN_WAIT_S, abs=0.1)
        harness.connection.release()


async def test_a_job_does_not_wait_for_the_record_of_what_is_in_view(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        it.edit_remote()
        it.grow_old()
        harness.connection.hold(f"/{KONTEXT}")
        begun_s = asyncio.get_running_loop().time()
        for _job in range(10):
            await it.check.wait_until_fresh()
        assert asyncio.get_running_loop().time() - begun_s < 0.1
        assert it.check.has_changed(job("v3"))
        harness.connection.release()


async def test_a_question_that_is_on_its_way_is_not_asked_twice(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        it.grow_old()
        lists = it.lists
        harness.catalogue.refresh()
        it.before_run()
        await wait_until(lambda: it.reported)
        assert it.lists == lists + 1


async def test_at_a_start_the_list_that_is_on_its_way_is_waited_for(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    async with kept_house(tmp_path, connection) as harness:
        await harness.learns_all()
    async with kept_house(tmp_path, connection) as harness:
        harness.set_remote(MAIN, TEXT, "something else")
        received: list[Deployment | None] = []
        await harness.starts()
        shown = harness.draft_editor.state.deployment
        assert shown is not None
        check = DeploymentCheck(harness.catalogue, harness.draft_editor)
        assert not check.is_fresh
        tasks = Tasks()
        tasks.start("check", report_changed(check, check.baseline((shown,)), received))
        await harness.lists()
        await wait_until(lambda: received)
        assert [each.deployment_id for each in received if each is not None] == [MAIN]
        assert harness.draft.workflow.value(TEXT) == "something else"


async def test_at_a_start_without_a_network_nothing_is_waited_for_long(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    async with kept_house(tmp_path, connection) as harness:
        await harness.learns_all()
    async with kept_house(tmp_path, connection) as harness:
        await harness.starts()
        shown = harness.draft_editor.state.deployment
        assert shown is not None
        check = DeploymentCheck(harness.catalogue, harness.draft_editor)
        harness.catalogue.mark_stale()
        assert check.is_fresh
        assert await check.find_changed(check.baseline((shown,))) is None


# Jobs


def job(version: str, **facts: Any) -> Job:
    return Job(
        "j", "s", KONTEXT, "kontext", "A job", JobState.DONE, 1.0, workflow_version=version, **facts
    )


async def test_a_job_of_another_version_is_told_apart(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = CheckHarness(harness)
        assert not it.check.has_changed(job("v0")), "nothing is known before a list was read"
        assert it.check.version_of(job("v0")) == "v0"
        await read(harness)
        version = it.shown.workflow_version
        early, own, whole = job("v0"), job(version), job("v0", workflow_file="x.workflow.json")
        assert [it.check.has_changed(each) for each in (early, own, whole)] == [True, False, False]
        assert [it.check.version_of(each) for each in (early, whole)] == [version, "v0"]
        assert not it.check.has_changed(job("")), "an old row does not say"
        assert not it.check.has_changed(replace(early, deployment_id="deleted"))
        it.check.accept_versions({early.job_id: version})
        assert not it.check.has_changed(early)
        it.edit_remote()
        await harness.lists()
        assert it.check.has_changed(early), "that was agreed to for another workflow"


async def test_a_list_that_is_older_than_the_record_in_view_does_not_count(tmp_path: Path) -> None:
    async with open_catalogue_harness(tmp_path) as harness:
        it = await read(harness)
        it.edit_remote()
        await harness.opens(KONTEXT)
        listed = next(row for row in harness.state.deployments if row.deployment_id == KONTEXT)
        assert (listed.workflow_version, it.shown.workflow_version) != ("v99", "v99")
        assert not it.check.has_changed(job("v99"))
        assert it.check.has_changed(job(listed.workflow_version))


async def test_without_a_catalogue_nothing_has_changed() -> None:
    check = DeploymentCheck()
    assert check.is_fresh
    assert await check.find_changed(check.baseline((Deployment("d", "D"),))) is None
    assert (check.has_changed(job("v1")), check.version_of(job("v1"))) == (False, "v1")
