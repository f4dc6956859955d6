"""What has to look at all jobs at once does so now and then, however fast the jobs change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

MIN_THROTTLED_JOBS = 500
"""From so many on, looking at each of them is too much for every change: a busy queue has 50 a
second, and a grid of ten thousand cells is cancelled within seconds."""
_INTERVAL_MS = 200


class Throttle(QObject):
    """Does `action` at the first wish, and for all that come within a while once more behind it."""

    def __init__(self, parent: QObject, action: Callable[[], object]) -> None:
        super().__init__(parent)
        self._action = action
        self._is_pending = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self._on_timer_timeout)

    def request(self, *, job_count: int = MIN_THROTTLED_JOBS) -> None:
        """The deed is wished; while it is one `job_count` few jobs, it is done each time."""
        if job_count < MIN_THROTTLED_JOBS:
            self._action()
        elif self._timer.isActive():
            self._is_pending = True
        else:
            self._action()
            self._timer.start()

    def stop(self) -> None:
        """What was wished and is not done yet has no meaning any more."""
        self._timer.stop()
        self._is_pending = False

    def _on_timer_timeout(self) -> None:
        if self._is_pending:
            self._is_pending = False
            self._action()
            self._timer.start()
