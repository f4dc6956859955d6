"""A deployment that gets another workflow holds the jobs not yet sent to it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.jobs.job_store import BATCH_SIZE
from runcomfy_desktop.domain.jobs.job import HoldReason, JobState
from runcomfy_desktop.domain.sweeps.spec import ListSpec, SweepSpec
from runcomfy_desktop.store.history import JobHistory
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.grid_harness import make_grid_harness, open_grid_harness, use_small_pictures

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.base.notices import Notice
    from tests.support.grid_harness import GridHarness


def notice_texts(grid_harness: GridHarness) -> list[Notice]:
    """Returns the notices about the workflow, without those about failed jobs."""
    title = f"What waits for {grid_harness.queue_harness.deployment.name} is held."
    return [notice for notice in grid_harness.queue_harness.shown_notices if notice.title == title]


async def test_cells_of_an_earlier_workflow_are_held_once_and_told(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        queue, own = grid_harness.queue_harness.queue, grid_harness.queue_harness.deployment
        queue.send_queue.set_has_key(False)
        sweep = await grid_harness.begin(
            SweepSpec((ListSpec(grid_harness.key("steps"), "4, 5, 6"),))
        )
        # An unchanged version, another deployment, and a list without versions.
        another = replace(own, deployment_id="another", workflow_version="v77")
        grid_harness.set_listed(own, another)
        grid_harness.set_listed(replace(own, workflow_version=""), another)
        assert grid_harness.states(sweep) == ["waiting"] * 3
        assert not grid_harness.queue_harness.shown_notices
        later = replace(own, workflow_version="v99")
        grid_harness.set_listed(later)
        await wait_until(lambda: grid_harness.states(sweep) == ["held"] * 3)
        [notice] = grid_harness.queue_harness.shown_notices
        assert [notice] == notice_texts(grid_harness)
        assert notice.detail.startswith("Its workflow has changed. 3 runs were made")
        assert notice.action is not None
        job_ids = [grid_harness.job(sweep, cell).job_id for cell in range(3)]
        queue.accept_current_workflows(queue.jobs[each] for each in job_ids)
        queue.send_queue.send_now(job_ids)
        await wait_until(lambda: grid_harness.states(sweep) == ["waiting"] * 3)
        # The user has decided.
        grid_harness.set_listed(later)
        assert len(grid_harness.queue_harness.shown_notices) == 1
        assert grid_harness.states(sweep) == ["waiting"] * 3


async def test_cells_put_back_after_the_workflow_changed_are_held_and_told(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        queue, own = grid_harness.queue_harness.queue, grid_harness.queue_harness.deployment
        queue.send_queue.set_has_key(False)
        seeds = ", ".join(str(number) for number in range(2 * BATCH_SIZE))
        sweep = await grid_harness.begin(
            SweepSpec((ListSpec(grid_harness.key("noise_seed"), seeds),))
        )
        jobs = list(queue.jobs)
        queue.remove_many(jobs)
        await wait_until(lambda: grid_harness.queue_harness.shown_notices)
        [removal] = grid_harness.queue_harness.shown_notices
        grid_harness.set_listed(replace(own, workflow_version="v99"))
        queue.send_queue.set_has_key(True)
        assert removal.action is not None
        removal.action()
        await wait_until(lambda: notice_texts(grid_harness))
        assert set(grid_harness.states(sweep)) == {"held"}
        assert (
            await wait_until_stable(lambda: grid_harness.queue_harness.received_count("submit"))
            == 0
        )
        # The user's decision remains in force while the jobs are removed and restored.
        queue.send_queue.set_has_key(False)
        queue.accept_current_workflows(queue.jobs[each] for each in jobs)
        queue.send_queue.send_now(jobs)
        await wait_until(lambda: set(grid_harness.states(sweep)) == {"waiting"})
        queue.remove_many(jobs)
        await wait_until(lambda: not queue.jobs)
        await wait_until(lambda: grid_harness.queue_harness.shown_notices[-1].action_text == "Undo")
        action = grid_harness.queue_harness.shown_notices[-1].action
        assert action is not None
        action()
        await wait_until(lambda: len(queue.jobs) == 2 * BATCH_SIZE)
        assert await wait_until_stable(lambda: len(notice_texts(grid_harness))) == 1
        assert set(grid_harness.states(sweep)) == {"waiting"}


async def test_a_notice_is_withdrawn_with_the_last_of_its_jobs(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        harness, queue = grid_harness.queue_harness, grid_harness.queue_harness.queue
        queue.send_queue.set_has_key(False)
        removed, accepted, cancelled, overtaken = await harness.submit_many(4)
        grid_harness.set_listed(replace(harness.deployment, workflow_version="v99"))
        await wait_until(lambda: len(harness.in_state(JobState.HELD)) == 4)
        withdrawn = list[str]()
        grid_harness.notices.outdated.subscribe(withdrawn.append)
        queue.remove_many([removed])
        queue.accept_current_workflows([queue.jobs[accepted]])
        queue.cancel(cancelled)
        await wait_until(lambda: harness.in_state(JobState.CANCELLED) == [cancelled])
        await wait_until(lambda: queue.jobs[accepted].workflow_version == "v99")
        assert withdrawn == []
        other = JobHistory(harness.database)
        await other.save_all(
            [
                job.with_state(JobState.WAITING)
                for job in await other.load_unfinished()
                if job.job_id == overtaken
            ]
        )
        queue.cancel(overtaken)
        await wait_until(lambda: overtaken not in queue.jobs)
        assert withdrawn == [f"held {harness.deployment.deployment_id}"]


async def test_what_is_no_cell_of_a_grid_is_held_as_well(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        queue, own = grid_harness.queue_harness.queue, grid_harness.queue_harness.deployment
        queue.send_queue.set_has_key(False)
        await grid_harness.queue_harness.submit()
        grid_harness.set_listed(replace(own, workflow_version="v99"))
        await wait_until(lambda: len(grid_harness.queue_harness.in_state(JobState.HELD)) == 1)
        [notice] = grid_harness.queue_harness.shown_notices
        assert notice.detail.startswith("Its workflow has changed. 1 run was made")
        # Jobs created for the previous workflow are held, too.
        await grid_harness.queue_harness.submit()
        await wait_until(lambda: len(grid_harness.queue_harness.in_state(JobState.HELD)) == 2)


async def test_what_sends_a_workflow_of_its_own_is_let_be(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        harness = grid_harness.queue_harness
        harness.queue.send_queue.set_has_key(False)
        draft = replace(harness.draft(), runs_file=True)
        await harness.submit_draft(draft)
        grid_harness.set_listed(replace(harness.deployment, workflow_version="v99"))
        assert not harness.shown_notices
        assert [job.state.value for job in harness.queue.jobs.values()] == ["waiting"]


async def test_a_cell_tried_again_after_the_workflow_changed_is_held(tmp_path: Path) -> None:
    grid_harness = make_grid_harness(tmp_path)
    async with grid_harness.program():
        use_small_pictures(grid_harness)
        grid_harness.queue_harness.backend.faults.set("status-422@submit:2")
        sweep = await grid_harness.begin(SweepSpec((ListSpec(grid_harness.key("steps"), "4, 5"),)))
        await grid_harness.wait_until_all_cells(sweep, JobState.FAILED)
        grid_harness.queue_harness.backend.faults.set("")
        queue, own = grid_harness.queue_harness.queue, grid_harness.queue_harness.deployment
        # No job of the grid is unsent, so there is no notice.
        grid_harness.set_listed(replace(own, workflow_version="v99"))
        assert not notice_texts(grid_harness)
        grid_harness.sweeps.retry(sweep.sweep_id, 0)
        first = await grid_harness.wait_until_cell_state(sweep, 0, JobState.HELD)
        queue.run_again(grid_harness.job(sweep, 1).job_id)
        second = await grid_harness.wait_until_cell_state(sweep, 1, JobState.HELD)
        assert [job.hold for job in (first, second)] == [HoldReason.PAUSED] * 2
        await wait_until(lambda: len(notice_texts(grid_harness)) == 2)
        assert all(
            each.detail.startswith("Its workflow has changed. 1 run was made")
            for each in notice_texts(grid_harness)
        )
        grid_harness.set_listed(replace(own, workflow_version="v99"))
        await wait_until_stable(lambda: grid_harness.queue_harness.received_count("submit"))
        assert (grid_harness.queue_harness.accepted_count, len(notice_texts(grid_harness))) == (
            0,
            2,
        )
        queue.accept_current_workflows([first])
        queue.send_queue.send_now([first.job_id])
        await grid_harness.wait_until_cell_state(sweep, 0, JobState.DONE)
        assert grid_harness.states(sweep) == ["done", "held"]


async def test_a_grid_of_an_earlier_workflow_than_the_list_has_is_held(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        own = grid_harness.queue_harness.deployment
        prepared = await grid_harness.prepare(
            SweepSpec((ListSpec(grid_harness.key("steps"), "4, 5, 6"),))
        )
        assert prepared is not None
        grid_harness.set_listed(replace(own, workflow_version="v99"))
        grid_harness.sweeps.start(prepared)
        await wait_until(lambda: bool(grid_harness.begun_sweeps))
        [sweep] = grid_harness.begun_sweeps
        assert grid_harness.states(sweep) == ["held"] * 3
        [notice] = notice_texts(grid_harness)
        assert notice.detail.startswith("Its workflow has changed. 3 runs were made")
        await wait_until_stable(lambda: grid_harness.queue_harness.received_count("submit"))
        assert grid_harness.queue_harness.accepted_count == 0


async def test_a_list_that_comes_while_a_grid_is_written_down_holds_it(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        queue, own = grid_harness.queue_harness.queue, grid_harness.queue_harness.deployment
        queue.send_queue.set_has_key(False)
        prepared = await grid_harness.prepare(
            SweepSpec((ListSpec(grid_harness.key("steps"), "4, 5, 6"),))
        )
        assert prepared is not None
        entering = queue.submit_many(prepared.cell_runs.runs, "a grid", prepared.sweep.sweep_id)
        await asyncio.sleep(0)
        grid_harness.set_listed(replace(own, workflow_version="v99"))
        assert not queue.jobs
        await entering
        await wait_until(lambda: len(grid_harness.queue_harness.in_state(JobState.HELD)) == 3)
        assert ["3 runs" in notice.detail for notice in notice_texts(grid_harness)] == [True]


async def test_what_is_sent_again_knowingly_is_held_as_well(tmp_path: Path) -> None:
    async with open_grid_harness(tmp_path) as grid_harness:
        use_small_pictures(grid_harness)
        grid_harness.queue_harness.backend.faults.set("drop-answer@submit:1")
        sweep = await grid_harness.begin(SweepSpec((ListSpec(grid_harness.key("steps"), "4"),)))
        unknown = await grid_harness.wait_until_cell_state(sweep, 0, JobState.UNCERTAIN)
        grid_harness.queue_harness.backend.faults.set("")
        accepted = grid_harness.queue_harness.accepted_count
        grid_harness.set_listed(
            replace(grid_harness.queue_harness.deployment, workflow_version="v99")
        )
        grid_harness.queue_harness.queue.send_again(unknown.job_id)
        await grid_harness.wait_until_cell_state(sweep, 0, JobState.HELD)
        await wait_until(
            lambda: ["1 run" in notice.detail for notice in notice_texts(grid_harness)] == [True]
        )
        await wait_until_stable(lambda: grid_harness.queue_harness.received_count("submit"))
        assert grid_harness.queue_harness.accepted_count == accepted
