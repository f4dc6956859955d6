"""Mouse activity over a list, during which its rows must not move."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

IDLE_S = 3.0
"""Seconds without movement after which the pointer counts as left behind."""
_ACTIVITY_EVENTS = (
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonDblClick,
    QEvent.Type.MouseButtonRelease,
    QEvent.Type.Wheel,
)


class PointerActivity(QObject):
    """Watches the pointer over `area` and over the widgets in it passed to `watch`.

    Emits `ended` when the pointer leaves the area or rests. `now` returns monotonic seconds.
    """

    ended = Signal()

    def __init__(self, area: QWidget, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(area)
        self._area = area
        self._now = now
        self._moved_s: float | None = None
        self._idle_timer = QTimer(self)
        self._idle_timer.setSingleShot(True)
        self._idle_timer.setInterval(round(IDLE_S * 1000))
        self._idle_timer.timeout.connect(self._on_idle_timeout)
        area.installEventFilter(self)

    @property
    def is_active(self) -> bool:
        """True if the pointer is over the area and was used in the last `IDLE_S` seconds."""
        return self._moved_s is not None and self._now() - self._moved_s < IDLE_S

    def watch(self, widget: QWidget) -> None:
        """Also watches moves over `widget`, which is inside the area."""
        widget.setMouseTracking(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        event_type = event.type()
        if event_type in _ACTIVITY_EVENTS:
            self._moved_s = self._now()
            self._idle_timer.start()
        elif event_type in (QEvent.Type.Leave, QEvent.Type.Hide) and watched is self._area:
            self._end()
        return super().eventFilter(watched, event)

    def _on_idle_timeout(self) -> None:
        if self.is_active:
            # The timer fired slightly early.
            self._idle_timer.start()
        else:
            self._end()

    def _end(self) -> None:
        self._idle_timer.stop()
        if self._moved_s is not None:
            self._moved_s = None
            self.ended.emit()
