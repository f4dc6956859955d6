"""Pause requested by the service, kept by all requests of one kind: polls, submits or cancels.

The pause is measured on the loop's own clock, because other clocks can be set.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy

# After this many successes in a row the next "too many requests" pause is half as long.
_SUCCESSES_TO_HALVE = 8
# No more refusals are counted, so that successes lead back to the first pause soon.
_MAX_REFUSALS = 16


class RequestPause:
    """Pause that applies to one kind of request to the service.

    Publishes `changed` when a pause begins, grows longer, ends, or lets one request through.
    """

    def __init__(self, policy: QueuePolicy, max_s: float | None = None) -> None:
        """`max_s`: longest pause that the service can request, by default the policy's."""
        self.changed: Topic[None] = Topic()
        self._policy = policy
        self._max_s = policy.max_pause_s if max_s is None else max_s
        self._epoch = 0
        self._until_s = 0.0
        # Refusals that have not been made up for by successes.
        self._refusals = 0
        self._successes = 0
        self._allows_probe = False
        self._is_active = False
        self._timer: asyncio.Handle | None = None

    @property
    def epoch(self) -> int:
        """Number of pauses so far.

        Each request records this number when its turn comes, not when it is sent. So a pause that
        begins in between counts as a later one. A clock is not exact enough for that.
        """
        return self._epoch

    @property
    def is_active(self) -> bool:
        return self._is_active

    @property
    def remaining_s(self) -> float:
        """Remaining seconds of the pause; 0.0 if there is none."""
        return max(0.0, self._until_s - _loop_time_s()) if self.is_active else 0.0

    def on_refused(self, problem: Problem, epoch: int) -> None:
        """Begins a pause if the service requests one or is busy. `epoch`: that of the request."""
        requested_s = problem.retry_after_s or 0.0
        if 0.0 < requested_s <= self._max_s:
            self._begin(requested_s)
            return
        is_refused = requested_s > 0.0 or problem.kind is ProblemKind.BUSY
        if is_refused and (epoch == self._epoch or not self.is_active):
            # Of several requests sent together, only the first refusal counts. A refusal also
            # counts if the pause is over: sending a large body may take longer than the pause.
            self._refusals = min(self._refusals + 1, _MAX_REFUSALS)
            self._begin(self._policy.busy_backoff.delay_s(self._refusals))

    def on_success(self, epoch: int) -> None:
        """Counts a success and ends an active pause; ignores requests admitted before the pause."""
        if self.is_active:
            if epoch != self._epoch:
                return
            self._end()
        self._successes += 1
        if self._successes >= _SUCCESSES_TO_HALVE:
            self._successes = 0
            self._refusals = max(0, self._refusals - 1)

    def allow_probe(self) -> None:
        """Allows one request in spite of the pause; a good response ends the pause."""
        if self.is_active:
            self._allows_probe = True
            self.changed.publish(None)

    @property
    def allows_request(self) -> bool:
        """True while a request may be sent."""
        return self._allows_probe or not self._is_active

    def consume_probe(self) -> None:
        """Uses up the probe; the next request waits for the end of the pause."""
        self._allows_probe = False

    def advance(self, seconds: float) -> None:
        """Shortens the pause by the time that the computer and the loop's clock slept."""
        if self.is_active:
            self._until_s -= seconds
            self._schedule_end()

    def close(self) -> None:
        """Cancels the timer, so that it does not outlive the loop."""
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
