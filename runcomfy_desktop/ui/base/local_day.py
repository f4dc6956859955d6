"""Current day in the user's time zone, with a signal when another begins."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

# The clock may be set, and a timer stands still while the computer sleeps.
_MAX_CHECK_INTERVAL_MS = 60_000


class LocalDay(QObject):
    """Day that contains the time returned by `now`; emits `changed` when that is another day."""

    changed = Signal()

    def __init__(self, now: Callable[[], float], parent: QObject) -> None:
        super().__init__(parent)
        self._now = now
        self.start_s = day_start_s(now())
        """Time at which the day began."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._check)
        self._start_timer()

    def stop(self) -> None:
        """Ends the checks; `changed` is not emitted any more."""
        self._timer.stop()

    def _check(self) -> None:
        start_s = day_start_s(self._now())
        self._start_timer()
        if start_s != self.start_s:
            self.start_s = start_s
            self.changed.emit()

    def _start_timer(self) -> None:
        now_s = self._now()
        # Rounded up: one millisecond too early, it would still be the old day.
        remaining_ms = int((day_start_s(now_s, days_later=1) - now_s) * 1000) + 1
        self._timer.start(min(remaining_ms, _MAX_CHECK_INTERVAL_MS))


def day_start_s(epoch_s: float, *, days_later: int = 0) -> float:
    """Returns the start of the local day that contains `epoch_s`, or of a later day."""
    day = datetime.fromtimestamp(epoch_s).date() + timedelta(days=days_later)
    # Local times of one day differ from the seconds since its start when the clocks change.
    return datetime.combine(day, time()).timestamp()
