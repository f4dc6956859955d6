"""Process measured by `soak`: the queue on the program's event loop.

Arguments: `DATA_DIR URL TOKEN JOBS`.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QApplication

from runcomfy_desktop.app.loop import create_loop
from runcomfy_desktop.domain.jobs.job import JobState
from tests.benchmarks.constants import CONTROL_TOKEN
from tests.benchmarks.json_output import print_result
from tests.benchmarks.loop_lateness import LoopLateness
from tests.benchmarks.process_memory import resident_mb
from tests.support.emulator_control import ask_control
from tests.support.windowless import PACES, WindowlessProgram

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.jobs.job import Job

_BATCH = 250
_LIMIT_S = 900.0
# Jobs that wait for the user's decision are settled as well.
_SETTLED_STATES = {JobState.UNCERTAIN, JobState.HELD}


async def _main(program: WindowlessProgram, count: int) -> None:
    await program.open()
    await program.execute("submit", [0])
    await _wait_until_settled(program.queue.jobs, 1)
    gc.collect()
    start_mb, started_s = resident_mb(), time.monotonic()
    before_counts = _counts(program.base_url)
    lateness = LoopLateness()
    for first in range(1, count + 1, _BATCH):
        await program.execute("submit", list(range(first, min(first + _BATCH, count + 1))))
        # Like a user who starts the next batch when the previous one is nearly done.
        await _wait_until_settled(program.queue.jobs, first - _BATCH)
    await _wait_until_settled(program.queue.jobs, count + 1)
    took_s = time.monotonic() - started_s
    lateness_percentiles = lateness.percentiles()
    gc.collect()
    end_mb = resident_mb()
    states = Counter(job.state.value for job in program.queue.jobs.values())
    before, counts = before_counts, await asyncio.to_thread(_counts, program.base_url)
    await program.close()
    print_result(
        {
            "start_mb": start_mb,
            "end_mb": end_mb,
            "took_s": took_s,
            "states": states,
            "requests": sum(counts["received"].values()) - sum(before["received"].values()),
            "accepted": counts["accepted"],
            **lateness_percentiles,
        }
    )


async def _wait_until_settled(jobs: Mapping[str, Job], count: int) -> None:
    """Waits until `count` jobs are settled; checks rarely, so that the checks are not measured."""
    ends_s = time.monotonic() + _LIMIT_S
    while (
        sum(job.state.is_finished or job.state in _SETTLED_STATES for job in jobs.values()) < count
    ):
        if time.monotonic() > ends_s:
            raise TimeoutError(Counter(job.state.value for job in jobs.values()))
        await asyncio.sleep(0.5)


def _counts(url: str) -> dict[str, Any]:
    counts: dict[str, Any] = ask_control(url, os.environ[CONTROL_TOKEN], "counts")
    return counts


if __name__ == "__main__":
    folder, base_url, token, jobs = sys.argv[1:]
    app = QApplication(sys.argv[:1])
    program = WindowlessProgram(Path(folder), base_url, token, PACES["quick"])
    with asyncio.Runner(loop_factory=lambda: create_loop(app)) as runner:
        runner.run(_main(program, int(jobs)))
