"""Runs file work (decoding, copying) in two threads; results come back on the GUI thread."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QThreadPool, Signal
from shiboken6 import isValid

from runcomfy_desktop.threads import step_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QDialog

T = TypeVar("T")

_log = logging.getLogger(__name__)

THREADS = 2


class _Relay(QObject):
    """Carries a result across threads; kept apart so that it outlives what waits for it."""

    arrived = Signal(int, object)


class _Failed:
    """What a piece of work raised instead of a result."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class Background(QObject):
    """Owns two threads. Work gets no Qt object of the window; `done` runs on the GUI thread.

    An error of the work is a bug and is raised again on the GUI thread, where it is reported.
    What still waits when the owner is destroyed is dropped; what runs is waited for.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(THREADS)
        self._relay = _Relay()
        self._relay.arrived.connect(self._on_relay_arrived)
        self._waiting: dict[int, Callable[[object], object]] = {}
        self._next_ticket = 0
        self.destroyed.connect(partial(_shut, self._pool))

    @property
    def is_idle(self) -> bool:
        return not self._waiting

    def run(self, work: Callable[[], T], done: Callable[[T], object]) -> int:
        """Starts `work` when a thread is free. The ticket returned can be given to `drop`."""
        ticket = self._next_ticket
        self._next_ticket += 1
        self._waiting[ticket] = done  # type: ignore[assignment]  # T goes through a Qt signal
        self._pool.start(partial(_work, work, self._relay, ticket))
        return ticket

    def drop(self, ticket: int) -> None:
        """Nobody waits for this result any more."""
        self._waiting.pop(ticket, None)

    def _on_relay_arrived(self, ticket: int, result: object) -> None:
        done = self._waiting.pop(ticket, None)
        if isinstance(result, _Failed):
            raise result.error
        if done is not None:
            done(result)


def look_for(dialog: QDialog, work: Callable[[], T], done: Callable[[T], object]) -> None:
    """Runs `work` for a dialog that can be closed meanwhile. Its window's thread must not wait for
    a slow disk then, so that the threads belong to what the dialog stands before."""
    background = Background(dialog.parent())

    def deliver(result: T) -> None:
        background.deleteLater()
        if isValid(dialog):
            done(result)

    background.run(work, deliver)


def _work(work: Callable[[], object], relay: _Relay, ticket: int) -> None:
    step_back()
    try:
        result = work()
    except Exception as error:
        _log.exception("Background work failed")
        relay.arrived.emit(ticket, _Failed(error))
    else:
        relay.arrived.emit(ticket, result)


def _shut(pool: QThreadPool) -> None:
    # At the end of the program Qt may have taken the pool down already, having waited for it.
    if isValid(pool):
        pool.clear()
        pool.waitForDone()
