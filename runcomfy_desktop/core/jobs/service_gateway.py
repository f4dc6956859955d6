"""Gateway to the service for all requests about jobs, with rate limit, pauses and key.

The gateway never repeats a request. After a failure the caller tries again, and waits for a turn
again.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.api import inference
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.jobs.job_transitions import request_ref
from runcomfy_desktop.core.jobs.rate_limiter import Priority, RateLimiter
from runcomfy_desktop.core.jobs.request_pause import RequestPause
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.api.inference import CancelReport, RequestRef, ResultReport, StatusReport
    from runcomfy_desktop.core.jobs.live_job import LiveJob, LiveJobs
    from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
    from runcomfy_desktop.domain.jobs.job import Job

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyEpoch:
    """Counters of the key gate at the time when a request was sent."""

    refusals: int
    reopenings: int


class KeyGate:
    """Closes at the second refused job in a row; a successful response to any job opens it again.

    A single job can be refused although the key is good, if it belongs to another account and the
    service does not say so. The account opens the gate too when it finds the key good
    (`set_key_validity`).

    If a job is refused although the key is good, the reason is the job itself or temporary. Its
    further refusals are not reported and do not close the gate, until a request about it succeeds
    or the key changes.

    A response says something about the key as it was when the request was sent. A request that was
    in flight when the key was withdrawn does not prove the key good, and a refusal from before a
    change of the key says nothing about the new one. So each request records the `epoch` of the
    gate.
    """

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        # A period ends when the key is found good or may have changed. A job that was refused in
        # an earlier period, but not before the first one that counts, was refused with a good key.
        self._period = self._first_period = 1
        self._refused_jobs = 0
        self._refusals = 0
        self._reopenings = 0
        self._is_bad = False
        self.was_accepted = False
        """True if any request with a key succeeded since the start."""
        self.is_confirmed = False
        """True if the account found the key good after refusals, and no request succeeded since."""

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    @property
    def epoch(self) -> KeyEpoch:
        return KeyEpoch(self._refusals, self._reopenings)

    def on_refused(self, live: LiveJob, epoch: KeyEpoch) -> bool:
        """Records that the key was refused for a job. Returns True for the first refusal."""
        if epoch.reopenings != self._reopenings:
            return False
        is_first = False
        if not self._first_period <= live.key_refused_in < self._period:
            is_first = not self._refused_jobs
            self._refusals += 1
            self._refused_jobs += live.key_refused_in != self._period
            live.key_refused_in = self._period
        if self._refused_jobs > 1 or self._is_bad:
            self._open.clear()
        return is_first

    def allow_probes(self) -> None:
        """Lets waiting requests through once; the next refusal closes the gate again."""
        self._open.set()

    def on_accepted(self, epoch: KeyEpoch, live: LiveJob) -> bool:
        """Records a successful request for a job. Returns True if it proves that the current key is
        good."""
        self.was_accepted = True
        is_current = epoch == self.epoch
        if epoch.refusals == self._refusals:
            self._begin_period()
        self.forget(live)
        return is_current

    def set_key_validity(self, *, is_good: bool) -> None:
        """Applies the account's check of the key; with a bad key the next refusal closes the
        gate."""
        if not is_good:
            self._is_bad, self.is_confirmed = True, False
            self._first_period = self._period
            return
        is_confirmed = self.is_confirmed or self._refused_jobs > 0
        self._begin_period()
        self.is_confirmed = is_confirmed

    def reopen(self) -> None:
        """Opens the gate, because the key may have changed."""
        self._reopenings += 1
        self._begin_period()
        self._first_period = self._period

    def forget(self, live: LiveJob) -> None:
        """Makes the job's next refusal count again."""
        if live.key_refused_in < self._period:
            live.key_refused_in = 0

    def _begin_period(self) -> None:
        self._period += 1
        self._refused_jobs = 0
        self._is_bad = False
        self.is_confirmed = False
        self._open.set()

    async def wait_until_open(self) -> None:
        await self._open.wait()


@dataclass(frozen=True, slots=True)
class KeyRefusal:
    """Refusal of the key for a request about a job; `is_first` is True for the first refusal."""

    job_id: str
    problem: Problem
    is_first: bool


@dataclass(slots=True, eq=False)
class GatewayTurn:
    """Turn of one request, from its admission to its response.

    The response is judged by the state that the key gate and the pause had at the admission.
    """

    priority: Priority
    key_epoch: KeyEpoch
    pause_epoch: int
    is_used: bool = True
    """False if nothing was sent, because the job was cancelled or held in the meantime."""


class ServiceGateway:
    """Sends requests about jobs in turn, and shares their pauses and key refusals between all jobs.

    Publishes `key_refused`, `key_accepted` when a response shows that the key is good, and
    `call_held` with the id of a job whose request is held back by a pause or until the key changes.

    `poll_pause` applies to polls. Submits and cancels have pauses of their own, because they
    decide what is paid: a pause requested in response to a poll does not hold them back.
    """

    def __init__(self, client: Client, policy: QueuePolicy, live: LiveJobs) -> None:
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
        self._live = live
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

    def prioritize(self, job_id: str) -> None:
        """Polls a job next in spite of a pause or a refused key, because the user wants its
        state."""
        self.key_gate.allow_probes()
        self._rate_limiter.prioritize(self._live[job_id])
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
        live = self._live[job_id]
        self._rate_limiter.forget(live)
        self.key_gate.forget(live)

    def close(self) -> None:
        self._rate_limiter.close()
        for pause in (self.poll_pause, self.submit_pause, self.cancel_pause):
            pause.close()

    @asynccontextmanager
    async def request(
        self, job_id: str, priority: Priority, *, reports_key_refusal: bool = True
    ) -> AsyncIterator[GatewayTurn]:
        """Waits until a request about the job may be sent; the block sends it.

        The request waits for the rate limit, the end of a pause and, unless it is a submit, for a
        good key: a submit may prove the key good. A Problem raised in the block can begin a pause
        and close the key gate; the end of the block without one shows that key and service are
        good.
        """
        live = self._live[job_id]
        async with self._admission(live, priority) as turn:
            try:
                yield turn
            except Problem as problem:
                self._on_refused(problem, turn)
                if problem.kind is ProblemKind.AUTH and reports_key_refusal:
                    is_first = self.key_gate.on_refused(live, turn.key_epoch)
                    self.key_refused.publish(KeyRefusal(job_id, problem, is_first))
                raise
            if turn.is_used:
                self._on_accepted(turn, live)
            else:
                self._give_back(turn)

    @asynccontextmanager
    async def _admission(self, live: LiveJob, priority: Priority) -> AsyncIterator[GatewayTurn]:
        while True:
            if self._pauses[priority].is_active and priority is not Priority.SUBMIT:
                self.call_held.publish(live.job_id)
            async with self._rate_limiter.acquire(live, priority) as pause_epoch:
                if self.key_gate.is_open or priority is Priority.SUBMIT:
                    yield GatewayTurn(priority, self.key_gate.epoch, pause_epoch)
                    return
            self.call_held.publish(live.job_id)
            await self.key_gate.wait_until_open()

    async def _call(
        self,
        job: Job,
        call: Callable[[Client, RequestRef], Awaitable[T]],
        priority: Priority,
        *,
        reports_key_refusal: bool,
    ) -> T:
        async with self.request(job.job_id, priority, reports_key_refusal=reports_key_refusal):
            return await call(self._client, request_ref(job))

    def _on_refused(self, problem: Problem, turn: GatewayTurn) -> None:
        """Begins a pause if the refusal asks for one. A pause requested for submits or cancels
        stops polls, too."""
        self._pauses[turn.priority].on_refused(problem, turn.pause_epoch)
        if turn.priority in (Priority.SUBMIT, Priority.CANCEL) and problem.retry_after_s:
            self.poll_pause.on_refused(problem, self.poll_pause.epoch)

    def _on_accepted(self, turn: GatewayTurn, live: LiveJob) -> None:
        is_good_now = self.key_gate.on_accepted(turn.key_epoch, live)
        self._pauses[turn.priority].on_success(turn.pause_epoch)
        if is_good_now:
            self.key_accepted.publish(None)

    def _give_back(self, turn: GatewayTurn) -> None:
        """Gives back a turn in which nothing was sent.

        If it was the one request allowed in spite of a pause, the next one is allowed instead.
        """
        pause = self._pauses[turn.priority]
        if pause.is_active and turn.pause_epoch == pause.epoch:
            pause.allow_probe()
