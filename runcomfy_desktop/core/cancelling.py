"""Brings the wish to cancel a job to the service. Its answer is only a promise: the status decides.

The wish is on disk (`Job.cancel_asked`) before it is brought, and stays there until it ends:
without an answer it is brought again, also by the next program. A wish that the service took ends
by the clock, whatever becomes of the questions about the job: the user may wish it anew then.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.answers import FOLLOWED
from runcomfy_desktop.core.ledger import breathe
from runcomfy_desktop.core.notices import CANCEL_UNANSWERED
from runcomfy_desktop.core.polling import Bell
from runcomfy_desktop.core.turnstile import Lane
from runcomfy_desktop.core.versions import may_be_elsewhere, move_if_elsewhere
from runcomfy_desktop.domain.job import CancelStage, JobState
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
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
    ProblemKind.AUTH,
)
# Who has no network or no key, or is asked to wait, is not refused this cancel.
_NO_REFUSAL = (ProblemKind.OFFLINE, ProblemKind.BUSY, ProblemKind.AUTH)
_TO_BE_CANCELLED = (JobState.SENDING, JobState.QUEUED, JobState.RUNNING)
# A wish can be for hundreds of jobs at once, and what becomes of it is told once.
_QUIET_S = 60.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Wish:
    """Keeps what became of a wish so far; times are on the loop's clock."""

    is_of_now: bool
    """The person wished it in this program's life."""
    may_have_come: bool
    """It was brought, and the service may have taken it although no answer says so."""
    tries: int = 0
    """Those that came when their time was over, not those that somebody rang for."""
    unanswered: int = 0
    """Tries after which the service neither refused the key nor asked for a pause, and was not out
    of reach."""
    was_rung: bool = False
    """The last wait ended by a ring."""
    is_told: bool = False
    taken_s: float | None = None
    goes_on: bool = False
    """The service said since that the job goes on."""
    parts: int = 0
    """Of the time until the wish ends, those that are over: it may be brought again in each."""

    def begin_anew(self) -> None:
        """Takes notice that the user wished it once more."""
        self.is_of_now = True
        self.is_told = False
        self.tries = self.unanswered = 0


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
        self._works: dict[str, asyncio.Task[None]] = {}
        self._bell = Bell()
        self._told_s: dict[str, float] = {}
        self._is_told_unanswered = False
        questions.held.subscribe(self._on_held)
        questions.cancel_rest.changed.subscribe(lambda _nothing: self._on_rest())

    def expect(self, job_id: str) -> None:
        """Notes that the person wishes it, which is about to be written down; `begin` brings it.

        Said before, because whoever follows the job may be the first to see the wish on its row,
        and an earlier wish may be about to end.
        """
        job, wish = self._ledger.jobs.get(job_id), self._wishes.get(job_id)
        if job is None or job.state not in _TO_BE_CANCELLED:
            return
        if wish is not None and job.cancel_asked:
            wish.begin_anew()
        else:
            self._wishes[job_id] = _Wish(is_of_now=True, may_have_come=job.cancel_asked)

    def begin(self, job_id: str) -> None:
        """Brings the wish to cancel this job, if there is one, and sees to its end.
        Whoever follows the job does not wait for that: the status may be there long before it."""
        work = self._works.get(job_id)
        if self._job(job_id) is None or (work is not None and not work.done()):
            return
        self._wishes.setdefault(job_id, _Wish(is_of_now=False, may_have_come=True))
        self._bell.open(job_id)
        work = self._works[job_id] = self._tasks.start(
            f"cancel {job_id}", self._see_through(job_id)
        )
        work.add_done_callback(lambda ended: self._leave(job_id, ended))

    def _leave(self, job_id: str, ended: asyncio.Task[None]) -> None:
        if self._works.get(job_id) is ended:
            del self._works[job_id]
            self._bell.forget(job_id)

    def hurry(self, job_id: str) -> None:
        """Brings a wish now that could not be brought so far: the user wishes it once more."""
        job = self._job(job_id)
        if job is not None and job.cancel_stage is CancelStage.PUT_OFF:
            self._show(job_id, CancelStage.NEW)
            self._questions.hurry_cancel()
            self._bell.ring(job_id)

    def wake(self) -> None:
        """Brings now what waits for its next try: the network may be back, or a pause over."""
        self._bell.ring_all()

    def saw(self, job_id: str) -> None:
        """Notes that the service says that the job goes on."""
        wish = self._wishes.get(job_id)
        if wish is not None and wish.taken_s is not None:
            wish.goes_on = True

    def forget(self, job_id: str) -> None:
        """Ends the wish with its job."""
        self._wishes.pop(job_id, None)
        self._take_back()
        self._bell.ring(job_id)

    def _on_held(self, job_id: str) -> None:
        wish = self._wishes.get(job_id)
        is_open = wish is not None and wish.taken_s is None and self._job(job_id) is not None
        if is_open and self._questions.holds_cancels:
            self._show(job_id, CancelStage.PUT_OFF)

    def _on_rest(self) -> None:
        if self._questions.holds_cancels and self._wishes:
            self._tasks.start("tell of a pause of cancels", self._put_off(list(self._wishes)))

    async def _put_off(self, job_ids: list[str]) -> None:
        for count, job_id in enumerate(job_ids):
            await breathe(count)
            self._on_held(job_id)

    def _show(self, job_id: str, stage: CancelStage) -> None:
        self._ledger.show(job_id, cancel_stage=stage)

    def _job(self, job_id: str) -> Job | None:
        """Returns the job while there is something to cancel."""
        job = self._ledger.jobs.get(job_id)
        can_be = job is not None and job.state in (JobState.QUEUED, JobState.RUNNING)
        return job if job is not None and can_be and job.cancel_asked else None

    async def _see_through(self, job_id: str) -> None:
        """Waits by itself: the questions about the job may be pausing. Ends with the wish."""
        while True:
            job, wish = self._job(job_id), self._wishes.get(job_id)
            if job is None or wish is None:
                return
            if wish.taken_s is None:
                await self._bring(job, wish)
            else:
                await self._wait_for_effect(job, wish, wish.taken_s)

    async def _bring(self, job: Job, wish: _Wish) -> None:
        try:
            report = await self._cancel(job)
        except Problem as problem:
            wait_s = await self._no_answer(job, wish, problem)
            if wait_s is not None:
                wish.was_rung = await self._bell.wait(job.job_id, wait_s)
        else:
            await self._answered(job, wish, report)

    async def _answered(self, job: Job, wish: _Wish, report: CancelReport) -> None:
        if report.accepted:
            wish.taken_s = _now_s()
            self._show(job.job_id, CancelStage.TAKEN)
            self._take_back()
            return
        _log.info("Job %s: cancel refused with %.80r", job.job_id, report.word)
        goes_on = await self._end(job, CancelStage.NEW)
        # Brought twice, the first time may have been the one that counted.
        if goes_on and not wish.may_have_come:
            self._notices.info(
                _("“%s” cannot be cancelled any more.") % job.title,
                _("RunComfy says that it is at its end. Its result is shown when it is there."),
            )

    async def _wait_for_effect(self, job: Job, wish: _Wish, taken_s: float) -> None:
        """Waits for the status, which tells whether it came true. Where it says that the job goes
        on, brings the wish again now and then; in the end gives it back, whatever is known."""
        span_s, parts = self._pace.cancel_again_s, self._pace.cancel_repeats + 1
        left_s = taken_s + span_s - _now_s()
        if left_s <= 0.0:
            await self._give_back(job)
            return
        # The last part ends with the wish.
        wait_s = left_s - span_s * (parts - 1 - wish.parts) / parts
        if wait_s > 0.0:
            await self._bell.wait(job.job_id, wait_s)
            return
        wish.parts += 1
        if wish.goes_on:
            await self._repeat(job, left_s)

    async def _repeat(self, job: Job, left_s: float) -> None:
        """Asks again for what the service took, in turn with the questions: those tell what became
        of the first time. No answer changes anything: a refusal may come because that counted."""
        try:
            async with asyncio.timeout(left_s):
                report = await self._cancel(job, Lane.USUAL)
        except (Problem, TimeoutError) as error:
            _log.info("Job %s: cancel repeated in vain: %s", job.job_id, type(error).__name__)
        else:
            _log.info("Job %s: cancel repeated, answer %.80r", job.job_id, report.word)

    async def _give_back(self, job: Job) -> None:
        """Lets the user try anew. Says nothing of where the job stands: nobody may have been asked
        about it since."""
        if await self._end(job, CancelStage.IN_VAIN):
            self._tell(
                "no effect",
                Problem(
                    _("RunComfy accepted a cancel, but did not report the job as cancelled."),
                    _("“%s” may cost money until it ends.") % job.title,
                    _("You can cancel it once more in the queue."),
                ),
            )

    async def _cancel(self, job: Job, lane: Lane = Lane.CANCEL) -> CancelReport:
        try:
            return await self._questions.cancel(job, lane)
        except Problem as problem:
            if not may_be_elsewhere(problem):
                raise
            found = await move_if_elsewhere(self._questions, self._ledger, job, lane)
            if found is None:
                raise
            return await self._questions.cancel(found, lane)

    async def _no_answer(self, job: Job, wish: _Wish, problem: Problem) -> float | None:
        """Returns the seconds until the next try, None when the wish has ended."""
        if self._job(job.job_id) is None:
            return None
        self._show(job.job_id, CancelStage.PUT_OFF)
        is_refused = problem.kind is ProblemKind.AUTH
        is_put_off = problem.kind in _NO_REFUSAL or problem.retry_after_s
        if not wish.was_rung:
            wish.tries += 1
            wish.unanswered += not is_put_off
        wish.may_have_come = wish.may_have_come or not (is_refused or problem.unsent)
        if problem.kind in _PASSING and wish.unanswered < self._pace.cancel_tries:
            # Without a word of an earlier program's wish: there may be no key yet at the start.
            if not wish.is_told and (wish.is_of_now or not is_refused):
                wish.is_told = True
                self._tell("unanswered", _kept(problem))
            doublings = min(max(wish.tries - 1, 0), 16)
            return min(self._pace.cancel_most_s, self._pace.cancel_s * float(2**doublings))
        if await self._end(job, CancelStage.PUT_OFF):
            self._tell("given up", problem)
        return None

    async def _end(self, job: Job, stage: CancelStage) -> bool:
        """Ends the wish, so that there can be another one. False when the job is over, or the user
        wished it anew meanwhile."""
        self._wishes.pop(job.job_id, None)
        self._take_back()

        def step(job: Job) -> Job | None:
            if job.state not in FOLLOWED or job.job_id in self._wishes:
                return None
            return replace(job, cancel_asked=False, cancel_stage=stage)

        return await self._ledger.keep(job.job_id, step) is not None

    def _tell(self, what: str, problem: Problem) -> None:
        last_s, now_s = self._told_s.get(what), _now_s()
        self._told_s[what] = now_s
        if last_s is not None and now_s - last_s < _QUIET_S:
            return
        if what == "unanswered":
            self._is_told_unanswered = True
            self._notices.failure(problem, about=CANCEL_UNANSWERED)
        else:
            self._notices.failure(problem)

    def _take_back(self) -> None:
        """Withdraws what was said of unanswered wishes, once none of them is open."""
        if not self._is_told_unanswered:
            return
        if not any(wish.is_told and wish.taken_s is None for wish in self._wishes.values()):
            self._is_told_unanswered = False
            self._notices.outdated.publish(CANCEL_UNANSWERED)


def _kept(problem: Problem) -> Problem:
    again = _("The cancel is kept, and is tried again by itself.")
    return Problem(
        problem.title,
        " ".join(filter(None, (problem.detail, again))),
        kind=problem.kind,
        technical=problem.technical,
    )


def _now_s() -> float:
    return asyncio.get_running_loop().time()
