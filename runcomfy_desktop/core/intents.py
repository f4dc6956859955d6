"""What a person's wishes and the program's own ends make of a job: pure steps for the ledger."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.job import CancelStage, Hold, Job, JobState
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from runcomfy_desktop.core.ledger import Step

# It becomes a part of addresses: nothing that could change a path is let in.
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


def cancel(now_s: float) -> Step:
    """What was not sent is taken back; of the rest it is noted that the person wishes it.

    A job that is being sent cannot be stopped: it is cancelled as soon as its id is known.
    """

    def step(job: Job) -> Job | None:
        if job.state in (JobState.WAITING, JobState.HELD):
            return job.moved(JobState.CANCELLED, reason="", technical="", finished_s=now_s)
        running = job.state in (JobState.SENDING, JobState.QUEUED, JobState.RUNNING)
        if not running or job.cancel_asked:
            return None
        return replace(job, cancel_asked=True, cancel_stage=CancelStage.NEW)

    return step


def hold(why: Hold, reason: str = "") -> Step:
    """A job that waits here goes on only when the person says so; `why` may change. `reason` is
    said on its row."""

    def step(job: Job) -> Job | None:
        if job.state not in (JobState.WAITING, JobState.HELD) or job.hold is why:
            return None
        return job.moved(JobState.HELD, hold=why, reason=reason, technical="")

    return step


def hold_waiting(why: Hold) -> Step:
    """The same for a job that waits for its turn, and for no other."""
    step = hold(why)
    return lambda job: step(job) if job.state is JobState.WAITING else None


def run_version(workflow_version: str) -> Step:
    """A job that waits here is to run this version of its workflow, as the user agreed."""

    def step(job: Job) -> Job | None:
        if job.state not in (JobState.WAITING, JobState.HELD):
            return None
        return replace(job, workflow_version=workflow_version)

    return step


def release(why: Hold | None = None) -> Step:
    """A held job takes its turn again; with `why`, only if that is what holds it."""

    def step(job: Job) -> Job | None:
        if job.state is not JobState.HELD or (why is not None and job.hold is not why):
            return None
        return job.moved(JobState.WAITING, reason="", technical="")

    return step


def unsent(problem: Problem) -> Step:
    """The connection was never made, so not one byte of the job is there."""

    def step(job: Job) -> Job | None:
        if job.state is not JobState.SENDING:
            return None
        meaning = _("Nothing was sent, and it costs nothing. It is held until you send it.")
        return job.moved(
            JobState.HELD,
            hold=Hold.OFFLINE,
            reason="\n".join((problem.title, meaning)),
            technical=problem.technical,
            sent_s=0.0,
            sent_bytes=0,
            body_bytes=0,
        )

    return step


def reorder(orders: Mapping[str, float]) -> Step:
    """Other turns for jobs that were not sent yet."""

    def step(job: Job) -> Job | None:
        if job.state not in (JobState.WAITING, JobState.HELD):
            return None
        return replace(job, order=orders[job.job_id])

    return step


def discard(now_s: float) -> Step:
    """A job whose answer is unknown is closed."""
    meaning = _("If it was accepted, it runs at RunComfy all the same and is billed.")
    return _closed(_("Discarded"), meaning, now_s)


def sent_again(now_s: float) -> Step:
    """A job whose answer is unknown is closed, because a new one takes its place."""
    meaning = _("If it was accepted as well, both run at RunComfy and are billed.")
    return _closed(_("Sent again as a new job"), meaning, now_s)


def _closed(what: str, meaning: str, now_s: float) -> Step:
    def step(job: Job) -> Job | None:
        if job.state is not JobState.UNCERTAIN:
            return None
        reason = "\n".join((what, meaning, job.reason))
        return job.moved(JobState.CANCELLED, reason=reason, finished_s=now_s)

    return step


def adopt(request_id: str, jobs: Collection[Job], now_s: float) -> Step:
    """A job whose answer is unknown gets its request id. Raises Problem when that cannot be one;
    the step does when one of `jobs` has it by then, for the service was asked in between.
    """
    if not _REQUEST_ID.fullmatch(request_id):
        raise Problem(
            _("This is not a request ID."),
            _("It has only letters, digits, hyphens and underscores."),
            technical=request_id[:200],
            kind=ProblemKind.REJECTED,
        )

    def step(job: Job) -> Job | None:
        if job.state is not JobState.UNCERTAIN:
            return None
        if any(each.request_id == request_id for each in jobs):
            raise Problem(
                _("This request ID belongs to another job."),
                _("Nothing was changed."),
                kind=ProblemKind.REJECTED,
            )
        return job.moved(
            JobState.QUEUED,
            request_id=request_id,
            # The wish to cancel was about a job nobody could find; the person looks after it now.
            cancel_asked=False,
            cancel_stage=CancelStage.NEW,
            queued_s=job.sent_s or now_s,
            reason="",
            technical="",
        )

    return step


def uncertain(why: str, technical: str = "") -> Step:
    """What was being sent may have been accepted. `why` says what happened; without `technical`
    what was noted of the answer until then stays."""

    def step(job: Job) -> Job | None:
        if job.state is not JobState.SENDING:
            return None
        meaning = _(
            "The job may have been accepted; then it runs and costs money. "
            "It is not sent again by itself."
        )
        words = technical or job.technical
        return job.moved(JobState.UNCERTAIN, reason="\n".join((why, meaning)), technical=words)

    return step


def found_id(request_id: str) -> Step:
    """The answer names an id, and it is still to be asked whether it is that of the job."""

    def step(job: Job) -> Job | None:
        if job.state is not JobState.SENDING:
            return None
        return replace(job, technical=f"request_id {request_id}")

    return step


def failed(problem: Problem, now_s: float) -> Step:
    """The job was surely not accepted."""

    def step(job: Job) -> Job | None:
        if job.state not in (JobState.WAITING, JobState.SENDING):
            return None
        return job.moved(
            JobState.FAILED,
            reason="\n".join(filter(None, (problem.title, problem.detail, problem.advice))),
            technical=problem.technical,
            finished_s=now_s,
        )

    return step
