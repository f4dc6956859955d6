"""Cyclic garbage goes when nobody uses the window, whether it lies in front or not."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from runcomfy_desktop.garbage import Garbage
from tests.gui.support.house import put_up
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Iterator

REST_S = 0.4
EVERY_MS = 20


class Knot:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


def burst() -> weakref.ref[Knot]:
    """As much new at once as a workflow brings, then forgotten."""
    knots = [Knot() for _number in range(50_000)]
    return weakref.ref(knots[0])


@contextmanager
def collecting(window: QWidget) -> Iterator[None]:
    garbage = Garbage(window, every_ms=EVERY_MS, rest_s=REST_S)
    try:
        yield
    finally:
        garbage.stop()
        gc.unfreeze()


@pytest.fixture
def window(qapp: object) -> QLineEdit:
    return QLineEdit()


async def test_a_window_in_front_that_nobody_touches_is_at_rest(window: QLineEdit) -> None:
    await put_up(window, 300, 40)
    assert window.isActiveWindow()
    with collecting(window):
        lost = burst()
        await until(lambda: lost() is None)


async def test_whoever_types_is_not_disturbed(window: QLineEdit) -> None:
    await put_up(window, 300, 40)
    with collecting(window):
        lost = burst()
        # On a busy machine, a hand may rest although it should not.
        while await longest_rest_s(window) > REST_S / 2:
            lost = burst()
        assert lost() is not None
        assert window.text()
        await until(lambda: lost() is None)


async def longest_rest_s(window: QWidget) -> float:
    """Types for a while; the longest time without a key."""
    loop = asyncio.get_running_loop()
    longest_s, last_s = 0.0, loop.time()
    end_s = last_s + 4 * REST_S
    while last_s < end_s:
        # As the window system brings it: to the window, not to the widget.
        QTest.keyClick(window.windowHandle(), Qt.Key.Key_A)
        await asyncio.sleep(REST_S / 8)
        longest_s, last_s = max(longest_s, loop.time() - last_s), loop.time()
    return longest_s


async def test_a_dialog_that_opens_and_goes_is_no_hindrance(window: QLineEdit) -> None:
    await put_up(window, 300, 40)
    with collecting(window):
        other = QLineEdit()
        await put_up(other, 200, 40)
        await asyncio.sleep(3 * EVERY_MS / 1000)
        other.deleteLater()
        lost = burst()
        await until(lambda: lost() is None)
