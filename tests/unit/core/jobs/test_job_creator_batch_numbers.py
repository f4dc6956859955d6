"""The number of a job in its batch: stored with the job, whatever happens to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.support.async_wait import wait_until
from tests.support.queue_harness import FAST_POLLING, QueueHarness, open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

S = JobState
SLOW_CLOUD = EmulatorTiming(cold_start_s=60.0, run_s=30.0, cancel_delay_s=1.0)


def numbers(harness: QueueHarness) -> list[tuple[int, int]]:
    return [(job.batch_number, job.batch_count) for job in harness.queue.jobs.values()]


async def test_a_batch_keeps_its_numbers_and_its_order_over_a_start(tmp_path: Path) -> None:
    harness = QueueHarness(tmp_path, pace=FAST_POLLING, timing=SLOW_CLOUD)
    harness.preferences.set(in_flight=3)
    async with harness.program():
        jobs = await harness.submit_many(4, "seeds")
        await wait_until(lambda: len(harness.in_state(S.RUNNING) + harness.in_state(S.QUEUED)) == 3)
        assert harness.in_state(S.WAITING) == [jobs[3]]
        # Two of them do not continue: one is cancelled and one is held.
        harness.queue.cancel(jobs[0])
        harness.queue.send_queue.pause([jobs[3]])
        await wait_until(lambda: harness.in_state(S.HELD) == [jobs[3]])
    async with harness.program() as queue:
        assert list(queue.jobs) == jobs
        assert numbers(harness) == [(1, 4), (2, 4), (3, 4), (4, 4)]


async def test_one_that_waits_at_the_end_of_the_program_is_not_the_first_of_its_batch(
    tmp_path: Path,
) -> None:
    harness = QueueHarness(tmp_path, pace=FAST_POLLING, timing=SLOW_CLOUD)
    harness.preferences.set(in_flight=1)
    async with harness.program():
        jobs = await harness.submit_many(3)
        harness.queue.cancel_many(jobs[:2])
        harness.queue.send_queue.pause([jobs[2]])
        await wait_until(lambda: harness.in_state(S.HELD) == [jobs[2]])
    async with harness.program() as queue:
        assert list(queue.jobs) == jobs


async def test_what_is_run_again_has_the_number_of_its_place(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        jobs = await harness.submit_many(3)
        for job_id in jobs:
            await harness.wait_until_state(job_id, S.DONE)
        harness.queue.run_in_place([harness.queue.jobs[jobs[1]]])
        await wait_until(lambda: len(harness.queue.jobs) == 4)
        harness.queue.run_again_many(jobs[:2], "retry")
        await wait_until(lambda: len(harness.queue.jobs) == 6)
        harness.queue.run_again(jobs[2])
        await wait_until(lambda: len(harness.queue.jobs) == 7)
        assert numbers(harness)[3:] == [(2, 3), (1, 2), (2, 2), (0, 0)]
