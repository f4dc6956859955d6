"""Throttles work that scans all jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_THROTTLED_JOBS = 500
"""Minimum number of jobs for which scanning them all at every change is too slow.

A busy queue has 50 changes a second, and a grid of ten thousand cells is cancelled within seconds.
"""
_INTERVAL_MS = 200


class Throttle(QObject):
    """Calls `action` at the first request, and once for all requests within the next 200 ms."""

    def __init__(self, parent: QObject, action: Callable[[], object]) -> None:
        super().__init__(parent)
        self._action = action
        self._is_pending = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self._on_timer_timeout)

    def request(self, *, job_count: int = MIN_THROTTLED_JOBS) -> None:
        """Requests the action; with a `job_count` below MIN_THROTTLED_JOBS it is called at once."""
        if job_count < MIN_THROTTLED_JOBS:
            self._action()
        elif self._timer.isActive():
            self._is_pending = True
        else:
            self._action()
            self._timer.start()

    def stop(self) -> None:
        """Discards a pending request."""
        self._timer.stop()
        self._is_pending = False

    def _on_timer_timeout(self) -> None:
        if self._is_pending:
            self._is_pending = False
            self._action()
            self._timer.start()
