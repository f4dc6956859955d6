"""Retries a callback with exponential back-off."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable

BACKOFF = Backoff(5.0, 60.0)


class RetryTimer:
    """Timer for retries: `schedule` calls `callback` after a delay that grows each time.

    `cancel` stops the timer, and `reset` also restores the first delay.
    """

    def __init__(self, callback: Callable[[], object]) -> None:
        self._callback = callback
        self._failures = 0
        self._timer: asyncio.TimerHandle | None = None

    def schedule(self) -> None:
        self.cancel()
        self._failures += 1
        delay_s = BACKOFF.delay_s(self._failures)
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._callback)

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def reset(self) -> None:
        """Cancels the timer and restores the first delay, after a success."""
        self.cancel()
        self._failures = 0
