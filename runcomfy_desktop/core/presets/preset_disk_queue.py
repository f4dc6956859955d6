"""Disk access of the preset library: on worker threads, one operation at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_desktop.core.base.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class PresetDiskQueue:
    """Runs disk operations one at a time, in the order of the calls.

    An operation counts as pending from the call on, even before it is awaited.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._write_tasks = Tasks()
        self._read_tasks = Tasks()
        self._scan_tasks = Tasks()
        self._tracked: set[asyncio.Task[Any]] = set()
        self._is_closing = False

    @property
    def has_pending_writes(self) -> bool:
        """True if a requested write may not be on the disk yet."""
        return self._write_tasks.is_busy or bool(self._tracked)

    def track(self, task: asyncio.Task[Any]) -> None:
        """Counts `task` as a pending write.

        Use this for a read that leads to a write, and for work that follows a write.
        """
        self._tracked.add(task)
        task.add_done_callback(self._tracked.discard)

    def call_when_written(self, then: Callable[[], object]) -> None:
        """Calls `then` once all pending writes are done."""

        async def work() -> None:
            while self.has_pending_writes:
                await self._write_tasks.finish()
                if self._tracked:
                    await asyncio.wait(set(self._tracked))
            then()

        self._read_tasks.start("wait for presets", work())

    def read(self, work: Callable[[], T]) -> asyncio.Task[T]:
        """Starts a read operation on a worker thread."""
        return self._read_tasks.start("read presets", self._run_locked(work))

    def write(self, work: Callable[[], T]) -> asyncio.Task[T]:
        """Starts a write operation, which would be lost if the program ended before it."""
        return self._write_tasks.start("write presets", self._run_locked(work))

    async def scan(self, work: Callable[[], T]) -> T | None:
        """Runs an operation that only updates a view; returns None if it was cancelled."""
        if self._is_closing:
            return None
        scanning = self._scan_tasks.start("look at presets", self._run_locked(work))
        await asyncio.wait([scanning])
        return None if scanning.cancelled() else scanning.result()

    async def cancel_scans(self) -> None:
        """Cancels all scans, so that pending writes run first when the library closes."""
        self._is_closing = True
        await self._scan_tasks.close()

    async def close(self) -> None:
        """Stops all reads and writes that still run."""
        await self._write_tasks.close()
        await self._read_tasks.close()

    async def _run_locked(self, work: Callable[[], T]) -> T:
        async with self._lock:
            return await asyncio.to_thread(work)
