"""Lets everything the queue asks of the service through one by one, in turn, so many a second.

Cancels and submits come first, because they decide what is paid. While submits wait, a third of all
turns stays with the questions. Among those, a result that the user waits for may be asked for out
of turn, but only so often that nobody's turn is put off by more than a small part. A job has one
place in the line at a time: what is more urgent about it takes the place of what is less, so the
line is never longer than there are jobs.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import defaultdict, deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from runcomfy_desktop.core.polling import Pace
    from runcomfy_desktop.core.rest import Rest

# Connections of the client for which somebody urgent need not wait.
_KEPT_FREE = 3


class Lane(Enum):
    """The urgency of a call, the least urgent first."""

    USUAL = "usual"
    URGENT = "urgent"
    SUBMIT = "submit"
    CANCEL = "cancel"

    def outranks(self, other: Lane) -> bool:
        return _RANKS[self] > _RANKS[other]


_RANKS = {lane: rank for rank, lane in enumerate(Lane)}


@dataclass(slots=True, eq=False)
class _Place:
    """Where somebody stands in the line. The one with the lowest `turn` came first."""

    who: str
    lane: Lane
    turn: int = 0
    asked: int = 0
    """What the rest's `now` was when it was let go."""
    let_go: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def waits(self) -> bool:
        return not self.let_go.done()


class _Line:
    """Those of one lane, in the order of their turns."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._heap: list[tuple[int, _Place]] = []

    def add(self, place: _Place) -> None:
        heapq.heappush(self._heap, (place.turn, place))

    def first(self) -> _Place | None:
        while self._heap:
            turn, place = self._heap[0]
            if place.waits and place.lane is self._lane and place.turn == turn:
                return place
            # Gone, parked or moved to the other lane meanwhile.
            heapq.heappop(self._heap)
        return None


class Turnstile:
    """Keeps those who ask `apart_s` apart, and only so many inside at once.

    Cancels go before submits, and both before questions; but one turn in `jump_every` while cancels
    wait, and one in `questions_every` while submits do, is a question's. Of both lanes of questions
    the one who came first goes first. Besides, one in `jump_every` may be somebody urgent who came
    later: so of N jobs nobody waits longer than N * apart_s and this part of it, times
    `questions_every` while submits go out.
    """

    def __init__(self, pace: Pace, rests: Mapping[Lane, Rest]) -> None:
        """Each lane waits for the end of its rest; lanes may share one."""
        self._apart_s = pace.apart_s
        self._jump_every = pace.jump_every
        self._questions_every = pace.questions_every
        self._inside_most = pace.asking_most
        self._rests = rests
        self._lines = {lane: _Line(lane) for lane in Lane}
        self._turns = itertools.count(1)
        # The place each one has, and further ones that wait until it is free.
        self._places: dict[str, _Place] = {}
        self._parked: defaultdict[str, deque[_Place]] = defaultdict(deque)
        self._urged: set[str] = set()
        self._inside = 0
        # A service that does not answer cancels must not be given all places for them.
        self._cancels_most = max(1, pace.asking_most // 2)
        self._cancels_inside = 0
        self._since_jump = 0
        self._since_question = 0
        self._next_s = 0.0
        self._timer: asyncio.Handle | None = None
        for rest in set(rests.values()):
            rest.changed.subscribe(lambda _nothing: self._look())

    @property
    def line_s(self) -> float:
        """How long the line is: about so long waits whoever comes now."""
        return len(self._places) * self._apart_s

    @asynccontextmanager
    async def passage(self, who: str, lane: Lane = Lane.USUAL) -> AsyncIterator[int]:
        """Waits for the turn; whoever asks is inside until the end of the block. Gives what `now`
        of the lane's rest was when the turn came.
        """
        place = self._queue_up(who, lane)
        try:
            await place.let_go
        except asyncio.CancelledError:
            self._give_up(place)
            raise
        try:
            yield place.asked
        finally:
            self._come_out(place)
            self._look()

    def urge(self, who: str) -> None:
        """The person wants to know of this one: its next question is urgent."""
        place = self._places.get(who)
        if place is None:
            self._urged.add(who)
        elif place.lane is Lane.USUAL:
            place.lane = Lane.URGENT
            self._lines[Lane.URGENT].add(place)
            self._look()

    def forget(self, who: str) -> None:
        """Nothing is asked about it any more."""
        self._urged.discard(who)

    def close(self) -> None:
        """Lets no timer outlive the loop."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _queue_up(self, who: str, lane: Lane) -> _Place:
        if who in self._urged:
            self._urged.discard(who)
            lane = Lane.URGENT if Lane.URGENT.outranks(lane) else lane
        place, holder = _Place(who, lane), self._places.get(who)
        if holder is None:
            self._enter(place, next(self._turns))
        elif lane.outranks(holder.lane):
            self._parked[who].appendleft(holder)
            self._enter(place, holder.turn)
            holder.turn = 0
        else:
            self._parked[who].append(place)
        self._look()
        return place

    def _enter(self, place: _Place, turn: int) -> None:
        place.turn = turn
        self._places[place.who] = place
        self._lines[place.lane].add(place)

    def _leave(self, place: _Place) -> None:
        """Its place is free for what else there is to ask about the same job."""
        who = place.who
        if self._places.get(who) is not place:
            return
        del self._places[who]
        parked = self._parked.get(who, deque())
        while parked and not parked[0].waits:
            parked.popleft()
        if parked:
            self._enter(parked.popleft(), next(self._turns))
        if not parked:
            self._parked.pop(who, None)

    def _give_up(self, place: _Place) -> None:
        was_let_go = place.let_go.done() and not place.let_go.cancelled()
        place.let_go.cancel()
        self._leave(place)
        if was_let_go:
            self._come_out(place)
        self._look()

    def _come_out(self, place: _Place) -> None:
        self._inside -= 1
        self._cancels_inside -= place.lane is Lane.CANCEL

    def _look(self) -> None:
        """Lets go whose turn it is, and sees to it that somebody looks again."""
        self.close()
        loop = asyncio.get_running_loop()
        while (place := self._next()) is not None:
            now_s = loop.time()
            if now_s < self._next_s:
                self._timer = loop.call_later(self._next_s - now_s, self._look)
                return
            self._next_s = now_s + self._apart_s
            self._count(place)
            self._inside += 1
            self._cancels_inside += place.lane is Lane.CANCEL
            rest = self._rests[place.lane]
            rest.take()
            place.asked = rest.now
            place.let_go.set_result(None)
            self._leave(place)

    def _next(self) -> _Place | None:
        if self._inside >= self._inside_most + _KEPT_FREE:
            return None
        has_room = self._cancels_inside < self._cancels_most
        first = (self._first(Lane.CANCEL) if has_room else None) or self._first(Lane.SUBMIT)
        if first is None:
            return self._next_question()
        every = self._jump_every if first.lane is Lane.CANCEL else self._questions_every
        is_due = self._since_question >= every - 1
        return (self._next_question() if is_due else None) or first

    def _first(self, lane: Lane) -> _Place | None:
        return self._lines[lane].first() if self._rests[lane].allows else None

    def _next_question(self) -> _Place | None:
        usual, urgent = self._first(Lane.USUAL), self._first(Lane.URGENT)
        if urgent is None or (usual is not None and not self._goes_first(urgent, usual)):
            return usual if self._inside < self._inside_most else urgent
        return urgent

    def _goes_first(self, urgent: _Place, usual: _Place) -> bool:
        is_resting = self._rests[Lane.URGENT].is_resting
        may_jump = self._since_jump >= self._jump_every - 1 or is_resting
        return urgent.turn < usual.turn or may_jump

    def _count(self, place: _Place) -> None:
        if place.lane.outranks(Lane.URGENT):
            self._since_question += 1
            return
        self._since_question = 0
        usual = self._lines[Lane.USUAL].first()
        is_jump = place.lane is Lane.URGENT and usual is not None and usual.turn < place.turn
        self._since_jump = 0 if is_jump else self._since_jump + 1
