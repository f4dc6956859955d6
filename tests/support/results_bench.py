"""A bench on which a run has ended with a result of the test's own making."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace
from tests.support.job_bench import open_bench
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.emulator.outcome import Outcome
    from tests.support.job_bench import Bench

_LATER = Pace(cold_start_s=0.0, run_s=5.0, cancel_lag_s=0.0)


@asynccontextmanager
async def later_bench(folder: Path) -> AsyncIterator[Bench]:
    """A bench whose runs go on until `ends_with`."""
    async with open_bench(folder, cloud=_LATER) as bench:
        yield bench


async def ends_with(bench: Bench, makes: Callable[[], Outcome]) -> Job:
    """Runs a draft that ends with what `makes` gives; the job, done."""
    before = set(bench.world.runs)
    job_id = await bench.submit()
    await until(lambda: len(bench.world.runs) > len(before))
    (run,) = (run for name, run in bench.world.runs.items() if name not in before)
    run.outcome = makes()
    bench.clock.advance(60)
    return await bench.reaches(job_id, JobState.DONE)
