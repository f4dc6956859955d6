"""Cost of scaling settings and of runs, from the price of the machine.

RunComfy bills the uptime of machines, by the second. Every sum is an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

HOURS_PER_DAY = 24
HOURS_PER_MONTH = 730
"""A twelfth of a year, as cloud providers calculate."""
_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Scaling:
    """Settings that control how a deployment scales."""

    min_instances: int = 0
    max_instances: int = 1
    queue_size: int = 1
    keep_warm_s: int = 0


@dataclass(frozen=True, slots=True)
class ScalingCost:
    """Cost of scaling settings in USD.

    `min_usd_per_hour` is due whether anything runs or not, `max_usd_per_hour` when all instances
    are on, `idle_usd_per_wake` for staying warm after the last job.
    """

    min_usd_per_hour: float
    max_usd_per_hour: float
    idle_usd_per_wake: float

    @property
    def min_usd_per_day(self) -> float:
        return self.min_usd_per_hour * HOURS_PER_DAY

    @property
    def min_usd_per_month(self) -> float:
        return self.min_usd_per_hour * HOURS_PER_MONTH


def scaling_cost(scaling: Scaling, usd_per_hour: float) -> ScalingCost:
    """Returns the cost of `scaling` on a machine that costs `usd_per_hour`."""
    least, most = scaling.min_instances * usd_per_hour, scaling.max_instances * usd_per_hour
    return ScalingCost(least, most, usd_of(scaling.keep_warm_s, usd_per_hour))


def usd_of(seconds: float, usd_per_hour: float) -> float:
    """Returns the cost of `seconds` on a machine that costs `usd_per_hour`."""
    return seconds * usd_per_hour / _SECONDS_PER_HOUR


def day_of(epoch_s: float) -> str:
    """Returns the calendar day in the user's time zone, such as `2026-08-01`.

    Sums are kept per day.
    """
    return datetime.fromtimestamp(epoch_s).astimezone().date().isoformat()


def usd_text(usd: float) -> str:
    """Returns an amount such as `$0.05`, `-$1.20` or `$1,204.00`."""
    sign = "-" if round(usd, 2) < 0 else ""
    return f"{sign}${abs(usd):,.2f}"
