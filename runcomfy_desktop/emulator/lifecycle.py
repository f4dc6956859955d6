"""The life of requests on one deployment's instances, as a pure function of the clock.

Nothing here ticks: `plan` computes from the submitted requests when each begins and ends, and
`state_at` says what that means at a moment. So tests need no sleep, and asking twice never differs.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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
    """The instances of one deployment; the first `min_instances` are always warm."""

    min_instances: int
    max_instances: int
    keep_warm_s: float
    pace: Pace

    @property
    def size(self) -> int:
        return max(self.max_instances, self.min_instances, 1)


@dataclass(frozen=True, slots=True)
class Phase:
    """A fleet and the moment from which it is in force: edits do not change what was before."""

    since_s: float
    fleet: Fleet


@dataclass(frozen=True, slots=True)
class Ask:
    """One submitted request, with the moment of its cancel if there was one.

    `cancel_fails` says that the cancel is accepted while it runs, and the run wins all the same.
    """

    request_id: str
    submitted_s: float
    cancelled_s: float | None = None
    cancel_fails: bool = False


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
class Life:
    """From when to when one instance is there."""

    up_s: float
    down_s: float

    def has(self, now_s: float) -> bool:
        return self.up_s <= now_s < self.down_s


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to requests, in the order of submission, and to instances by worker and boot."""

    spans: dict[str, Span]
    lives: dict[tuple[int, int], Life]


@dataclass(slots=True)
class _Worker:
    """One instance while the plan is made: until when it is busy, and until when warm."""

    number: int
    free_s: float = -math.inf
    warm_until_s: float = -math.inf
    boot: int = 0

    def start_for(self, earliest_s: float, pace: Pace) -> tuple[float, bool]:
        """When a request could begin here, and whether the instance has to be started for it."""
        earliest_s = max(earliest_s, self.free_s)
        if earliest_s <= self.warm_until_s:
            return earliest_s, False
        return earliest_s + pace.cold_start_s, True


class _Yard:
    """The instances of a deployment while the plan is made."""

    def __init__(self, phase: Phase) -> None:
        self.phase = phase
        self.lives: dict[tuple[int, int], Life] = {}
        self.workers: list[_Worker] = []
        self._numbers = 0
        self.enter(phase)

    def enter(self, phase: Phase) -> None:
        """From its moment on another fleet is in force; what runs then runs to its end."""
        self.phase = phase
        fleet, since_s = phase.fleet, phase.since_s
        self.workers.sort(key=lambda each: (-each.warm_until_s, -each.free_s, each.number))
        for worker in self.workers[fleet.size :]:
            self._shut(worker, max(worker.free_s, since_s))
        del self.workers[fleet.size :]
        while len(self.workers) < fleet.size:
            self.workers.append(_Worker(self._numbers))
            self._numbers += 1
        for index, worker in enumerate(self.workers):
            is_warm = worker.warm_until_s >= since_s > -math.inf
            if index < fleet.min_instances:
                if not is_warm:
                    self._boot(worker, since_s)
                self._shut(worker, math.inf)
            elif is_warm:
                idle_since_s = since_s if worker.warm_until_s == math.inf else worker.free_s
                self._shut(worker, max(idle_since_s, worker.free_s) + fleet.keep_warm_s)

    def copy(self) -> _Yard:
        twin = copy.copy(self)
        twin.lives = {}
        twin.workers = [copy.copy(each) for each in self.workers]
        return twin

    def offer(self, submitted_s: float) -> tuple[float, bool, _Worker]:
        """The soonest begin, whether an instance is started for it, and which one it is."""
        earliest_s = max(submitted_s, self.phase.since_s)
        offers = [
            (*worker.start_for(earliest_s, self.phase.fleet.pace), worker.number, worker)
            for worker in self.workers
        ]
        begun_s, cold, _number, worker = min(offers)
        return begun_s, cold, worker

    def place(self, ask: Ask, offer: tuple[float, bool, _Worker]) -> Span:
        """Gives the request its instance. A later cancel never changes what was before it."""
        begun_s, cold, worker = offer
        pace = self.phase.fleet.pace
        cancelled_s = math.inf if ask.cancelled_s is None else ask.cancelled_s
        if cold:
            # Also for a request that is cancelled meanwhile: the machine comes up all the same.
            self._boot(worker, begun_s - pace.cold_start_s)
            self._use(worker, begun_s)
        if cancelled_s < begun_s:
            return Span(math.inf, cancelled_s, True, worker.number, worker.boot)
        ended_s = begun_s + pace.run_s
        cancelled = cancelled_s < ended_s and not ask.cancel_fails
        if cancelled:
            ended_s = min(ended_s, cancelled_s + pace.cancel_lag_s)
        self._use(worker, ended_s)
        return Span(begun_s, ended_s, cancelled, worker.number, worker.boot)

    def _boot(self, worker: _Worker, since_s: float) -> None:
        if since_s > -math.inf:
            worker.boot += 1
        worker.free_s = since_s + self.phase.fleet.pace.cold_start_s
        self.lives[worker.number, worker.boot] = Life(worker.free_s, math.inf)

    def _use(self, worker: _Worker, until_s: float) -> None:
        worker.free_s = until_s
        if worker.warm_until_s != math.inf:
            self._shut(worker, until_s + self.phase.fleet.keep_warm_s)

    def _shut(self, worker: _Worker, at_s: float) -> None:
        worker.warm_until_s = at_s
        life = self.lives.get((worker.number, worker.boot))
        if life is not None:
            life.down_s = at_s


class Planner:
    """Places requests one after the other: first come, first served, each on the instance that can
    begin it soonest."""

    def __init__(self, phases: Sequence[Phase]) -> None:
        first, *self.later = phases
        self.yard = _Yard(first)

    def place(self, ask: Ask) -> Span:
        """When the next one begins and ends."""
        offer = self.yard.offer(ask.submitted_s)
        while self.later and _taken_s(offer, self.yard.phase) >= self.later[0].since_s:
            self.yard.enter(self.later.pop(0))
            offer = self.yard.offer(ask.submitted_s)
        return self.yard.place(ask, offer)

    def finish(self) -> dict[tuple[int, int], Life]:
        """The instances, when no more requests come."""
        while self.later:
            self.yard.enter(self.later.pop(0))
        return self.yard.lives

    def copy(self) -> Planner:
        """A planner that goes on from here; of instances it knows only those to come."""
        twin = copy.copy(self)
        twin.later = [*self.later]
        twin.yard = self.yard.copy()
        return twin


def plan(phases: Sequence[Phase], asks: Iterable[Ask]) -> Plan:
    """When each request begins and ends, and which instances there are; `asks` as submitted."""
    planner = Planner(phases)
    spans = {ask.request_id: planner.place(ask) for ask in asks}
    return Plan(spans, planner.finish())


def _taken_s(offer: tuple[float, bool, _Worker], phase: Phase) -> float:
    """The moment at which something is done about a request: its begin, or a start for it."""
    begun_s, cold, _worker = offer
    return begun_s - phase.fleet.pace.cold_start_s if cold else begun_s


def state_at(span: Span, now_s: float) -> State:
    if now_s >= span.ended_s:
        return State.CANCELLED if span.cancelled else State.COMPLETED
    return State.IN_PROGRESS if now_s >= span.begun_s else State.IN_QUEUE
