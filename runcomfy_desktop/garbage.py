"""Collects cyclic garbage where and when it does no harm.

It holds Qt objects, which must die on the window's thread: so Python's own collection is off, and
a timer there collects what is young, a little at a time. What was loaded in a burst (a workflow, a
list of a thousand node classes) is set aside unseen: looking through it would stop the window. All
of it is looked through once nobody uses the window.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QCursor, QGuiApplication

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QWidget

_EVERY_MS = 500
# Fewer new objects than this are not worth a look; more than the other were loaded, not made.
_FEW = 1_000
_BURST = 20_000
# So long nobody has used the window before everything is looked through, at the most so often.
_REST_S = 120.0


class Garbage(QObject):
    """Collects from now on until `stop`."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        gc.disable()
        gc.freeze()
        self._window = window
        self._rest_s = 0.0
        self._grown = 0
        self._pointer: QPoint = QCursor.pos()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._timer.start(_EVERY_MS)

    def stop(self) -> None:
        self._timer.stop()

    def _on_timer_timeout(self) -> None:
        new = gc.get_count()[0]
        if new > _BURST:
            gc.freeze()
        elif new > _FEW:
            gc.collect(0)
        self._grown += max(new, 0)
        self._rest_s = self._rest_s + _EVERY_MS / 1000 if self._is_unused() else 0.0
        if self._rest_s >= _REST_S and self._grown > _BURST:
            self._rest_s, self._grown = 0.0, 0
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def _is_unused(self) -> bool:
        """Whether the pointer rests and the keyboard is elsewhere."""
        before, self._pointer = self._pointer, QCursor.pos()
        rests = before == self._pointer and not QGuiApplication.mouseButtons()
        return rests and not self._window.isActiveWindow()
