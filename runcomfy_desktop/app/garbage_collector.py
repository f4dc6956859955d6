"""Collects cyclic garbage on the GUI thread, at times when it does not disturb the user.

Garbage contains Qt objects, which must be deleted on the GUI thread. Python's automatic collection
is therefore off, and a timer collects young objects in small amounts. Objects created in a burst (a
workflow, a list of a thousand node classes) are frozen without a scan, which would block the
window. All of them are scanned when the window is not in use, and between two sessions.
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

_INTERVAL_MS = 500
# Fewer new objects are not worth a collection; more than _BURST_OBJECTS were loaded in a burst.
_MIN_OBJECTS = 1_000
_BURST_OBJECTS = 20_000
# Idle time of the window before all objects are scanned.
_IDLE_S = 120.0
_INPUT_EVENTS = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
        QEvent.Type.Wheel,
    }
)


class GarbageCollector(QObject):
    """Collects garbage from the creation of the object until `stop` is called."""

    def __init__(
        self, parent: QObject, *, interval_ms: int = _INTERVAL_MS, idle_s: float = _IDLE_S
    ) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        self._interval_s = interval_ms / 1000
        self._full_collection_idle_s = idle_s
        self._watched_window: QWindow | None = None
        self._has_input = False
        self._idle_s = 0.0
        self._new_objects = 0
        self._pointer: QPoint = QCursor.pos()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_timer_timeout)
        self._timer.start(interval_ms)

    def stop(self) -> None:
        self._timer.stop()
        self._watch(None)

    def collect_all(self) -> None:
        """Scans all objects now, which takes about a tenth of a second.

        Call it while the window has nothing to do for the user, such as between two sessions.
        """
        self._idle_s, self._new_objects = 0.0, 0
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        # The filter is on a QWindow, not on widgets: it receives only a few events.
        if event.type() in _INPUT_EVENTS:
            self._has_input = True
        return False

    def _on_timer_timeout(self) -> None:
        new = gc.get_count()[0]
        if new > _BURST_OBJECTS:
            gc.freeze()
        elif new > _MIN_OBJECTS:
            gc.collect(0)
        self._new_objects += max(new, 0)
        self._idle_s = self._idle_s + self._interval_s if self._is_idle() else 0.0
        if self._idle_s >= self._full_collection_idle_s and self._new_objects > _BURST_OBJECTS:
            self.collect_all()

    def _is_idle(self) -> bool:
        """Returns True if pointer and keyboard have been idle since the last call.

        A window that is in front for days is not necessarily in use.
        """
        before, self._pointer = self._pointer, QCursor.pos()
        had_input, self._has_input = self._has_input, False
        self._watch(QGuiApplication.focusWindow())
        return before == self._pointer and not QGuiApplication.mouseButtons() and not had_input

    def _watch(self, window: QWindow | None) -> None:
        if window is self._watched_window:
            return
        if self._watched_window is not None:
            # The window may have been deleted, for example a closed dialog.
            with suppress(RuntimeError):
                self._watched_window.removeEventFilter(self)
        self._watched_window = window
        if window is not None:
            window.installEventFilter(self)
