"""The plan of one deployment, kept while requests come: a day of ten thousand is asked about often.

`lifecycle.plan` stays the word on what happens; this gives the same answers without planning
everything anew at each question. A cancel changes only what comes after its request, so what was
planned before it is kept.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.lifecycle import Scheduler, plan_schedule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.emulator.lifecycle import (
        PlannedRequest,
        PoolPeriod,
        RequestSpan,
        Schedule,
    )

_CHECKPOINT_INTERVAL = 64
_MAX_STALE = 10_000


class ScheduleCache:
    """The requests of a deployment in the order of submission. Not safe to use from threads.

    Only the first `len(_spans)` of them are planned; `_checkpoints` has the planner as it was
    before each 64th. `_queue` has the places of the planned ones that wait at `_queue_time_s`, and
    `_leaving` when they leave it; what a cancel made wrong there is passed over.
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
        """How many requests wait before this one."""
        index = self._positions[request_id]
        self._plan_to(index)
        self._update_queue(now_s)
        return bisect_left(self._queue, index)

    def full_schedule(self) -> Schedule:
        """Everything, the instances too; made anew, because that is hardly ever asked for."""
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
        """Takes those from the queue that have left it by then."""
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
    """When it no longer waits: it begins, or it is cancelled."""
    return min(span.started_s, span.ended_s)
