"""A deployment that gets another workflow holds what was not sent to it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.ledger import PIECE
from runcomfy_desktop.domain.job import Hold, JobState
from runcomfy_desktop.domain.sweep.spec import ListSpec, SweepSpec
from tests.support.sweep_bench import make_grids, open_grids, small
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.core.notices import Notice
    from tests.support.sweep_bench import Grids


def told(grids: Grids) -> list[Notice]:
    """What was said of the workflow; that jobs failed is said as well."""
    title = f"What waits for {grids.bench.deployment.name} is held."
    return [notice for notice in grids.bench.told if notice.title == title]


async def test_cells_of_an_earlier_workflow_are_held_once_and_told(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        queue, own = grids.bench.queue, grids.bench.deployment
        queue.line.note_key(False)
        sweep = await grids.begin(SweepSpec((ListSpec(grids.key("steps"), "4, 5, 6"),)))
        # The same, another, and a list that does not say.
        another = replace(own, deployment_id="another", workflow_version="v77")
        grids.hear(own, another)
        grids.hear(replace(own, workflow_version=""), another)
        assert grids.states(sweep) == ["waiting"] * 3
        assert not grids.bench.told
        later = replace(own, workflow_version="v99")
        grids.hear(later)
        await until(lambda: grids.states(sweep) == ["held"] * 3)
        [notice] = grids.bench.told
        assert [notice] == told(grids)
        assert notice.detail.startswith("Its workflow has changed. 3 runs were made")
        assert notice.action is not None
        job_ids = [grids.job(sweep, cell).job_id for cell in range(3)]
        queue.agree(queue.jobs[each] for each in job_ids)
        queue.line.send_now(job_ids)
        await until(lambda: grids.states(sweep) == ["waiting"] * 3)
        # The person has decided.
        grids.hear(later)
        assert len(grids.bench.told) == 1
        assert grids.states(sweep) == ["waiting"] * 3


async def test_cells_put_back_after_the_workflow_changed_are_held_and_told(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        queue, own = grids.bench.queue, grids.bench.deployment
        queue.line.note_key(False)
        seeds = ", ".join(str(number) for number in range(2 * PIECE))
        sweep = await grids.begin(SweepSpec((ListSpec(grids.key("noise_seed"), seeds),)))
        jobs = list(queue.jobs)
        queue.remove_many(jobs)
        await until(lambda: grids.bench.told)
        [removal] = grids.bench.told
        grids.hear(replace(own, workflow_version="v99"))
        queue.line.note_key(True)
        assert removal.action is not None
        removal.action()
        await until(lambda: told(grids))
        assert set(grids.states(sweep)) == {"held"}
        assert await settled(lambda: grids.bench.received("submit")) == 0
        # The person decides; that holds when the jobs are away for a while.
        queue.line.note_key(False)
        queue.agree(queue.jobs[each] for each in jobs)
        queue.line.send_now(jobs)
        await until(lambda: set(grids.states(sweep)) == {"waiting"})
        queue.remove_many(jobs)
        await until(lambda: not queue.jobs)
        await until(lambda: grids.bench.told[-1].action_text == "Undo")
        action = grids.bench.told[-1].action
        assert action is not None
        action()
        await until(lambda: len(queue.jobs) == 2 * PIECE)
        assert await settled(lambda: len(told(grids))) == 1
        assert set(grids.states(sweep)) == {"waiting"}


async def test_what_is_no_cell_of_a_grid_is_held_as_well(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        queue, own = grids.bench.queue, grids.bench.deployment
        queue.line.note_key(False)
        await grids.bench.submit()
        grids.hear(replace(own, workflow_version="v99"))
        await until(lambda: len(grids.bench.in_state(JobState.HELD)) == 1)
        [notice] = grids.bench.told
        assert notice.detail.startswith("Its workflow has changed. 1 run was made")
        # So is what is begun for the workflow before.
        await grids.bench.submit()
        await until(lambda: len(grids.bench.in_state(JobState.HELD)) == 2)


async def test_what_sends_a_workflow_of_its_own_is_let_be(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        bench = grids.bench
        bench.queue.line.note_key(False)
        draft = replace(bench.draft(), runs_file=True)
        await bench.submit_draft(draft)
        grids.hear(replace(bench.deployment, workflow_version="v99"))
        assert not bench.told
        assert [job.state.value for job in bench.queue.jobs.values()] == ["waiting"]


async def test_a_cell_tried_again_after_the_workflow_changed_is_held(tmp_path: Path) -> None:
    grids = make_grids(tmp_path)
    async with grids.life():
        small(grids)
        grids.bench.world.faults.set("status-422@submit:2")
        sweep = await grids.begin(SweepSpec((ListSpec(grids.key("steps"), "4, 5"),)))
        await grids.all_reach(sweep, JobState.FAILED)
        grids.bench.world.faults.set("")
        queue, own = grids.bench.queue, grids.bench.deployment
        # Nothing of a grid is unsent, so nothing is said.
        grids.hear(replace(own, workflow_version="v99"))
        assert not told(grids)
        grids.sweeps.retry(sweep.sweep_id, 0)
        first = await grids.cell_reaches(sweep, 0, JobState.HELD)
        queue.run_again(grids.job(sweep, 1).job_id)
        second = await grids.cell_reaches(sweep, 1, JobState.HELD)
        assert [job.hold for job in (first, second)] == [Hold.PAUSED] * 2
        await until(lambda: len(told(grids)) == 2)
        assert all(
            each.detail.startswith("Its workflow has changed. 1 run was made")
            for each in told(grids)
        )
        grids.hear(replace(own, workflow_version="v99"))
        await settled(lambda: grids.bench.received("submit"))
        assert (grids.bench.accepted, len(told(grids))) == (0, 2)
        queue.agree([first])
        queue.line.send_now([first.job_id])
        await grids.cell_reaches(sweep, 0, JobState.DONE)
        assert grids.states(sweep) == ["done", "held"]


async def test_a_grid_of_an_earlier_workflow_than_the_list_has_is_held(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        own = grids.bench.deployment
        prepared = await grids.prepare(SweepSpec((ListSpec(grids.key("steps"), "4, 5, 6"),)))
        assert prepared is not None
        grids.hear(replace(own, workflow_version="v99"))
        grids.sweeps.start(prepared)
        await until(lambda: bool(grids.begun))
        [sweep] = grids.begun
        assert grids.states(sweep) == ["held"] * 3
        [notice] = told(grids)
        assert notice.detail.startswith("Its workflow has changed. 3 runs were made")
        await settled(lambda: grids.bench.received("submit"))
        assert grids.bench.accepted == 0


async def test_a_list_that_comes_while_a_grid_is_written_down_holds_it(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        queue, own = grids.bench.queue, grids.bench.deployment
        queue.line.note_key(False)
        prepared = await grids.prepare(SweepSpec((ListSpec(grids.key("steps"), "4, 5, 6"),)))
        assert prepared is not None
        entering = queue.submit_many(prepared.cells.runs, "a grid", prepared.sweep.sweep_id)
        await asyncio.sleep(0)
        grids.hear(replace(own, workflow_version="v99"))
        assert not queue.jobs
        await entering
        await until(lambda: len(grids.bench.in_state(JobState.HELD)) == 3)
        assert ["3 runs" in notice.detail for notice in told(grids)] == [True]


async def test_what_is_sent_again_knowingly_is_held_as_well(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        small(grids)
        grids.bench.world.faults.set("drop-answer@submit:1")
        sweep = await grids.begin(SweepSpec((ListSpec(grids.key("steps"), "4"),)))
        unknown = await grids.cell_reaches(sweep, 0, JobState.UNCERTAIN)
        grids.bench.world.faults.set("")
        accepted = grids.bench.accepted
        grids.hear(replace(grids.bench.deployment, workflow_version="v99"))
        grids.bench.queue.send_again(unknown.job_id)
        await grids.cell_reaches(sweep, 0, JobState.HELD)
        await until(lambda: ["1 run" in notice.detail for notice in told(grids)] == [True])
        await settled(lambda: grids.bench.received("submit"))
        assert grids.bench.accepted == accepted
