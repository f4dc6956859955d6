"""Runs that end with a result defined by the test."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.emulator.lifecycle import EmulatorTiming
from tests.support.async_wait import wait_until
from tests.support.queue_harness import open_queue_harness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.emulator.run_outcome import RunOutcome
    from tests.support.queue_harness import QueueHarness

_SLOW_TIMING = EmulatorTiming(cold_start_s=0.0, run_s=5.0, cancel_delay_s=0.0)


@asynccontextmanager
async def open_slow_harness(folder: Path) -> AsyncIterator[QueueHarness]:
    """Opens a harness with runs that only end through `run_ending_with`."""
    async with open_queue_harness(folder, timing=_SLOW_TIMING) as harness:
        yield harness


async def run_ending_with(harness: QueueHarness, make_outcome: Callable[[], RunOutcome]) -> Job:
    """Runs a draft that ends with the outcome of `make_outcome`; returns the finished job."""
    before = set(harness.backend.runs)
    job_id = await harness.submit()
    await wait_until(lambda: len(harness.backend.runs) > len(before))
    (run,) = (run for name, run in harness.backend.runs.items() if name not in before)
    run.outcome = make_outcome()
    harness.clock.advance(60)
    return await harness.wait_until_state(job_id, JobState.DONE)
