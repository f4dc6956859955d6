"""A deployment that gets another workflow in the middle of a grid holds what was not sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.grid_watch import GridWatch
from runcomfy_desktop.domain.sweep.spec import ListSpec, SweepSpec
from tests.support.sweep_bench import open_grids
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path


async def test_cells_of_an_earlier_workflow_are_held_once_and_told(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        queue, own = grids.bench.queue, grids.bench.deployment
        queue.line.note_key(False)
        sweep = await grids.begin(SweepSpec((ListSpec(grids.key("steps"), "4, 5, 6"),)))
        # The same, another, and a list that is older than the record the runs were made of.
        another = replace(own, deployment_id="another", workflow_version="v77")
        grids.hear(own, another)
        grids.hear(replace(own, workflow_version="v0"), another)
        grids.hear(replace(own, workflow_version=""), another)
        assert grids.states(sweep) == ["waiting"] * 3
        assert not grids.bench.told
        later = replace(own, workflow_version="v99")
        grids.hear(later)
        await until(lambda: grids.states(sweep) == ["held"] * 3)
        [notice] = grids.bench.told
        assert notice.title == f"The workflow of {own.name} has changed."
        assert notice.detail.startswith("3 runs of a grid are held.")
        assert notice.action is not None
        queue.line.send_now([grids.job(sweep, cell).job_id for cell in range(3)])
        await until(lambda: grids.states(sweep) == ["waiting"] * 3)
        # The person has decided.
        grids.hear(later)
        assert len(grids.bench.told) == 1
        assert grids.states(sweep) == ["waiting"] * 3


async def test_what_is_no_cell_of_a_grid_is_let_be(tmp_path: Path) -> None:
    async with open_grids(tmp_path) as grids:
        queue, own = grids.bench.queue, grids.bench.deployment
        queue.line.note_key(False)
        await grids.bench.submit()
        GridWatch(queue, grids.notices).look((replace(own, workflow_version="v99"),))
        assert not grids.bench.told
        assert [job.state.value for job in queue.jobs.values()] == ["waiting"]
