"""The table of faults, row by row, with real queue, history, client and emulator but no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.fault_scenarios import COLD_S, RUN_S, TIMING, run_scenario
from tests.support.fault_table import ROWS, S
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.fault_table import FaultRow

pytestmark = pytest.mark.logs_errors


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_a_fault_at_a_stage(row: FaultRow, tmp_path: Path) -> None:
    async with open_queue_harness(tmp_path, timing=TIMING) as harness:
        await run_scenario(harness, row)


async def test_two_jobs_never_share_one_request(tmp_path: Path) -> None:
    """The service accepts a second job and returns the id of the first."""
    async with open_queue_harness(tmp_path, timing=TIMING) as harness:
        harness.backend.faults.set("other-id@submit#2")
        first = await harness.submit()
        await harness.wait_until_state(first, S.QUEUED, S.RUNNING)
        second = await harness.submit()
        doubtful = await harness.wait_until_state(second, S.UNCERTAIN)
        assert "The service gave this job the ID of another one." in doubtful.reason
        assert doubtful.request_id == harness.row(second)["request_id"] == ""
        harness.clock.advance(2 * COLD_S + 2 * RUN_S)
        job = await harness.wait_until_state(first, S.DONE)
        taken, other = harness.backend.runs
        assert job.request_id == taken
        # The user can still find the right request elsewhere and adopt it.
        harness.queue.adopt(second, other)
        assert (await harness.wait_until_state(second, S.DONE)).request_id == other
        assert harness.accepted_count == harness.received_count("submit") == 2
