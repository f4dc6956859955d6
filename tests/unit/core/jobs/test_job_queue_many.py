"""Actions on many jobs at once, and actions while the program ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming as CloudPace
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

S = JobState
SLOW_CLOUD = CloudPace(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)


async def test_a_batch_is_cancelled_as_a_whole_and_others_go_on(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        harness.preferences.set(in_flight=2)
        batch = await harness.submit_many(4, "four")
        await wait_until(lambda: len(harness.in_state(S.QUEUED) + harness.in_state(S.RUNNING)) == 2)
        other = await harness.submit()
        harness.queue.cancel_batch(harness.queue.jobs[batch[0]].batch_id)
        for job_id in batch[2:]:
            await harness.wait_until_state(job_id, S.CANCELLED)
        await wait_until(lambda: harness.received_count("cancel") == 2)
        harness.clock.advance(2.0)
        for job_id in batch[:2]:
            await harness.wait_until_state(job_id, S.CANCELLED)
        await harness.wait_until_state(other, S.QUEUED, S.RUNNING)
        assert harness.accepted_count == 3


async def test_failed_jobs_are_run_again_as_one_batch_in_their_order(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("status-422@submit:3")
        failed = await harness.submit_many(3)
        for job_id in failed:
            await harness.wait_until_state(job_id, S.FAILED)
        harness.backend.faults.set("")
        harness.queue.run_again_many([*failed, "nobody"], "again")
        await wait_until(lambda: len(harness.queue.jobs) == 6)
        again = list(harness.queue.jobs.values())[3:]
        assert [job.seed for job in again] == [0, 1, 2]
        assert len({job.batch_id for job in again} - {""}) == 1
        assert {job.batch_name for job in again} == {"again"}
        for job in again:
            await harness.wait_until_state(job.job_id, S.DONE)
        assert [harness.queue.jobs[each].state for each in failed] == [S.FAILED] * 3


@pytest.mark.parametrize("first", ["run again", "retry"])
async def test_two_requests_at_once_fill_a_cell_once(tmp_path: Path, first: str) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("status-422@submit:1")
        assert await harness.queue.submit_many(
            [RunRequest(harness.draft(), harness.deployment, "", 3)], "", "g"
        )
        [failed] = harness.queue.jobs
        await harness.wait_until_state(failed, S.FAILED)
        harness.backend.faults.set("")
        if first == "retry":
            harness.queue.run_in_place([harness.queue.jobs[failed]])
        else:
            harness.queue.run_again(failed)
        harness.queue.run_again(failed)
        await wait_until(lambda: len(harness.queue.jobs) == 3)
        places = [(job.batch_id, job.cell) for job in harness.queue.jobs.values()]
        assert sorted(places) == [("", -1), ("g", 3), ("g", 3)]
        for job_id in list(harness.queue.jobs)[1:]:
            await harness.wait_until_state(job_id, S.DONE)


async def test_an_uncertain_job_is_sent_again_once_in_its_place(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("drop-answer:1")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.UNCERTAIN)
        harness.backend.faults.set("")
        for _each in range(3):
            harness.queue.send_again(job_id)
        old = await harness.wait_until_state(job_id, S.CANCELLED)
        assert old.reason.startswith("Sent again as a new job")
        [again] = [each for each in harness.queue.jobs if each != job_id]
        await harness.wait_until_state(again, S.DONE)
        assert await wait_until_stable(lambda: len(harness.queue.jobs)) == 2
        assert harness.received_count("submit") == 2


async def test_a_job_that_cannot_be_written_is_not_sent_again(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("drop-answer:1")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.UNCERTAIN)
        told = len(harness.shown_notices)
        await harness.refuse_writes()
        harness.queue.send_again(job_id)
        await wait_until(lambda: len(harness.shown_notices) > told)
        assert list(harness.queue.jobs) == [job_id]
        assert harness.queue.jobs[job_id].state is S.UNCERTAIN
        assert harness.received_count("submit") == 1
        await harness.refuse_writes(on=False)


async def test_unsent_jobs_can_be_removed_and_are_never_sent(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue.set_has_key(False)
        first, second, third = await harness.submit_many(3)
        harness.queue.send_queue.pause([second])
        await harness.wait_until_state(second, S.HELD)
        harness.queue.remove_many([first, second])
        await wait_until(lambda: list(harness.queue.jobs) == [third])
        harness.queue.send_queue.set_has_key(True)
        await harness.wait_until_state(third, S.DONE)
        assert harness.accepted_count == 1
    assert harness.row(first) == {}


async def test_what_was_wished_in_the_last_moment_is_written_down(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue.set_has_key(False)
        first, second = await harness.submit_many(2)
        harness.queue.cancel(first)
        harness.queue.send_queue.pause([second])
        drafts = [harness.draft(noise_seed=number) for number in range(200)]
        harness.queue.submit_many([RunRequest(each, harness.deployment) for each in drafts], "late")
    assert harness.row(first)["state"] == "cancelled"
    assert harness.row(second)["hold"] == "paused"
    async with harness.program() as queue:
        late = [job for job in queue.jobs.values() if job.batch_name == "late"]
        assert [job.seed for job in late] == list(range(200))


async def test_a_request_to_cancel_while_there_is_no_way_takes_the_job_back(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        release_event = harness.transport.hold_connections()
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.SENDING)
        harness.queue.cancel(job_id)
        await wait_until(lambda: harness.queue.jobs[job_id].cancel_asked)
        harness.transport.is_down = True
        release_event.set()
        await harness.wait_until_state(job_id, S.CANCELLED)
        assert harness.shown_states(job_id) == ["waiting", "sending", "held", "cancelled"]
        assert harness.accepted_count == 0


async def test_an_id_that_was_typed_before_closing_is_written_down(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=SLOW_CLOUD) as harness:
        harness.backend.faults.set("drop-answer:1")
        job_id = await harness.submit()
        await harness.wait_until_state(job_id, S.UNCERTAIN)
        [request_id] = harness.backend.runs
        release_event = harness.transport.hold("status")
        harness.queue.adopt(job_id, request_id)
        await wait_until(lambda: harness.transport.waiting)
        asyncio.get_running_loop().call_later(0.05, release_event.set)
    assert harness.row(job_id)["request_id"] == request_id
