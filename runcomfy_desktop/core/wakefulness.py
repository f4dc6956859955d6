"""Notices that the computer slept: what is on the rows then is old, and rests may be over."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.polling import Pace


async def watch(
    pace: Pace,
    on_woken: Callable[[float], object],
    *,
    wall_s: Callable[[], float] = time.time,
    steady_s: Callable[[], float] = time.monotonic,
) -> None:
    """Calls `on_woken` after each sleep, with the seconds that the steady clock slept as well.

    Whether it does differs between systems, so both clocks are looked at. One that was set ahead
    looks like sleep; then some questions come early, which does no harm. One that was set back
    looks like nothing.
    """
    while True:
        wall_before_s, steady_before_s = wall_s(), steady_s()
        await asyncio.sleep(pace.watch_s)
        by_wall_s, by_steady_s = wall_s() - wall_before_s, steady_s() - steady_before_s
        if max(by_wall_s, by_steady_s) - pace.watch_s >= pace.slept_s:
            on_woken(max(0.0, by_wall_s - by_steady_s))
