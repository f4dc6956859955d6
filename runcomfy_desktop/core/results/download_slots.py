"""Shares the line among downloads: few at once, and small files never behind huge ones."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SHORT_SLOTS = 4
"""Downloads at once."""
LONG_SLOTS = 3
"""Further ones that have lasted; together no more than there are connections for files."""
LONG_AFTER_S = 15.0


class DownloadSlots:
    """Places for downloads. One that lasts moves to a place apart while there is such a one, and
    the next in the row gets its own."""

    def __init__(
        self,
        short_slots: int = SHORT_SLOTS,
        long_slots: int = LONG_SLOTS,
        long_after_s: float = LONG_AFTER_S,
    ) -> None:
        self._short_slots = asyncio.Semaphore(short_slots)
        self._free_long_slots = long_slots
        self._long_after_s = long_after_s

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Waits for a place and has it inside."""
        await self._short_slots.acquire()
        is_long = False
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle

        def move_to_long() -> None:
            nonlocal is_long, timer
            if not self._free_long_slots:
                timer = loop.call_later(self._long_after_s, move_to_long)
                return
            self._free_long_slots -= 1
            is_long = True
            self._short_slots.release()

        timer = loop.call_later(self._long_after_s, move_to_long)
        try:
            yield
        finally:
            timer.cancel()
            if is_long:
                self._free_long_slots += 1
            else:
                self._short_slots.release()
