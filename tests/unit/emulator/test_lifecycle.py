"""The life of requests, computed from the clock."""

from __future__ import annotations

import math

from runcomfy_desktop.emulator.lifecycle import (
    Ask,
    Fleet,
    Pace,
    State,
    position_at,
    schedule,
    state_at,
)

PACE = Pace(cold_start_s=100, run_s=10, cancel_lag_s=2)


def fleet(minimum: int = 0, maximum: int = 1, keep_warm_s: float = 60) -> Fleet:
    return Fleet(minimum, maximum, keep_warm_s, PACE)


def test_a_cold_deployment_starts_a_machine_first() -> None:
    span = schedule(fleet(), [Ask("a", 5)])["a"]
    assert (span.begun_s, span.ended_s) == (105, 115)
    assert [state_at(span, at) for at in (5, 104.9, 105, 114.9, 115)] == [
        State.IN_QUEUE,
        State.IN_QUEUE,
        State.IN_PROGRESS,
        State.IN_PROGRESS,
        State.COMPLETED,
    ]


def test_a_machine_that_is_always_on_begins_at_once() -> None:
    spans = schedule(fleet(minimum=1), [Ask("a", 0), Ask("b", 1000)])
    assert spans["a"].begun_s == 0
    assert spans["b"].begun_s == 1000
    assert spans["a"].boot == spans["b"].boot == 0


def test_a_machine_stays_warm_for_a_while_and_then_has_to_start_again() -> None:
    spans = schedule(fleet(), [Ask("a", 0), Ask("b", 165), Ask("c", 300)])
    assert spans["a"].ended_s == 110
    assert spans["b"].begun_s == 165
    assert spans["b"].boot == spans["a"].boot
    assert spans["c"].begun_s == 400
    assert spans["c"].boot == spans["a"].boot + 1


def test_one_machine_works_in_the_order_of_submission() -> None:
    spans = schedule(fleet(), [Ask("a", 0), Ask("b", 1), Ask("c", 2)])
    assert [spans[name].begun_s for name in "abc"] == [100, 110, 120]
    assert [position_at(name, spans, 50) for name in "abc"] == [0, 1, 2]
    assert position_at("c", spans, 105) == 1
    assert position_at("c", spans, 115) == 0


def test_two_machines_work_at_the_same_time() -> None:
    spans = schedule(fleet(maximum=2), [Ask("a", 0), Ask("b", 1), Ask("c", 2)])
    assert [spans[name].begun_s for name in "abc"] == [100, 101, 110]
    assert spans["a"].worker != spans["b"].worker


def test_a_queued_request_is_cancelled_at_once_and_makes_room() -> None:
    spans = schedule(fleet(), [Ask("a", 0), Ask("b", 1, cancelled_s=50), Ask("c", 2)])
    assert spans["b"].ended_s == 50
    assert spans["b"].begun_s == math.inf
    assert state_at(spans["b"], 49) is State.IN_QUEUE
    assert state_at(spans["b"], 50) is State.CANCELLED
    assert spans["c"].begun_s == 110


def test_a_machine_that_starts_for_a_cancelled_request_serves_the_next() -> None:
    spans = schedule(fleet(), [Ask("a", 0, cancelled_s=50), Ask("b", 60)])
    assert spans["b"].begun_s == 100
    assert spans["b"].boot == spans["a"].boot


def test_a_running_request_ends_a_little_after_its_cancel() -> None:
    span = schedule(fleet(), [Ask("a", 0, cancelled_s=103)])["a"]
    assert state_at(span, 104) is State.IN_PROGRESS
    assert state_at(span, 105) is State.CANCELLED


def test_a_cancel_near_the_end_does_not_make_a_run_longer() -> None:
    span = schedule(fleet(), [Ask("a", 0, cancelled_s=109)])["a"]
    assert span.ended_s == 110
    assert span.cancelled


def test_a_cancel_does_not_change_what_had_already_happened() -> None:
    asks = [Ask(str(index), index * 3.0) for index in range(12)]
    now_s = 125.0
    before = schedule(fleet(maximum=2), asks)
    seen = {name: state_at(span, now_s) for name, span in before.items()}
    for index, ask in enumerate(asks):
        changed = [*asks]
        changed[index] = Ask(ask.request_id, ask.submitted_s, now_s)
        after = schedule(fleet(maximum=2), changed)
        for name, span in after.items():
            if name != ask.request_id and seen[name] is not State.IN_QUEUE:
                assert span.begun_s == before[name].begun_s
                assert state_at(span, now_s) is seen[name]
            if seen[name] is State.IN_QUEUE and name != ask.request_id:
                assert span.begun_s >= now_s


def test_without_any_delay_everything_is_over_at_once() -> None:
    at_once = Fleet(0, 1, 60, Pace(0, 0, 0))
    span = schedule(at_once, [Ask("a", 7)])["a"]
    assert state_at(span, 7) is State.COMPLETED
