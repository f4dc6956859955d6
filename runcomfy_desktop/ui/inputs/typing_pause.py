"""When what is typed is taken over: in a pause, and at the latest half a second after the first
letter, so that steady typing is stored as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QTimer

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

LATEST_MS = 500


class TypingPause(QTimer):
    """Fires `pause_ms` after the last `touch`, never later than `LATEST_MS` after the first."""

    def __init__(self, pause_ms: int, parent: QObject) -> None:
        super().__init__(parent)
        self.setSingleShot(True)
        self._pause_ms = pause_ms
        self._since = QElapsedTimer()

    def touch(self) -> None:
        """Something was typed."""
        if not self.isActive():
            self._since.start()
        left_ms = LATEST_MS - self._since.elapsed()
        self.start(max(0, min(self._pause_ms, left_ms)))
