"""Debouncing of presses: a held key or a habitual double click counts as one press.

Qt marks the repeats of a held key, but on X11 it has to guess: if it reads a release before the
press that follows, both look like the user's. A release therefore counts only if no press follows
at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QAbstractButton

# Faster than any finger: a repeated release and its press arrive at the same moment.
_REPEAT_MS = 30
# A held key repeats more often than this. Its release may have gone to another program, so a press
# after this time is a new one.
_FORGET_MS = 3000
_MOUSE_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
_DEACTIVATIONS = (QEvent.Type.ApplicationStateChange, QEvent.Type.WindowDeactivate)
_ENTER_KEYS = (Qt.Key.Key_Return.value, Qt.Key.Key_Enter.value)


class ShortcutDebouncer(QObject):
    """Lets the shortcut of an action (one that ends with Return or Enter) act once per press."""

    def __init__(self, action: QAction) -> None:
        super().__init__(action)
        self._is_held = False
        # True if the current press is a new one, judged by its timestamp and that of the previous
        # release: a busy window receives both events at the same moment.
        self._is_separate_press = False
        self._released_ms = 0
        self._since_press = QElapsedTimer()
        self._release_timer = QTimer(self)
        self._release_timer.setSingleShot(True)
        self._release_timer.setInterval(_REPEAT_MS)
        self._release_timer.timeout.connect(self._on_released)
        action.setAutoRepeat(False)
        action.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        event_type = event.type()
        if watched is self.parent() and event_type == QEvent.Type.Shortcut:
            return self._is_repeat()
        # Events of the whole application, filtered only while the key is down.
        if event_type in _DEACTIVATIONS:
            self._on_released()
        elif isinstance(event, QKeyEvent) and _is_release(event):
            self._released_ms = event.timestamp()
            self._release_timer.start()
        elif isinstance(event, QKeyEvent) and event_type == QEvent.Type.ShortcutOverride:
            elapsed_ms = event.timestamp() - self._released_ms
            self._is_separate_press = self._released_ms > 0 and elapsed_ms >= _REPEAT_MS
        return super().eventFilter(watched, event)

    def _is_repeat(self) -> bool:
        # While the key is down, an event passes here twice: for the application and for the action.
        # The result of the first pass holds until the next press.
        self._is_separate_press = self._is_separate_press or self._since_press.hasExpired(
            _FORGET_MS
        )
        is_repeat = self._is_held and not self._is_separate_press
        self._released_ms = 0
        self._since_press.start()
        self._release_timer.stop()
        if not self._is_held:
            self._is_held, self._is_separate_press = True, False
            _application().installEventFilter(self)
        return is_repeat

    def _on_released(self) -> None:
        self._is_held = False
        self._release_timer.stop()
        _application().removeEventFilter(self)


class KeyRepeatDetector:
    """Distinguishes the repeats of a held key from new presses.

    For a widget that receives both the presses and the releases of that key.
    """

    def __init__(self) -> None:
        self._released_ms = 0

    def is_repeat(self, event: QKeyEvent) -> bool:
        since_ms = self._released_ms
        return event.isAutoRepeat() or _is_within(since_ms, event.timestamp(), _REPEAT_MS)

    def record_release(self, event: QKeyEvent) -> None:
        self._released_ms = event.timestamp()


class ClickDebouncer(QObject):
    """Lets a button act once per press of its key, and once for clicks in quick succession."""

    def __init__(self, button: QAbstractButton) -> None:
        super().__init__(button)
        self._clicked_ms = 0
        self._key_repeat = KeyRepeatDetector()
        button.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # By the timestamp of the click: the window may have been busy since.
        if isinstance(event, QMouseEvent) and event.type() in _MOUSE_PRESSES:
            previous_ms, self._clicked_ms = self._clicked_ms, event.timestamp()
            return _is_within(previous_ms, event.timestamp(), QApplication.doubleClickInterval())
        # On some desktops Enter also presses the button in focus.
        if isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Space.value, *_ENTER_KEYS):
            if event.type() == QEvent.Type.KeyPress:
                return self._key_repeat.is_repeat(event)
            if event.type() == QEvent.Type.KeyRelease:
                self._key_repeat.record_release(event)
        return super().eventFilter(watched, event)


def _is_within(before_ms: int, now_ms: int, within_ms: int) -> bool:
    """Returns True if the events are less than `within_ms` apart.

    An event that another program synthesized may have no timestamp and always counts as a new
    press.
    """
    return before_ms > 0 and 0 <= now_ms - before_ms < within_ms


def _application() -> QCoreApplication:
    application = QApplication.instance()
    assert application is not None
    return application


def _is_release(event: QKeyEvent) -> bool:
    is_one = event.type() == QEvent.Type.KeyRelease and not event.isAutoRepeat()
    return is_one and event.key() in _ENTER_KEYS
