"""Which one of its batch a job is: written down with it, whatever becomes of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace
from tests.support.job_bench import QUICK, Bench, open_bench
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

S = JobState
SLOW_CLOUD = Pace(cold_start_s=60.0, run_s=30.0, cancel_lag_s=1.0)


def numbers(bench: Bench) -> list[tuple[int, int]]:
    return [(job.batch_number, job.batch_count) for job in bench.queue.jobs.values()]


async def test_a_batch_keeps_its_numbers_and_its_order_over_a_start(tmp_path: Path) -> None:
    bench = Bench(tmp_path, pace=QUICK, cloud=SLOW_CLOUD)
    bench.preferences.set(in_flight=3)
    async with bench.program():
        jobs = await bench.submit_many(4, "seeds")
        await until(lambda: len(bench.in_state(S.RUNNING) + bench.in_state(S.QUEUED)) == 3)
        assert bench.in_state(S.WAITING) == [jobs[3]]
        # The next ones are those that are sent first, and another one waits for the person.
        bench.queue.cancel(jobs[0])
        bench.queue.line.pause([jobs[3]])
        await until(lambda: bench.in_state(S.HELD) == [jobs[3]])
    async with bench.program() as queue:
        assert list(queue.jobs) == jobs
        assert numbers(bench) == [(1, 4), (2, 4), (3, 4), (4, 4)]


async def test_one_that_waits_at_the_end_of_the_program_is_not_the_first_of_its_batch(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, pace=QUICK, cloud=SLOW_CLOUD)
    bench.preferences.set(in_flight=1)
    async with bench.program():
        jobs = await bench.submit_many(3)
        bench.queue.cancel_many(jobs[:2])
        bench.queue.line.pause([jobs[2]])
        await until(lambda: bench.in_state(S.HELD) == [jobs[2]])
    async with bench.program() as queue:
        assert list(queue.jobs) == jobs


async def test_what_is_run_again_has_the_number_of_its_place(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        jobs = await bench.submit_many(3)
        for job_id in jobs:
            await bench.reaches(job_id, S.DONE)
        bench.queue.run_in_place([bench.queue.jobs[jobs[1]]])
        await until(lambda: len(bench.queue.jobs) == 4)
        bench.queue.run_again_many(jobs[:2], "retry")
        await until(lambda: len(bench.queue.jobs) == 6)
        bench.queue.run_again(jobs[2])
        await until(lambda: len(bench.queue.jobs) == 7)
        assert numbers(bench)[3:] == [(2, 3), (1, 2), (2, 2), (0, 0)]
