"""Process measured by the `polls` benchmark, which polls at the default rate.

Arguments: `DATA_DIR URL TOKEN JOBS SECONDS`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from runcomfy_desktop.app.loop import create_loop
from runcomfy_desktop.domain.jobs.job import JobState
from tests.benchmarks.json_output import print_result
from tests.benchmarks.loop_lateness import LoopLateness
from tests.benchmarks.scenario_steps import wait_until
from tests.support.windowless import PACES, WindowlessProgram

_SENT_LIMIT_S = 300.0


async def _send_all(program: WindowlessProgram, count: int) -> None:
    """Sends the jobs with a separate, faster program, because sending is not measured here."""
    await program.open()
    await program.execute("submit", list(range(count)))
    jobs = program.queue.jobs
    early = (JobState.WAITING, JobState.SENDING)
    await wait_until("jobs", lambda: len(jobs) == count, _SENT_LIMIT_S)
    await wait_until(
        "all are accepted",
        lambda: not any(job.state in early for job in jobs.values()),
        _SENT_LIMIT_S,
    )
    await program.close()


async def _main(
    earlier: WindowlessProgram, program: WindowlessProgram, count: int, seconds: float
) -> None:
    await _send_all(earlier, count)
    await program.open()
    jobs = program.queue.jobs
    started_s = time.monotonic()
    lateness, used_s = LoopLateness(), time.process_time()
    await asyncio.sleep(seconds)
    busy = 100 * (time.process_time() - used_s) / seconds
    ended_s = time.monotonic()
    active = sum(job.state.is_active for job in jobs.values())
    await program.close()
    print_result(
        {
            "began_s": started_s,
            "ended_s": ended_s,
            "active": active,
            "busy": busy,
            **lateness.percentiles(),
        }
    )


if __name__ == "__main__":
    folder, base_url, token, jobs, seconds = sys.argv[1:]
    app = QApplication(sys.argv[:1])
    early_program, program = (
        WindowlessProgram(Path(folder), base_url, token, PACES[pace])
        for pace in ("quick", "shipped")
    )
    with asyncio.Runner(loop_factory=lambda: create_loop(app)) as runner:
        runner.run(_main(early_program, program, int(jobs), float(seconds)))
