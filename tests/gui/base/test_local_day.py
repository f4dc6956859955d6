"""The local day: its start by the clock on the wall, and the signal at midnight."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject
from PySide6.QtTest import QSignalSpy

from runcomfy_desktop.ui.base.local_day import LocalDay, day_start_s
from tests.gui.support.user_input import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows sets no time zone by TZ")
@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(("day", "hours"), [(28, 24), (29, 23), (30, 24)])
def test_a_day_with_a_change_of_the_clocks_has_its_own_length(day: int, hours: int) -> None:
    start_s = datetime(2026, 3, day).timestamp()
    evening_s = datetime(2026, 3, day, 23, 59, 59).timestamp()
    assert day_start_s(start_s) == day_start_s(evening_s) == start_s
    assert day_start_s(evening_s, days_later=1) == start_s + hours * 3600


def test_another_day_is_reported_once_and_not_after_the_end() -> None:
    midnight_s = day_start_s(1_760_000_000.0, days_later=1)
    now = [midnight_s - 0.01]
    parent = QObject()
    day = LocalDay(lambda: now[0], parent)
    changed = QSignalSpy(day.changed)
    now[0] = midnight_s + 1
    wait_until(lambda: changed.count() == 1)
    assert day.start_s == midnight_s
    day.stop()
    assert not day._timer.isActive()
