"""Ignores presses on a button that has just changed: the second half of a double click, a held key,
and a press that was on its way to another word or place."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QAbstractButton

# Nobody means a second run, or "Run again" on a button that said Cancel this moment: that is the
# second half of a double click, or a finger that was on its way.
QUIET_PERIOD_S = 0.5
_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
# Some desktops press a button by Enter as well.
_KEYS = (Qt.Key.Key_Space.value, Qt.Key.Key_Return.value, Qt.Key.Key_Enter.value)
_RELEASES = (QEvent.Type.MouseButtonRelease, QEvent.Type.KeyRelease)


class QuietPeriod:
    """Knows whether enough time went by since something changed or was done. `now` counts
    seconds, and is never put back."""

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
        """It changed, or was done, now."""
        self._since_s = self._now()

    def reset(self) -> None:
        """Nothing of it concerns what is there now."""
        self._since_s = None

    def check(self) -> bool:
        """Returns whether something may be done now. Asked too early, it begins anew: a finger
        that keeps on pressing has not read what it presses."""
        is_over = self.is_over
        if not is_over:
            self.restart()
        return is_over


class PressGuard(QObject):
    """Keeps presses from a button for half a second after its meaning changed, and presses of the
    mouse also after it came to another place.

    The time begins anew when the change is painted: while the window was busy, nobody saw it.
    """

    def __init__(self, button: QAbstractButton, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(button)
        self._button = button
        self._meaning_period = QuietPeriod(now)
        self._position_period = QuietPeriod(now)
        self._unpainted_periods: set[QuietPeriod] = set()
        # A press that is under way was meant for what stood there when it began.
        self._ignores_press = False
        button.installEventFilter(self)

    @property
    def is_over(self) -> bool:
        """Returns whether presses of all kinds count."""
        return self._meaning_period.is_over and self._position_period.is_over

    def change_meaning(self) -> None:
        """The button does something else from now on, or does it to something else."""
        self._ignores_press |= self._button.isDown()
        self._restart(self._meaning_period)

    def change_position(self) -> None:
        """It means the same, but lies elsewhere, or appeared."""
        self._restart(self._position_period)

    def reset(self) -> None:
        """The button is used for something new, which nobody has seen in another form."""
        self._button.setDown(False)
        self._unpainted_periods.clear()
        self._meaning_period.reset()
        self._position_period.reset()

    def check_press(self) -> bool:
        """Returns whether a press that came by no mouse counts."""
        return self._meaning_period.check()

    def _restart(self, period: QuietPeriod) -> None:
        period.restart()
        self._unpainted_periods.add(period)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        event_type = event.type()
        if event_type in _PRESSES:
            self._ignores_press = False
            # Both are asked: each begins anew by itself.
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
