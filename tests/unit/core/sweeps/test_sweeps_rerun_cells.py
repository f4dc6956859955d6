"""Grid cells that are filled again: from the queue, from the grid, and from both at once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.jobs import job_queue
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.sweeps.spec import ListSpec, SweepSpec
from runcomfy_desktop.store.sweeps import StoredSweep, SweepStore
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.grid_harness import make_grid_harness, open_grid_harness, use_small_pictures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.core.sweeps.sweeps import Sweeps
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.sweeps.sweep import Sweep
    from tests.support.grid_harness import GridHarness

S = JobState


async def test_a_failed_job_that_is_run_again_from_the_queue_fills_its_cell(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        use_small_pictures(grid_harness)
        grid_harness.queue_harness.backend.faults.set("status-422@submit:2")
        sweep = await grid_harness.begin(
            SweepSpec((ListSpec(grid_harness.key("steps"), "4, 5, 6"),))
        )
        await wait_until(lambda: sorted(grid_harness.states(sweep)) == ["done", "failed", "failed"])
        grid_harness.queue_harness.backend.faults.set("")
        jobs = [grid_harness.job(sweep, cell) for cell in range(3)]
        queue = grid_harness.queue_harness.queue
        queue.run_again_many([job.job_id for job in jobs], "retry")
        await grid_harness.wait_until_all_cells(sweep, S.DONE)
        await wait_until(lambda: all(job.state.is_finished for job in queue.jobs.values()))
        # The job that was done ran again, and its cell is unchanged.
        assert (len(queue.jobs), grid_harness.queue_harness.accepted_count) == (6, 4)
        now = [grid_harness.job(sweep, cell) for cell in range(3)]
        same = [a.job_id == b.job_id for a, b in zip(jobs, now, strict=True)]
        assert same == [job.state is S.DONE for job in jobs]
        beside = [job for job in queue.jobs.values() if job.batch_id != sweep.sweep_id]
        assert [(job.cell, job.batch_id) for job in beside] == [(-1, "")]
        # The failed jobs run again: their cells are filled now, so they stay unchanged.
        failed = [job.job_id for job in jobs if job.state is S.FAILED]
        queue.run_again_many(failed, "retry")
        await wait_until(lambda: len(queue.jobs) == 8)
        assert [grid_harness.job(sweep, cell).job_id for cell in range(3)] == [
            job.job_id for job in now
        ]


@pytest.mark.parametrize("first", ["queue", "grid"])
async def test_a_cell_is_filled_once_when_queue_and_grid_are_asked_at_once(
    tmp_path: Path, first: str
) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        use_small_pictures(grid_harness)
        grid_harness.queue_harness.backend.faults.set("status-422@submit:1")
        sweep = await grid_harness.begin(SweepSpec((ListSpec(grid_harness.key("steps"), "4"),)))
        job = await grid_harness.wait_until_cell_state(sweep, 0, S.FAILED)
        grid_harness.queue_harness.backend.faults.set("")
        queue = grid_harness.queue_harness.queue
        if first == "queue":
            queue.run_again(job.job_id)
        assert (grid_harness.sweeps.retryable_job(sweep.sweep_id, 0) is None) == (first == "queue")
        grid_harness.sweeps.retry(sweep.sweep_id, 0)
        if first == "grid":
            queue.run_again(job.job_id)
        await grid_harness.wait_until_cell_state(sweep, 0, S.DONE)
        await wait_until(lambda: all(each.state.is_finished for each in queue.jobs.values()))
        in_cell = [each for each in queue.jobs.values() if each.batch_id == sweep.sweep_id]
        assert len(in_cell) == 2, "the one that failed and the one in its place"
        # "Run again" always runs the job; "Retry" only fills the cell.
        assert len(queue.jobs) == (2 if first == "queue" else 3)


async def test_a_cell_whose_job_is_too_old_for_the_list_is_filled_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid_harness = make_grid_harness(tmp_path)
    async with grid_harness.program():
        use_small_pictures(grid_harness)
        grid_harness.queue_harness.backend.faults.set("status-422@submit:1")
        sweep = await grid_harness.begin(SweepSpec((ListSpec(grid_harness.key("steps"), "4, 5"),)))
        failed = await grid_harness.wait_until_cell_state(sweep, 0, S.FAILED)
        await grid_harness.wait_until_cell_state(sweep, 1, S.DONE)
    grid_harness.queue_harness.backend.faults.set("")
    monkeypatch.setattr(job_queue, "RECENT_JOBS", 1)
    async with grid_harness.program():
        queue = grid_harness.queue_harness.queue
        grid_harness.sweeps.load_jobs(sweep.sweep_id)
        await wait_until(lambda: grid_harness.states(sweep) == ["failed", "done"])
        assert failed.job_id not in queue.jobs
        grid_harness.sweeps.retry(sweep.sweep_id, 0)
        grid_harness.sweeps.retry(sweep.sweep_id, 0)
        await grid_harness.wait_until_cell_state(sweep, 0, S.DONE)
        assert await wait_until_stable(lambda: len(queue.jobs)) == 2


@asynccontextmanager
async def restart_slowly(grid_harness: GridHarness) -> AsyncIterator[tuple[Sweeps, asyncio.Event]]:
    """Yields a restart over the same files and jobs, stopped while it checks a later grid.

    That grid was not completely begun. The start continues once the event is set.
    """
    prepared = await grid_harness.prepare(SweepSpec((ListSpec(grid_harness.key("steps"), "9"),)))
    assert prepared is not None
    later = replace(prepared.sweep, created_s=grid_harness.queue_harness.clock() + 1)
    await SweepStore(grid_harness.folder).save(StoredSweep(later, has_stored_jobs=False))
    again, looked, go_on = grid_harness.make_sweeps(), asyncio.Event(), asyncio.Event()
    jobs_of = again._jobs_of

    async def slow(sweep: Sweep) -> list[Job]:
        looked.set()
        await go_on.wait()
        return await jobs_of(sweep)

    again._jobs_of = slow  # type: ignore[method-assign]
    again.open()
    await looked.wait()
    try:
        yield again, go_on
    finally:
        await again.close()


async def test_a_cell_that_ends_while_grids_are_read_is_done_and_not_paid_again(
    tmp_path: Path,
) -> None:
    grid_harness = make_grid_harness(tmp_path)
    async with grid_harness.program():
        use_small_pictures(grid_harness)
        grid_harness.queue_harness.backend.faults.set("status-422@submit:1")
        sweep = await grid_harness.begin(SweepSpec((ListSpec(grid_harness.key("steps"), "4"),)))
        old = await grid_harness.wait_until_cell_state(sweep, 0, S.FAILED)
        grid_harness.queue_harness.backend.faults.set("")
        grid_harness.queue_harness.transport.hold("result")
        grid_harness.sweeps.retry(sweep.sweep_id, 0)
        await wait_until(lambda: grid_harness.job(sweep, 0).job_id != old.job_id)
        new = await grid_harness.wait_until_cell_state(sweep, 0, S.FETCHING)
        async with restart_slowly(grid_harness) as (again, go_on):
            grid_harness.queue_harness.transport.held_calls.pop("result").set()
            await wait_until(
                lambda: grid_harness.queue_harness.queue.jobs[new.job_id].state is S.DONE
            )
            go_on.set()
            await wait_until(lambda: not again.state.loading)
            assert (
                again.job_at(sweep.sweep_id, 0) == grid_harness.queue_harness.queue.jobs[new.job_id]
            )
            assert again.failed_jobs(sweep.sweep_id) == []
            again.retry(sweep.sweep_id, 0)
            await wait_until_stable(lambda: grid_harness.queue_harness.accepted_count)
        assert grid_harness.queue_harness.accepted_count == 1
