"""Tells the queue whether anybody sees the window: what nobody sees is asked about less often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.job_queue import JobQueue

_CHANGES = (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.WindowStateChange)


class Sight(QObject):
    """Watches a window for one queue, until `close`."""

    def __init__(self, window: QWidget, queue: JobQueue) -> None:
        super().__init__(window)
        self._window = window
        self._queue = queue
        window.installEventFilter(self)
        self._tell()

    def close(self) -> None:
        self._window.removeEventFilter(self)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() in _CHANGES:
            self._tell()
        return False

    def _tell(self) -> None:
        # A window behind others may be seen in part, so only what is certain counts.
        self._queue.set_seen(self._window.isVisible() and not self._window.isMinimized())
