"""Whether the window can be seen decides how fresh the queue is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.emulator.lifecycle import Pace as CloudPace
from runcomfy_desktop.ui.sight import Sight
from tests.support.job_bench import QUICK, open_bench
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.job_bench import Bench

LONG = CloudPace(cold_start_s=0.0, run_s=1000.0, cancel_lag_s=0.0)
# Unseen, the next question comes in an hour.
PACE = replace(QUICK, slow_s=3600.0, unseen=1e9)


async def test_a_window_that_nobody_sees_asks_less_often(tmp_path: Path) -> None:
    async with open_bench(tmp_path, pace=PACE, cloud=LONG) as bench:
        window = QWidget()
        window.show()
        sight = Sight(window, bench.queue)
        job_id = await bench.submit()
        await bench.reaches(job_id, JobState.RUNNING)
        await _asked_about(bench)
        for put_away, bring_back in (
            (window.hide, window.show),
            (window.showMinimized, window.showNormal),
        ):
            put_away()
            await settled(lambda: bench.received("status"))
            bring_back()
            await _asked_about(bench)
        sight.close()
        window.hide()
        await _asked_about(bench)
        window.deleteLater()


async def _asked_about(bench: Bench) -> None:
    asked = bench.received("status")
    await until(lambda: bench.received("status") > asked + 3)
