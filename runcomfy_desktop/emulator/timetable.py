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

from runcomfy_desktop.emulator.lifecycle import Planner, plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.emulator.lifecycle import Ask, Phase, Plan, Span

_SAVED_EVERY = 64
_STALE_MOST = 10_000


class Timetable:
    """The requests of a deployment in the order of submission. Not safe to use from threads.

    Only the first `len(_spans)` of them are planned; `_saved` has the planner as it was before
    each 64th. `_queue` has the places of the planned ones that wait at `_seen_s`, and `_leaving`
    when they leave it; what a cancel made wrong there is passed over.
    """

    def __init__(self, phases: Sequence[Phase], asks: Sequence[Ask] = ()) -> None:
        self.phases = list(phases)
        self.asks = list(asks)
        self._places = {ask.request_id: place for place, ask in enumerate(self.asks)}
        self._planner = Planner(self.phases)
        self._saved: list[Planner] = []
        self._spans: list[Span] = []
        self._queue: list[int] = []
        self._leaving: list[tuple[float, int]] = []
        self._seen_s = -math.inf

    def submit(self, ask: Ask) -> None:
        self._places[ask.request_id] = len(self.asks)
        self.asks.append(ask)

    def cancel(self, request_id: str, cancelled_s: float, *, fails: bool) -> None:
        place = self._places[request_id]
        self.asks[place] = replace(self.asks[place], cancelled_s=cancelled_s, cancel_fails=fails)
        if place < len(self._spans):
            self._forget_from(place // _SAVED_EVERY)

    def span(self, request_id: str) -> Span:
        place = self._places[request_id]
        self._plan_to(place)
        return self._spans[place]

    def position(self, request_id: str, now_s: float) -> int:
        """How many requests wait before this one."""
        place = self._places[request_id]
        self._plan_to(place)
        self._look(now_s)
        return bisect_left(self._queue, place)

    def plan(self) -> Plan:
        """Everything, the instances too; made anew, because that is hardly ever asked for."""
        return plan(self.phases, self.asks)

    def _plan_to(self, place: int) -> None:
        while len(self._spans) <= place:
            number = len(self._spans)
            if number % _SAVED_EVERY == 0:
                self._saved.append(self._planner.copy())
            span = self._planner.place(self.asks[number])
            self._spans.append(span)
            leaves_s = _leaves_s(span)
            if leaves_s > self._seen_s:
                self._queue.append(number)
                heapq.heappush(self._leaving, (leaves_s, number))

    def _forget_from(self, saved: int) -> None:
        self._planner = self._saved[saved]
        del self._saved[saved:]
        del self._spans[saved * _SAVED_EVERY :]
        del self._queue[bisect_left(self._queue, len(self._spans)) :]
        if len(self._leaving) > len(self._queue) + _STALE_MOST:
            self._line_up()

    def _look(self, now_s: float) -> None:
        """Takes those from the queue that have left it by then."""
        is_earlier = now_s < self._seen_s
        self._seen_s = now_s
        if is_earlier:
            self._queue = [
                place for place, span in enumerate(self._spans) if _leaves_s(span) > now_s
            ]
            self._line_up()
        while self._leaving and self._leaving[0][0] <= now_s:
            leaves_s, place = heapq.heappop(self._leaving)
            at = bisect_left(self._queue, place)
            is_there = at < len(self._queue) and self._queue[at] == place
            if is_there and _leaves_s(self._spans[place]) == leaves_s:
                del self._queue[at]

    def _line_up(self) -> None:
        self._leaving = [(_leaves_s(self._spans[place]), place) for place in self._queue]
        heapq.heapify(self._leaving)


def _leaves_s(span: Span) -> float:
    """When it no longer waits: it begins, or it is cancelled."""
    return min(span.begun_s, span.ended_s)
