"""The life of requests on one deployment's instances, as a pure function of the clock.

Nothing here ticks: `schedule` computes from the submitted requests when each begins and ends, and
`state_at` says what that means at a moment. So tests need no sleep, and asking twice never differs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class State(Enum):
    """What a request is doing; `COMPLETED` covers success and failure."""

    IN_QUEUE = "in_queue"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the stand-in cloud takes, in seconds."""

    cold_start_s: float = 4.0
    run_s: float = 6.0
    cancel_lag_s: float = 1.0
    """A running request ends this long after its cancel, or at its natural end."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The instances of one deployment; the first `min_instances` are warm for ever."""

    min_instances: int
    max_instances: int
    keep_warm_s: float
    pace: Pace


@dataclass(frozen=True, slots=True)
class Ask:
    """One submitted request, with the moment of its cancel if there was one."""

    request_id: str
    submitted_s: float
    cancelled_s: float | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """When a request begins and ends; `begun_s` is infinite when it never runs.

    `boot` counts the starts of the instance `worker`: both together name one live instance.
    """

    begun_s: float
    ended_s: float
    cancelled: bool
    worker: int
    boot: int


@dataclass(slots=True)
class _Worker:
    """One instance while the schedule is made: until when it is busy, and until when warm."""

    free_s: float
    warm_until_s: float
    boot: int
    always_warm: bool

    def start_for(self, submitted_s: float, pace: Pace) -> tuple[float, bool]:
        """When a request could begin here, and whether the instance has to be started for it."""
        earliest = max(submitted_s, self.free_s)
        if self.always_warm or earliest <= self.warm_until_s:
            return earliest, False
        return earliest + pace.cold_start_s, True


def schedule(fleet: Fleet, asks: Iterable[Ask]) -> dict[str, Span]:
    """When each request begins and ends; `asks` in the order of submission.

    First come, first served, each on the instance that can begin it soonest. A later cancel never
    changes what had already happened before it.
    """
    workers = [
        _Worker(-math.inf, -math.inf, 0, index < fleet.min_instances)
        for index in range(max(fleet.max_instances, fleet.min_instances, 1))
    ]
    return {ask.request_id: _place(ask, workers, fleet) for ask in asks}


def _place(ask: Ask, workers: list[_Worker], fleet: Fleet) -> Span:
    offers = [
        (*worker.start_for(ask.submitted_s, fleet.pace), index)
        for index, worker in enumerate(workers)
    ]
    begun_s, cold, index = min(offers)
    worker = workers[index]
    if cold:
        worker.boot += 1
    cancelled_s = ask.cancelled_s
    if cancelled_s is not None and cancelled_s < begun_s:
        if cold:
            # The machine that was already starting for it comes up all the same.
            worker.free_s = begun_s
            worker.warm_until_s = begun_s + fleet.keep_warm_s
        return Span(math.inf, cancelled_s, True, index, worker.boot)
    ended_s = begun_s + fleet.pace.run_s
    cancelled = cancelled_s is not None and cancelled_s < ended_s
    if cancelled_s is not None and cancelled:
        ended_s = min(ended_s, cancelled_s + fleet.pace.cancel_lag_s)
    worker.free_s = ended_s
    worker.warm_until_s = ended_s + fleet.keep_warm_s
    return Span(begun_s, ended_s, cancelled, index, worker.boot)


def state_at(span: Span, now_s: float) -> State:
    if now_s >= span.ended_s:
        return State.CANCELLED if span.cancelled else State.COMPLETED
    return State.IN_PROGRESS if now_s >= span.begun_s else State.IN_QUEUE


def position_at(request_id: str, spans: dict[str, Span], now_s: float) -> int:
    """How many requests wait before this one; `spans` in the order of submission."""
    ahead = 0
    for other_id, span in spans.items():
        if other_id == request_id:
            break
        if state_at(span, now_s) is State.IN_QUEUE:
            ahead += 1
    return ahead
