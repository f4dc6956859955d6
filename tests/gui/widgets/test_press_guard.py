"""A button that has just changed ignores presses, and intended presses are never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from runcomfy_desktop.ui.widgets.press_guard import QUIET_PERIOD_S, PressGuard
from tests.gui.support.user_input import process_events, show
from tests.support.clocks import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QKeyEvent

K, LEFT = Qt.Key, Qt.MouseButton.LeftButton


class EnterButton(QPushButton):
    """Button as on some desktops, where Enter presses it as well."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (K.Key_Return, K.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class GuardedButton:
    def __init__(self) -> None:
        self.window = QWidget()
        self.button = EnterButton("Cancel", self.window)
        self.field = QLineEdit(self.window)
        column = QVBoxLayout(self.window)
        column.addWidget(self.button)
        column.addWidget(self.field)
        self.clock = FakeClock()
        self.guard = PressGuard(self.button, self.clock)
        self.clicks = 0
        self.button.clicked.connect(self._on_clicked)
        show(self.window, 300, 200)

    def _on_clicked(self) -> None:
        self.clicks += 1

    def press(self) -> None:
        QTest.mouseClick(self.button, LEFT)


@pytest.fixture
def guarded() -> Iterator[GuardedButton]:
    guarded = GuardedButton()
    yield guarded
    guarded.window.close()


@pytest.mark.parametrize("key", [K.Key_Space, K.Key_Return, K.Key_Enter])
def test_no_key_presses_what_has_changed_just_now(guarded: GuardedButton, key: Qt.Key) -> None:
    guarded.button.setFocus()
    guarded.guard.change_meaning()
    process_events()
    QTest.keyClick(guarded.button, key)
    assert guarded.clicks == 0
    guarded.clock.advance(QUIET_PERIOD_S)
    QTest.keyClick(guarded.button, key)
    assert guarded.clicks == 1


def test_a_press_that_began_before_the_change_is_none(guarded: GuardedButton) -> None:
    QTest.mousePress(guarded.button, LEFT)
    guarded.guard.change_meaning()
    QTest.mouseRelease(guarded.button, LEFT)
    assert guarded.clicks == 0


def test_it_is_none_either_where_the_pointer_left_and_came_back(guarded: GuardedButton) -> None:
    QTest.mousePress(guarded.button, LEFT)
    guarded.guard.change_meaning()
    QTest.mouseMove(guarded.button, QPoint(-50, -50))
    process_events()
    guarded.guard.change_meaning()
    QTest.mouseMove(guarded.button, guarded.button.rect().center())
    process_events()
    QTest.mouseRelease(guarded.button, LEFT)
    assert guarded.clicks == 0


def test_a_release_that_never_came_costs_no_later_press(guarded: GuardedButton) -> None:
    QTest.mousePress(guarded.button, LEFT)
    guarded.guard.change_meaning()
    guarded.button.hide()
    process_events()
    guarded.button.show()
    process_events()
    guarded.clock.advance(QUIET_PERIOD_S)
    guarded.press()
    assert guarded.clicks == 1


def test_a_key_that_was_let_go_elsewhere_costs_no_later_press(guarded: GuardedButton) -> None:
    guarded.button.setFocus()
    QTest.keyPress(guarded.button, K.Key_Space)
    guarded.guard.change_meaning()
    guarded.field.setFocus()
    QTest.keyRelease(guarded.field, K.Key_Space)
    process_events()
    guarded.clock.advance(QUIET_PERIOD_S)
    guarded.press()
    assert guarded.clicks == 1
