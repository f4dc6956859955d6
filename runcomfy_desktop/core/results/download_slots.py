"""Slots for concurrent downloads: few at once, and long downloads make room for short ones."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SHORT_SLOTS = 4
"""Number of slots in which downloads start."""
LONG_SLOTS = 3
"""Number of additional slots for long downloads. All slots together are no more than the
connections for files."""
LONG_AFTER_S = 15.0
FILES_PER_JOB = 3
"""Number of files of one job that are downloaded at once: other jobs need slots as well."""


class DownloadSlots:
    """Limits concurrent downloads.

    A download that takes long moves to a long slot if one is free, and the next download gets its
    short slot.
    """

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
        """Waits for a slot and keeps it until the end of the block."""
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
