"""Work such as decoding and copying on worker threads; results come back on the GUI thread.

The program has one pool of threads for all of it.
"""

from __future__ import annotations

import atexit
import itertools
import logging
from collections import deque
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from PySide6.QtCore import QObject, QThreadPool, Signal
from shiboken6 import isValid

from runcomfy_desktop.platform.thread_priority import lower_priority

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QDialog

T = TypeVar("T")

_log = logging.getLogger(__name__)

MAX_RUNNING = 2
"""Maximum number of tasks that run at once for one owner.

Many pictures of one owner must not occupy the processors, or the threads of the others.
"""
# Enough for all owners together: with a disk that does not respond, each keeps its threads.
_MAX_THREADS = 64


class _TaskError:
    """Exception that the work raised instead of returning a result."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class _Callbacks(NamedTuple):
    """Receivers of the result of one task, or of its error."""

    done: Callable[[object], object]
    failed: Callable[[], object] | None


class _WorkerPool(QObject):
    """Threads of the program, and the way back from them to the owners of the tasks."""

    # Emitted on a worker thread, delivered on the GUI thread, where this object was created.
    finished = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self._threads = QThreadPool()
        self._threads.setMaxThreadCount(_MAX_THREADS)
        self._owners: dict[int, BackgroundTasks] = {}
        self.finished.connect(self._on_finished)

    def start(self, task_id: int, work: Callable[[], object], owner: BackgroundTasks) -> None:
        self._owners[task_id] = owner
        self._threads.start(partial(_run_task, work, self, task_id))

    def wait(self) -> None:
        """Waits for running work; no thread may outlive Qt."""
        if isValid(self._threads):
            self._threads.clear()
            self._threads.waitForDone()

    def _on_finished(self, task_id: int, result: object) -> None:
        owner = self._owners.pop(task_id)
        if isValid(owner):
            owner.finish(task_id, result)


class BackgroundTasks(QObject):
    """Tasks of one owner, run on worker threads in the order in which they are started.

    The work must not use Qt objects of the window. An error of the work is a bug and is raised
    again on the GUI thread, where it is reported.

    When this object is destroyed, with its parent, work that waits for its turn is discarded. Work
    that was handed to the pool continues, because it cannot be interrupted, but its result is
    dropped.
    """

    _ids = itertools.count()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[tuple[int, Callable[[], object]]] = deque()
        self._running_count = 0
        self._callbacks: dict[int, _Callbacks] = {}

    @property
    def is_idle(self) -> bool:
        return not self._callbacks

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[], object] | None = None,
    ) -> int:
        """Starts `work` when a thread is free; returns an id for `discard`.

        Later calls `done` with its result, or `failed` if it raised an exception.
        """
        task_id = next(self._ids)
        self._callbacks[task_id] = _Callbacks(done, failed)  # type: ignore[arg-type]  # T goes through a Qt signal
        self._waiting.append((task_id, work))
        self._start_waiting()
        return task_id

    def discard(self, task_id: int) -> None:
        """Discards the callbacks of a task whose result is no longer needed."""
        self._callbacks.pop(task_id, None)

    def discard_all(self) -> None:
        """Discards the callbacks of all tasks, and the work that has not started."""
        self._waiting.clear()
        self._callbacks.clear()

    def finish(self, task_id: int, result: object) -> None:
        """Delivers the result of a task; called by the pool."""
        self._running_count -= 1
        self._start_waiting()
        callbacks = self._callbacks.pop(task_id, None)
        if not isinstance(result, _TaskError):
            if callbacks is not None:
                callbacks.done(result)
            return
        if callbacks is not None and callbacks.failed is not None:
            callbacks.failed()
        raise result.error

    def _start_waiting(self) -> None:
        while self._waiting and self._running_count < MAX_RUNNING:
            task_id, work = self._waiting.popleft()
            self._running_count += 1
            _worker_pool().start(task_id, work, self)


def run_for_dialog(dialog: QDialog, work: Callable[[], T], done: Callable[[T], object]) -> None:
    """Runs `work` for a dialog; `done` is not called if the dialog is destroyed before the end."""
    BackgroundTasks(dialog).run(work, done)


@lru_cache(maxsize=1)
def _worker_pool() -> _WorkerPool:
    pool = _WorkerPool()
    # Runs before Qt is destroyed, because PySide has registered its own function earlier.
    atexit.register(pool.wait)
    return pool


def _run_task(work: Callable[[], object], pool: _WorkerPool, task_id: int) -> None:
    lower_priority()
    try:
        result = work()
    except Exception as error:
        _log.exception("Background work failed")
        pool.finished.emit(task_id, _TaskError(error))
    else:
        pool.finished.emit(task_id, result)
