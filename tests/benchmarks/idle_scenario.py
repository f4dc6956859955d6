"""Process measured by `idle`: its processor time with and without jobs.

Arguments: `DATA_DIR URL`.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING

from tests.benchmarks.constants import CONTROL_TOKEN
from tests.benchmarks.instrumented_program import play
from tests.benchmarks.json_output import print_result
from tests.support.emulator_control import ask_control

if TYPE_CHECKING:
    from runcomfy_desktop.ui.base.session_services import SessionServices
    from runcomfy_desktop.ui.main_window.main_window import MainWindow

_JOBS = 50
_IDLE_S = 3.0
_MEASURED_S = 8.0


async def _busy(seconds: float) -> float:
    """Returns the processor time of this process as a percentage of one processor."""
    used_s, started_s = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    return 100 * (time.process_time() - used_s) / (time.perf_counter() - started_s)


def _request_count(url: str) -> int:
    counts = ask_control(url, os.environ[CONTROL_TOKEN], "counts")
    return int(sum(counts["received"].values()))


async def _submit_all(window: MainWindow, services: SessionServices) -> None:
    from PySide6.QtWidgets import QPushButton

    from runcomfy_desktop.domain.jobs.job import JobState
    from tests.benchmarks import scenario_steps

    for _job in range(_JOBS):
        scenario_steps.find(window, QPushButton, "run").click()
        await asyncio.sleep(0.02)
    early = {JobState.WAITING, JobState.SENDING}
    jobs = services.queue.jobs
    await scenario_steps.wait_until("50 jobs", lambda: len(jobs) == _JOBS)
    await scenario_steps.wait_until(
        "all sent", lambda: not any(job.state in early for job in jobs.values())
    )


async def _scenario(url: str) -> None:
    from tests.benchmarks import constants, scenario_steps

    window = await scenario_steps.open_window()
    services = await scenario_steps.session_services(window)
    await scenario_steps.open_deployment(services, constants.SLOW)
    await asyncio.sleep(_IDLE_S)
    none = await _busy(_MEASURED_S)
    await _submit_all(window, services)
    await asyncio.sleep(_IDLE_S)
    requests = await asyncio.to_thread(_request_count, url)
    busy = await _busy(_MEASURED_S)
    requests = await asyncio.to_thread(_request_count, url) - requests
    print_result({"none": none, "busy": busy, "asked_per_s": requests / _MEASURED_S})


if __name__ == "__main__":
    folder, address = sys.argv[1:]
    play(lambda: _scenario(address), ["--demo", "--data-dir", folder])
