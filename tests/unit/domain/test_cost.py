"""What scaling numbers cost."""

from __future__ import annotations

import pytest

from runcomfy_desktop.domain.cost import Scaling, scaling_cost


def test_always_on_is_paid_by_the_hour_the_day_and_the_month() -> None:
    cost = scaling_cost(Scaling(min_instances=2, max_instances=5, keep_warm_s=60), 2.50)
    assert cost.always_per_hour == pytest.approx(5.0)
    assert cost.always_per_day == pytest.approx(120.0)
    assert cost.always_per_month == pytest.approx(3650.0)
    assert cost.most_per_hour == pytest.approx(12.50)
    assert cost.idle_per_wake == pytest.approx(2.50 / 60)


def test_nothing_that_is_always_on_costs_nothing_by_itself() -> None:
    cost = scaling_cost(Scaling(0, 1, 1, 0), 8.75)
    assert (cost.always_per_hour, cost.always_per_month, cost.idle_per_wake) == (0, 0, 0)
