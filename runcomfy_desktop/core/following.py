"""Follows an accepted job by asking about it, and writes down what the answers say.

A question without an answer says nothing about the job: it goes on at the service and stays
active here. Only the service's own words end it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.api import inference
from runcomfy_desktop.api.inference import Phase, ResultReport, Verdict
from runcomfy_desktop.core import answers
from runcomfy_desktop.core.answers import FINAL, FOLLOWED, request_ref
from runcomfy_desktop.core.polling import Bell, KeyGate, Moment, Pace, Turnstile, next_wait_s
from runcomfy_desktop.core.versions import may_be_elsewhere, move_if_elsewhere, moved
from runcomfy_desktop.domain.job import Job, JobState
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.core.ledger import Ledger
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.topic import Topic

_NO_RESULT = (ProblemKind.NOT_FOUND, ProblemKind.REJECTED)

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Course:
    """How the questions about one job have gone so far; `asked` is when the last one went out."""

    asked: Moment
    running_answers: int = 0
    failures: int = 0
    missing: int = 0
    unserved: int = 0
    no_results: int = 0
    odd: int = 0
    retry_after_s: float | None = None

    def answered(self) -> None:
        self.failures = self.missing = self.unserved = 0
        self.retry_after_s = None


class _Next(Enum):
    """What to do after a question."""

    WAIT = "wait"
    GO_ON = "go on"
    STAY_BACK = "stay back"
    """Until somebody rings: the key was refused, for all jobs or for this one."""


class Follower:
    """Asks about accepted jobs until their results are there, or they ended without one.

    Publishes `key_refused` when the service begins to refuse the key.
    """

    def __init__(
        self,
        client: Client,
        ledger: Ledger,
        notices: Notices,
        pace: Pace,
        now: Callable[[], float],
        key_refused: Topic[None],
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._notices = notices
        self._pace = pace
        self._now = now
        self._bell = Bell()
        self._gate = KeyGate()
        self._turnstile = Turnstile(pace.apart_s)
        self._key_refused = key_refused
        self._told_of_version = False
        self._refusal = ""

    def ask_again(self, job_id: str) -> None:
        """Asks about one job at once."""
        self._gate.let_in()
        self._bell.ring(job_id)

    def key_was_taken(self) -> None:
        """The service accepted a job with this key, so it is good for questions as well."""
        self._gate.answered(self._gate.now)

    def wake(self) -> None:
        """Asks about all jobs at once: the key, the network or the settings changed."""
        self._gate.reopen()
        self._bell.ring_all()

    async def follow(self, job_id: str) -> ResultReport | None:
        """Asks until the job has a result, and returns that; its job is FETCHING then.

        None when the job ended without one, which is written down already.
        """
        course = _Course(self._gate.now)
        self._bell.open(job_id)
        try:
            while (job := self._job(job_id)) is not None:
                await self._turn(job_id)
                outcome = await self._ask(job, course)
                if isinstance(outcome, ResultReport):
                    return outcome
                if outcome is not _Next.GO_ON:
                    await self._bell.wait(job_id, self._wait_s(job_id, outcome, course))
            return None
        finally:
            self._bell.forget(job_id)

    async def _turn(self, job_id: str) -> None:
        """Waits until a question may go out; the gate may close while one waits for its turn."""
        await self._turnstile.passage()
        while not self._gate.is_open:
            # Again: an answer that was on its way when the gate closed took it off the row.
            self._ledger.show(job_id, trouble=self._refusal)
            await self._gate.passage()
            await self._turnstile.passage()

    def _job(self, job_id: str) -> Job | None:
        job = self._ledger.jobs.get(job_id)
        return job if job is not None and job.state in FOLLOWED else None

    def _wait_s(self, job_id: str, outcome: _Next, course: _Course) -> float | None:
        if outcome is _Next.STAY_BACK:
            return None
        job = self._ledger.jobs[job_id]
        since_s = max(job.queued_s, job.running_s)
        return next_wait_s(
            self._pace,
            self._now() - since_s,
            odd=course.odd,
            failures=course.failures,
            retry_after_s=course.retry_after_s,
        )

    async def _ask(self, job: Job, course: _Course) -> ResultReport | _Next:
        course.asked = self._gate.now
        try:
            if job.state is JobState.FETCHING:
                outcome = await self._ask_result(job, course)
            else:
                outcome = await self._ask_status(job, course)
        except Problem as problem:
            return await self._trouble(job, problem, course)
        self._gate.answered(course.asked)
        course.answered()
        return outcome

    async def _ask_status(self, job: Job, course: _Course) -> ResultReport | _Next:
        report = await inference.status(self._client, request_ref(job))
        course.odd = course.odd + 1 if report.phase is Phase.UNKNOWN else 0
        if report.phase is Phase.ENDED:
            await self._ledger.keep(job.job_id, answers.ended(report.instance_id))
            return _Next.GO_ON
        if report.phase is Phase.CANCELLED:
            return await self._cancelled(job)
        await self._ledger.keep(job.job_id, answers.seen(report, self._now()))
        if report.phase is Phase.QUEUED:
            return _Next.WAIT
        course.running_answers += 1
        if course.running_answers % self._pace.result_every == 0:
            return await self._ask_result_early(job)
        return _Next.WAIT

    async def _ask_result(self, job: Job, course: _Course) -> ResultReport | _Next:
        """The status said that it ended: its result tells how."""
        try:
            report = await inference.result(self._client, request_ref(job))
        except inference.TooLarge as problem:
            await self._ledger.keep(job.job_id, answers.unreadable(problem, self._now()))
            return _Next.GO_ON
        except Problem as problem:
            if problem.kind not in _NO_RESULT:
                raise
            # Not there yet, or the request is gone as a whole: the status knows which.
            await inference.status(self._client, request_ref(job))
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
        await self._ledger.keep(job.job_id, moved)
        return await self._judge(other, report)

    async def _ask_result_early(self, job: Job) -> ResultReport | _Next:
        """Some requests stay `in_progress` for ever although their result is there."""
        report = await self._result_if_any(job)
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

    async def _result_if_any(self, job: Job) -> ResultReport | None:
        try:
            return await inference.result(self._client, request_ref(job))
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
        course.retry_after_s = problem.retry_after_s
        course.missing = course.missing + 1 if problem.kind is ProblemKind.NOT_FOUND else 0
        course.unserved = course.unserved + 1 if problem.unserved else 0
        is_lost = course.missing >= self._pace.lost_after
        if (is_lost or self._is_time_to_look(course)) and await self._went_elsewhere(job):
            course.answered()
            return _Next.GO_ON
        if is_lost:
            await self._ledger.keep(job_id, answers.lost(problem, self._now()))
            return _Next.GO_ON
        course.failures += 1
        self._ledger.show(job_id, trouble=problem.sentence())
        if problem.kind is ProblemKind.AUTH:
            self._stay_back(job_id, problem, course.asked)
        refused = problem.kind in (ProblemKind.AUTH, ProblemKind.FOREIGN)
        return _Next.STAY_BACK if refused else _Next.WAIT

    def _is_time_to_look(self, course: _Course) -> bool:
        """Whether to look for the job at the other version of the queue: soon after this one
        began to say that it has no such call, and now and then while it goes on saying so."""
        every = self._pace.lost_after
        return course.unserved > 0 and course.unserved % every == min(2, every - 1)

    async def _went_elsewhere(self, job: Job) -> bool:
        """Whether the other version of the queue knows the job, which goes on there then."""
        found = await move_if_elsewhere(self._client, self._ledger, job)
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

    def _stay_back(self, job_id: str, problem: Problem, asked: Moment) -> None:
        """The key was refused: the job is not asked about until it changes."""
        is_news = self._gate.refused(job_id, asked)
        self._refusal = problem.sentence()
        if not self._gate.is_open:
            for job in list(self._ledger.jobs.values()):
                if job.state in FOLLOWED:
                    self._ledger.show(job.job_id, trouble=self._refusal)
        if is_news:
            self._key_refused.publish(None)
        # At the start there may be no key yet, or a wrong one, and whoever checks it says so.
        if is_news and self._gate.was_good:
            self._notices.failure(
                Problem(
                    problem.title,
                    _("Accepted jobs go on at RunComfy; asking about them pauses here."),
                    problem.advice,
                    technical=problem.technical,
                )
            )


def _not_ready(problem: Problem) -> Problem:
    return Problem(
        _("The run has ended, but its result is not there yet."),
        _("The program keeps asking for it."),
        kind=ProblemKind.SERVER,
        technical=problem.technical,
    )


def _no_result(problem: Problem) -> Problem:
    return Problem(
        _("The run has ended, but the service does not give its result."),
        _("Results are kept there for 7 days. The run was billed all the same."),
        _("Run it again if you need it."),
        technical=problem.technical,
    )
