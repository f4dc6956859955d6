"""Clocks for tests, which do not follow the real time."""

from __future__ import annotations


class FakeClock:
    """Clock that stands still until a test moves it: seconds since the epoch, like `time.time`."""

    def __init__(self, now_s: float = 1_770_000_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds


class SteppingClock:
    """Clock that advances by a second with each call: nothing is ever too early."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def __call__(self) -> float:
        self._now_s += 1.0
        return self._now_s
