"""Gateway to the service for all requests about jobs, with rate limit and back-off.

The gateway never repeats a request. After a failure the caller tries again, and waits for a turn
again.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.api import inference
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.jobs.job_transitions import request_ref
from runcomfy_desktop.core.jobs.queue_policy import KeyEpoch, KeyGate
from runcomfy_desktop.core.jobs.rate_limiter import Priority, RateLimiter
from runcomfy_desktop.core.jobs.request_pause import RequestPause
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.api.inference import CancelReport, RequestRef, ResultReport, StatusReport
    from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
    from runcomfy_desktop.domain.jobs.job import Job

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyRefusal:
    """Refusal of the key for a request about a job; `is_first` is True for the first refusal."""

    job_id: str
    problem: Problem
    is_first: bool


@dataclass(frozen=True, slots=True)
class RequestEpoch:
    """State of the key gate and the pause when a request was sent.

    The response is judged by that state.
    """

    key_epoch: KeyEpoch
    pause_epoch: int
    priority: Priority = Priority.NORMAL


class ServiceGateway:
    """Sends requests about jobs in turn, and shares their pauses and key refusals between all jobs.

    Publishes `key_refused`, `key_accepted` when a response shows that the key is good, and
    `call_held` with the id of a job whose request is held back by a pause or until the key changes.

    `poll_pause` applies to polls. Submits and cancels have pauses of their own, because they
    decide what is paid: a pause requested in response to a poll does not hold them back.
    """

    def __init__(self, client: Client, policy: QueuePolicy) -> None:
        self.key_refused: Topic[KeyRefusal] = Topic()
        self.key_accepted: Topic[None] = Topic()
        self.call_held: Topic[str] = Topic()
        self.poll_pause = RequestPause(policy)
        self.submit_pause = RequestPause(policy)
        self.cancel_pause = RequestPause(policy, policy.max_cancel_pause_s)
        self._pauses = {
            Priority.NORMAL: self.poll_pause,
            Priority.URGENT: self.poll_pause,
            Priority.SUBMIT: self.submit_pause,
            Priority.CANCEL: self.cancel_pause,
        }
        self.key_gate = KeyGate()
        self._client = client.without_retries()
        self._rate_limiter = RateLimiter(policy, self._pauses)

    @property
    def queue_delay_s(self) -> float:
        """Approximate time that a request waits for its turn if it is queued now."""
        return self._rate_limiter.queue_delay_s

    @property
    def holds_cancels(self) -> bool:
        """True while no cancel is sent: the service requested a pause or refused the key."""
        return not (self.cancel_pause.allows_request and self.key_gate.is_open)

    async def status(
        self, job: Job, priority: Priority = Priority.NORMAL, *, reports_key_refusal: bool = True
    ) -> StatusReport:
        """Returns the status of the request. Raises Problem; then nothing is known about the job.

        `reports_key_refusal`: if False, a refusal of the key concerns only this attempt and is not
        reported as a refused key.
        """
        return await self._call(
            job, inference.read_status, priority, reports_key_refusal=reports_key_refusal
        )

    async def result(
        self, job: Job, priority: Priority = Priority.URGENT, *, reports_key_refusal: bool = True
    ) -> ResultReport:
        """Returns the result of the request. Raises Problem, for example ResultTooLarge."""
        return await self._call(
            job, inference.read_result, priority, reports_key_refusal=reports_key_refusal
        )

    async def cancel(self, job: Job, priority: Priority = Priority.CANCEL) -> CancelReport:
        """Sends a cancel request. Raises Problem."""
        return await self._call(job, inference.cancel, priority, reports_key_refusal=False)

    async def wait_to_send(self, job_id: str) -> RequestEpoch:
        """Waits until a new job may be sent. Ignores the key gate: a submit may prove the key
        good."""
        async with self._rate_limiter.acquire(job_id, Priority.SUBMIT) as pause_epoch:
            return RequestEpoch(self.key_gate.epoch, pause_epoch, Priority.SUBMIT)

    def prioritize(self, job_id: str) -> None:
        """Polls a job next in spite of a pause or a refused key, because the user wants its
        state."""
        self.key_gate.allow_probes()
        self._rate_limiter.prioritize(job_id)
        self.poll_pause.allow_probe()

    def prioritize_cancel(self) -> None:
        """Allows a cancel now in spite of a pause or a refused key, because the user wants it."""
        self.key_gate.allow_probes()
        self.cancel_pause.allow_probe()

    def allow_probes(self) -> None:
        """Allows one request of each kind in spite of a pause; a good response ends the pause."""
        for pause in (self.poll_pause, self.submit_pause, self.cancel_pause):
            pause.allow_probe()

    def advance(self, seconds: float) -> None:
        """Shortens the pauses by the time that the computer and the loop's clock slept."""
        for pause in (self.poll_pause, self.submit_pause, self.cancel_pause):
            pause.advance(seconds)

    def forget(self, job_id: str) -> None:
        """Forgets a job about which no more requests are sent."""
        self.key_gate.forget(job_id)
        self._rate_limiter.forget(job_id)

    def close(self) -> None:
        self._rate_limiter.close()
        for pause in (self.poll_pause, self.submit_pause, self.cancel_pause):
            pause.close()

    def on_refused(self, problem: Problem, epoch: RequestEpoch) -> None:
        """Begins a pause if the refusal asks for one. A pause requested for submits or cancels
        stops polls, too."""
        self._pauses[epoch.priority].on_refused(problem, epoch.pause_epoch)
        if epoch.priority in (Priority.SUBMIT, Priority.CANCEL) and problem.retry_after_s:
            self.poll_pause.on_refused(problem, self.poll_pause.epoch)

    def on_accepted(self, epoch: RequestEpoch, job_id: str = "") -> None:
        """Records that a job was accepted or a request about one succeeded.

        This shows that the key is good and that the service allows requests.
        """
        is_good_now = self.key_gate.on_accepted(epoch.key_epoch, job_id)
        self._pauses[epoch.priority].on_success(epoch.pause_epoch)
        if is_good_now:
            self.key_accepted.publish(None)

    def on_not_sent(self, epoch: RequestEpoch) -> None:
        """Gives back a turn in which nothing was sent, because the job was cancelled or held.

        If it was the one request allowed in spite of a pause, the next one is allowed instead.
        """
        pause = self._pauses[epoch.priority]
        if pause.is_active and epoch.pause_epoch == pause.epoch:
            pause.allow_probe()

    @asynccontextmanager
    async def _wait_for_turn(self, job_id: str, priority: Priority) -> AsyncIterator[RequestEpoch]:
        while True:
            if self._pauses[priority].is_active:
                self.call_held.publish(job_id)
            async with self._rate_limiter.acquire(job_id, priority) as pause_epoch:
                if self.key_gate.is_open:
                    yield RequestEpoch(self.key_gate.epoch, pause_epoch, priority)
                    return
            self.call_held.publish(job_id)
            await self.key_gate.wait_until_open()

    async def _call(
        self,
        job: Job,
        call: Callable[[Client, RequestRef], Awaitable[T]],
        priority: Priority = Priority.NORMAL,
        *,
        reports_key_refusal: bool,
    ) -> T:
        async with self._wait_for_turn(job.job_id, priority) as epoch:
            try:
                answer = await call(self._client, request_ref(job))
            except Problem as problem:
                self.on_refused(problem, epoch)
                if problem.kind is ProblemKind.AUTH and reports_key_refusal:
                    is_first = self.key_gate.on_refused(job.job_id, epoch.key_epoch)
                    self.key_refused.publish(KeyRefusal(job.job_id, problem, is_first))
                raise
            self.on_accepted(epoch, job.job_id)
            return answer
