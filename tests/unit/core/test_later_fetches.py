"""Files that could not be had are asked for again: quietly, a few times, one job at a time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.later_fetches import Found, LaterFetches
from runcomfy_desktop.core.polling import Pace
from runcomfy_desktop.domain.job import FILES_KEPT_S, JobState
from runcomfy_desktop.domain.output import Output, OutputKind
from tests.support.jobs import make_job
from tests.support.until import settled, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from runcomfy_desktop.domain.job import Job

MISSING = Output("9", "images", OutputKind.IMAGE, "a.png", "https://x/a.png", fault="Not there.")
PACE = Pace(later_s=(0.01, 0.02, 0.03), later_apart_s=0.001)


class House:
    """A row of jobs and what was asked of it."""

    def __init__(self, count: int = 1) -> None:
        self.jobs: dict[str, Job] = {}
        for number in range(count):
            job = make_job(
                job_id=f"job-{number}", state=JobState.DONE, finished_s=1000.0, outputs=(MISSING,)
            )
            self.jobs[job.job_id] = job
        self.now_s = 2000.0
        self.answers: list[Found] = []
        self.asked: list[str] = []
        self.expired: list[str] = []
        self.at_once = 0
        self.broken: set[str] = set()

    async def fetch(self, job_id: str) -> Found:
        self.asked.append(job_id)
        self.at_once += 1
        assert self.at_once == 1
        await asyncio.sleep(0.001)
        self.at_once -= 1
        if job_id in self.broken:
            raise RuntimeError("a bug")
        found = self.answers.pop(0) if self.answers else Found.SOME
        if found is Found.DONE:
            self.jobs[job_id] = replace(self.jobs[job_id], outputs=())
        return found

    async def expire(self, job_id: str) -> None:
        self.expired.append(job_id)

    @asynccontextmanager
    async def row(self, pace: Pace = PACE) -> AsyncIterator[LaterFetches]:
        row = LaterFetches(self.jobs, self.fetch, self.expire, lambda: self.now_s, pace)
        try:
            yield row
        finally:
            await row.close()


async def test_it_is_asked_a_few_times_and_then_no_more() -> None:
    house = House()
    async with house.row() as row:
        row.put("job-0")
        row.put("job-0")
        await until(lambda: len(house.asked) == 3)
        assert await settled(lambda: len(house.asked)) == 3


async def test_it_ends_when_everything_is_there() -> None:
    house = House()
    house.answers = [Found.SOME, Found.DONE]
    async with house.row() as row:
        row.put("job-0")
        await until(lambda: len(house.asked) == 2)
        assert await settled(lambda: len(house.asked)) == 2
        house.jobs["job-0"] = replace(house.jobs["job-0"], outputs=(MISSING,))
        row.put("job-0")
        await until(lambda: len(house.asked) > 2)


async def test_many_jobs_are_asked_one_by_one() -> None:
    house = House(40)
    house.answers = [Found.DONE] * 40
    async with house.row() as row:
        row.begin(house.jobs.values())
        await until(lambda: len(house.asked) == 40)
    assert sorted(house.asked) == sorted(house.jobs)


async def test_one_that_comes_between_two_turns_waits_for_its_own() -> None:
    house = House(3)
    house.answers = [Found.DONE, Found.SOME, Found.SOME, Found.SOME]
    async with house.row(replace(PACE, later_s=(0.005, 0.005), later_apart_s=0.03)) as row:
        row.put("job-0")
        await until(lambda: house.asked == ["job-0"])
        await until(lambda: not house.jobs["job-0"].outputs)
        # The row is empty, and its pause is not over.
        row.put("job-1")
        row.put("job-2")
        await until(lambda: len(house.asked) == 5)
    assert sorted(house.asked[1:]) == ["job-1", "job-1", "job-2", "job-2"]


async def test_while_the_service_cannot_be_reached_one_question_asks_for_all() -> None:
    house = House(40)
    house.answers = [Found.UNREACHED] * 3 + [Found.DONE] * 40
    async with house.row(replace(PACE, later_s=(0.05, 0.1))) as row:
        row.begin(house.jobs.values())
        await until(lambda: len(house.asked) == 43)
    assert len(set(house.asked)) == 40


async def test_after_seven_days_they_are_said_to_be_gone() -> None:
    house = House()
    house.now_s = 1000.0 + FILES_KEPT_S
    async with house.row() as row:
        row.put("job-0")
        await until(lambda: house.expired == ["job-0"])
    assert house.asked == []


async def test_the_last_turn_is_when_the_seven_days_are_over() -> None:
    house = House()
    house.now_s = 1000.0 + FILES_KEPT_S - 0.2
    async with house.row() as row:
        row.put("job-0")
        await until(lambda: len(house.asked) == 3)
        house.now_s += 1.0
        await until(lambda: house.expired == ["job-0"])


async def test_jobs_that_lack_nothing_or_are_gone_are_passed_over() -> None:
    house = House(2)
    async with house.row() as row:
        row.begin(house.jobs.values())
        del house.jobs["job-0"]
        house.jobs["job-1"] = replace(house.jobs["job-1"], outputs=())
        assert await settled(lambda: len(house.asked)) == 0
        row.begin([make_job(job_id="whole", state=JobState.DONE)])
    assert house.asked == []


async def test_what_is_gone_keeps_nobody_waiting() -> None:
    """A history of years has thousands of jobs whose files were never fetched."""
    house = House(60)
    house.now_s = 1000.0 + FILES_KEPT_S
    house.jobs["young"] = replace(house.jobs["job-0"], job_id="young", finished_s=house.now_s)
    async with house.row(replace(PACE, later_apart_s=1.0)) as row:
        row.begin(house.jobs.values())
        await until(lambda: house.asked == ["young"])
        await until(lambda: len(house.expired) == 60)


async def test_whose_files_go_first_has_the_first_turn() -> None:
    house = House(5)
    for number, job_id in enumerate(house.jobs):
        house.jobs[job_id] = replace(house.jobs[job_id], finished_s=1900.0 - number)
    house.answers = [Found.DONE] * 5
    async with house.row() as row:
        row.begin(house.jobs.values())
        await until(lambda: len(house.asked) == 5)
    assert house.asked == ["job-4", "job-3", "job-2", "job-1", "job-0"]


@pytest.mark.logs_errors
async def test_a_bug_with_one_job_is_no_end_for_the_others() -> None:
    house = House(3)
    house.broken = {"job-0"}
    house.answers = [Found.DONE] * 2
    async with house.row() as row:
        row.begin(house.jobs.values())
        await until(lambda: len(house.asked) == 3)
        assert await settled(lambda: len(house.asked)) == 3
