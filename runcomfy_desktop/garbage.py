"""Collects cyclic garbage where and when it does no harm.

It holds Qt objects, which must die on the window's thread: so Python's own collection is off, and
a timer there collects what is young, a little at a time. What was loaded in a burst (a workflow, a
list of a thousand node classes) is set aside unseen: looking through it would stop the window. All
of it is looked through once nobody uses the window.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QCursor, QGuiApplication

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QWindow

_EVERY_MS = 500
# Fewer new objects than this are not worth a look; more than the other were loaded, not made.
_FEW = 1_000
_BURST = 20_000
# So long nobody has touched a window before everything is looked through, at the most so often.
_REST_S = 120.0
_TOUCHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
        QEvent.Type.Wheel,
    }
)


class Garbage(QObject):
    """Collects from now on until `stop`."""

    def __init__(
        self, parent: QObject, *, every_ms: int = _EVERY_MS, rest_s: float = _REST_S
    ) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        self._every_s = every_ms / 1000
        self._long_rest_s = rest_s
        self._watched: QWindow | None = None
        self._is_touched = False
        self._rest_s = 0.0
        self._grown = 0
        self._pointer: QPoint = QCursor.pos()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._timer.start(every_ms)

    def stop(self) -> None:
        self._timer.stop()
        self._watch(None)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        # Of a window of the system, not of widgets: these few events are all it gets.
        if event.type() in _TOUCHES:
            self._is_touched = True
        return False

    def _on_timer_timeout(self) -> None:
        new = gc.get_count()[0]
        if new > _BURST:
            gc.freeze()
        elif new > _FEW:
            gc.collect(0)
        self._grown += max(new, 0)
        self._rest_s = self._rest_s + self._every_s if self._is_unused() else 0.0
        if self._rest_s >= self._long_rest_s and self._grown > _BURST:
            self._rest_s, self._grown = 0.0, 0
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def _is_unused(self) -> bool:
        """Whether pointer and keyboard have rested since the last look. A window that lies in
        front for days is no window in use."""
        before, self._pointer = self._pointer, QCursor.pos()
        touched, self._is_touched = self._is_touched, False
        self._watch(QGuiApplication.focusWindow())
        return before == self._pointer and not QGuiApplication.mouseButtons() and not touched

    def _watch(self, window: QWindow | None) -> None:
        if window is self._watched:
            return
        if self._watched is not None:
            # It may be gone: a dialog that was closed.
            with suppress(RuntimeError):
                self._watched.removeEventFilter(self)
        self._watched = window
        if window is not None:
            window.installEventFilter(self)
