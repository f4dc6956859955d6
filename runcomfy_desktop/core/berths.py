"""Shares the line among downloads: few at once, and small files never behind huge ones."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

QUICK = 4
"""Downloads at once."""
LONG = 3
"""Further ones that have lasted; together no more than there are connections for files."""
LONG_S = 15.0


class Berths:
    """Places for downloads. One that lasts moves to a place apart while there is such a one, and
    the next in the row gets its own."""

    def __init__(self, quick: int = QUICK, long: int = LONG, long_s: float = LONG_S) -> None:
        self._quick = asyncio.Semaphore(quick)
        self._long_free = long
        self._long_s = long_s

    @asynccontextmanager
    async def berth(self) -> AsyncIterator[None]:
        """Waits for a place and has it inside."""
        await self._quick.acquire()
        has_moved = False
        loop = asyncio.get_running_loop()
        moving: asyncio.TimerHandle

        def move() -> None:
            nonlocal has_moved, moving
            if not self._long_free:
                moving = loop.call_later(self._long_s, move)
                return
            self._long_free -= 1
            has_moved = True
            self._quick.release()

        moving = loop.call_later(self._long_s, move)
        try:
            yield
        finally:
            moving.cancel()
            if has_moved:
                self._long_free += 1
            else:
                self._quick.release()
