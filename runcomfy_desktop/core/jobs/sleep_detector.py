"""Detector for computer sleep, after which the rows are out of date and pauses may be over."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy


async def watch_for_sleep(
    policy: QueuePolicy,
    on_woken: Callable[[float], object],
    *,
    wall_s: Callable[[], float] = time.time,
    monotonic_s: Callable[[], float] = time.monotonic,
) -> None:
    """Calls `on_woken` after each sleep of the computer.

    The argument is the number of seconds for which the monotonic clock stood still. On some systems
    that clock continues during sleep, so both clocks are compared. A wall clock that was set ahead
    looks like sleep: then some polls come early, which does no harm. A wall clock that was set back
    is not noticed.
    """
    while True:
        wall_before_s, monotonic_before_s = wall_s(), monotonic_s()
        await asyncio.sleep(policy.sleep_check_s)
        by_wall_s, by_monotonic_s = wall_s() - wall_before_s, monotonic_s() - monotonic_before_s
        if max(by_wall_s, by_monotonic_s) - policy.sleep_check_s >= policy.min_sleep_s:
            on_woken(max(0.0, by_wall_s - by_monotonic_s))
