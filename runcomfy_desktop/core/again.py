"""Has something done again after a while that did not succeed, with growing pauses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 60.0


class Again:
    """`soon` has `work` done after a pause; `hold` takes that back, and `rest` begins anew."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._pause_s = FIRST_PAUSE_S
        self._timer: asyncio.TimerHandle | None = None

    def soon(self) -> None:
        self.hold()
        self._timer = asyncio.get_running_loop().call_later(self._pause_s, self._work)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def hold(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def rest(self) -> None:
        """It succeeded."""
        self.hold()
        self._pause_s = FIRST_PAUSE_S
