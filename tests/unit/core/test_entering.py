"""Entering jobs: all or none of a batch, each with its place in the grid and its deployment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.new_job import Run
from runcomfy_desktop.domain.job import JobState
from tests.support.job_bench import open_bench
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

S = JobState


async def test_jobs_of_a_grid_have_its_id_their_cells_and_their_own_deployments(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        bench.queue.line.note_online(False)
        other = replace(bench.deployment, name="Other", deployment_id="d-other")
        runs = [
            Run(bench.draft(noise_seed=1), bench.deployment, "seed 1", 0),
            Run(bench.draft(noise_seed=2), other, "seed 2", 7),
        ]
        assert await bench.queue.submit_many(runs, "a grid", "grid-1")
        first, second = bench.queue.jobs.values()
        assert (first.batch_id, first.cell, first.deployment_name) == (
            "grid-1",
            0,
            bench.deployment.name,
        )
        assert (second.batch_id, second.cell, second.deployment_id) == ("grid-1", 7, "d-other")
        assert second.title.startswith("seed 2 · ")
        assert bench.row(second.job_id)["cell"] == 7


async def test_one_run_has_no_batch_unless_it_is_of_a_grid(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.queue.line.note_online(False)
        alone = Run(bench.draft(), bench.deployment)
        assert await bench.queue.submit_many([alone])
        assert await bench.queue.submit_many([replace(alone, cell=0)], "one cell", "grid-1")
        assert [job.batch_id for job in bench.queue.jobs.values()] == ["", "grid-1"]


async def test_what_cannot_be_written_is_not_there_at_all(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        await bench.refuse_writes()
        runs = [Run(bench.draft(noise_seed=each), bench.deployment, "", each) for each in range(9)]
        assert not await bench.queue.submit_many(runs, "a grid", "grid-1")
        assert not bench.queue.jobs
        assert bench.told
        await bench.refuse_writes(on=False)


async def test_a_job_in_the_place_of_another_has_its_batch_and_its_cell(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("status-422@submit:1")
        run = Run(bench.draft(noise_seed=5), bench.deployment, "seed 5", 3)
        assert await bench.queue.submit_many([run], "a grid", "grid-1")
        [failed] = bench.queue.jobs
        await bench.reaches(failed, S.FAILED)
        bench.world.faults.set("")
        assert await bench.queue.run_in_place([bench.queue.jobs[failed]])
        again = list(bench.queue.jobs)[-1]
        job = await bench.reaches(again, S.DONE)
        assert (job.batch_id, job.batch_name, job.cell, job.seed) == ("grid-1", "a grid", 3, 5)
        assert bench.queue.jobs[failed].state is S.FAILED


async def test_an_unknown_answer_sent_again_keeps_its_cell(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        bench.world.faults.set("drop-answer:1")
        await bench.queue.submit_many([Run(bench.draft(), bench.deployment, "", 4)], "", "grid-1")
        [job_id] = bench.queue.jobs
        await bench.reaches(job_id, S.UNCERTAIN)
        bench.world.faults.set("")
        bench.queue.send_again(job_id)
        await until(lambda: len(bench.queue.jobs) == 2)
        new = list(bench.queue.jobs.values())[-1]
        assert (new.batch_id, new.cell) == ("grid-1", 4)
