"""A clock that stands still until a test moves it."""

from __future__ import annotations


class FakeClock:
    """Seconds since the epoch, as `time.time`."""

    def __init__(self, now_s: float = 1_770_000_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds


class SteppingClock:
    """A clock that is a second further each time it is looked at: nothing is ever too early."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def __call__(self) -> float:
        self._now_s += 1.0
        return self._now_s
