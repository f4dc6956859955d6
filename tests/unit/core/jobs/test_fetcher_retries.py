"""Retries of missing files: without notices, a few times, one job at a time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.jobs.fetcher import FetchOutcome, FetchRetries
from runcomfy_desktop.core.jobs.live_job import LiveJobs
from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.jobs.job import FILES_RETENTION_S, JobState
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.job_factory import make_job
from tests.support.virtual_time import run_virtually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from runcomfy_desktop.domain.jobs.job import Job

MISSING = Output("9", "images", OutputKind.IMAGE, "a.png", "https://x/a.png", fault="Not there.")
PACE = QueuePolicy(fetch_retry_backoff=Backoff(0.01, 0.03), fetch_retry_interval_s=0.001)


class FetchRetriesHarness:
    """Jobs with missing files, and records of the requests for them."""

    def __init__(self, count: int = 1) -> None:
        self.jobs: dict[str, Job] = {}
        for number in range(count):
            job = make_job(
                job_id=f"job-{number}", state=JobState.DONE, finished_s=1000.0, outputs=(MISSING,)
            )
            self.jobs[job.job_id] = job
        self.now_s = 2000.0
        self.answers: list[FetchOutcome] = []
        self.requested_ids: list[str] = []
        self.expired: list[str] = []
        self.at_once = 0
        self.broken: set[str] = set()

    async def fetch(self, job_id: str) -> FetchOutcome:
        self.requested_ids.append(job_id)
        self.at_once += 1
        assert self.at_once == 1
        await asyncio.sleep(0.001)
        self.at_once -= 1
        if job_id in self.broken:
            raise RuntimeError("a bug")
        found = self.answers.pop(0) if self.answers else FetchOutcome.INCOMPLETE
        if found is FetchOutcome.DONE:
            self.jobs[job_id] = replace(self.jobs[job_id], outputs=())
        return found

    async def expire(self, job_id: str) -> None:
        self.expired.append(job_id)

    @asynccontextmanager
    async def row(self, pace: QueuePolicy = PACE) -> AsyncIterator[FetchRetries]:
        live = LiveJobs()
        for job_id in self.jobs:
            live.enter(job_id)
        row = FetchRetries(self.jobs, live, self.fetch, self.expire, lambda: self.now_s, pace)
        try:
            yield row
        finally:
            await row.close()


async def test_it_is_asked_a_few_times_and_then_no_more() -> None:
    harness = FetchRetriesHarness()
    async with harness.row() as row:
        row.add("job-0")
        row.add("job-0")
        await wait_until(lambda: len(harness.requested_ids) == 3)
        assert await wait_until_stable(lambda: len(harness.requested_ids)) == 3


def test_it_is_asked_after_a_minute_ten_minutes_and_an_hour() -> None:
    async def test() -> None:
        harness = FetchRetriesHarness()
        async with harness.row(QueuePolicy()) as row:
            row.add("job-0")
            counts: list[int] = []
            # Each request takes its time, so the last ones are a few seconds late.
            for wait_s in (59.0, 2.0, 597.0, 10.0, 3580.0, 30.0, 24 * 3600.0):
                await asyncio.sleep(wait_s)
                counts.append(len(harness.requested_ids))
        assert counts == [0, 1, 1, 2, 2, 3, 3]

    run_virtually(test)


async def test_it_ends_when_everything_is_there() -> None:
    harness = FetchRetriesHarness()
    harness.answers = [FetchOutcome.INCOMPLETE, FetchOutcome.DONE]
    async with harness.row() as row:
        row.add("job-0")
        await wait_until(lambda: len(harness.requested_ids) == 2)
        assert await wait_until_stable(lambda: len(harness.requested_ids)) == 2
        harness.jobs["job-0"] = replace(harness.jobs["job-0"], outputs=(MISSING,))
        row.add("job-0")
        await wait_until(lambda: len(harness.requested_ids) > 2)


async def test_many_jobs_are_asked_one_by_one() -> None:
    harness = FetchRetriesHarness(40)
    harness.answers = [FetchOutcome.DONE] * 40
    async with harness.row() as row:
        row.start(harness.jobs.values())
        await wait_until(lambda: len(harness.requested_ids) == 40)
    assert sorted(harness.requested_ids) == sorted(harness.jobs)


async def test_one_that_comes_between_two_turns_waits_for_its_own() -> None:
    harness = FetchRetriesHarness(3)
    harness.answers = [
        FetchOutcome.DONE,
        FetchOutcome.INCOMPLETE,
        FetchOutcome.INCOMPLETE,
        FetchOutcome.INCOMPLETE,
    ]
    async with harness.row(
        replace(
            PACE,
            fetch_retry_backoff=Backoff(0.005, 0.005),
            max_fetch_retries=2,
            fetch_retry_interval_s=0.03,
        )
    ) as row:
        row.add("job-0")
        await wait_until(lambda: harness.requested_ids == ["job-0"])
        await wait_until(lambda: not harness.jobs["job-0"].outputs)
        # The queue of retries is empty, but its interval is not over.
        row.add("job-1")
        row.add("job-2")
        await wait_until(lambda: len(harness.requested_ids) == 5)
    assert sorted(harness.requested_ids[1:]) == ["job-1", "job-1", "job-2", "job-2"]


async def test_while_the_service_cannot_be_reached_one_question_asks_for_all() -> None:
    harness = FetchRetriesHarness(40)
    harness.answers = [FetchOutcome.UNREACHABLE] * 3 + [FetchOutcome.DONE] * 40
    async with harness.row(
        replace(PACE, fetch_retry_backoff=Backoff(0.05, 0.1), max_fetch_retries=2)
    ) as row:
        row.start(harness.jobs.values())
        await wait_until(lambda: len(harness.requested_ids) == 43)
    assert len(set(harness.requested_ids)) == 40


async def test_after_seven_days_they_are_said_to_be_gone() -> None:
    harness = FetchRetriesHarness()
    harness.now_s = 1000.0 + FILES_RETENTION_S
    async with harness.row() as row:
        row.add("job-0")
        await wait_until(lambda: harness.expired == ["job-0"])
    assert harness.requested_ids == []


async def test_the_last_turn_is_when_the_seven_days_are_over() -> None:
    harness = FetchRetriesHarness()
    harness.now_s = 1000.0 + FILES_RETENTION_S - 0.2
    async with harness.row() as row:
        row.add("job-0")
        await wait_until(lambda: len(harness.requested_ids) == 3)
        harness.now_s += 1.0
        await wait_until(lambda: harness.expired == ["job-0"])


async def test_jobs_that_lack_nothing_or_are_gone_are_passed_over() -> None:
    harness = FetchRetriesHarness(2)
    async with harness.row() as row:
        row.start(harness.jobs.values())
        del harness.jobs["job-0"]
        harness.jobs["job-1"] = replace(harness.jobs["job-1"], outputs=())
        assert await wait_until_stable(lambda: len(harness.requested_ids)) == 0
        row.start([make_job(job_id="whole", state=JobState.DONE)])
    assert harness.requested_ids == []


async def test_what_is_gone_keeps_nobody_waiting() -> None:
    """After years of use, the history has thousands of jobs whose files were never downloaded."""
    harness = FetchRetriesHarness(60)
    harness.now_s = 1000.0 + FILES_RETENTION_S
    harness.jobs["young"] = replace(harness.jobs["job-0"], job_id="young", finished_s=harness.now_s)
    async with harness.row(replace(PACE, fetch_retry_interval_s=1.0)) as row:
        row.start(harness.jobs.values())
        await wait_until(lambda: harness.requested_ids == ["young"])
        await wait_until(lambda: len(harness.expired) == 60)


async def test_whose_files_go_first_has_the_first_turn() -> None:
    harness = FetchRetriesHarness(5)
    for number, job_id in enumerate(harness.jobs):
        harness.jobs[job_id] = replace(harness.jobs[job_id], finished_s=1900.0 - number)
    harness.answers = [FetchOutcome.DONE] * 5
    async with harness.row() as row:
        row.start(harness.jobs.values())
        await wait_until(lambda: len(harness.requested_ids) == 5)
    assert harness.requested_ids == ["job-4", "job-3", "job-2", "job-1", "job-0"]


@pytest.mark.logs_errors
async def test_a_bug_with_one_job_is_no_end_for_the_others() -> None:
    harness = FetchRetriesHarness(3)
    harness.broken = {"job-0"}
    harness.answers = [FetchOutcome.DONE] * 2
    async with harness.row() as row:
        row.start(harness.jobs.values())
        await wait_until(lambda: len(harness.requested_ids) == 3)
        assert await wait_until_stable(lambda: len(harness.requested_ids)) == 3
