"""The measured process of `idle`: `DATA_DIR URL`, the processor time with and without jobs."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING

from tests.benchmarks.names import CONTROL_TOKEN
from tests.benchmarks.saying import say
from tests.benchmarks.watched import play
from tests.support.control import ask_control

if TYPE_CHECKING:
    from runcomfy_desktop.ui.main_window import MainWindow
    from runcomfy_desktop.ui.parts import WindowParts

_JOBS = 50
_REST_S = 3.0
_MEASURED_S = 8.0


async def _busy(seconds: float) -> float:
    """Percent of one processor that this process used."""
    used_s, began_s = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    return 100 * (time.process_time() - used_s) / (time.perf_counter() - began_s)


def _asked(url: str) -> int:
    counts = ask_control(url, os.environ[CONTROL_TOKEN], "counts")
    return int(sum(counts["received"].values()))


async def _submit_all(window: MainWindow, parts: WindowParts) -> None:
    from PySide6.QtWidgets import QPushButton

    from runcomfy_desktop.domain.job import JobState
    from tests.benchmarks import steps

    for _job in range(_JOBS):
        steps.find(window, QPushButton, "run").click()
        await asyncio.sleep(0.02)
    early = {JobState.WAITING, JobState.SENDING}
    jobs = parts.queue.jobs
    await steps.until("50 jobs", lambda: len(jobs) == _JOBS)
    await steps.until("all sent", lambda: not any(job.state in early for job in jobs.values()))


async def _scenario(url: str) -> None:
    from tests.benchmarks import names, steps

    window = await steps.open_window()
    parts = await steps.session(window)
    await steps.open_deployment(parts, names.SLOW)
    await asyncio.sleep(_REST_S)
    none = await _busy(_MEASURED_S)
    await _submit_all(window, parts)
    await asyncio.sleep(_REST_S)
    asked = await asyncio.to_thread(_asked, url)
    busy = await _busy(_MEASURED_S)
    asked = await asyncio.to_thread(_asked, url) - asked
    say({"none": none, "busy": busy, "asked_per_s": asked / _MEASURED_S})


if __name__ == "__main__":
    folder, address = sys.argv[1:]
    play(lambda: _scenario(address), ["--demo", "--data-dir", folder])
