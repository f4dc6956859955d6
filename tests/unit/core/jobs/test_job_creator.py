"""Creation of jobs: all or none of a batch, each with its grid cell and its deployment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.domain.jobs.job import JobState
from tests.support.async_wait import wait_until
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

S = JobState


async def test_jobs_of_a_grid_have_its_id_their_cells_and_their_own_deployments(
    tmp_path: Path,
) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue.set_online(False)
        other = replace(harness.deployment, name="Other", deployment_id="d-other")
        runs = [
            RunRequest(harness.draft(noise_seed=1), harness.deployment, "seed 1", 0),
            RunRequest(harness.draft(noise_seed=2), other, "seed 2", 7),
        ]
        assert await harness.queue.submit_many(runs, "a grid", "grid-1")
        first, second = harness.queue.jobs.values()
        assert (first.batch_id, first.cell, first.deployment_name) == (
            "grid-1",
            0,
            harness.deployment.name,
        )
        assert (second.batch_id, second.cell, second.deployment_id) == ("grid-1", 7, "d-other")
        assert second.title.startswith("seed 2 · ")
        assert harness.row(second.job_id)["cell"] == 7


async def test_one_run_has_no_batch_unless_it_is_of_a_grid(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.queue.send_queue.set_online(False)
        alone = RunRequest(harness.draft(), harness.deployment)
        assert await harness.queue.submit_many([alone])
        assert await harness.queue.submit_many([replace(alone, cell=0)], "one cell", "grid-1")
        assert [job.batch_id for job in harness.queue.jobs.values()] == ["", "grid-1"]


async def test_what_cannot_be_written_is_not_there_at_all(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        await harness.refuse_writes()
        runs = [
            RunRequest(harness.draft(noise_seed=each), harness.deployment, "", each)
            for each in range(9)
        ]
        assert not await harness.queue.submit_many(runs, "a grid", "grid-1")
        assert not harness.queue.jobs
        assert harness.shown_notices
        await harness.refuse_writes(on=False)


async def test_a_job_in_the_place_of_another_has_its_batch_and_its_cell(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("status-422@submit:1")
        run = RunRequest(harness.draft(noise_seed=5), harness.deployment, "seed 5", 3)
        assert await harness.queue.submit_many([run], "a grid", "grid-1")
        [failed] = harness.queue.jobs
        await harness.wait_until_state(failed, S.FAILED)
        harness.backend.faults.set("")
        assert await harness.queue.run_in_place([harness.queue.jobs[failed]])
        again = list(harness.queue.jobs)[-1]
        job = await harness.wait_until_state(again, S.DONE)
        assert (job.batch_id, job.batch_name, job.cell, job.seed) == ("grid-1", "a grid", 3, 5)
        assert harness.queue.jobs[failed].state is S.FAILED


async def test_an_unknown_answer_sent_again_keeps_its_cell(tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path) as harness:
        harness.backend.faults.set("drop-answer:1")
        await harness.queue.submit_many(
            [RunRequest(harness.draft(), harness.deployment, "", 4)], "", "grid-1"
        )
        [job_id] = harness.queue.jobs
        await harness.wait_until_state(job_id, S.UNCERTAIN)
        harness.backend.faults.set("")
        harness.queue.send_again(job_id)
        await wait_until(lambda: len(harness.queue.jobs) == 2)
        new = list(harness.queue.jobs.values())[-1]
        assert (new.batch_id, new.cell) == ("grid-1", 4)
