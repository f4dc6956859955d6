"""Rate limiter with priorities for all requests about jobs.

Cancels and submits come first, because they decide what is paid. While submits wait, a third of all
turns remains for polls. Among polls, one that the user waits for may go out of turn, but so rarely
that it delays the others only slightly. A job has one waiter in the queue at a time: a more urgent
request about the job replaces a less urgent one, so the queue is never longer than the number of
jobs.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from runcomfy_desktop.core.jobs.live_job import LiveJob
    from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
    from runcomfy_desktop.core.jobs.request_pause import RequestPause

# Connections of the client kept free for urgent requests.
_URGENT_RESERVE = 3


class Priority(Enum):
    """Urgency of a request, the least urgent first."""

    NORMAL = "usual"
    URGENT = "urgent"
    SUBMIT = "submit"
    CANCEL = "cancel"

    def outranks(self, other: Priority) -> bool:
        return _RANKS[self] > _RANKS[other]


_RANKS = {priority: rank for rank, priority in enumerate(Priority)}


@dataclass(slots=True, eq=False)
class Waiter:
    """A request about a job, waiting for its turn; the lowest `sequence` came first."""

    live: LiveJob
    priority: Priority
    sequence: int = 0
    epoch: int = 0
    """The pause's `epoch` when the request was admitted."""
    admitted: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def is_waiting(self) -> bool:
        return not self.admitted.done()


class _WaiterQueue:
    """Waiters of one priority, in the order of their turns."""

    def __init__(self, priority: Priority) -> None:
        self._priority = priority
        self._heap: list[tuple[int, Waiter]] = []

    def add(self, waiter: Waiter) -> None:
        heapq.heappush(self._heap, (waiter.sequence, waiter))

    def first(self) -> Waiter | None:
        while self._heap:
            sequence, waiter = self._heap[0]
            if (
                waiter.is_waiting
                and waiter.priority is self._priority
                and waiter.sequence == sequence
            ):
                return waiter
            # Cancelled, parked or moved to another priority since it was added.
            heapq.heappop(self._heap)
        return None


class RateLimiter:
    """Starts requests `request_interval_s` apart and limits how many are in flight.

    Cancels go before submits, and both before polls. One turn in `turns_per_urgent` while cancels
    wait, and one in `turns_per_poll` while submits wait, goes to a poll. Of the normal and the
    urgent polls, the one that came first goes first. In addition, one poll in `turns_per_urgent`
    may be an urgent one that came later. So with N jobs no poll waits longer than N *
    request_interval_s plus one `turns_per_urgent`-th of that time, and `turns_per_poll` times as
    long while submits wait.
    """

    def __init__(self, policy: QueuePolicy, pauses: Mapping[Priority, RequestPause]) -> None:
        """Each priority waits for the end of its pause; priorities may share one."""
        self._interval_s = policy.request_interval_s
        self._turns_per_urgent = policy.turns_per_urgent
        self._turns_per_poll = policy.turns_per_poll
        self._max_in_flight = policy.max_in_flight
        self._pauses = pauses
        self._queues = {priority: _WaiterQueue(priority) for priority in Priority}
        self._sequence = itertools.count(1)
        # Number of jobs about which a request waits.
        self._waiting_count = 0
        self._in_flight = 0
        # If the service does not respond to cancels, they must not use up all slots.
        self._max_cancels = max(1, policy.max_in_flight // 2)
        self._cancels_in_flight = 0
        self._since_urgent = 0
        self._since_poll = 0
        self._next_start_s = 0.0
        self._timer: asyncio.Handle | None = None
        for pause in set(pauses.values()):
            pause.changed.subscribe(lambda _nothing: self._admit_waiters())

    @property
    def queue_delay_s(self) -> float:
        """Approximate time that a request waits if it is queued now."""
        return self._waiting_count * self._interval_s

    @asynccontextmanager
    async def acquire(
        self, live: LiveJob, priority: Priority = Priority.NORMAL
    ) -> AsyncIterator[int]:
        """Waits for the turn; the request is in flight until the end of the block.

        Yields the `epoch` of the priority's pause at the time of the turn.
        """
        waiter = self._enqueue(live, priority)
        try:
            await waiter.admitted
        except asyncio.CancelledError:
            self._cancel_waiter(waiter)
            raise
        try:
            yield waiter.epoch
        finally:
            self._release(waiter)
            self._admit_waiters()

    def prioritize(self, live: LiveJob) -> None:
        """Makes the next request about a job urgent, because the user wants its state."""
        waiter = live.waiter
        if waiter is None:
            live.is_prioritized = True
        elif waiter.priority is Priority.NORMAL:
            waiter.priority = Priority.URGENT
            self._queues[Priority.URGENT].add(waiter)
            self._admit_waiters()

    def forget(self, live: LiveJob) -> None:
        """Forgets a job about which no more requests are sent."""
        live.is_prioritized = False

    def close(self) -> None:
        """Cancels the timer, so that it does not outlive the loop."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _enqueue(self, live: LiveJob, priority: Priority) -> Waiter:
        if live.is_prioritized:
            live.is_prioritized = False
            priority = Priority.URGENT if Priority.URGENT.outranks(priority) else priority
        waiter, holder = Waiter(live, priority), live.waiter
        if holder is None:
            self._add_waiter(waiter, next(self._sequence))
        elif priority.outranks(holder.priority):
            live.parked.insert(0, holder)
            self._add_waiter(waiter, holder.sequence)
            holder.sequence = 0
        else:
            live.parked.append(waiter)
        self._admit_waiters()
        return waiter

    def _add_waiter(self, waiter: Waiter, sequence: int) -> None:
        waiter.sequence = sequence
        self._waiting_count += waiter.live.waiter is None
        waiter.live.waiter = waiter
        self._queues[waiter.priority].add(waiter)

    def _remove_waiter(self, waiter: Waiter) -> None:
        """Removes a waiter and promotes the next parked one of the same job."""
        live = waiter.live
        if live.waiter is not waiter:
            return
        live.waiter = None
        self._waiting_count -= 1
        while live.parked and not live.parked[0].is_waiting:
            live.parked.pop(0)
        if live.parked:
            self._add_waiter(live.parked.pop(0), next(self._sequence))

    def _cancel_waiter(self, waiter: Waiter) -> None:
        was_admitted = waiter.admitted.done() and not waiter.admitted.cancelled()
        waiter.admitted.cancel()
        self._remove_waiter(waiter)
        if was_admitted:
            self._release(waiter)
        self._admit_waiters()

    def _release(self, waiter: Waiter) -> None:
        self._in_flight -= 1
        self._cancels_in_flight -= waiter.priority is Priority.CANCEL

    def _admit_waiters(self) -> None:
        """Admits all waiters that are due, and sets a timer for the next one."""
        self.close()
        loop = asyncio.get_running_loop()
        while (waiter := self._next_waiter()) is not None:
            now_s = loop.time()
            if now_s < self._next_start_s:
                self._timer = loop.call_later(self._next_start_s - now_s, self._admit_waiters)
                return
            self._next_start_s = now_s + self._interval_s
            self._count_turn(waiter)
            self._in_flight += 1
            self._cancels_in_flight += waiter.priority is Priority.CANCEL
            pause = self._pauses[waiter.priority]
            pause.consume_probe()
            waiter.epoch = pause.epoch
            waiter.admitted.set_result(None)
            self._remove_waiter(waiter)

    def _next_waiter(self) -> Waiter | None:
        if self._in_flight >= self._max_in_flight + _URGENT_RESERVE:
            return None
        has_capacity = self._cancels_in_flight < self._max_cancels
        first = (self._first(Priority.CANCEL) if has_capacity else None) or self._first(
            Priority.SUBMIT
        )
        if first is None:
            return self._next_poll()
        turns_per_poll = (
            self._turns_per_urgent if first.priority is Priority.CANCEL else self._turns_per_poll
        )
        is_due = self._since_poll >= turns_per_poll - 1
        return (self._next_poll() if is_due else None) or first

    def _first(self, priority: Priority) -> Waiter | None:
        return self._queues[priority].first() if self._pauses[priority].allows_request else None

    def _next_poll(self) -> Waiter | None:
        normal, urgent = self._first(Priority.NORMAL), self._first(Priority.URGENT)
        if urgent is None or (normal is not None and not self._is_urgent_first(urgent, normal)):
            return normal if self._in_flight < self._max_in_flight else urgent
        return urgent

    def _is_urgent_first(self, urgent: Waiter, normal: Waiter) -> bool:
        is_paused = self._pauses[Priority.URGENT].is_active
        may_jump = self._since_urgent >= self._turns_per_urgent - 1 or is_paused
        return urgent.sequence < normal.sequence or may_jump

    def _count_turn(self, waiter: Waiter) -> None:
        if waiter.priority.outranks(Priority.URGENT):
            self._since_poll += 1
            return
        self._since_poll = 0
        normal = self._queues[Priority.NORMAL].first()
        is_out_of_turn = (
            waiter.priority is Priority.URGENT
            and normal is not None
            and normal.sequence < waiter.sequence
        )
        self._since_urgent = 0 if is_out_of_turn else self._since_urgent + 1
