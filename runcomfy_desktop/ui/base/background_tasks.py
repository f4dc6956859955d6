"""File work (decoding, copying) on two worker threads; results are delivered on the GUI thread."""

from __future__ import annotations

import atexit
import logging
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QThreadPool, Signal
from shiboken6 import isValid

from runcomfy_desktop.platform.thread_priority import lower_priority

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QDialog

T = TypeVar("T")

_log = logging.getLogger(__name__)

MAX_THREADS = 2


class _ResultRelay(QObject):
    """Carries a result across threads; a separate object, so that it outlives the waiting owner."""

    finished = Signal(int, object)


class _TaskError:
    """Exception that the work raised instead of returning a result."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class BackgroundTasks(QObject):
    """Runs work on two worker threads and calls `done` with the result on the GUI thread.

    The work must not use Qt objects of the window. An error of the work is a bug and is raised
    again on the GUI thread, where it is reported.

    When this object is destroyed, with its parent, work that has not started is discarded. Running
    work continues, because it cannot be interrupted, but its result is dropped.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(MAX_THREADS)
        self._relay = _ResultRelay()
        self._relay.finished.connect(self._on_relay_finished)
        self._callbacks: dict[int, Callable[[object], object]] = {}
        self._next_task_id = 0
        self.destroyed.connect(partial(_stop_pool, self._pool, self._relay))

    @property
    def is_idle(self) -> bool:
        return not self._callbacks

    def run(self, work: Callable[[], T], done: Callable[[T], object]) -> int:
        """Starts `work` when a thread is free; returns an id for `discard`."""
        task_id = self._next_task_id
        self._next_task_id += 1
        self._callbacks[task_id] = done  # type: ignore[assignment]  # T goes through a Qt signal
        self._pool.start(partial(_run_task, work, self._relay, task_id))
        return task_id

    def discard(self, task_id: int) -> None:
        """Discards the callback of a task whose result is no longer needed."""
        self._callbacks.pop(task_id, None)

    def _on_relay_finished(self, task_id: int, result: object) -> None:
        done = self._callbacks.pop(task_id, None)
        if isinstance(result, _TaskError):
            raise result.error
        if done is not None:
            done(result)


def run_for_dialog(dialog: QDialog, work: Callable[[], T], done: Callable[[T], object]) -> None:
    """Runs `work` for a dialog; `done` is not called if the dialog is destroyed before the end."""
    BackgroundTasks(dialog).run(work, done)


def _run_task(work: Callable[[], object], relay: _ResultRelay, task_id: int) -> None:
    lower_priority()
    try:
        result = work()
    except Exception as error:
        _log.exception("Background work failed")
        relay.finished.emit(task_id, _TaskError(error))
    else:
        relay.finished.emit(task_id, result)


# Pools that were stopped while threads were running, with the relays that these threads use.
# Destroying such a pool would block the GUI thread until a slow disk responds.
_stopped_pools: list[tuple[QThreadPool, _ResultRelay]] = []


def _stop_pool(pool: QThreadPool, relay: _ResultRelay) -> None:
    _stopped_pools[:] = [each for each in _stopped_pools if _is_running(each[0])]
    if isValid(pool):
        pool.clear()
    if _is_running(pool):
        _stopped_pools.append((pool, relay))


def _is_running(pool: QThreadPool) -> bool:
    # At program exit Qt may have waited for the pool and deleted it already.
    return isValid(pool) and pool.activeThreadCount() > 0


@atexit.register
def _wait_for_stopped_pools() -> None:
    # Runs before Qt is destroyed, because PySide has registered its own function earlier.
    for pool, _relay in _stopped_pools:
        if isValid(pool):
            pool.waitForDone()
