"""Cost: what scaling numbers and runs mean in money, by the price of the machine.

RunComfy bills the uptime of machines, by the second. Every sum is an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

HOURS_PER_DAY = 24
HOURS_PER_MONTH = 730
"""A twelfth of a year, as clouds reckon."""
_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Scaling:
    """The numbers by which a deployment grows and shrinks."""

    min_instances: int = 0
    max_instances: int = 1
    queue_size: int = 1
    keep_warm_s: int = 0


@dataclass(frozen=True, slots=True)
class ScalingCost:
    """In USD: `always_...` whether anything runs or not, `max_usd_per_hour` when everything is on,
    `idle_usd_per_wake` for staying warm after the last job."""

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
    """What `scaling` costs on a machine of this price."""
    return ScalingCost(
        scaling.min_instances * usd_per_hour,
        scaling.max_instances * usd_per_hour,
        scaling.keep_warm_s * usd_per_hour / _SECONDS_PER_HOUR,
    )


def usd_of(seconds: float, usd_per_hour: float) -> float:
    """What a machine of this price costs in this time."""
    return seconds * usd_per_hour / _SECONDS_PER_HOUR


def day_of(epoch_s: float) -> str:
    """The calendar day where the person is, `2026-08-01`; sums are kept by it."""
    return datetime.fromtimestamp(epoch_s).astimezone().date().isoformat()


def usd_text(usd: float) -> str:
    """`$0.05`, `-$1.20`, `$1,204.00`."""
    sign = "-" if round(usd, 2) < 0 else ""
    return f"{sign}${abs(usd):,.2f}"
