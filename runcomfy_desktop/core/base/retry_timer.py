"""Retries a callback with exponential back-off."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 60.0


class RetryTimer:
    """Timer for retries: `schedule` calls `callback` after a delay that doubles each time.

    `cancel` stops the timer, and `reset` also restores the first delay.
    """

    def __init__(self, callback: Callable[[], object]) -> None:
        self._callback = callback
        self._delay_s = FIRST_PAUSE_S
        self._timer: asyncio.TimerHandle | None = None

    def schedule(self) -> None:
        self.cancel()
        self._timer = asyncio.get_running_loop().call_later(self._delay_s, self._callback)
        self._delay_s = min(2 * self._delay_s, LONGEST_PAUSE_S)

    def cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def reset(self) -> None:
        """Cancels the timer and restores the first delay, after a success."""
        self.cancel()
        self._delay_s = FIRST_PAUSE_S
