"""The kept plan of a deployment: the same answers as the plain one, and soon enough."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from runcomfy_desktop.emulator.lifecycle import (
    EmulatorTiming,
    InstancePool,
    PlannedRequest,
    PoolPeriod,
    RequestSpan,
    RequestState,
    plan_schedule,
    state_at,
)
from runcomfy_desktop.emulator.schedule_cache import ScheduleCache
from tests.support.soak import examples

_TIMING = EmulatorTiming(cold_start_s=20, run_s=30, cancel_delay_s=2)


@dataclass(frozen=True)
class TimelineStep:
    """Time goes on; then something is submitted, or cancelled, or nothing."""

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
    """How many requests wait before this one; `spans` in the order of submission."""
    before = list(spans)[: list(spans).index(request_id)]
    return sum(state_at(spans[each], now_s) is RequestState.IN_QUEUE for each in before)


def test_ten_thousand_requests_can_be_asked_about() -> None:
    """Each is asked about as it comes, later, and while others are cancelled. The plain plan takes
    some 20 ms for each, and would not end before the limit."""
    table = ScheduleCache([PoolPeriod(-math.inf, InstancePool(0, 4, 60, EmulatorTiming(20, 5, 1)))])
    for number in range(10_000):
        table.submit(PlannedRequest(str(number), float(number)))
        table.position(str(number), float(number))
        table.span(str(number // 2))
        if number % 20 == 0:
            table.cancel(str(number), number + 0.5, is_ignored=False)
    assert table.position("9999", 9_999.0) is not None
