"""Cost estimate of runs from the duration of similar runs; always approximate.

RunComfy bills the uptime of machines: the run itself, before it the start of a machine if none is
warm, and after it the time for which the machine stays warm. The three are kept separate, because
only the first is certain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.deployments.cost import usd_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TYPICAL_START_S = 240.0
"""Assumed start time of a machine if none was measured; RunComfy's pages say 3 to 5 minutes."""


@dataclass(frozen=True, slots=True)
class DurationSpread:
    """Median and quartiles of measured times, in seconds."""

    low_s: float
    median_s: float
    high_s: float
    count: int


def spread_of(ordered: Sequence[float]) -> DurationSpread | None:
    """Returns the spread of times in ascending order; None if there are none."""
    if not ordered:
        return None
    low, median, high = (_quantile(ordered, fraction) for fraction in (0.25, 0.5, 0.75))
    return DurationSpread(low, median, high, len(ordered))


def _quantile(ordered: Sequence[float], fraction: float) -> float:
    position = fraction * (len(ordered) - 1)
    index = int(position)
    above = ordered[min(index + 1, len(ordered) - 1)]
    return ordered[index] + (position - index) * (above - ordered[index])


@dataclass(frozen=True, slots=True)
class Estimate:
    """Estimated cost of `job_count` runs, in USD; None stands for unknown.

    Half of all runs are between `low_usd` and `high_usd`. `cold_start_usd` is added if a machine
    has to start first, `keep_warm_usd` for staying warm afterwards. `measured_count` is the number
    of the user's own runs that the estimate is based on.
    """

    usd: float | None = None
    low_usd: float | None = None
    high_usd: float | None = None
    cold_start_usd: float | None = None
    keep_warm_usd: float | None = None
    usd_per_hour: float | None = None
    run_s: float | None = None
    job_count: int = 1
    measured_count: int = 0
    is_start_measured: bool = False


def estimate_runs(
    run: DurationSpread | None,
    start: DurationSpread | None,
    usd_per_hour: float | None,
    keep_warm_s: float,
    job_count: int = 1,
) -> Estimate:
    """Returns the estimate for `job_count` runs of one deployment from measured times."""

    def usd(seconds: float | None, count: int = 1) -> float | None:
        if seconds is None or usd_per_hour is None:
            return None
        return count * usd_of(seconds, usd_per_hour)

    return Estimate(
        usd(run.median_s if run else None, job_count),
        usd(run.low_s if run else None, job_count),
        usd(run.high_s if run else None, job_count),
        usd(start.median_s if start else TYPICAL_START_S),
        usd(keep_warm_s),
        usd_per_hour,
        run.median_s if run else None,
        job_count,
        run.count if run else 0,
        start is not None,
    )


def total_estimate(estimates: Iterable[Estimate]) -> Estimate:
    """Returns one estimate for runs of several deployments: each may have to start its own machine.

    A figure that is unknown for one deployment is unknown in total.
    """
    listed = list(estimates)
    if len(listed) == 1:
        return listed[0]
    return Estimate(
        _sum(each.usd for each in listed),
        _sum(each.low_usd for each in listed),
        _sum(each.high_usd for each in listed),
        _sum(each.cold_start_usd for each in listed),
        _sum(each.keep_warm_usd for each in listed),
        job_count=sum(each.job_count for each in listed),
        measured_count=min((each.measured_count for each in listed), default=0),
        is_start_measured=all(each.is_start_measured for each in listed),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    listed = list(values)
    known = [value for value in listed if value is not None]
    return sum(known) if len(known) == len(listed) else None
