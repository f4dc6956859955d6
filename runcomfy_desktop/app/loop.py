"""Event loop: asyncio on Qt's own loop, with four faults of qasync 0.28.0 corrected.

1. `call_later` returns a plain Handle, and cancelling it leaves the Qt timer running. httpx sets
   about two time-outs per request, so hundreds of dead timers would pile up and slow every tick.
2. The default executor is ten QThreads; a BaseException in one hangs or aborts the program.
3. Abandoned async generators are never closed, because the hooks are missing.
4. `call_soon_threadsafe` of a closed loop does not raise but emits a signal. A thread that
   finishes late, such as a keyring's, crashes if Qt has already destroyed the signal's object.

qasync is pinned to 0.28.0 because of this module: run its tests first when changing the version.
"""

from __future__ import annotations

import asyncio
import math
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

# qasync uses the Qt binding that is already imported.
from PySide6.QtCore import QObject, Qt, QTimerEvent
from qasync import QEventLoop

from runcomfy_desktop.platform.thread_priority import lower_priority

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

    from PySide6.QtWidgets import QApplication

_FILE_WORKERS = 4
_PRECISE_BELOW_MS = 2000
_MAX_TIMER_MS = 2**31 - 1


class _Timer(asyncio.TimerHandle):
    """Timer handle that frees its Qt timer immediately when cancelled."""

    release: Callable[[], None] | None = None

    def cancel(self) -> None:
        super().cancel()
        if self.release is not None:
            self.release()
            self.release = None


class _QtTimers(QObject):
    """Owns the Qt timers behind pending `_Timer` handles."""

    def __init__(self) -> None:
        super().__init__()
        self._pending: dict[int, _Timer] = {}

    def start(self, timer: _Timer, delay_s: float) -> None:
        # Rounded up: asyncio promises not to call early.
        ms = min(math.ceil(delay_s * 1000), _MAX_TIMER_MS)
        is_precise = ms < _PRECISE_BELOW_MS
        kind = Qt.TimerType.PreciseTimer if is_precise else Qt.TimerType.CoarseTimer
        timer_id = self.startTimer(ms, kind)
        self._pending[timer_id] = timer
        timer.release = lambda: self._release(timer_id)

    def stop(self) -> None:
        for timer_id in list(self._pending):
            self._release(timer_id)

    def timerEvent(self, event: QTimerEvent) -> None:
        timer = self._pending.get(event.timerId())
        self._release(event.timerId())
        if timer is not None and not timer.cancelled():
            timer.release = None
            timer._run()  # noqa: SLF001 - a loop may use its handles

    def _release(self, timer_id: int) -> None:
        if self._pending.pop(timer_id, None) is not None:
            self.killTimer(timer_id)


class QtEventLoop(QEventLoop):  # type: ignore[misc] # qasync has no type hints
    """qasync's loop with real timer handles, plain threads, async generator hooks, safe close."""

    def __init__(self, app: QApplication) -> None:
        self._timers = _QtTimers()
        # Reentrant: a signal handler or a finalizer may run on the same thread while it is locked.
        self._callback_lock = threading.RLock()
        super().__init__(app)
        self.set_default_executor(
            ThreadPoolExecutor(
                _FILE_WORKERS, thread_name_prefix="files", initializer=lower_priority
            )
        )

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> None:
        """Schedules a callback from another thread. Raises RuntimeError if the loop is closed."""
        with self._callback_lock:
            if self.is_closed():
                raise RuntimeError("Event loop is closed")
            super().call_soon_threadsafe(callback, *args, context=context)

    def call_later(
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.Handle:
        if delay <= 0:
            handle: asyncio.Handle = super().call_later(0, callback, *args, context=context)
            return handle
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        timer = _Timer(when, callback, args, self, context)
        self._timers.start(timer, max(0.0, when - self.time()))
        return timer

    def run_forever(self) -> Any:
        before = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(
            firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook
        )
        try:
            return super().run_forever()
        finally:
            sys.set_asyncgen_hooks(*before)

    def close(self) -> None:
        self._timers.stop()
        # Waits for the loop's threads, which may still report their results.
        super().close()
        with self._callback_lock:
            # Every thread that found the loop open has scheduled its callback now.
            pass

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Does nothing: asyncio counts cancelled timers here, but this loop's are already freed."""


def create_loop(app: QApplication) -> QtEventLoop:
    """Creates the loop of the program and of GUI tests, for `asyncio.Runner(loop_factory=...)`."""
    return QtEventLoop(app)
