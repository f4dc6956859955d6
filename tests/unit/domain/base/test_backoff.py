from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.base.backoff import Backoff

seconds = st.floats(0.001, 10_000.0)
factors = st.floats(1.0, 10.0, width=16)
failure_counts = st.integers(0, 10**30)


@pytest.mark.parametrize(
    ("backoff", "waits_s"),
    [
        (Backoff(2.0, 60.0), [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]),
        (Backoff(60.0, 3600.0, factor=10.0), [60.0, 600.0, 3600.0, 3600.0]),
        (Backoff(5.0, 60.0, factor=1.0), [5.0, 5.0, 5.0]),
        (Backoff(120.0, 60.0), [60.0, 60.0]),
    ],
)
def test_the_wait_grows_by_the_factor_up_to_the_maximum(
    backoff: Backoff, waits_s: list[float]
) -> None:
    assert [backoff.delay_s(count) for count in range(1, len(waits_s) + 1)] == waits_s


def test_without_a_failure_the_wait_is_the_first() -> None:
    assert Backoff(2.0, 60.0).delay_s(0) == Backoff(2.0, 60.0).delay_s(-5) == 2.0


@pytest.mark.parametrize(("chance", "wait_s"), [(0.0, 4.0), (0.5, 5.0), (1.0, 6.0)])
def test_jitter_makes_the_wait_longer_by_a_fraction(chance: float, wait_s: float) -> None:
    assert Backoff(2.0, 60.0, jitter=0.5).delay_s(2, lambda: chance) == wait_s


@given(seconds, seconds, factors, st.floats(0.0, 1.0), failure_counts)
def test_no_wait_is_longer_than_the_maximum_with_its_jitter(
    first_s: float, max_s: float, factor: float, jitter: float, failures: int
) -> None:
    backoff = Backoff(first_s, max_s, factor, jitter)
    assert 0.0 < backoff.delay_s(failures) <= max_s * (1.0 + jitter)


@given(seconds, seconds, factors, st.lists(failure_counts, min_size=2))
def test_more_failures_never_make_a_wait_without_jitter_shorter(
    first_s: float, max_s: float, factor: float, counts: list[int]
) -> None:
    backoff = Backoff(first_s, max_s, factor)
    waits_s = [backoff.delay_s(count) for count in sorted(counts)]
    assert all(earlier <= later for earlier, later in pairwise(waits_s))
