"""When what is typed is taken over: in a pause, and at the latest half a second after the first
letter, so that steady typing is stored as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QTimer

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

MAX_DELAY_MS = 500


class DebounceTimer(QTimer):
    """Fires `delay_ms` after the last `trigger`, never later than `MAX_DELAY_MS` after the
    first."""

    def __init__(self, delay_ms: int, parent: QObject) -> None:
        super().__init__(parent)
        self.setSingleShot(True)
        self._delay_ms = delay_ms
        self._first_trigger = QElapsedTimer()

    def trigger(self) -> None:
        """Something was typed."""
        if not self.isActive():
            self._first_trigger.start()
        remaining_ms = MAX_DELAY_MS - self._first_trigger.elapsed()
        self.start(max(0, min(self._delay_ms, remaining_ms)))
