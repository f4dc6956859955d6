"""What was read long ago is read again before it is paid for, and no run waits long for that."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.core.catalogue import FRESH_S, PAID_FRESH_S, RUN_WAIT_S
from runcomfy_desktop.core.deployment_check import DeploymentCheck
from runcomfy_desktop.domain.job import Job, JobState
from tests.support.line import Line
from tests.support.until import settled, until
from tests.unit.core.test_catalogue import FLUX, KONTEXT, House, house
from tests.unit.core.test_opener import MAIN, TEXT
from tests.unit.core.test_opener import house as kept_house

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.deployment import Deployment

LIST = "/prod/v2/deployments"


class Checked:
    """A catalogue that was read, with its check and what that said; `None` is "as it was"."""

    def __init__(self, parts: House) -> None:
        self.parts = parts
        self.check = DeploymentCheck(parts.catalogue, parts.bench)
        self.said: list[Deployment | None] = []
        self.asked = 0

    @property
    def shown(self) -> Deployment:
        shown = self.parts.bench.state.deployment
        assert shown is not None
        return shown

    @property
    def lists(self) -> int:
        return self.parts.line.calls.count(LIST)

    def before_run(self) -> None:
        self.asked += 1
        self.check.before_run((self.shown,), self.said.append)

    @property
    def is_waiting(self) -> bool:
        return len(self.said) < self.asked

    def grow_old(self) -> None:
        self.parts.clock.advance(PAID_FRESH_S)

    def edit_remote(self, deployment_id: str = KONTEXT) -> None:
        """Somebody gives the deployment another version of its workflow."""
        remote = self.parts.remote(deployment_id)
        remote.workflow = json.loads(json.dumps(remote.workflow))
        node: Any = next(iter(remote.workflow.values()))
        node["inputs"]["text"] = "something else"
        remote.workflow_version = "v99"
        remote.updated_at = "2027-01-01T00:00:00+00:00"


async def read(parts: House) -> Checked:
    await parts.lists()
    await parts.opens(KONTEXT)
    await until(lambda: len(parts.state.kinds) == len(parts.state.deployments))
    return Checked(parts)


async def test_what_was_read_lately_is_not_asked_for_again(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        parts.clock.advance(PAID_FRESH_S - 1.0)
        lists = it.lists
        it.before_run()
        assert it.said == [None]
        assert await settled(lambda: it.lists) == lists


async def test_a_young_list_is_enough_while_a_newer_one_is_on_its_way(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        parts.line.hold(LIST)
        parts.catalogue.refresh()
        it.before_run()
        assert it.said == [None]
        parts.line.release()


async def test_what_was_read_long_ago_is_read_again_first(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        for number in (1, 2):
            it.grow_old()
            lists = it.lists
            it.before_run()
            assert len(it.said) == number - 1
            await until(lambda: not it.is_waiting)
            assert len(it.said) == number
            assert it.lists == lists + 1
        assert it.said == [None, None]


async def test_a_clock_that_was_put_back_makes_nothing_young(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        parts.clock.advance(-10 * PAID_FRESH_S)
        lists = it.lists
        it.before_run()
        await until(lambda: it.said)
        assert it.lists == lists + 1


async def test_a_workflow_that_changed_is_on_screen_when_that_is_said(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        it.edit_remote()
        it.grow_old()
        it.before_run()
        await until(lambda: it.said)
        [changed] = it.said
        assert changed is not None
        assert (changed.deployment_id, changed.workflow_version) == (KONTEXT, "v99")
        assert it.shown.workflow_version == "v99"
        # From now on it is what runs are made for.
        it.before_run()
        assert it.said[1:] == [None]


@pytest.mark.parametrize(
    ("name", "value"),
    [("hardware", "HOPPER_141"), ("is_enabled", False), ("workflow_id", "another")],
)
async def test_whatever_decides_price_or_result_counts(
    tmp_path: Path, name: str, value: object
) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        remote = parts.remote(KONTEXT)
        setattr(remote, name, value)
        remote.updated_at = "2027-01-01T00:00:00+00:00"
        it.grow_old()
        it.before_run()
        await until(lambda: it.said)
        assert it.said[0] is not None


@pytest.mark.parametrize(
    ("name", "value"), [("hardware", "HOPPER_141"), ("workflow_version", "v9")]
)
async def test_a_change_that_has_no_time_is_read_as_well(
    tmp_path: Path, name: str, value: str
) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        setattr(parts.remote(KONTEXT), name, value)
        it.grow_old()
        it.before_run()
        await until(lambda: it.said)
        assert it.said[0] is not None
        # It is on screen by now, so that the next run goes.
        it.before_run()
        assert it.said[1:] == [None]


async def test_a_record_that_could_not_be_read_is_read_at_the_next_run(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        it.edit_remote()
        it.grow_old()
        parts.line.missing = (f"/{KONTEXT}",)
        it.before_run()
        await until(lambda: len(it.said) == 1)
        assert it.said[0] is not None
        assert it.shown.workflow_version != "v99"
        parts.line.missing = ()
        it.before_run()
        await until(lambda: len(it.said) == 2)
        assert it.said[1] is not None, "what was planned is of the workflow before"
        assert it.shown.workflow_version == "v99"
        it.before_run()
        assert it.said[2:] == [None]


async def test_a_list_that_says_less_than_the_record_changes_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        version = it.shown.workflow_version
        bare = replace(it.shown, workflow_version="", hardware=())
        parts.catalogue.state = replace(parts.state, deployments=(bare,))
        it.grow_old()
        parts.line.is_down = True
        it.before_run()
        await until(lambda: it.said)
        assert it.said == [None]
        assert (it.check.version_of(job("v0")), it.check.has_changed(job("v0"))) == (version, True)


async def test_another_deployment_that_changed_says_nothing_of_this_one(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        it.edit_remote(FLUX)
        parts.remote(KONTEXT).keep_warm_s = 999
        it.grow_old()
        it.before_run()
        await until(lambda: it.said)
        assert it.said == [None]


async def test_no_run_waits_longer_than_two_seconds(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        it.grow_old()
        parts.line.hold(LIST)
        begun_s = asyncio.get_running_loop().time()
        it.before_run()
        await until(lambda: it.said)
        assert asyncio.get_running_loop().time() - begun_s == pytest.approx(RUN_WAIT_S, abs=0.1)
        assert (it.said, RUN_WAIT_S) == ([None], 2.0)
        parts.line.release()


async def test_a_record_that_is_slow_is_not_waited_for_either(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        it.edit_remote()
        it.grow_old()
        parts.line.hold(f"/{KONTEXT}")
        begun_s = asyncio.get_running_loop().time()
        it.before_run()
        await until(lambda: it.said)
        assert asyncio.get_running_loop().time() - begun_s == pytest.approx(RUN_WAIT_S, abs=0.1)
        # The list alone tells it.
        assert it.said[0] is not None
        parts.line.release()


async def test_without_a_network_nothing_is_waited_for_twice(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        it.grow_old()
        parts.line.is_down = True
        it.before_run()
        await until(lambda: it.said)
        it.before_run()
        assert it.said == [None, None]
        # A moment later, that says nothing any more.
        lists = it.lists
        parts.clock.advance(FRESH_S)
        parts.line.is_down = False
        it.before_run()
        await until(lambda: len(it.said) == 3)
        assert it.lists > lists


async def test_a_list_that_is_on_its_way_counts_more_than_one_that_failed(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        it.grow_old()
        parts.line.is_down = True
        it.before_run()
        await until(lambda: it.said)
        parts.line.is_down = False
        it.edit_remote()
        parts.line.hold(LIST)
        parts.catalogue.refresh()
        it.before_run()
        await settled(lambda: len(it.said))
        assert it.said == [None]
        parts.line.release()
        await until(lambda: len(it.said) == 2)
        assert it.said[1] is not None


async def test_only_the_first_of_many_waits_for_a_list_that_does_not_come(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        it.grow_old()
        parts.line.hold(LIST)
        begun_s = asyncio.get_running_loop().time()
        for _job in range(10):
            await it.check.wait_until_read()
        assert asyncio.get_running_loop().time() - begun_s == pytest.approx(RUN_WAIT_S, abs=0.1)
        parts.line.release()


async def test_a_job_does_not_wait_for_the_record_of_what_is_in_view(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        it.edit_remote()
        it.grow_old()
        parts.line.hold(f"/{KONTEXT}")
        begun_s = asyncio.get_running_loop().time()
        for _job in range(10):
            await it.check.wait_until_read()
        assert asyncio.get_running_loop().time() - begun_s < 0.1
        assert it.check.has_changed(job("v3"))
        parts.line.release()


async def test_a_question_that_is_on_its_way_is_not_asked_twice(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        it.grow_old()
        lists = it.lists
        parts.catalogue.refresh()
        it.before_run()
        await until(lambda: it.said)
        assert it.lists == lists + 1


async def test_at_a_start_the_list_that_is_on_its_way_is_waited_for(tmp_path: Path) -> None:
    line = Line()
    async with kept_house(tmp_path, line) as parts:
        await parts.learns_all()
    async with kept_house(tmp_path, line) as parts:
        parts.set_remote(MAIN, TEXT, "something else")
        said: list[Deployment | None] = []
        await parts.starts()
        shown = parts.bench.state.deployment
        assert shown is not None
        check = DeploymentCheck(parts.catalogue, parts.bench)
        check.before_run((shown,), said.append)
        assert said == []
        await parts.lists()
        await until(lambda: said)
        assert [each.deployment_id for each in said if each is not None] == [MAIN]
        assert parts.draft.workflow.value(TEXT) == "something else"


async def test_at_a_start_without_a_network_nothing_is_waited_for_long(tmp_path: Path) -> None:
    line = Line()
    async with kept_house(tmp_path, line) as parts:
        await parts.learns_all()
    async with kept_house(tmp_path, line) as parts:
        said: list[Deployment | None] = []
        await parts.starts()
        shown = parts.bench.state.deployment
        assert shown is not None
        check = DeploymentCheck(parts.catalogue, parts.bench)
        parts.catalogue.doubt()
        check.before_run((shown,), said.append)
        assert said == [None]


# Jobs


def job(version: str, **facts: Any) -> Job:
    return Job(
        "j", "s", KONTEXT, "kontext", "A job", JobState.DONE, 1.0, workflow_version=version, **facts
    )


async def test_a_job_of_another_version_is_told_apart(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = Checked(parts)
        assert not it.check.has_changed(job("v0")), "nothing is known before a list was read"
        assert it.check.version_of(job("v0")) == "v0"
        await read(parts)
        version = it.shown.workflow_version
        early, own, whole = job("v0"), job(version), job("v0", workflow_file="x.workflow.json")
        assert [it.check.has_changed(each) for each in (early, own, whole)] == [True, False, False]
        assert [it.check.version_of(each) for each in (early, whole)] == [version, "v0"]
        assert not it.check.has_changed(job("")), "an old row does not say"
        assert not it.check.has_changed(replace(early, deployment_id="deleted"))
        it.check.agree({early.job_id: version})
        assert not it.check.has_changed(early)
        it.edit_remote()
        await parts.lists()
        assert it.check.has_changed(early), "that was agreed to for another workflow"


async def test_a_list_that_is_older_than_the_record_in_view_does_not_count(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        it = await read(parts)
        it.edit_remote()
        await parts.opens(KONTEXT)
        listed = next(row for row in parts.state.deployments if row.deployment_id == KONTEXT)
        assert (listed.workflow_version, it.shown.workflow_version) != ("v99", "v99")
        assert not it.check.has_changed(job("v99"))
        assert it.check.has_changed(job(listed.workflow_version))


async def test_without_a_catalogue_nothing_has_changed() -> None:
    said: list[Deployment | None] = []
    check = DeploymentCheck()
    check.before_run((), said.append)
    assert said == [None]
    assert (check.has_changed(job("v1")), check.version_of(job("v1"))) == (False, "v1")
