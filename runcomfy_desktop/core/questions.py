"""The one way to the service for all that is asked about jobs: in turn, and not while it rests.

Nothing is repeated behind it: whoever gets no answer comes again, and waits for a turn again.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.api import inference
from runcomfy_desktop.core.answers import request_ref
from runcomfy_desktop.core.polling import KeyGate, Moment
from runcomfy_desktop.core.rest import Rest
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.core.turnstile import Lane, Turnstile
from runcomfy_desktop.domain.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.api.inference import CancelReport, RequestRef, ResultReport, StatusReport
    from runcomfy_desktop.core.polling import Pace
    from runcomfy_desktop.domain.job import Job

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The key was refused when something was asked about a job; `is_news`: for the first time."""

    job_id: str
    problem: Problem
    is_news: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """When something went out, as the key's gate and the rest count: an answer speaks of then."""

    of_key: Moment
    of_rest: int
    lane: Lane = Lane.USUAL


class Questions:
    """Asks about jobs, one question after the other, and hears what all of them have to know.

    Publishes `refused`, `key_accepted` when an answer shows that the key is good, and `held` with
    the id of a job whose question is held back, by the rest or until the key changes.

    `rest` is kept by questions. Submits and cancels have rests of their own, because they decide
    what is paid: a pause that a question was asked to make does not hold them back.
    """

    def __init__(self, client: Client, pace: Pace) -> None:
        self.refused: Topic[Refusal] = Topic()
        self.key_accepted: Topic[None] = Topic()
        self.held: Topic[str] = Topic()
        self.rest = Rest(pace)
        self.submit_rest = Rest(pace)
        self.cancel_rest = Rest(pace, pace.cancel_rest_most_s)
        self._rests = {
            Lane.USUAL: self.rest,
            Lane.URGENT: self.rest,
            Lane.SUBMIT: self.submit_rest,
            Lane.CANCEL: self.cancel_rest,
        }
        self.gate = KeyGate()
        self._client = client.asking_once()
        self._turnstile = Turnstile(pace, self._rests)

    @property
    def line_s(self) -> float:
        """About how long a question waits for its turn that comes now."""
        return self._turnstile.line_s

    @property
    def holds_cancels(self) -> bool:
        """Returns whether no cancel goes out now: the service asked for a pause, or refused the
        key."""
        return not (self.cancel_rest.allows and self.gate.is_open)

    async def status(
        self, job: Job, lane: Lane = Lane.USUAL, *, tells_of_key: bool = True
    ) -> StatusReport:
        """Where the request stands. Raises Problem; then nothing is known about the job.

        `tells_of_key`: a refusal of the key is one, and not only of what is tried here.
        """
        return await self._ask(job, inference.status, lane, tells_of_key=tells_of_key)

    async def result(
        self, job: Job, lane: Lane = Lane.URGENT, *, tells_of_key: bool = True
    ) -> ResultReport:
        """What came of the request. Raises Problem, TooLarge among them."""
        return await self._ask(job, inference.result, lane, tells_of_key=tells_of_key)

    async def cancel(self, job: Job, lane: Lane = Lane.CANCEL) -> CancelReport:
        """Asks to cancel the request. Raises Problem."""
        return await self._ask(job, inference.cancel, lane, tells_of_key=False)

    async def send_turn(self, job_id: str) -> Asked:
        """Waits until a new job may be sent. The key is not looked at: a send may prove it good."""
        async with self._turnstile.passage(job_id, Lane.SUBMIT) as of_rest:
            return Asked(self.gate.now, of_rest, Lane.SUBMIT)

    def hurry(self, job_id: str) -> None:
        """The person wants to know: the job's question goes out next, whatever holds it back."""
        self.gate.let_in()
        self._turnstile.urge(job_id)
        self.rest.let_one()

    def hurry_cancel(self) -> None:
        """Lets a cancel go out now, whatever holds it back: the user wants it."""
        self.gate.let_in()
        self.cancel_rest.let_one()

    def try_now(self) -> None:
        """One call of each kind may go out in spite of a pause; a good answer ends it."""
        for rest in (self.rest, self.submit_rest, self.cancel_rest):
            rest.let_one()

    def skip(self, seconds: float) -> None:
        """The computer slept so long, and the loop's clock with it."""
        for rest in (self.rest, self.submit_rest, self.cancel_rest):
            rest.skip(seconds)

    def forget(self, job_id: str) -> None:
        """Nothing is asked about the job any more."""
        self.gate.forget(job_id)
        self._turnstile.forget(job_id)

    def close(self) -> None:
        self._turnstile.close()
        for rest in (self.rest, self.submit_rest, self.cancel_rest):
            rest.close()

    def heard(self, problem: Problem, asked: Asked) -> None:
        """A call was refused: the service may ask for a pause. Questions make it, too."""
        self._rests[asked.lane].heard(problem, asked.of_rest)
        if asked.lane in (Lane.SUBMIT, Lane.CANCEL) and problem.retry_after_s:
            self.rest.heard(problem, self.rest.now)

    def sent(self, asked: Asked, job_id: str = "") -> None:
        """Hears that a job was accepted, or one was answered for: the key is good, and so is
        asking."""
        is_good_now = self.gate.answered(asked.of_key, job_id)
        self._rests[asked.lane].answered(asked.of_rest)
        if is_good_now:
            self.key_accepted.publish(None)

    def not_asked(self, asked: Asked) -> None:
        """Nothing went out in this turn, because the job was cancelled or held meanwhile: if it was
        the one that may go in spite of a pause, the next one may."""
        rest = self._rests[asked.lane]
        if rest.is_resting and asked.of_rest == rest.now:
            rest.let_one()

    @asynccontextmanager
    async def _turn(self, job_id: str, lane: Lane) -> AsyncIterator[Asked]:
        while True:
            if self._rests[lane].is_resting:
                self.held.publish(job_id)
            async with self._turnstile.passage(job_id, lane) as of_rest:
                if self.gate.is_open:
                    yield Asked(self.gate.now, of_rest, lane)
                    return
            self.held.publish(job_id)
            await self.gate.passage()

    async def _ask(
        self,
        job: Job,
        call: Callable[[Client, RequestRef], Awaitable[T]],
        lane: Lane = Lane.USUAL,
        *,
        tells_of_key: bool,
    ) -> T:
        async with self._turn(job.job_id, lane) as asked:
            try:
                answer = await call(self._client, request_ref(job))
            except Problem as problem:
                self.heard(problem, asked)
                if problem.kind is ProblemKind.AUTH and tells_of_key:
                    is_news = self.gate.refused(job.job_id, asked.of_key)
                    self.refused.publish(Refusal(job.job_id, problem, is_news))
                raise
            self.sent(asked, job.job_id)
            return answer
