"""Retries of a cancel request without a response from the service, and their end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.core.base.notices import CANCEL_UNANSWERED
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.jobs.job import CancelStage, JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.queue_harness import FAST_POLLING, open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.queue_harness import QueueHarness

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)
# The waits of the real program, with fewer tries.
TRIES = 4
PATIENT = replace(
    FAST_POLLING,
    fast_poll_s=2.0,
    slow_poll_s=10.0,
    cancel_retry_backoff=Backoff(5.0, 120.0),
    max_cancel_tries=TRIES,
)
GIVEN_UP_S = 5.0 + 10.0 + 20.0


async def running(harness: QueueHarness) -> str:
    job_id = await harness.submit()
    await harness.wait_until_state(job_id, S.RUNNING)
    return job_id


async def defer_cancel(harness: QueueHarness, job_id: str) -> None:
    harness.queue.cancel(job_id)
    await wait_until(lambda: harness.queue.jobs[job_id].cancel_stage is CancelStage.DEFERRED)


@pytest.mark.parametrize("way", ["cancel", "wake", "try now"])
async def test_a_try_that_somebody_rang_for_brings_the_end_no_nearer(
    tmp_path: Path, way: str
) -> None:
    async with open_queue_harness(tmp_path, pace=PATIENT, timing=SLOW_CLOUD) as harness:
        job_id = await running(harness)
        harness.backend.faults.set("status-503@cancel:1000")
        await defer_cancel(harness, job_id)
        for _ring in range(3 * TRIES):
            before = harness.received_count("cancel")
            match way:
                case "cancel":
                    harness.queue.cancel(job_id)
                case "wake":
                    harness.queue.wake()
                case "try now":
                    harness.queue.allow_probes()
            await wait_until(lambda: harness.received_count("cancel") > before)  # noqa: B023 - awaited here
            await wait_until(
                lambda: harness.queue.jobs[job_id].cancel_stage is CancelStage.DEFERRED
            )
            assert harness.queue.jobs[job_id].cancel_asked
        harness.backend.faults.set("")
        await wait_until(lambda: harness.queue.jobs[job_id].cancel_stage is CancelStage.ACCEPTED)


async def test_a_first_press_goes_out_once_however_early_the_job_is_followed(
    tmp_path: Path,
) -> None:
    """During a pause requested by the service, only the second cancel of a job is sent at once."""
    async with open_queue_harness(tmp_path, pace=PATIENT, timing=SLOW_CLOUD) as harness:
        paused, pressed = await running(harness), await harness.submit()
        await harness.wait_until_state(pressed, S.QUEUED)
        busy = httpx.Response(429, headers={"Retry-After": "60"})
        harness.transport.overrides["cancel"] = lambda _given: busy
        await defer_cancel(harness, paused)
        # Simulates a poll that starts the cancel request while the user's press is being handled.
        harness.queue.changed.subscribe(lambda _job: harness.queue._canceller.start(pressed))
        await defer_cancel(harness, pressed)
        assert await wait_until_stable(lambda: harness.received_count("cancel")) == 1
        harness.queue.cancel(pressed)
        await wait_until(lambda: harness.received_count("cancel") == 2)


async def test_a_request_that_nobody_rang_for_ends_after_its_tries(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, pace=PATIENT, timing=SLOW_CLOUD) as harness:
        job_id = await running(harness)
        harness.backend.faults.set("status-503@cancel:1000")
        await defer_cancel(harness, job_id)
        begun_s = asyncio.get_running_loop().time()
        await wait_until(lambda: not harness.queue.jobs[job_id].cancel_asked, limit_s=1000.0)
        assert asyncio.get_running_loop().time() - begun_s == pytest.approx(GIVEN_UP_S, abs=1.0)
        assert await wait_until_stable(lambda: harness.received_count("cancel")) == TRIES


async def test_a_press_during_the_last_try_is_a_new_request(tmp_path: Path) -> None:
    pace = replace(PATIENT, max_cancel_tries=2)
    async with open_queue_harness(tmp_path, pace=pace, timing=SLOW_CLOUD) as harness:
        job_id = await running(harness)
        harness.backend.faults.set("status-503@cancel:2")
        await defer_cancel(harness, job_id)
        answer = harness.transport.hold("cancel")
        await wait_until(lambda: harness.received_count("cancel") == 2)
        harness.queue.cancel(job_id)
        await wait_until_stable(lambda: harness.received_count("cancel"))
        answer.set()
        await wait_until(lambda: harness.queue.jobs[job_id].cancel_stage is CancelStage.ACCEPTED)
        assert harness.row(job_id)["cancel_asked"] is True


@pytest.mark.parametrize("end", ["taken", "the job ended"])
async def test_what_was_told_of_an_unanswered_cancel_is_taken_back(
    tmp_path: Path, end: str
) -> None:
    async with open_queue_harness(tmp_path, pace=PATIENT, timing=SLOW_CLOUD) as harness:
        outdated: list[str] = []
        harness.notices.outdated.subscribe(outdated.append)
        jobs = [await running(harness), await harness.submit()]
        await harness.wait_until_state(jobs[1], S.QUEUED)
        harness.backend.faults.set("status-503@cancel:1000")
        for job_id in jobs:
            await defer_cancel(harness, job_id)
        [notice] = harness.shown_notices
        assert notice.subject == CANCEL_UNANSWERED
        if end == "taken":
            harness.backend.faults.set("")
            harness.queue.cancel(jobs[0])
            await wait_until(
                lambda: harness.queue.jobs[jobs[0]].cancel_stage is CancelStage.ACCEPTED
            )
            assert outdated == [], "another one waits still"
            harness.queue.cancel(jobs[1])
        else:
            harness.clock.advance(300.0)
        await wait_until(lambda: outdated)
        assert outdated == [CANCEL_UNANSWERED]


@pytest.mark.parametrize("order", ["before the answer", "after the answer"])
async def test_a_press_while_the_end_of_a_request_is_written_is_a_new_request(
    tmp_path: Path, order: str
) -> None:
    pace = replace(PATIENT, max_cancel_tries=2)
    async with open_queue_harness(tmp_path, pace=pace, timing=SLOW_CLOUD) as harness:
        job_id = await running(harness)
        harness.backend.faults.set("status-503@cancel:2")
        await defer_cancel(harness, job_id)
        answer = harness.transport.hold("cancel")
        await wait_until(lambda: harness.received_count("cancel") == 2)
        # The job store is busy with another write.
        async with harness.queue._job_store._lock:
            if order == "before the answer":
                harness.queue.cancel(job_id)
                await wait_until_stable(lambda: harness.received_count("cancel"))
            answer.set()
            await wait_until(lambda: harness.transport.waiting == 0)
            await wait_until_stable(lambda: harness.received_count("cancel"))
            if order == "after the answer":
                harness.queue.cancel(job_id)
                await wait_until_stable(lambda: harness.received_count("cancel"))
        await wait_until(lambda: harness.queue.jobs[job_id].cancel_stage is CancelStage.ACCEPTED)
        assert harness.row(job_id)["cancel_asked"] is True


async def test_a_cancel_that_is_refused_for_the_key_is_brought_now_and_then(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path, pace=PATIENT, timing=SLOW_CLOUD) as harness:
        job_id = await running(harness)
        harness.backend.faults.set("unauthorized@cancel")
        await defer_cancel(harness, job_id)
        asked = harness.received_count("status")
        await asyncio.sleep(3600.0)
        assert harness.received_count("status") > asked + 100
        # The wait doubles up to two minutes.
        assert 30 < harness.received_count("cancel") < 40
        assert harness.queue.jobs[job_id].cancel_asked
        assert len(harness.shown_notices) == 1
        assert "is tried again by itself" in harness.shown_notices[0].detail
        before = harness.received_count("cancel")
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.received_count("cancel") == before + 1)
        harness.backend.faults.set("")
        harness.queue.wake()
        await wait_until(lambda: harness.queue.jobs[job_id].cancel_stage is CancelStage.ACCEPTED)
