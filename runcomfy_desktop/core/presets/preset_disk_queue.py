"""What the library does on its disk: on threads, one thing at a time, known until it is done."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_desktop.core.base.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class PresetDiskQueue:
    """Gives each its turn, in the order of the wishes. What is wished counts from the call on, not
    only from when somebody waits for it."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._write_tasks = Tasks()
        self._read_tasks = Tasks()
        self._scan_tasks = Tasks()
        self._tracked: set[asyncio.Task[Any]] = set()
        self._is_closing = False

    @property
    def has_pending_writes(self) -> bool:
        """Whether something that is to be written may not be on the disk yet."""
        return self._write_tasks.is_busy or bool(self._tracked)

    def track(self, task: asyncio.Task[Any]) -> None:
        """It is behind until `task` is done as well: a write that comes of what is read first, and
        what is to be done once something is written."""
        self._tracked.add(task)
        task.add_done_callback(self._tracked.discard)

    def call_when_written(self, then: Callable[[], object]) -> None:
        """Calls `then` once all is done that is to be written."""

        async def work() -> None:
            while self.has_pending_writes:
                await self._write_tasks.finish()
                if self._tracked:
                    await asyncio.wait(set(self._tracked))
            then()

        self._read_tasks.start("wait for presets", work())

    def read(self, work: Callable[[], T]) -> asyncio.Task[T]:
        """Works on a thread."""
        return self._read_tasks.start("read presets", self._run_locked(work))

    def write(self, work: Callable[[], T]) -> asyncio.Task[T]:
        """The same for what would be lost if the program ended before it."""
        return self._write_tasks.start("write presets", self._run_locked(work))

    async def scan(self, work: Callable[[], T]) -> T | None:
        """The same for what only shows something; None when it was given up."""
        if self._is_closing:
            return None
        scanning = self._scan_tasks.start("look at presets", self._run_locked(work))
        await asyncio.wait([scanning])
        return None if scanning.cancelled() else scanning.result()

    async def cancel_scans(self) -> None:
        """Nobody is there any more to be shown something: what is to be written goes first."""
        self._is_closing = True
        await self._scan_tasks.close()

    async def close(self) -> None:
        """Nobody waits any more for what still runs."""
        for tasks in (self._write_tasks, self._read_tasks):
            await tasks.close()

    async def _run_locked(self, work: Callable[[], T]) -> T:
        async with self._lock:
            return await asyncio.to_thread(work)
