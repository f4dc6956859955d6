"""Waits that grow with each failure in a row."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Keeps the power within the range of a float, however long the service is unreachable.
_MAX_EXPONENT = 64


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off: the wait is `first_s` at first, and `factor` times as long each time.

    It is at most `max_s`. `jitter` is the fraction by which a wait is randomly longer, so that many
    clients or jobs do not try again in step.
    """

    first_s: float
    max_s: float
    factor: float = 2.0
    jitter: float = 0.0

    def delay_s(self, failures: int, random_value: Callable[[], float] = random.random) -> float:
        """Returns the seconds to wait after this number of failures in a row.

        Without a failure it is the same as after the first. `random_value` returns a number from 0
        to 1.
        """
        exponent = min(max(failures - 1, 0), _MAX_EXPONENT)
        wait_s = min(self.max_s, self.first_s * self.factor**exponent)
        return wait_s * (1.0 + self.jitter * random_value())
