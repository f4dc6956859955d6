"""The table of faults, row by row: queue, history, client and emulator are real, no line is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.fault_plays import CLOUD, COLD_S, RUN_S, play
from tests.support.fault_table import ROWS, S
from tests.support.job_bench import open_bench

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fault_table import Row

pytestmark = pytest.mark.logs_errors


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_a_fault_at_a_stage(row: Row, tmp_path: Path) -> None:
    async with open_bench(tmp_path, cloud=CLOUD) as bench:
        await play(bench, row)


async def test_two_jobs_never_share_one_request(tmp_path: Path) -> None:
    """The service takes a second job and answers with the id of the first."""
    async with open_bench(tmp_path, cloud=CLOUD) as bench:
        bench.world.faults.set("other-id@submit#2")
        first = await bench.submit()
        await bench.reaches(first, S.QUEUED, S.RUNNING)
        second = await bench.submit()
        doubtful = await bench.reaches(second, S.UNCERTAIN)
        assert "The service gave this job the ID of another one." in doubtful.reason
        assert doubtful.request_id == bench.row(second)["request_id"] == ""
        bench.clock.advance(2 * COLD_S + 2 * RUN_S)
        job = await bench.reaches(first, S.DONE)
        taken, other = bench.world.runs
        assert job.request_id == taken
        # The way out: the person finds the right one elsewhere.
        bench.queue.adopt(second, other)
        assert (await bench.reaches(second, S.DONE)).request_id == other
        assert bench.accepted == bench.received("submit") == 2
