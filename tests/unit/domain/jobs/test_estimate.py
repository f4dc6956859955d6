"""Cost estimates from the duration of similar runs."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.jobs.estimate import (
    TYPICAL_START_S,
    DurationSpread,
    Estimate,
    estimate_runs,
    spread_of,
    total_estimate,
)

HOURLY = 3.60  # a thousandth of a dollar per second


def test_the_spread_is_the_middle_and_the_quartiles() -> None:
    assert spread_of([]) is None
    assert spread_of([7.0]) == DurationSpread(7.0, 7.0, 7.0, 1)
    assert spread_of([1.0, 2.0, 3.0, 4.0, 100.0]) == DurationSpread(2.0, 3.0, 4.0, 5)
    assert spread_of([1.0, 2.0]) == DurationSpread(1.25, 1.5, 1.75, 2)


def test_run_start_and_staying_warm_are_told_apart() -> None:
    run, start = DurationSpread(50.0, 70.0, 90.0, 12), DurationSpread(150.0, 200.0, 260.0, 3)
    one = estimate_runs(run, start, HOURLY, keep_warm_s=60)
    assert one.usd == pytest.approx(0.07)
    assert one.low_usd == pytest.approx(0.05)
    assert one.high_usd == pytest.approx(0.09)
    assert one.cold_start_usd == pytest.approx(0.20)
    assert one.keep_warm_usd == pytest.approx(0.06)
    assert (one.run_s, one.measured_count, one.is_start_measured) == (70.0, 12, True)


def test_many_runs_cost_many_times_as_much_but_start_and_stay_warm_once() -> None:
    many = estimate_runs(DurationSpread(50.0, 70.0, 90.0, 12), None, HOURLY, 60, job_count=10)
    assert many.usd == pytest.approx(0.70)
    assert many.cold_start_usd == pytest.approx(TYPICAL_START_S / 1000)
    assert not many.is_start_measured
    assert many.keep_warm_usd == pytest.approx(0.06)


def test_what_was_never_measured_or_has_no_price_is_not_guessed() -> None:
    unmeasured = estimate_runs(None, None, HOURLY, 60)
    assert (unmeasured.usd, unmeasured.usd_per_hour, unmeasured.measured_count) == (None, HOURLY, 0)
    assert unmeasured.keep_warm_usd == pytest.approx(0.06)
    unpriced = estimate_runs(DurationSpread(50.0, 70.0, 90.0, 12), None, None, 60)
    assert (unpriced.usd, unpriced.cold_start_usd, unpriced.keep_warm_usd) == (None, None, None)


def test_estimates_of_several_deployments_are_added_where_all_are_known() -> None:
    one = estimate_runs(DurationSpread(50.0, 70.0, 90.0, 12), None, HOURLY, 60, job_count=2)
    other = estimate_runs(DurationSpread(10.0, 10.0, 10.0, 3), None, HOURLY, 0)
    both = total_estimate([one, other])
    assert both.usd == pytest.approx(0.15)
    assert both.cold_start_usd == pytest.approx(2 * TYPICAL_START_S / 1000)
    assert (both.job_count, both.measured_count) == (3, 3)
    assert total_estimate([one]) == one
    assert total_estimate([one, estimate_runs(None, None, HOURLY, 0)]).usd is None
    assert total_estimate([]) == Estimate(
        0.0, 0.0, 0.0, 0.0, 0.0, job_count=0, is_start_measured=True
    )
