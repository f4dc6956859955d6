"""Cyclic garbage is collected while the window is not used, whether it is in front or not."""

from __future__ import annotations

import gc
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from runcomfy_desktop.app.garbage_collector import GarbageCollector
from tests.gui.support.gui_program import process_events_async, show_window
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INTERVAL_MS = 20
# An interval so long that the timer fires only when a test triggers it.
HOUR_MS = 3_600_000
LOOKS = 6
"""Number of idle intervals after which everything is collected."""


class ReferenceCycle:
    """An object that only the garbage collector can free."""

    def __init__(self) -> None:
        self.itself = self


def burst() -> weakref.ref[ReferenceCycle]:
    """Creates as many objects as a workflow, and releases them."""
    knots = [ReferenceCycle() for _number in range(50_000)]
    return weakref.ref(knots[0])


@contextmanager
def collecting(window: QWidget, every_ms: int = HOUR_MS) -> Iterator[Callable[[], None]]:
    """Runs a garbage collector; yields a function that triggers its timer."""
    garbage = GarbageCollector(window, interval_ms=every_ms, idle_s=LOOKS * every_ms / 1000)
    timer = garbage.findChild(QTimer)
    assert isinstance(timer, QTimer)
    try:
        yield timer.timeout.emit
    finally:
        garbage.stop()
        gc.unfreeze()


@pytest.fixture
def window(qapp: object) -> QLineEdit:
    return QLineEdit()


async def test_a_window_in_front_that_nobody_touches_is_at_rest(window: QLineEdit) -> None:
    await show_window(window, 300, 40)
    assert window.isActiveWindow()
    with collecting(window, INTERVAL_MS):
        lost = burst()
        await wait_until(lambda: lost() is None)


async def test_everything_is_collected_at_once_between_two_sessions(window: QLineEdit) -> None:
    with collecting(window) as look:
        lost = burst()
        # A burst of objects is set aside as if it were kept for good.
        look()
        gc.collect()
        assert lost() is not None
        window.findChildren(GarbageCollector)[0].collect_all()
        assert lost() is None


async def test_whoever_types_is_not_disturbed(window: QLineEdit) -> None:
    await show_window(window, 300, 40)
    with collecting(window) as look:
        look()
        lost = burst()
        for _key in range(3 * LOOKS):
            # Sent to the window, like events of the window system, not to the widget.
            QTest.keyClick(window.windowHandle(), Qt.Key.Key_A)
            await process_events_async()
            look()
        assert len(window.text()) == 3 * LOOKS
        for _rest in range(LOOKS):
            assert lost() is not None
            look()
        assert lost() is None


async def test_a_dialog_that_opens_and_goes_is_no_hindrance(window: QLineEdit) -> None:
    await show_window(window, 300, 40)
    with collecting(window) as look:
        other = QLineEdit()
        await show_window(other, 200, 40)
        look()
        other.deleteLater()
        await process_events_async()
        lost = burst()
        for _rest in range(LOOKS):
            look()
        assert lost() is None
