"""Background tasks: named, referenced, logged on failure, and cancelled together."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.domain.base.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_log = logging.getLogger(__name__)


class Tasks:
    """Owns the background tasks of one part of the core.

    `on_failure` is called with every exception that a task did not handle; without it failures are
    only logged.
    """

    def __init__(self, on_failure: Callable[[Exception], object] | None = None) -> None:
        self._on_failure = on_failure
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Runs `work` as a task and keeps a reference until it ends."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._on_task_done)
        return task

    @property
    def is_busy(self) -> bool:
        """True while any task is running."""
        return bool(self._tasks)

    async def finish(self, timeout_s: float | None = None) -> None:
        """Waits until all tasks have ended, including those started during the wait. After
        `timeout_s` the remaining ones are cancelled."""
        try:
            async with asyncio.timeout(timeout_s):
                while running := self._other_tasks():
                    await asyncio.wait(running)
        except TimeoutError:
            await self.close()

    def cancel(self) -> list[asyncio.Task[Any]]:
        """Cancels the running tasks without waiting for their end; returns them."""
        running = self._other_tasks()
        for task in running:
            task.cancel()
        return running

    async def close(self) -> None:
        """Cancels the running tasks, and waits until they have ended."""
        await asyncio.gather(*self.cancel(), return_exceptions=True)

    def _other_tasks(self) -> list[asyncio.Task[Any]]:
        return [task for task in self._tasks if task is not asyncio.current_task()]

    def _on_task_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        if not isinstance(error, Problem):
            _log.error("Task %s failed", task.get_name(), exc_info=error)
        if self._on_failure is not None and isinstance(error, Exception):
            self._on_failure(error)
