"""A rest that the service asks for is kept by all calls of one kind: questions, submits or cancels.

Clocks that can be set play no part in it: it is counted on the loop's own clock.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from runcomfy_desktop.core.polling import Pace

# After so many good answers in a row the next rest for being asked too often is half as long.
_GOOD_ANSWERS = 8
_MOST_DOUBLINGS = 16


class Rest:
    """Whether the service is to be left alone, and until when.

    Publishes `changed` when a rest begins, grows longer, ends, or lets one question through.
    """

    def __init__(self, pace: Pace, most_s: float | None = None) -> None:
        """`most_s` is the longest rest that the service can ask for, by default the pace's."""
        self.changed: Topic[None] = Topic()
        self._pace = pace
        self._most_s = pace.rest_most_s if most_s is None else most_s
        self._begun = 0
        self._until_s = 0.0
        self._doublings = 0
        self._good = 0
        self._lets_one = False
        self._is_resting = False
        self._timer: asyncio.Handle | None = None

    @property
    def now(self) -> int:
        """How many rests have begun. Each question notes it when its turn comes, not when it goes
        out: a rest that began in between is one that it knew nothing of. No clock is as exact.
        """
        return self._begun

    @property
    def is_resting(self) -> bool:
        return self._is_resting

    @property
    def left_s(self) -> float:
        """How long it still lasts; 0.0 when there is none."""
        return max(0.0, self._until_s - _now_s()) if self.is_resting else 0.0

    def heard(self, problem: Problem, asked: int) -> None:
        """What was asked when `now` was `asked` was refused in this way."""
        wished_s = problem.retry_after_s or 0.0
        if 0.0 < wished_s <= self._most_s:
            self._begin(wished_s)
            return
        is_refused = wished_s > 0.0 or problem.kind is ProblemKind.BUSY
        if is_refused and (asked == self._begun or not self.is_resting):
            # Of those that went out together only the first refusal counts. A large body may go out
            # for longer than the rest.
            wait_s = self._pace.busy_s * float(2**self._doublings)
            self._doublings = min(self._doublings + 1, _MOST_DOUBLINGS)
            self._begin(min(wait_s, self._pace.busy_most_s))

    def answered(self, asked: int) -> None:
        """The service answered well what was asked when `now` was `asked`."""
        if self.is_resting:
            if asked != self._begun:
                return
            self._end()
        self._good += 1
        if self._good >= _GOOD_ANSWERS:
            self._good = 0
            self._doublings = max(0, self._doublings - 1)

    def let_one(self) -> None:
        """Somebody wants to know: one question may go out, and a good answer ends the rest."""
        if self.is_resting:
            self._lets_one = True
            self.changed.publish(None)

    @property
    def allows(self) -> bool:
        """True while a question may go out."""
        return self._lets_one or not self._is_resting

    def take(self) -> None:
        """A question goes out; the next one waits for the end of the rest."""
        self._lets_one = False

    def skip(self, seconds: float) -> None:
        """The computer slept so long, and the loop's clock with it."""
        if self.is_resting:
            self._until_s -= seconds
            self._look()

    def close(self) -> None:
        """Lets no timer outlive the loop."""
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self, wait_s: float) -> None:
        now_s = _now_s()
        self._good = 0
        self._begun += 1
        self._until_s = max(self._until_s, now_s + wait_s)
        self._is_resting = True
        self._look()

    def _look(self) -> None:
        self.close()
        left_s = self._until_s - _now_s()
        if left_s <= 0:
            self._end()
            return
        self._timer = asyncio.get_running_loop().call_later(left_s, self._look)
        self.changed.publish(None)

    def _end(self) -> None:
        self.close()
        self._until_s = 0.0
        self._lets_one = False
        self._is_resting = False
        self.changed.publish(None)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
