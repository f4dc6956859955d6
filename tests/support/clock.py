"""A clock that stands still until a test moves it."""

from __future__ import annotations


class Clock:
    """Seconds since the epoch, as `time.time`."""

    def __init__(self, now_s: float = 1_770_000_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def advance(self, seconds: float) -> None:
        self.now_s += seconds
