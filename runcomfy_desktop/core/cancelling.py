"""Brings the wish to cancel a job to the service. Its answer is only a promise: the status decides.

The wish is on disk (`Job.cancel_asked`) before it is brought, and stays there until the service
took or refused it: without an answer it is brought again, also by the next program.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.answers import FOLLOWED
from runcomfy_desktop.core.turnstile import Lane
from runcomfy_desktop.core.versions import may_be_elsewhere, move_if_elsewhere
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from runcomfy_desktop.api.inference import CancelReport
    from runcomfy_desktop.core.ledger import Ledger
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.polling import Pace
    from runcomfy_desktop.core.questions import Questions
    from runcomfy_desktop.core.tasks import Tasks
    from runcomfy_desktop.domain.job import Job

# What may be otherwise at the next try. Any other kind is an answer, and it is no.
_PASSING = (
    ProblemKind.OFFLINE,
    ProblemKind.TIMEOUT,
    ProblemKind.BUSY,
    ProblemKind.SERVER,
    ProblemKind.UNREADABLE,
)
_TO_BE_CANCELLED = (JobState.SENDING, JobState.QUEUED, JobState.RUNNING)
# A wish can be for hundreds of jobs at once, and what becomes of it is told once.
_QUIET_S = 60.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Wish:
    """What became of a wish so far; times are on the loop's clock."""

    is_of_now: bool
    """The person wished it in this program's life."""
    may_have_come: bool
    """It was brought, and the service may have taken it although no answer says so."""
    tries: int = 0
    unanswered: int = 0
    """Tries after which the service neither asked for a pause nor was out of reach."""
    taken_s: float | None = None


class Canceller:
    """Owns the wishes to cancel which the service has not fulfilled yet."""

    def __init__(
        self, questions: Questions, ledger: Ledger, notices: Notices, pace: Pace, tasks: Tasks
    ) -> None:
        self._tasks = tasks
        self._questions = questions
        self._ledger = ledger
        self._notices = notices
        self._pace = pace
        self._wishes: dict[str, _Wish] = {}
        self._asking: set[str] = set()
        self._told_s: dict[str, float] = {}

    def expect(self, job_id: str) -> None:
        """The person wishes it, and that is about to be written down; `begin` brings it then.

        Said before, because whoever follows the job may be the first to see the wish on its row.
        """
        job = self._ledger.jobs.get(job_id)
        if job is not None and job.state in _TO_BE_CANCELLED and not job.cancel_asked:
            self._wishes[job_id] = _Wish(is_of_now=True, may_have_come=False)

    def begin(self, job_id: str) -> None:
        """Brings the wish to cancel this job, if there is one, until the service answers it.
        Whoever follows the job does not wait for that: the status may be there long before it."""
        job = self._job(job_id)
        if job is None or job_id in self._asking:
            return
        wish = self._wishes.setdefault(job_id, _Wish(is_of_now=False, may_have_come=True))
        if wish.taken_s is None:
            self._start(job_id, self._bring(job_id, wish))
        elif _now_s() - wish.taken_s >= self._pace.cancel_again_s:
            self._start(job_id, self._renew(job))

    def _start(self, job_id: str, work: Coroutine[Any, Any, None]) -> None:
        self._asking.add(job_id)
        task = self._tasks.start(f"cancel {job_id}", work)
        task.add_done_callback(lambda _ended: self._asking.discard(job_id))

    def forget(self, job_id: str) -> None:
        """The job is over."""
        self._wishes.pop(job_id, None)

    def _job(self, job_id: str) -> Job | None:
        """The job, while there is something to cancel."""
        job = self._ledger.jobs.get(job_id)
        can_be = job is not None and job.state in (JobState.QUEUED, JobState.RUNNING)
        return job if job is not None and can_be and job.cancel_asked else None

    async def _bring(self, job_id: str, wish: _Wish) -> None:
        """Waits between the tries by itself: the questions about the job may be pausing."""
        while (job := self._job(job_id)) is not None:
            try:
                report = await self._cancel(job)
            except Problem as problem:
                wait_s = await self._no_answer(job, wish, problem)
                if wait_s is None:
                    return
                await asyncio.sleep(wait_s)
            else:
                await self._answered(job, wish, report)
                return

    async def _answered(self, job: Job, wish: _Wish, report: CancelReport) -> None:
        if report.accepted:
            wish.taken_s = _now_s()
            return
        _log.info("Job %s: cancel refused with %.80r", job.job_id, report.word)
        goes_on = await self._end(job)
        # Brought twice, the first time may have been the one that counted.
        if goes_on and not wish.may_have_come:
            self._notices.info(
                _("“%s” cannot be cancelled any more.") % job.title,
                _("RunComfy says that it is at its end. Its result is shown when it is there."),
            )

    async def _cancel(self, job: Job) -> CancelReport:
        try:
            return await self._questions.cancel(job)
        except Problem as problem:
            if not may_be_elsewhere(problem):
                raise
            lane = Lane.CANCEL
            found = await move_if_elsewhere(self._questions, self._ledger, job, lane)
            if found is None:
                raise
            return await self._questions.cancel(found)

    async def _no_answer(self, job: Job, wish: _Wish, problem: Problem) -> float | None:
        """Seconds until the next try; None when there is none for now."""
        if self._job(job.job_id) is None:
            return None
        if problem.kind is ProblemKind.AUTH:
            # As soon as the questions go on, which wait for another key.
            if wish.is_of_now:
                self._tell("unanswered", _kept(problem))
            return None
        wish.tries += 1
        wish.may_have_come = wish.may_have_come or not problem.unsent
        # Who is asked to wait, or has no network, is not refused.
        is_put_off = problem.kind in (ProblemKind.OFFLINE, ProblemKind.BUSY)
        wish.unanswered += not (is_put_off or problem.retry_after_s)
        if problem.kind in _PASSING and wish.unanswered < self._pace.cancel_tries:
            self._tell("unanswered", _kept(problem))
            doublings = min(wish.tries - 1, 16)
            return min(self._pace.cancel_most_s, self._pace.cancel_s * float(2**doublings))
        if await self._end(job):
            self._tell("given up", problem)
        return None

    async def _renew(self, job: Job) -> None:
        """The service took the wish, and the job goes on all the same: the person may try anew."""
        if await self._end(job):
            self._tell(
                "no effect",
                Problem(
                    _("RunComfy took the wish to cancel a job, but it still goes on."),
                    _("“%s” may cost money until it ends.") % job.title,
                    _("You can cancel it once more in the queue."),
                ),
            )

    async def _end(self, job: Job) -> bool:
        """Ends the wish, so that there can be another one. False when the job is over."""
        self._wishes.pop(job.job_id, None)
        return await self._ledger.keep(job.job_id, _not_asked) is not None

    def _tell(self, what: str, problem: Problem) -> None:
        last_s, now_s = self._told_s.get(what), _now_s()
        self._told_s[what] = now_s
        if last_s is None or now_s - last_s >= _QUIET_S:
            self._notices.failure(problem)


def _kept(problem: Problem) -> Problem:
    again = _("The wish to cancel is kept, and the program brings it again.")
    return Problem(
        problem.title,
        " ".join(filter(None, (problem.detail, again))),
        kind=problem.kind,
        technical=problem.technical,
    )


def _not_asked(job: Job) -> Job | None:
    if job.state not in FOLLOWED:
        return None
    return replace(job, cancel_asked=False)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
