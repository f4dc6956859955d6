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
SETTLE_S = 0.5
_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
# Some desktops press a button by Enter as well.
_KEYS = (Qt.Key.Key_Space.value, Qt.Key.Key_Return.value, Qt.Key.Key_Enter.value)
_RELEASES = (QEvent.Type.MouseButtonRelease, QEvent.Type.KeyRelease)


class Settle:
    """Knows whether enough time went by since something changed or was done. `now` counts
    seconds, and is never put back."""

    def __init__(
        self, now: Callable[[], float] = time.monotonic, *, span_s: float = SETTLE_S
    ) -> None:
        self._now = now
        self._span_s = span_s
        self._since_s: float | None = None

    @property
    def is_over(self) -> bool:
        return self._since_s is None or self._now() - self._since_s >= self._span_s

    def begin(self) -> None:
        """It changed, or was done, now."""
        self._since_s = self._now()

    def forget(self) -> None:
        """Nothing of it concerns what is there now."""
        self._since_s = None

    def ask(self) -> bool:
        """Returns whether something may be done now. Asked too early, it begins anew: a finger
        that keeps on pressing has not read what it presses."""
        is_over = self.is_over
        if not is_over:
            self.begin()
        return is_over


class PressGuard(QObject):
    """Keeps presses from a button for half a second after its meaning changed, and presses of the
    mouse also after it came to another place.

    The time begins anew when the change is painted: while the window was busy, nobody saw it.
    """

    def __init__(self, button: QAbstractButton, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(button)
        self._button = button
        self._meaning = Settle(now)
        self._place = Settle(now)
        self._unpainted: set[Settle] = set()
        # A press that is under way was meant for what stood there when it began.
        self._is_void = False
        button.installEventFilter(self)

    @property
    def is_over(self) -> bool:
        """Returns whether presses of all kinds count."""
        return self._meaning.is_over and self._place.is_over

    def change_meaning(self) -> None:
        """The button does something else from now on, or does it to something else."""
        self._is_void |= self._button.isDown()
        self._begin(self._meaning)

    def change_place(self) -> None:
        """It means the same, but lies elsewhere, or appeared."""
        self._begin(self._place)

    def forget(self) -> None:
        """The button is used for something new, which nobody has seen in another form."""
        self._button.setDown(False)
        self._unpainted.clear()
        self._meaning.forget()
        self._place.forget()

    def ask(self) -> bool:
        """Returns whether a press that came by no mouse counts."""
        return self._meaning.ask()

    def _begin(self, settle: Settle) -> None:
        settle.begin()
        self._unpainted.add(settle)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _PRESSES:
            self._is_void = False
            # Both are asked: each begins anew by itself.
            return not all([self._meaning.ask(), self._place.ask()])
        if kind == QEvent.Type.Paint:
            for settle in self._unpainted:
                settle.begin()
            self._unpainted.clear()
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            self._is_void &= event.isAutoRepeat()
            return not self._meaning.ask()
        elif kind in _RELEASES and self._is_void:
            self._is_void = False
            self._button.setDown(False)
        return super().eventFilter(watched, event)
