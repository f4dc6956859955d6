"""Life cycle of requests on one deployment's instances, as a pure function of the clock.

There are no timers: `plan_schedule` computes from the submitted requests when each begins and ends,
and `state_at` derives a state from these times. Tests therefore need no sleep, and repeated calls
give equal results. `ScheduleCache` keeps the computed plan.
"""

from __future__ import annotations

import copy
import heapq
import math
from bisect import bisect_left
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_CHECKPOINT_INTERVAL = 64
_MAX_STALE = 10_000


class RequestState(Enum):
    """State of a request; `COMPLETED` covers success and failure."""

    IN_QUEUE = "in_queue"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class EmulatorTiming:
    """Durations of actions in the emulated cloud, in seconds."""

    cold_start_s: float = 4.0
    run_s: float = 6.0
    cancel_delay_s: float = 1.0
    """Time from the cancel of a running request to its end, unless its natural end is earlier."""


@dataclass(frozen=True, slots=True)
class InstancePool:
    """Instances of one deployment; the first `min_instances` are always warm."""

    min_instances: int
    max_instances: int
    keep_warm_s: float
    timing: EmulatorTiming

    @property
    def size(self) -> int:
        return max(self.max_instances, self.min_instances, 1)


@dataclass(frozen=True, slots=True)
class PoolPeriod:
    """Pool and the time from which it is in force, because edits do not change the past."""

    since_s: float
    pool: InstancePool


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """Submitted request, with the time of its cancel if it was cancelled.

    If `is_cancel_ignored`, a cancel during the run is accepted, but the request still runs to
    completion.
    """

    request_id: str
    submitted_s: float
    cancelled_s: float | None = None
    is_cancel_ignored: bool = False


@dataclass(frozen=True, slots=True)
class RequestSpan:
    """Begin and end of a request; `started_s` is infinite if it never runs.

    `boot` is the number of times the instance `instance` was started; the two together identify one
    live instance.
    """

    started_s: float
    ended_s: float
    is_cancelled: bool
    instance: int
    boot: int


@dataclass(slots=True)
class InstanceUptime:
    """Time span in which one instance exists."""

    up_s: float
    down_s: float

    def contains(self, now_s: float) -> bool:
        return self.up_s <= now_s < self.down_s


@dataclass(frozen=True, slots=True)
class Schedule:
    """Spans of requests in the order of submission, and uptimes by instance and boot number."""

    spans: dict[str, RequestSpan]
    uptimes: dict[tuple[int, int], InstanceUptime]


@dataclass(slots=True)
class _PlannedInstance:
    """Instance during planning: when it stops being busy, and when it goes cold."""

    number: int
    free_s: float = -math.inf
    warm_until_s: float = -math.inf
    boot: int = 0

    def earliest_start(self, earliest_s: float, timing: EmulatorTiming) -> tuple[float, bool]:
        """Returns when a request can begin here, and True if the instance must be started first."""
        earliest_s = max(earliest_s, self.free_s)
        if earliest_s <= self.warm_until_s:
            return earliest_s, False
        return earliest_s + timing.cold_start_s, True


class _PoolSimulation:
    """Instances of one deployment during planning."""

    def __init__(self, period: PoolPeriod) -> None:
        self.period = period
        self.uptimes: dict[tuple[int, int], InstanceUptime] = {}
        self.instances: list[_PlannedInstance] = []
        self._next_number = 0
        self.enter_period(period)

    def enter_period(self, period: PoolPeriod) -> None:
        """Switches to another pool at its time; running requests run to completion."""
        self.period = period
        pool, since_s = period.pool, period.since_s
        self.instances.sort(key=lambda each: (-each.warm_until_s, -each.free_s, each.number))
        for instance in self.instances[pool.size :]:
            self._set_warm_until(instance, max(instance.free_s, since_s))
        del self.instances[pool.size :]
        while len(self.instances) < pool.size:
            self.instances.append(_PlannedInstance(self._next_number))
            self._next_number += 1
        for index, instance in enumerate(self.instances):
            is_warm = instance.warm_until_s >= since_s > -math.inf
            if index < pool.min_instances:
                if not is_warm:
                    self._boot(instance, since_s)
                self._set_warm_until(instance, math.inf)
            elif is_warm:
                idle_since_s = since_s if instance.warm_until_s == math.inf else instance.free_s
                self._set_warm_until(
                    instance, max(idle_since_s, instance.free_s) + pool.keep_warm_s
                )

    def copy(self) -> _PoolSimulation:
        duplicate = copy.copy(self)
        duplicate.uptimes = {}
        duplicate.instances = [copy.copy(each) for each in self.instances]
        return duplicate

    def earliest_slot(self, submitted_s: float) -> tuple[float, bool, _PlannedInstance]:
        """Returns the earliest begin, True if an instance must be started, and the instance."""
        earliest_s = max(submitted_s, self.period.since_s)
        slots = [
            (
                *instance.earliest_start(earliest_s, self.period.pool.timing),
                instance.number,
                instance,
            )
            for instance in self.instances
        ]
        started_s, cold, _number, instance = min(slots)
        return started_s, cold, instance

    def assign(
        self, request: PlannedRequest, slot: tuple[float, bool, _PlannedInstance]
    ) -> RequestSpan:
        """Assigns the request to an instance. A later cancel never changes the past."""
        started_s, cold, instance = slot
        timing = self.period.pool.timing
        cancelled_s = math.inf if request.cancelled_s is None else request.cancelled_s
        if cold:
            # A request cancelled before it runs still starts the instance.
            self._boot(instance, started_s - timing.cold_start_s)
            self._use(instance, started_s)
        if cancelled_s < started_s:
            return RequestSpan(math.inf, cancelled_s, True, instance.number, instance.boot)
        ended_s = started_s + timing.run_s
        cancelled = cancelled_s < ended_s and not request.is_cancel_ignored
        if cancelled:
            ended_s = min(ended_s, cancelled_s + timing.cancel_delay_s)
        self._use(instance, ended_s)
        return RequestSpan(started_s, ended_s, cancelled, instance.number, instance.boot)

    def _boot(self, instance: _PlannedInstance, since_s: float) -> None:
        if since_s > -math.inf:
            instance.boot += 1
        instance.free_s = since_s + self.period.pool.timing.cold_start_s
        self.uptimes[instance.number, instance.boot] = InstanceUptime(instance.free_s, math.inf)

    def _use(self, instance: _PlannedInstance, until_s: float) -> None:
        instance.free_s = until_s
        if instance.warm_until_s != math.inf:
            self._set_warm_until(instance, until_s + self.period.pool.keep_warm_s)

    def _set_warm_until(self, instance: _PlannedInstance, at_s: float) -> None:
        instance.warm_until_s = at_s
        uptime = self.uptimes.get((instance.number, instance.boot))
        if uptime is not None:
            uptime.down_s = at_s


class Scheduler:
    """Places requests on instances in sequence: first come, first served.

    Each request is placed on the instance that can begin it first.
    """

    def __init__(self, periods: Sequence[PoolPeriod]) -> None:
        first, *self.later_periods = periods
        self.simulation = _PoolSimulation(first)

    def schedule(self, request: PlannedRequest) -> RequestSpan:
        """Returns when the next request begins and ends."""
        slot = self.simulation.earliest_slot(request.submitted_s)
        while (
            self.later_periods
            and _action_time_s(slot, self.simulation.period) >= self.later_periods[0].since_s
        ):
            self.simulation.enter_period(self.later_periods.pop(0))
            slot = self.simulation.earliest_slot(request.submitted_s)
        return self.simulation.assign(request, slot)

    def finish(self) -> dict[tuple[int, int], InstanceUptime]:
        """Applies the remaining periods and returns all uptimes; call it after all requests."""
        while self.later_periods:
            self.simulation.enter_period(self.later_periods.pop(0))
        return self.simulation.uptimes

    def copy(self) -> Scheduler:
        """Returns an independent copy that continues from here.

        The copy has only the uptimes of instances started later.
        """
        duplicate = copy.copy(self)
        duplicate.later_periods = [*self.later_periods]
        duplicate.simulation = self.simulation.copy()
        return duplicate


def plan_schedule(periods: Sequence[PoolPeriod], requests: Iterable[PlannedRequest]) -> Schedule:
    """Computes when each request begins and ends, and which instances exist.

    `requests` are in the order of submission.
    """
    scheduler = Scheduler(periods)
    spans = {request.request_id: scheduler.schedule(request) for request in requests}
    return Schedule(spans, scheduler.finish())


def _action_time_s(slot: tuple[float, bool, _PlannedInstance], period: PoolPeriod) -> float:
    """Returns the time of a request's first action: its begin or an instance's start."""
    started_s, cold, _worker = slot
    return started_s - period.pool.timing.cold_start_s if cold else started_s


def state_at(span: RequestSpan, now_s: float) -> RequestState:
    if now_s >= span.ended_s:
        return RequestState.CANCELLED if span.is_cancelled else RequestState.COMPLETED
    return RequestState.IN_PROGRESS if now_s >= span.started_s else RequestState.IN_QUEUE


class ScheduleCache:
    """Caches the plan of one deployment, because a day of ten thousand requests is queried often.

    Results equal those of `plan_schedule`, without planning everything again for each query. A
    cancel changes only the plan of later requests, so the plan of earlier ones is kept. Not
    thread-safe.

    Requests are in the order of submission, and only the first `len(_spans)` of them are planned.
    `_checkpoints` has a copy of the scheduler before each 64th request. `_queue` has the indexes of
    planned requests that wait at `_queue_time_s`, and `_leaving` the times at which they leave the
    queue. Entries in `_leaving` that a cancel has made wrong are skipped.
    """

    def __init__(
        self, periods: Sequence[PoolPeriod], requests: Sequence[PlannedRequest] = ()
    ) -> None:
        self.periods = list(periods)
        self.requests = list(requests)
        self._positions = {request.request_id: index for index, request in enumerate(self.requests)}
        self._scheduler = Scheduler(self.periods)
        self._checkpoints: list[Scheduler] = []
        self._spans: list[RequestSpan] = []
        self._queue: list[int] = []
        self._leaving: list[tuple[float, int]] = []
        self._queue_time_s = -math.inf

    def submit(self, request: PlannedRequest) -> None:
        self._positions[request.request_id] = len(self.requests)
        self.requests.append(request)

    def cancel(self, request_id: str, cancelled_s: float, *, is_ignored: bool) -> None:
        index = self._positions[request_id]
        self.requests[index] = replace(
            self.requests[index], cancelled_s=cancelled_s, is_cancel_ignored=is_ignored
        )
        if index < len(self._spans):
            self._forget_from(index // _CHECKPOINT_INTERVAL)

    def span(self, request_id: str) -> RequestSpan:
        index = self._positions[request_id]
        self._plan_to(index)
        return self._spans[index]

    def position(self, request_id: str, now_s: float) -> int:
        """Returns the number of requests that wait before this one."""
        index = self._positions[request_id]
        self._plan_to(index)
        self._update_queue(now_s)
        return bisect_left(self._queue, index)

    def full_schedule(self) -> Schedule:
        """Returns the whole schedule; computed on each call, because it is rarely needed."""
        return plan_schedule(self.periods, self.requests)

    def _plan_to(self, index: int) -> None:
        while len(self._spans) <= index:
            number = len(self._spans)
            if number % _CHECKPOINT_INTERVAL == 0:
                self._checkpoints.append(self._scheduler.copy())
            span = self._scheduler.schedule(self.requests[number])
            self._spans.append(span)
            leaves_s = _leaves_s(span)
            if leaves_s > self._queue_time_s:
                self._queue.append(number)
                heapq.heappush(self._leaving, (leaves_s, number))

    def _forget_from(self, checkpoint: int) -> None:
        self._scheduler = self._checkpoints[checkpoint]
        del self._checkpoints[checkpoint:]
        del self._spans[checkpoint * _CHECKPOINT_INTERVAL :]
        del self._queue[bisect_left(self._queue, len(self._spans)) :]
        if len(self._leaving) > len(self._queue) + _MAX_STALE:
            self._rebuild_leaving()

    def _update_queue(self, now_s: float) -> None:
        """Removes the requests that have left the queue by `now_s`."""
        is_earlier = now_s < self._queue_time_s
        self._queue_time_s = now_s
        if is_earlier:
            self._queue = [
                index for index, span in enumerate(self._spans) if _leaves_s(span) > now_s
            ]
            self._rebuild_leaving()
        while self._leaving and self._leaving[0][0] <= now_s:
            leaves_s, index = heapq.heappop(self._leaving)
            queue_index = bisect_left(self._queue, index)
            is_there = queue_index < len(self._queue) and self._queue[queue_index] == index
            if is_there and _leaves_s(self._spans[index]) == leaves_s:
                del self._queue[queue_index]

    def _rebuild_leaving(self) -> None:
        self._leaving = [(_leaves_s(self._spans[index]), index) for index in self._queue]
        heapq.heapify(self._leaving)


def _leaves_s(span: RequestSpan) -> float:
    """Returns when a request leaves the queue because it begins or is cancelled."""
    return min(span.started_s, span.ended_s)
