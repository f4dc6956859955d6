"""Cost of scaling settings."""

from __future__ import annotations

from datetime import datetime

import pytest

from runcomfy_desktop.domain.deployments.cost import Scaling, day_of, scaling_cost, usd_of, usd_text


def test_always_on_is_paid_by_the_hour_the_day_and_the_month() -> None:
    cost = scaling_cost(Scaling(min_instances=2, max_instances=5, keep_warm_s=60), 2.50)
    assert cost.min_usd_per_hour == pytest.approx(5.0)
    assert cost.min_usd_per_day == pytest.approx(120.0)
    assert cost.min_usd_per_month == pytest.approx(3650.0)
    assert cost.max_usd_per_hour == pytest.approx(12.50)
    assert cost.idle_usd_per_wake == pytest.approx(2.50 / 60)


def test_nothing_that_is_always_on_costs_nothing_by_itself() -> None:
    cost = scaling_cost(Scaling(0, 1, 1, 0), 8.75)
    assert (cost.min_usd_per_hour, cost.min_usd_per_month, cost.idle_usd_per_wake) == (0, 0, 0)


def test_a_run_costs_its_seconds() -> None:
    assert usd_of(70, 2.50) == pytest.approx(0.0486, abs=0.0001)
    assert usd_of(0, 2.50) == 0


def test_a_day_is_the_calendars_where_the_person_is() -> None:
    midnight = datetime(2026, 8, 4).astimezone().timestamp()
    assert day_of(midnight - 1) == "2026-08-03"
    assert day_of(midnight) == "2026-08-04"


@pytest.mark.parametrize(
    ("usd", "text"),
    [(0.05, "$0.05"), (-1.2, "-$1.20"), (1204, "$1,204.00"), (-0.001, "$0.00")],
)
def test_sums_are_written_with_cents(usd: float, text: str) -> None:
    assert usd_text(usd) == text
