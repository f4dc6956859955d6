"""Timer that delays the commit of typed text until a pause.

It fires half a second after the first keystroke at the latest, so that text typed without a pause
is stored as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QTimer

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

MAX_DELAY_MS = 500


class DebounceTimer(QTimer):
    """Fires `delay_ms` after the last `trigger`.

    The delay after the first `trigger` never exceeds `MAX_DELAY_MS`.
    """

    def __init__(self, delay_ms: int, parent: QObject) -> None:
        super().__init__(parent)
        self.setSingleShot(True)
        self._delay_ms = delay_ms
        self._first_trigger = QElapsedTimer()

    def trigger(self) -> None:
        """Starts or restarts the delay; call it on each edit."""
        if not self.isActive():
            self._first_trigger.start()
        remaining_ms = MAX_DELAY_MS - self._first_trigger.elapsed()
        self.start(max(0, min(self._delay_ms, remaining_ms)))
