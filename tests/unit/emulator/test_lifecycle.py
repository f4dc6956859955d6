"""Life cycle of requests, computed from the clock."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from runcomfy_desktop.emulator.lifecycle import (
    EmulatorTiming,
    InstancePool,
    PlannedRequest,
    PoolPeriod,
    RequestSpan,
    RequestState,
    Schedule,
    ScheduleCache,
    plan_schedule,
    state_at,
)
from tests.support.soak import examples

if TYPE_CHECKING:
    from collections.abc import Iterable

TIMING = EmulatorTiming(cold_start_s=100, run_s=10, cancel_delay_s=2)
_TIMING = EmulatorTiming(cold_start_s=20, run_s=30, cancel_delay_s=2)


def instance_pool(minimum: int = 0, maximum: int = 1, keep_warm_s: float = 60) -> InstancePool:
    return InstancePool(minimum, maximum, keep_warm_s, TIMING)


def schedule(fleet: InstancePool, asks: Iterable[PlannedRequest]) -> dict[str, RequestSpan]:
    """Returns the spans of requests on a pool that is never edited."""
    return plan_schedule([PoolPeriod(-math.inf, fleet)], asks).spans


def test_a_cold_deployment_starts_a_machine_first() -> None:
    span = schedule(instance_pool(), [PlannedRequest("a", 5)])["a"]
    assert (span.started_s, span.ended_s) == (105, 115)
    assert [state_at(span, at) for at in (5, 104.9, 105, 114.9, 115)] == [
        RequestState.IN_QUEUE,
        RequestState.IN_QUEUE,
        RequestState.IN_PROGRESS,
        RequestState.IN_PROGRESS,
        RequestState.COMPLETED,
    ]


def test_a_machine_that_is_always_on_begins_at_once() -> None:
    spans = schedule(instance_pool(minimum=1), [PlannedRequest("a", 0), PlannedRequest("b", 1000)])
    assert spans["a"].started_s == 0
    assert spans["b"].started_s == 1000
    assert spans["a"].boot == spans["b"].boot == 0


def test_a_machine_stays_warm_for_a_while_and_then_has_to_start_again() -> None:
    spans = schedule(
        instance_pool(),
        [PlannedRequest("a", 0), PlannedRequest("b", 165), PlannedRequest("c", 300)],
    )
    assert spans["a"].ended_s == 110
    assert spans["b"].started_s == 165
    assert spans["b"].boot == spans["a"].boot
    assert spans["c"].started_s == 400
    assert spans["c"].boot == spans["a"].boot + 1


def test_one_machine_works_in_the_order_of_submission() -> None:
    spans = schedule(
        instance_pool(), [PlannedRequest("a", 0), PlannedRequest("b", 1), PlannedRequest("c", 2)]
    )
    assert [spans[name].started_s for name in "abc"] == [100, 110, 120]


def test_two_machines_work_at_the_same_time() -> None:
    spans = schedule(
        instance_pool(maximum=2),
        [PlannedRequest("a", 0), PlannedRequest("b", 1), PlannedRequest("c", 2)],
    )
    assert [spans[name].started_s for name in "abc"] == [100, 101, 110]
    assert spans["a"].instance != spans["b"].instance


def test_a_queued_request_is_cancelled_at_once_and_makes_room() -> None:
    spans = schedule(
        instance_pool(),
        [PlannedRequest("a", 0), PlannedRequest("b", 1, cancelled_s=50), PlannedRequest("c", 2)],
    )
    assert spans["b"].ended_s == 50
    assert spans["b"].started_s == math.inf
    assert state_at(spans["b"], 49) is RequestState.IN_QUEUE
    assert state_at(spans["b"], 50) is RequestState.CANCELLED
    assert spans["c"].started_s == 110


def test_a_machine_that_starts_for_a_cancelled_request_serves_the_next() -> None:
    spans = schedule(
        instance_pool(), [PlannedRequest("a", 0, cancelled_s=50), PlannedRequest("b", 60)]
    )
    assert spans["b"].started_s == 100
    assert spans["b"].boot == spans["a"].boot


def test_a_running_request_ends_a_little_after_its_cancel() -> None:
    span = schedule(instance_pool(), [PlannedRequest("a", 0, cancelled_s=103)])["a"]
    assert state_at(span, 104) is RequestState.IN_PROGRESS
    assert state_at(span, 105) is RequestState.CANCELLED


def test_a_cancelled_run_leaves_its_machine_to_the_next() -> None:
    spans = schedule(
        instance_pool(), [PlannedRequest("a", 0, cancelled_s=103), PlannedRequest("b", 1)]
    )
    assert (spans["b"].started_s, spans["b"].boot) == (105, spans["a"].boot)


def test_a_cancel_near_the_end_does_not_make_a_run_longer() -> None:
    span = schedule(instance_pool(), [PlannedRequest("a", 0, cancelled_s=109)])["a"]
    assert span.ended_s == 110
    assert span.is_cancelled


def test_a_cancel_does_not_change_what_had_already_happened() -> None:
    asks = [PlannedRequest(str(index), index * 3.0) for index in range(12)]
    now_s = 125.0
    before = schedule(instance_pool(maximum=2), asks)
    seen = {name: state_at(span, now_s) for name, span in before.items()}
    for index, ask in enumerate(asks):
        changed = [*asks]
        changed[index] = PlannedRequest(ask.request_id, ask.submitted_s, now_s)
        after = schedule(instance_pool(maximum=2), changed)
        for name, span in after.items():
            if name != ask.request_id and seen[name] is not RequestState.IN_QUEUE:
                assert span.started_s == before[name].started_s
                assert state_at(span, now_s) is seen[name]
            if seen[name] is RequestState.IN_QUEUE and name != ask.request_id:
                assert span.started_s >= now_s


def test_without_any_delay_everything_is_over_at_once() -> None:
    at_once = InstancePool(0, 1, 60, EmulatorTiming(0, 0, 0))
    span = schedule(at_once, [PlannedRequest("a", 7)])["a"]
    assert state_at(span, 7) is RequestState.COMPLETED


def phases(*changes: tuple[float, InstancePool]) -> list[PoolPeriod]:
    return [PoolPeriod(since_s, each) for since_s, each in changes]


def test_an_edit_changes_what_comes_and_not_what_was() -> None:
    asks = [PlannedRequest(name, 0) for name in "abcd"]
    edited = plan_schedule(
        phases((-math.inf, instance_pool()), (112, instance_pool(maximum=3))), asks
    ).spans
    assert [edited[name].started_s for name in "ab"] == [100, 110]
    assert [edited[name].started_s for name in "cd"] == [120, 130]  # sooner than two cold starts
    slow = InstancePool(0, 3, 60, EmulatorTiming(5, 10, 2))
    quick = plan_schedule(phases((-math.inf, instance_pool()), (112, slow)), asks).spans
    assert [quick[name].started_s for name in "abcd"] == [100, 110, 117, 117]


def test_whatever_is_edited_the_past_stays_as_it_was_seen() -> None:
    dice = random.Random(7)
    for _round in range(300):
        asks = [
            PlannedRequest(
                str(index), submitted_s, dice.choice([None, submitted_s + dice.uniform(0, 200)])
            )
            for index, submitted_s in enumerate(sorted(dice.uniform(0, 300) for _ in range(12)))
        ]
        fleets = [_random_pool(dice) for _ in range(4)]
        moments = [-math.inf, *sorted(dice.uniform(0, 400) for _ in range(3))]
        known = list(zip(moments, fleets, strict=True))
        for count in range(1, 4):
            edited_s = moments[count]
            before = _seen(plan_schedule(phases(*known[:count]), asks), asks, edited_s)
            assert _seen(plan_schedule(phases(*known[: count + 1]), asks), asks, edited_s) == before


def _random_pool(dice: random.Random) -> InstancePool:
    minimum = dice.choice([0, 0, 0, 1, 2])
    pace = EmulatorTiming(cold_start_s=20, run_s=30, cancel_delay_s=2)
    return InstancePool(minimum, minimum + dice.randrange(1, 4), dice.choice([0, 15, 90]), pace)


def _seen(
    seen: Schedule, asks: list[PlannedRequest], now_s: float
) -> list[tuple[RequestState, float]]:
    """Returns the states visible just before `now_s`.

    Only requests submitted, and if cancelled then cancelled, before `now_s` are included.
    """
    received = []
    for ask in asks:
        span = seen.spans[ask.request_id]
        if ask.submitted_s < now_s and (ask.cancelled_s is None or ask.cancelled_s < now_s):
            state = state_at(span, math.nextafter(now_s, -math.inf))
            received.append((state, span.started_s if state is RequestState.IN_PROGRESS else 0.0))
    return received


def test_instances_are_there_from_their_start_until_they_have_cooled_down() -> None:
    uptimes = plan_schedule(
        phases((-math.inf, instance_pool())), [PlannedRequest("a", 0), PlannedRequest("b", 500)]
    ).uptimes
    assert [(each.up_s, each.down_s) for each in uptimes.values()] == [(100, 170), (600, 670)]
    (program, _) = uptimes.values()
    assert [program.contains(at_s) for at_s in (99, 100, 169, 170)] == [False, True, True, False]


def test_an_instance_that_nobody_needed_in_the_end_was_there_all_the_same() -> None:
    uptimes = plan_schedule(
        phases((-math.inf, instance_pool())), [PlannedRequest("a", 0, cancelled_s=50)]
    ).uptimes
    assert [(each.up_s, each.down_s) for each in uptimes.values()] == [(100, 160)]


def test_a_deployment_that_always_has_a_machine_starts_it_when_it_is_made() -> None:
    made = plan_schedule(phases((50, instance_pool(minimum=1))), [PlannedRequest("a", 60)])
    assert made.spans["a"].started_s == 150
    assert [(each.up_s, each.down_s) for each in made.uptimes.values()] == [(150, math.inf)]


def test_a_machine_that_need_not_be_on_any_more_goes_off() -> None:
    edited = plan_schedule(
        phases((-math.inf, instance_pool(minimum=1)), (200, instance_pool())),
        [PlannedRequest("a", 100)],
    )
    assert [(each.up_s, each.down_s) for each in edited.uptimes.values()] == [(-math.inf, 260)]


def test_fewer_machines_go_when_they_are_done() -> None:
    asks = [PlannedRequest(name, 0) for name in "ab"]
    edited = plan_schedule(
        phases((-math.inf, instance_pool(maximum=2)), (105, instance_pool(maximum=1))), asks
    )
    assert sorted(each.down_s for each in edited.uptimes.values()) == [110, 170]
    assert [edited.spans[name].ended_s for name in "ab"] == [110, 110]


def test_a_cancel_may_be_accepted_and_still_lose() -> None:
    spans = schedule(
        instance_pool(),
        [PlannedRequest("a", 0, 105, is_cancel_ignored=True), PlannedRequest("b", 0, 50, True)],
    )
    assert (spans["a"].ended_s, spans["a"].is_cancelled) == (110, False)
    assert (spans["b"].ended_s, spans["b"].is_cancelled) == (50, True)


@dataclass(frozen=True)
class TimelineStep:
    """Step of a timeline: lets time pass, then submits, cancels or does nothing."""

    after_s: float
    submits: int
    cancels: float | None
    fails: bool


FLEETS = st.builds(
    lambda minimum, more, warm_s: InstancePool(minimum, minimum + more, warm_s, _TIMING),
    st.sampled_from([0, 0, 1, 2]),
    st.integers(1, 3),
    st.sampled_from([0.0, 15.0, 90.0]),
)


STEPS = st.builds(
    TimelineStep,
    st.sampled_from([0.0, 0.0, 1.0, 7.0, 50.0]),
    st.sampled_from([0, 1, 3, 70]),
    st.none() | st.floats(0, 1, exclude_max=True),
    st.booleans(),
)


@settings(max_examples=examples(60))
@given(
    st.lists(STEPS, min_size=1, max_size=8),
    FLEETS,
    st.lists(st.tuples(st.floats(0, 300), FLEETS), max_size=2),
    st.data(),
)
def test_it_says_what_the_plain_plan_says(
    steps: list[TimelineStep],
    fleet: InstancePool,
    edits: list[tuple[float, InstancePool]],
    data: st.DataObject,
) -> None:
    moments = sorted(edits, key=lambda each: each[0])
    phases = [
        PoolPeriod(-math.inf, fleet),
        *(PoolPeriod(since_s, other) for since_s, other in moments),
    ]
    table = ScheduleCache(phases)
    asks: list[PlannedRequest] = []
    now_s = 0.0
    for step in steps:
        now_s += step.after_s
        for _number in range(step.submits):
            asks.append(PlannedRequest(str(len(asks)), now_s))
            table.submit(asks[-1])
        if step.cancels is not None and asks:
            at = int(step.cancels * len(asks))
            if asks[at].cancelled_s is None:
                asks[at] = replace(asks[at], cancelled_s=now_s, is_cancel_ignored=step.fails)
                table.cancel(asks[at].request_id, now_s, is_ignored=step.fails)
        _compare(table, phases, asks, data.draw(st.sampled_from([now_s, now_s + 25, now_s - 9])))


def _compare(
    table: ScheduleCache, phases: list[PoolPeriod], asks: list[PlannedRequest], now_s: float
) -> None:
    plain = plan_schedule(phases, asks)
    for ask in asks[:: max(1, len(asks) // 7)]:
        assert table.span(ask.request_id) == plain.spans[ask.request_id]
        expected = _position(ask.request_id, plain.spans, now_s)
        assert table.position(ask.request_id, now_s) == expected
    assert table.full_schedule() == plain


def _position(request_id: str, spans: dict[str, RequestSpan], now_s: float) -> int:
    """Returns the number of queued requests ahead; `spans` are in the order of submission."""
    before = list(spans)[: list(spans).index(request_id)]
    return sum(state_at(spans[each], now_s) is RequestState.IN_QUEUE for each in before)


def test_ten_thousand_requests_can_be_asked_about() -> None:
    """Each request is queried when it is submitted and later, while other requests are cancelled.

    Planning everything again takes some 20 ms per query, and would exceed the time limit.
    """
    table = ScheduleCache([PoolPeriod(-math.inf, InstancePool(0, 4, 60, EmulatorTiming(20, 5, 1)))])
    for number in range(10_000):
        table.submit(PlannedRequest(str(number), float(number)))
        table.position(str(number), float(number))
        table.span(str(number // 2))
        if number % 20 == 0:
            table.cancel(str(number), number + 0.5, is_ignored=False)
    assert table.position("9999", 9_999.0) is not None
