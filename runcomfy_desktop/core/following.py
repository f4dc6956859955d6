"""Follows an accepted job by asking about it, and writes down what the answers say.

A question without an answer says nothing about the job: it goes on at the service and stays
active here. Only the service's own words end it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.api.inference import Phase, ResultReport, TooLarge, Verdict
from runcomfy_desktop.core import answers
from runcomfy_desktop.core.answers import FINAL, FOLLOWED
from runcomfy_desktop.core.polling import Bell, Pace, next_wait_s, refused_wait_s
from runcomfy_desktop.core.turnstile import Lane
from runcomfy_desktop.core.versions import may_be_elsewhere, move_if_elsewhere, moved, moving
from runcomfy_desktop.domain.job import Job, JobState
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.cancelling import Canceller
    from runcomfy_desktop.core.ledger import Ledger
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.questions import Questions

_NO_RESULT = (ProblemKind.NOT_FOUND, ProblemKind.REJECTED)
_UNREACHED = (ProblemKind.OFFLINE, ProblemKind.TIMEOUT)
_REFUSED = (ProblemKind.AUTH, ProblemKind.FOREIGN)
# What most often is over at the next question. Once is not worth a word on the row.
_PASSING = (*_UNREACHED, ProblemKind.BUSY, ProblemKind.SERVER, ProblemKind.UNREADABLE)

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Course:
    """How the questions about one job have gone so far; times are on the loop's clock."""

    accepted_s: float
    since_s: float
    """When it entered its state."""
    state: JobState
    running_answers: int = 0
    failures: int = 0
    refusals: int = 0
    busy: int = 0
    missing: int = 0
    missing_since_s: float = 0.0
    unserved: int = 0
    no_results: int = 0
    odd: int = 0

    def answered(self) -> None:
        self.failures = self.refusals = self.busy = self.missing = self.unserved = 0

    def failed(self, problem: Problem, now_s: float) -> None:
        if problem.kind is ProblemKind.NOT_FOUND:
            self.missing_since_s = self.missing_since_s if self.missing else now_s
            self.missing += 1
        else:
            self.missing = 0
        self.unserved = self.unserved + 1 if problem.unserved else 0
        self.refusals += problem.kind in _REFUSED
        # Whoever asks too often is slowed down together with all others (see Rest).
        if problem.kind is ProblemKind.BUSY:
            self.busy += 1
        else:
            self.failures += 1


class _Next(Enum):
    """What to do after a question."""

    WAIT = "wait"
    GO_ON = "go on"
    STAY_BACK = "stay back"
    """Until somebody rings, or for long: the key was refused, for all jobs or for this one."""


class Follower:
    """Asks about accepted jobs until their results are there, or they ended without one."""

    def __init__(
        self,
        questions: Questions,
        ledger: Ledger,
        notices: Notices,
        canceller: Canceller,
        pace: Pace,
        now: Callable[[], float],
    ) -> None:
        self._questions = questions
        self._ledger = ledger
        self._notices = notices
        self._canceller = canceller
        self._pace = pace
        self._now = now
        self._bell = Bell()
        self._seen = True
        self._unreached: set[str] = set()
        self._told_of_version = False

    def ask_again(self, job_id: str) -> None:
        """Asks about one job at once."""
        self._questions.hurry(job_id)
        self._bell.ring(job_id)

    def wake(self) -> None:
        """Asks about all jobs: the key, the network or the settings changed."""
        self._questions.gate.reopen()
        self._questions.try_now()
        self._bell.ring_all()
        self._canceller.wake()

    def woke_up(self, unnoticed_s: float) -> None:
        """The computer slept, for `unnoticed_s` with the loop's clock: asks about all jobs."""
        self._questions.skip(unnoticed_s)
        self._bell.ring_all()
        self._canceller.wake()

    def set_seen(self, seen: bool) -> None:
        """Whether anybody sees the window: what nobody sees need not be fresh."""
        if seen and not self._seen:
            self._bell.ring_all()
        self._seen = seen

    async def follow(self, job_id: str) -> ResultReport | None:
        """Asks until the job has a result, and returns that; its job is FETCHING then.

        None when the job ended without one, which is written down already.
        """
        job = self._job(job_id)
        if job is None:
            return None
        course = self._begin(job)
        self._bell.open(job_id)
        try:
            while (job := self._job(job_id)) is not None:
                self._canceller.begin(job_id)
                outcome = await self._ask(job, course)
                if isinstance(outcome, ResultReport):
                    return outcome
                if outcome is not _Next.GO_ON:
                    rung = await self._bell.wait(job_id, self._wait_s(job_id, outcome, course))
                    course.failures = 0 if rung else course.failures
            return None
        finally:
            self._bell.forget(job_id)
            self._unreached.discard(job_id)
            self._questions.forget(job_id)
            self._canceller.forget(job_id)

    def _begin(self, job: Job) -> _Course:
        """Only what an earlier program did is told by a clock that can be set."""
        now_s, wall_s = _steady_s(), self._now()
        since_s = max(job.queued_s, job.running_s)
        return _Course(
            now_s - max(0.0, wall_s - job.queued_s), now_s - max(0.0, wall_s - since_s), job.state
        )

    def _job(self, job_id: str) -> Job | None:
        job = self._ledger.jobs.get(job_id)
        return job if job is not None and job.state in FOLLOWED else None

    def _wait_s(self, job_id: str, outcome: _Next, course: _Course) -> float:
        if outcome is _Next.STAY_BACK:
            return refused_wait_s(self._pace, course.refusals)
        job, now_s = self._ledger.jobs.get(job_id), _steady_s()
        if job is not None and job.state is not course.state:
            course.state, course.since_s = job.state, now_s
        wait_s = next_wait_s(
            self._pace,
            now_s - course.since_s,
            odd=course.odd,
            failures=course.failures,
            seen=self._seen,
        )
        # Where many wait in line, waiting before it would come on top of that.
        return max(0.0, wait_s - self._questions.line_s)

    async def _ask(self, job: Job, course: _Course) -> ResultReport | _Next:
        try:
            if job.state is JobState.FETCHING:
                outcome = await self._ask_result(job, course)
            else:
                outcome = await self._ask_status(job, course)
        except Problem as problem:
            return await self._trouble(job, problem, course)
        course.answered()
        self._reached(job.job_id)
        return outcome

    def _reached(self, job_id: str) -> None:
        """The service can be reached: those who could not reach it need not wait any longer."""
        self._unreached.discard(job_id)
        others, self._unreached = self._unreached, set()
        for other in others:
            self._bell.ring(other)

    async def _ask_status(self, job: Job, course: _Course) -> ResultReport | _Next:
        report = await self._questions.status(job)
        course.odd = course.odd + 1 if report.phase is Phase.UNKNOWN else 0
        if report.phase is Phase.ENDED:
            await self._ledger.keep(job.job_id, answers.ended(report.instance_id))
            return _Next.GO_ON
        if report.phase is Phase.CANCELLED:
            return await self._cancelled(job)
        await self._ledger.keep(job.job_id, answers.seen(report, self._now()))
        if report.phase is not Phase.UNKNOWN:
            self._canceller.saw(job.job_id)
        if report.phase is Phase.QUEUED:
            return _Next.WAIT
        course.running_answers += 1
        if course.running_answers % self._pace.result_every == 0:
            return await self._ask_result_early(job)
        return _Next.WAIT

    async def _ask_result(self, job: Job, course: _Course) -> ResultReport | _Next:
        """The status said that it ended: its result tells how."""
        try:
            report = await self._questions.result(job)
        except TooLarge as problem:
            # It may have been one bad answer.
            course.no_results += 1
            if course.no_results < self._pace.result_tries:
                raise _asked_again(problem) from None
            await self._ledger.keep(job.job_id, answers.unreadable(problem, self._now()))
            return _Next.GO_ON
        except Problem as problem:
            if problem.kind not in _NO_RESULT:
                raise
            # Not there yet, or the request is gone as a whole: the status knows which.
            await self._questions.status(job)
            course.no_results += 1
            if course.no_results < self._pace.result_tries:
                raise _not_ready(problem) from None
            return await self._ask_result_elsewhere(job, problem)
        course.odd = course.odd + 1 if report.verdict is Verdict.UNKNOWN else 0
        return await self._judge(job, report)

    async def _ask_result_elsewhere(self, job: Job, problem: Problem) -> ResultReport | _Next:
        """The last question before a result is given up: to the other version of the queue."""
        other = moved(job)
        report = await self._result_if_any(other) if may_be_elsewhere(problem) else None
        if report is None or report.verdict not in FINAL:
            step = answers.lost(_no_result(problem), self._now())
            await self._ledger.keep(job.job_id, step)
            return _Next.GO_ON
        await self._ledger.keep(job.job_id, moving(job.queue_version))
        return await self._judge(other, report)

    async def _ask_result_early(self, job: Job) -> ResultReport | _Next:
        """Some requests stay `in_progress` for ever although their result is there."""
        report = await self._result_if_any(job, Lane.USUAL)
        if report is None or report.verdict not in FINAL:
            return _Next.WAIT
        _log.info("Job %s has a result although its status says otherwise", job.job_id)
        return await self._judge(job, report)

    async def _cancelled(self, job: Job) -> ResultReport | _Next:
        """The result is asked once: for the times, and because a run may win against its cancel."""
        report = await self._result_if_any(job)
        if report is None or report.verdict not in FINAL:
            report = ResultReport(Verdict.CANCELLED, "cancelled")
        return await self._judge(job, report)

    async def _result_if_any(self, job: Job, lane: Lane = Lane.URGENT) -> ResultReport | None:
        try:
            return await self._questions.result(job, lane)
        except Problem as problem:
            # Nothing hangs on this answer; the questions go on as if it had not been asked for.
            _log.info("No early result of job %s: %s", job.job_id, problem.kind.value)
            return None

    async def _judge(self, job: Job, report: ResultReport) -> ResultReport | _Next:
        """What a result means: fetch it, it is over, or go on asking."""
        if report.verdict is Verdict.SUCCEEDED:
            await self._ledger.keep(job.job_id, answers.ended(report.instance_id))
            return report
        await self._ledger.keep(job.job_id, answers.no_success(report, self._now()))
        return _Next.GO_ON if report.verdict in FINAL else _Next.WAIT

    async def _trouble(self, job: Job, problem: Problem, course: _Course) -> _Next:
        job_id = job.job_id
        course.failed(problem, _steady_s())
        is_lost = self._is_lost(course)
        if (is_lost or self._is_time_to_look(course)) and await self._went_elsewhere(job):
            course.answered()
            return _Next.GO_ON
        if is_lost:
            await self._ledger.keep(job_id, answers.lost(problem, self._now()))
            return _Next.GO_ON
        if problem.kind in _UNREACHED:
            self._unreached.add(job_id)
        if problem.kind not in _PASSING or course.failures + course.busy > 1:
            self._ledger.show(job_id, trouble=problem.sentence())
        return _Next.STAY_BACK if problem.kind in _REFUSED else _Next.WAIT

    def _is_lost(self, course: _Course) -> bool:
        now_s = _steady_s()
        return (
            course.missing >= self._pace.lost_after
            and now_s - course.missing_since_s >= self._pace.lost_s
            and now_s - course.accepted_s >= self._pace.young_lost_s
        )

    def _is_time_to_look(self, course: _Course) -> bool:
        """Whether to look for the job at the other version of the queue: soon after this one
        began to say that it has no such call, and now and then while it goes on saying so."""
        every = self._pace.lost_after
        return course.unserved > 0 and course.unserved % every == min(2, every - 1)

    async def _went_elsewhere(self, job: Job) -> bool:
        """Whether the other version of the queue knows the job, which goes on there then."""
        found = await move_if_elsewhere(self._questions, self._ledger, job)
        if found is None:
            return False
        if not self._told_of_version:
            self._told_of_version = True
            self._notices.info(
                _("RunComfy does not answer %s for running jobs any more.") % job.queue_version,
                _(
                    "They go on with %s, and nothing was sent again. For new jobs, "
                    "choose %s under “Queue API version” in Settings."
                )
                % (found.queue_version, found.queue_version),
            )
        return True


def _steady_s() -> float:
    return asyncio.get_running_loop().time()


def _not_ready(problem: Problem) -> Problem:
    return Problem(
        _("The run has ended, but its result is not there yet."),
        _("The program keeps asking for it."),
        kind=ProblemKind.SERVER,
        technical=problem.technical,
    )


def _asked_again(problem: Problem) -> Problem:
    return Problem(
        problem.title,
        _("The program keeps asking for it."),
        kind=problem.kind,
        technical=problem.technical,
    )


def _no_result(problem: Problem) -> Problem:
    return Problem(
        _("The run has ended, but the service does not give its result."),
        _("Results are kept there for 7 days. The run was billed all the same."),
        _("Run it again if you need it."),
        technical=problem.technical,
    )
