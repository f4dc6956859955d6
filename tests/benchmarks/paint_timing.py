"""Time from an action until all its effects are painted."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtTest import QTest

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QAbstractItemView, QLineEdit

_FRAMES = 4


class PaintCounter(QObject):
    """Counts the paint events of one view."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self.count = 0
        view.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            self.count += 1
        return False


def timed(paints: PaintCounter, action: Callable[[], object], *, must_paint: bool = True) -> float:
    """Returns the time from the action to the end of the last resulting frame, in ms.

    It includes everything that waits in the event loop then: checks, timers of 0 ms, layouts,
    painting.
    """
    before, started_s = paints.count, time.perf_counter()
    action()
    ended_s = time.perf_counter()
    for _turn in range(_FRAMES):
        last_count = paints.count
        QCoreApplication.sendPostedEvents()
        QCoreApplication.processEvents()
        if paints.count != last_count or not _turn:
            ended_s = time.perf_counter()
    # A key that changes nothing on screen is a keystroke, too.
    assert paints.count > before or not must_paint, "nothing was painted"
    return (ended_s - started_s) * 1000


def typing_times(paints: PaintCounter, box: QLineEdit, text: str) -> list[float]:
    """Returns the time of each character from its key to the end of its last frame, in ms."""
    keys = [partial(QTest.keyClicks, box, char) for char in text]
    return [timed(paints, key, must_paint=False) for key in keys]
