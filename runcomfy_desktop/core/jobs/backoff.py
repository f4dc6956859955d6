"""A rest that the service asks for is kept by all calls of one kind: questions, submits or cancels.

Clocks that can be set play no part in it: it is counted on the loop's own clock.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy

# After so many good answers in a row the next rest for being asked too often is half as long.
_SUCCESSES_TO_HALVE = 8
_MAX_DOUBLINGS = 16


class Backoff:
    """Whether the service is to be left alone, and until when.

    Publishes `changed` when a rest begins, grows longer, ends, or lets one question through.
    """

    def __init__(self, policy: QueuePolicy, max_s: float | None = None) -> None:
        """`max_s` is the longest rest that the service can ask for, by default the pace's."""
        self.changed: Topic[None] = Topic()
        self._policy = policy
        self._max_s = policy.max_backoff_s if max_s is None else max_s
        self._epoch = 0
        self._until_s = 0.0
        self._doublings = 0
        self._successes = 0
        self._allows_probe = False
        self._is_active = False
        self._timer: asyncio.Handle | None = None

    @property
    def epoch(self) -> int:
        """How many rests have begun. Each question notes it when its turn comes, not when it goes
        out: a rest that began in between is one that it knew nothing of. No clock is as exact.
        """
        return self._epoch

    @property
    def is_active(self) -> bool:
        return self._is_active

    @property
    def remaining_s(self) -> float:
        """How long it still lasts; 0.0 when there is none."""
        return max(0.0, self._until_s - _loop_time_s()) if self.is_active else 0.0

    def on_refused(self, problem: Problem, epoch: int) -> None:
        """What was asked when `epoch` was `epoch` was refused in this way."""
        requested_s = problem.retry_after_s or 0.0
        if 0.0 < requested_s <= self._max_s:
            self._begin(requested_s)
            return
        is_refused = requested_s > 0.0 or problem.kind is ProblemKind.BUSY
        if is_refused and (epoch == self._epoch or not self.is_active):
            # Of those that went out together only the first refusal counts. A large body may go out
            # for longer than the rest.
            wait_s = self._policy.busy_backoff_s * float(2**self._doublings)
            self._doublings = min(self._doublings + 1, _MAX_DOUBLINGS)
            self._begin(min(wait_s, self._policy.max_busy_backoff_s))

    def on_success(self, epoch: int) -> None:
        """The service answered well what was asked when `epoch` was `epoch`."""
        if self.is_active:
            if epoch != self._epoch:
                return
            self._end()
        self._successes += 1
        if self._successes >= _SUCCESSES_TO_HALVE:
            self._successes = 0
            self._doublings = max(0, self._doublings - 1)

    def allow_probe(self) -> None:
        """Somebody wants to know: one question may go out, and a good answer ends the rest."""
        if self.is_active:
            self._allows_probe = True
            self.changed.publish(None)

    @property
    def allows_request(self) -> bool:
        """True while a question may go out."""
        return self._allows_probe or not self._is_active

    def consume_probe(self) -> None:
        """A question goes out; the next one waits for the end of the rest."""
        self._allows_probe = False

    def advance(self, seconds: float) -> None:
        """The computer slept so long, and the loop's clock with it."""
        if self.is_active:
            self._until_s -= seconds
            self._schedule_end()

    def close(self) -> None:
        """Lets no timer outlive the loop."""
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self, wait_s: float) -> None:
        now_s = _loop_time_s()
        self._successes = 0
        self._epoch += 1
        self._until_s = max(self._until_s, now_s + wait_s)
        self._is_active = True
        self._schedule_end()

    def _schedule_end(self) -> None:
        self.close()
        remaining_s = self._until_s - _loop_time_s()
        if remaining_s <= 0:
            self._end()
            return
        self._timer = asyncio.get_running_loop().call_later(remaining_s, self._schedule_end)
        self.changed.publish(None)

    def _end(self) -> None:
        self.close()
        self._until_s = 0.0
        self._allows_probe = False
        self._is_active = False
        self.changed.publish(None)


def _loop_time_s() -> float:
    return asyncio.get_running_loop().time()
