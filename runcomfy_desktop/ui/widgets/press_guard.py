"""Ignores presses on a button that has just changed its meaning or its position.

Such a press is the second half of a double click or comes from a held key, or it was aimed at the
button's previous meaning or position.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QAbstractButton

# A press this soon, for example on "Run again" right after the button said Cancel, is not intended:
# it is the second half of a double click, or the finger was already moving.
QUIET_PERIOD_S = 0.5
_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
# On some desktops Enter also presses a button.
_KEYS = (Qt.Key.Key_Space.value, Qt.Key.Key_Return.value, Qt.Key.Key_Enter.value)
_RELEASES = (QEvent.Type.MouseButtonRelease, QEvent.Type.KeyRelease)


class QuietPeriod:
    """Measures whether enough time has passed since a change or an action.

    `now` returns monotonic seconds.
    """

    def __init__(
        self, now: Callable[[], float] = time.monotonic, *, duration_s: float = QUIET_PERIOD_S
    ) -> None:
        self._now = now
        self._duration_s = duration_s
        self._since_s: float | None = None

    @property
    def is_over(self) -> bool:
        return self._since_s is None or self._now() - self._since_s >= self._duration_s

    def restart(self) -> None:
        """Starts the period now, after a change or an action."""
        self._since_s = self._now()

    def reset(self) -> None:
        """Ends the period: the earlier change does not concern the current state."""
        self._since_s = None

    def check(self) -> bool:
        """Returns True if the period is over; otherwise restarts it.

        A user who keeps pressing has not read what the button says.
        """
        is_over = self.is_over
        if not is_over:
            self.restart()
        return is_over


class PressGuard(QObject):
    """Blocks presses on a button for half a second after its meaning has changed.

    Mouse presses are also blocked after its position has changed. The period restarts when the
    change is painted, because it was not visible while the window was busy.
    """

    def __init__(self, button: QAbstractButton, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(button)
        self._button = button
        self._meaning_period = QuietPeriod(now)
        self._position_period = QuietPeriod(now)
        self._unpainted_periods: set[QuietPeriod] = set()
        # A press in progress was meant for what the button was when the press began.
        self._ignores_press = False
        button.installEventFilter(self)

    @property
    def is_over(self) -> bool:
        """True if presses of every kind, the mouse's included, are accepted."""
        return self._meaning_period.is_over and self._position_period.is_over

    def change_meaning(self) -> None:
        """Records that the button now does something else, or acts on something else."""
        self._ignores_press |= self._button.isDown()
        self._restart(self._meaning_period)

    def change_position(self) -> None:
        """Records that the button moved or appeared, with the same meaning."""
        self._restart(self._position_period)

    def reset(self) -> None:
        """Prepares the button for a new use that was never shown in another form."""
        self._button.setDown(False)
        self._unpainted_periods.clear()
        self._meaning_period.reset()
        self._position_period.reset()

    def check_press(self) -> bool:
        """Returns True if a press that did not come from the mouse is accepted.

        Otherwise it restarts the period.
        """
        return self._meaning_period.check()

    def _restart(self, period: QuietPeriod) -> None:
        period.restart()
        self._unpainted_periods.add(period)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        event_type = event.type()
        if event_type in _PRESSES:
            self._ignores_press = False
            # Both periods are checked, without short-circuit: each restarts on its own.
            return not all([self._meaning_period.check(), self._position_period.check()])
        if event_type == QEvent.Type.Paint:
            for period in self._unpainted_periods:
                period.restart()
            self._unpainted_periods.clear()
        elif (
            event_type == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in _KEYS
        ):
            self._ignores_press &= event.isAutoRepeat()
            return not self._meaning_period.check()
        elif event_type in _RELEASES and self._ignores_press:
            self._ignores_press = False
            self._button.setDown(False)
        return super().eventFilter(watched, event)
