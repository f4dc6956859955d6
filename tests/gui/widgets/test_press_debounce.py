"""A held key acts once; a second press acts again, however late its event arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QShortcutEvent
from PySide6.QtWidgets import QApplication, QWidget

from runcomfy_desktop.ui.widgets.press_debounce import ShortcutDebouncer

if TYPE_CHECKING:
    from collections.abc import Iterator

SEQUENCE = QKeySequence("Ctrl+Return")
CONTROL = Qt.KeyboardModifier.ControlModifier


class KeyPressHarness:
    """Window with an action, and the key for it.

    No other event is processed between two of its events, as when the window is busy.
    """

    def __init__(self) -> None:
        self.window = QWidget()
        self.action = QAction("Run", self.window)
        self.runs = 0
        self.action.triggered.connect(self._on_triggered)
        ShortcutDebouncer(self.action)

    def down(self, at_ms: int) -> None:
        self._send(QEvent.Type.ShortcutOverride, at_ms)
        QApplication.sendEvent(self.action, QShortcutEvent(SEQUENCE, 0))

    def up(self, at_ms: int) -> None:
        self._send(QEvent.Type.KeyRelease, at_ms)

    def _send(self, kind: QEvent.Type, at_ms: int) -> None:
        event = QKeyEvent(kind, Qt.Key.Key_Return, CONTROL)
        event.setTimestamp(at_ms)
        QApplication.sendEvent(self.window, event)

    def _on_triggered(self) -> None:
        self.runs += 1


@pytest.fixture
def keys(qapp: QApplication) -> Iterator[KeyPressHarness]:
    keys = KeyPressHarness()
    yield keys
    keys.window.deleteLater()


def test_a_key_that_is_held_down_runs_once(keys: KeyPressHarness) -> None:
    keys.down(1000)
    for at_ms in range(1660, 2660, 40):
        # X11 reports a repeat as a release and a press at the same moment.
        keys.up(at_ms)
        keys.down(at_ms)
    assert keys.runs == 1


def test_two_presses_are_two_runs_also_when_the_window_was_busy_meanwhile(
    keys: KeyPressHarness,
) -> None:
    keys.down(1000)
    keys.up(1080)
    keys.down(1400)
    assert keys.runs == 2
    keys.down(1440)
    assert keys.runs == 2, "it was not let go"
