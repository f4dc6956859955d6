"""The guard before what costs money: a double click, or a key that is held, is one wish."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Nobody means a second run, or "Run again" on a button that said Cancel this moment: that is the
# second half of a double click, or a finger that was on its way.
SETTLE_S = 0.5


class Settle:
    """Knows whether enough time went by since something changed or was done. `now` counts
    seconds, and is never put back."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._since_s: float | None = None

    @property
    def is_over(self) -> bool:
        return self._since_s is None or self._now() - self._since_s >= SETTLE_S

    def begin(self) -> None:
        """It changed, or was done, now."""
        self._since_s = self._now()

    def forget(self) -> None:
        """Nothing of it concerns what is there now."""
        self._since_s = None
