"""Two programs on one history, as if the lock against it had been removed.

Nothing is sent twice, and no request is lost.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.queue_harness import QueueHarness, open_queue_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)
TAKEN = "Another window of this program has taken over "


@asynccontextmanager
async def another(harness: QueueHarness) -> AsyncIterator[QueueHarness]:
    """Yields a second program on the same folder and with the same service."""
    other = QueueHarness(harness.folder, pace=harness.pace, timing=SLOW_CLOUD)
    other.clock, other.backend, other.transport = harness.clock, harness.backend, harness.transport
    other.token = harness.token
    async with other.program():
        yield other


@pytest.mark.parametrize("first", [0, 1])
async def test_held_jobs_that_both_resume_are_sent_once(tmp_path: Path, first: int) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        harness.queue.send_queue.pause_all()
        jobs = await harness.submit_many(3)
        await wait_until(lambda: len(harness.in_state(S.HELD)) == 3)
        async with another(harness) as other:
            assert sorted(other.queue.jobs) == sorted(jobs)
            both = [harness, other] if first == 0 else [other, harness]
            for each in both:
                each.preferences.set(in_flight=9)
                each.queue.send_queue.resume_all()
            await wait_until(lambda: harness.accepted_count == 3)
            assert (
                await wait_until_stable(lambda: harness.transport.received_calls.count("inference"))
                == 3
            )
            rows = [harness.row(each) for each in jobs]
            assert all(row["state"] in ("queued", "running") for row in rows)
            assert {row["request_id"] for row in rows} == set(harness.backend.runs)
            # Each job is in the list of the program that sent it.
            there = [each.in_state(S.QUEUED) + each.in_state(S.RUNNING) for each in both]
            assert sorted(there[0] + there[1]) == sorted(jobs)
            assert any(each.startswith(TAKEN) for each in harness.titles() + other.titles())


async def test_a_job_that_the_other_has_sent_is_neither_changed_nor_removed(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        harness.queue.send_queue.pause_all()
        one, two = await harness.submit_many(2)
        await wait_until(lambda: len(harness.in_state(S.HELD)) == 2)
        async with another(harness) as other:
            harness.preferences.set(in_flight=9)
            harness.queue.send_queue.resume_all()
            await wait_until(lambda: harness.accepted_count == 2)
            for job_id in (one, two):
                await harness.wait_until_state(job_id, S.QUEUED, S.RUNNING)
            other.queue.cancel(one)
            await wait_until(lambda: one not in other.queue.jobs)
            other.queue.remove_many([two])
            await wait_until(lambda: two not in other.queue.jobs)
            assert all(harness.row(each)["request_id"] for each in (one, two))
            assert other.titles() == [f"{TAKEN}1 job.", "Removed 1 job from the list."]
            assert harness.received_count("cancel") == 0
        assert all(harness.row(each)["request_id"] for each in (one, two))


async def test_a_job_that_the_other_has_sent_and_removed_is_not_sent_again(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue.pause_all()
        (job_id,) = await harness.submit_many(1)
        await wait_until(lambda: len(harness.in_state(S.HELD)) == 1)
        async with another(harness) as other:
            other.queue.send_queue.send_now([job_id])
            await other.wait_until_state(job_id, S.DONE)
            other.queue.remove_many([job_id])
            await wait_until(lambda: not other.queue.jobs)
            harness.queue.send_queue.resume_all()
            await wait_until(lambda: not harness.queue.jobs)
            assert (
                await wait_until_stable(lambda: harness.transport.received_calls.count("inference"))
                == 1
            )
        assert harness.row(job_id) == {}


async def test_what_one_sends_while_the_other_begins_keeps_its_request(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        release_event = harness.transport.hold("inference")
        job_id = await harness.submit()
        await wait_until(lambda: harness.transport.received_calls.count("inference") == 1)
        async with another(harness) as other:
            # The second program must assume that the program which sent the job has ended.
            assert other.queue.jobs[job_id].state is S.UNCERTAIN
            harness.queue.cancel(job_id)
            await wait_until(lambda: harness.queue.jobs[job_id].cancel_asked)
            release_event.set()
            await harness.wait_until_state(job_id, S.QUEUED, S.RUNNING)
            (request_id,) = harness.backend.runs
            assert harness.row(job_id)["request_id"] == request_id
            other.queue.send_again(job_id)
            await wait_until(lambda: job_id not in other.queue.jobs)
            assert (
                await wait_until_stable(lambda: harness.transport.received_calls.count("inference"))
                == 1
            )
            assert harness.row(job_id)["request_id"] == request_id


async def test_a_waiting_job_that_the_other_holds_at_its_start_is_not_sent(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        harness.preferences.set(in_flight=1)
        one, two = await harness.submit_many(2)
        await harness.wait_until_state(one, S.QUEUED, S.RUNNING)
        assert harness.queue.jobs[two].state is S.WAITING
        async with another(harness) as other:
            assert other.queue.jobs[two].hold is HoldReason.RESTART
            harness.preferences.set(in_flight=9)
            await wait_until(lambda: two not in harness.queue.jobs)
            assert harness.accepted_count == 1
            assert harness.row(two)["state"] == "held"
