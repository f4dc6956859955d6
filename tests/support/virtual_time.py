"""Event loop with a clock that jumps ahead when all tasks wait: hours pass in an instant.

Work on worker threads takes no virtual time: the loop waits for it, and the clock stands still.
This work must be started with `run_in_executor` or `to_thread`.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tests.support.async_tests import run_async_test

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

# In the loop's virtual time.
_LIMIT_S = 30 * 24 * 3600.0


class _Selector(selectors.DefaultSelector):
    """Selector that returns ready events, and advances the clock instead of waiting."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if self._loop.running_threads or timeout is None:
            # `timeout` is in the loop's own time, which stands still now.
            return super().select(None if timeout != 0 else 0)
        ready = super().select(0)
        if not ready:
            self._loop.now_s += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Event loop with a virtual clock; `now_s` is its time."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.running_threads = 0
        self._pool: ThreadPoolExecutor | None = None
        self._own_thread = threading.get_ident()
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self.now_s

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        if executor is None:
            executor = self._pool = self._pool or self._new_pool()
        work = executor.submit(func, *args)
        self.running_threads += 1
        future = asyncio.wrap_future(work, loop=self)
        # Called at the real end of the work, and after the callback that delivers its result: a
        # thread continues even if its future was cancelled.
        work.add_done_callback(self._on_thread_done)
        return future

    def _new_pool(self) -> ThreadPoolExecutor:
        pool = ThreadPoolExecutor(thread_name_prefix="asyncio")
        self.set_default_executor(pool)
        return pool

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Any, *args: Any, **context: Any
    ) -> asyncio.Handle:
        if self.running_threads == 0 and threading.get_ident() != self._own_thread:
            # The clock did not wait for this thread: that the test still runs is chance.
            name = threading.current_thread().name
            error = {"message": f"The thread {name} was at work, and the loop did not know of it"}
            super().call_soon_threadsafe(self.call_exception_handler, error)
        return super().call_soon_threadsafe(callback, *args, **context)

    async def shutdown_default_executor(self, *arguments: Any) -> None:
        # From Python 3.12 on, this method has a time limit, to which the clock would jump.
        self.running_threads += 1
        try:
            await super().shutdown_default_executor(*arguments)
        finally:
            self.running_threads -= 1

    def _on_thread_done(self, _work: object) -> None:
        # The loop may be closed already.
        with suppress(RuntimeError):
            self.call_soon_threadsafe(self._decrement_threads)

    def _decrement_threads(self) -> None:
        self.running_threads -= 1


def run_virtually(test: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Runs `test` on a VirtualLoop; fails if it leaves tasks or errors in the loop."""
    run_async_test(test(), VirtualLoop, _LIMIT_S)
