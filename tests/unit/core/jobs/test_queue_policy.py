from __future__ import annotations

import pytest

from runcomfy_desktop.core.jobs.queue_policy import (
    QueuePolicy,
    next_poll_wait_s,
)

POLLING = QueuePolicy()


def wait_s(age_s: float, **facts: float | bool | None) -> float:
    return next_poll_wait_s(POLLING, age_s, random_value=lambda: 0.0, **facts)  # type: ignore[arg-type] # by name


def test_a_young_job_is_asked_often_and_an_old_one_rarely() -> None:
    assert wait_s(0.0) == wait_s(60.0) == 2.0
    assert wait_s(300.0) == wait_s(1e9) == 10.0
    assert wait_s(180.0) == 6.0
    waits = [wait_s(float(age)) for age in range(0, 400, 10)]
    assert waits == sorted(waits)


def test_failures_grow_the_wait_up_to_a_ceiling() -> None:
    waits = [wait_s(0.0, failures=count) for count in (1, 2, 3, 4, 5, 6, 100, 100_000)]
    assert waits == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]


def test_an_unknown_word_is_asked_about_slowly_and_ever_more_so() -> None:
    assert (
        wait_s(0.0, unknown_answers=1)
        == wait_s(0.0, unknown_answers=POLLING.polls_per_result_check)
        == 10.0
    )
    waits = [
        wait_s(0.0, unknown_answers=POLLING.unknown_answer_limit + count)
        for count in (1, 2, 5, 100_000)
    ]
    assert waits == [20.0, 40.0, 300.0, 300.0]


def test_what_nobody_sees_is_asked_about_more_rarely() -> None:
    assert wait_s(0.0, is_visible=False) == 6.0
    assert wait_s(180.0, is_visible=False) == wait_s(1e9, is_visible=False) == 10.0
    assert wait_s(0.0, is_visible=False, failures=1) == 2.0


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_chance_only_makes_waits_longer(chance: float) -> None:
    wait = next_poll_wait_s(POLLING, 0.0, random_value=lambda: chance)
    assert wait == pytest.approx(2.0 * (1 + POLLING.jitter * chance))
    after_failures = next_poll_wait_s(POLLING, 0.0, failures=2, random_value=lambda: chance)
    assert after_failures == pytest.approx(4.0 * (1 + POLLING.jitter * chance))
    after_unknown = next_poll_wait_s(POLLING, 0.0, unknown_answers=13, random_value=lambda: chance)
    assert after_unknown == pytest.approx(20.0 * (1 + POLLING.jitter * chance))
    after_refusal = POLLING.key_refused_backoff.delay_s(1, lambda: chance)
    assert after_refusal == pytest.approx(15.0 * (1 + POLLING.jitter * chance))


def test_a_refused_job_is_asked_about_ever_more_rarely_but_for_good() -> None:
    delay_s = POLLING.key_refused_backoff.delay_s
    waits = [delay_s(count, lambda: 0.0) for count in (1, 2, 3, 9, 100_000)]
    assert waits == [15.0, 30.0, 60.0, 3600.0, 3600.0]
