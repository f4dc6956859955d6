from __future__ import annotations

import asyncio

import pytest

from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
from runcomfy_desktop.core.jobs.sleep_detector import watch_for_sleep
from tests.support.clocks import FakeClock
from tests.support.virtual_time import run_virtually

PACE = QueuePolicy()


@pytest.mark.parametrize(
    ("by_wall_s", "by_steady_s", "heard"),
    [
        (0.0, 0.0, []),
        (PACE.min_sleep_s - 1.0, 0.0, []),
        # The monotonic clock stops during sleep (Linux) or continues (Windows).
        (3600.0, 0.0, [3600.0]),
        (3600.0, 3600.0, [0.0]),
        # Set back, by an hour or by years.
        (-3600.0, 0.0, []),
        (-1e9, 0.0, []),
        # The monotonic clock continued and the wall clock was set back: unclear, so it counts as
        # sleep.
        (-3600.0, 600.0, [0.0]),
    ],
)
def test_sleep_is_told_by_either_clock(
    by_wall_s: float, by_steady_s: float, heard: list[float]
) -> None:
    async def test() -> None:
        received_values: list[float] = []
        loop = asyncio.get_running_loop()
        wall, steady = FakeClock(), FakeClock(0.0)
        watching = asyncio.create_task(
            watch_for_sleep(
                PACE,
                received_values.append,
                wall_s=lambda: loop.time() + wall(),
                monotonic_s=lambda: loop.time() + steady(),
            )
        )
        await asyncio.sleep(2.5 * PACE.sleep_check_s)
        wall.advance(by_wall_s)
        steady.advance(by_steady_s)
        await asyncio.sleep(100.0)
        watching.cancel()
        await asyncio.wait([watching])
        assert received_values == pytest.approx(heard)

    run_virtually(test)
