"""What the library does on its disk: on threads, one thing at a time, known until it is done."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_desktop.core.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class LibraryTurn:
    """Gives each its turn, in the order of the wishes. What is wished counts from the call on, not
    only from when somebody waits for it."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._writes = Tasks()
        self._others = Tasks()
        self._looks = Tasks()
        self._wishes: set[asyncio.Task[Any]] = set()
        self._is_over = False

    @property
    def is_behind(self) -> bool:
        """Whether something that is to be written may not be on the disk yet."""
        return self._writes.is_busy or bool(self._wishes)

    def follow(self, wish: asyncio.Task[Any]) -> None:
        """It is behind until `wish` is done as well: a write that comes of what is read first, and
        what is to be done once something is written."""
        self._wishes.add(wish)
        wish.add_done_callback(self._wishes.discard)

    def when_written(self, then: Callable[[], object]) -> None:
        """Calls `then` once all is done that is to be written."""

        async def work() -> None:
            while self.is_behind:
                await self._writes.finish()
                if self._wishes:
                    await asyncio.wait(set(self._wishes))
            then()

        self._others.start("wait for presets", work())

    def read(self, work: Callable[[], T]) -> asyncio.Task[T]:
        """Works on a thread."""
        return self._others.start("read presets", self._in_turn(work))

    def write(self, work: Callable[[], T]) -> asyncio.Task[T]:
        """The same for what would be lost if the program ended before it."""
        return self._writes.start("write presets", self._in_turn(work))

    async def look(self, work: Callable[[], T]) -> T | None:
        """The same for what only shows something; None when it was given up."""
        if self._is_over:
            return None
        looking = self._looks.start("look at presets", self._in_turn(work))
        await asyncio.wait([looking])
        return None if looking.cancelled() else looking.result()

    async def end_looks(self) -> None:
        """Nobody is there any more to be shown something: what is to be written goes first."""
        self._is_over = True
        await self._looks.close()

    async def close(self) -> None:
        """Nobody waits any more for what still runs."""
        for tasks in (self._writes, self._others):
            await tasks.close()

    async def _in_turn(self, work: Callable[[], T]) -> T:
        async with self._lock:
            return await asyncio.to_thread(work)
