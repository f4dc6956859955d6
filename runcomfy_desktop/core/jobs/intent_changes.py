"""Changes to a job requested by the user or by this program, for `JobStore`.

The changes are pure functions without I/O or clock. They decline by returning None.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.job import CancelStage, HoldReason, Job, JobState
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from runcomfy_desktop.core.jobs.job_store import JobChange

# A request id becomes part of addresses: no character that could change a path is accepted.
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


def cancel(now_s: float) -> JobChange:
    """Cancels an unsent job; records a cancel request for one that is being sent or was accepted.

    A job that is being sent cannot be stopped: it is cancelled as soon as its request id is known.
    """

    def change(job: Job) -> Job | None:
        if job.state in (JobState.WAITING, JobState.HELD):
            return job.with_state(JobState.CANCELLED, reason="", technical="", finished_s=now_s)
        running = job.state in (JobState.SENDING, JobState.QUEUED, JobState.RUNNING)
        if not running or job.cancel_asked:
            return None
        return replace(job, cancel_asked=True, cancel_stage=CancelStage.NEW)

    return change


def hold(why: HoldReason, reason: str = "") -> JobChange:
    """Holds an unsent job until it is released; a held job can get another reason.

    `reason` is shown in the job's row.
    """

    def change(job: Job) -> Job | None:
        if job.state not in (JobState.WAITING, JobState.HELD) or job.hold is why:
            return None
        return job.with_state(JobState.HELD, hold=why, reason=reason, technical="")

    return change


def hold_waiting(why: HoldReason) -> JobChange:
    """Holds a job that waits for its turn, and no other."""
    change = hold(why)
    return lambda job: change(job) if job.state is JobState.WAITING else None


def set_workflow_version(workflow_version: str) -> JobChange:
    """Sets the workflow version of an unsent job, as the user agreed."""

    def change(job: Job) -> Job | None:
        if job.state not in (JobState.WAITING, JobState.HELD):
            return None
        return replace(job, workflow_version=workflow_version)

    return change


def release(why: HoldReason | None = None) -> JobChange:
    """Releases a held job to the send queue; with `why`, only if held for that reason."""

    def change(job: Job) -> Job | None:
        if job.state is not JobState.HELD or (why is not None and job.hold is not why):
            return None
        return job.with_state(JobState.WAITING, reason="", technical="")

    return change


def hold_unsent(problem: Problem) -> JobChange:
    """Holds a job whose connection was never made: not one byte of it was sent."""

    def change(job: Job) -> Job | None:
        if job.state is not JobState.SENDING:
            return None
        meaning = _("Nothing was sent, and it costs nothing. It is held until you send it.")
        return job.with_state(
            JobState.HELD,
            hold=HoldReason.OFFLINE,
            reason="\n".join((problem.title, meaning)),
            technical=problem.technical,
            sent_s=0.0,
            sent_bytes=0,
            body_bytes=0,
        )

    return change


def reorder(orders: Mapping[str, float]) -> JobChange:
    """Changes the `order` of unsent jobs in the send queue."""

    def change(job: Job) -> Job | None:
        if job.state not in (JobState.WAITING, JobState.HELD):
            return None
        return replace(job, order=orders[job.job_id])

    return change


def discard(now_s: float) -> JobChange:
    """Closes a job whose answer is unknown."""
    meaning = _("If it was accepted, it runs at RunComfy all the same and is billed.")
    return _close(_("Discarded"), meaning, now_s)


def close_as_resent(now_s: float) -> JobChange:
    """Closes a job whose answer is unknown, because a new one takes its place."""
    meaning = _("If it was accepted as well, both run at RunComfy and are billed.")
    return _close(_("Sent again as a new job"), meaning, now_s)


def _close(title: str, meaning: str, now_s: float) -> JobChange:
    def change(job: Job) -> Job | None:
        if job.state is not JobState.UNCERTAIN:
            return None
        reason = "\n".join((title, meaning, job.reason))
        return job.with_state(JobState.CANCELLED, reason=reason, finished_s=now_s)

    return change


def adopt(request_id: str, jobs: Collection[Job], now_s: float) -> JobChange:
    """Gives a job whose answer is unknown its request id.

    Raises Problem if `request_id` is malformed. The change itself raises Problem if one of `jobs`
    has this id by then: the service is queried between the two.
    """
    if not _REQUEST_ID.fullmatch(request_id):
        raise Problem(
            _("This is not a request ID."),
            _("It has only letters, digits, hyphens and underscores."),
            technical=request_id[:200],
            kind=ProblemKind.REJECTED,
        )

    def change(job: Job) -> Job | None:
        if job.state is not JobState.UNCERTAIN:
            return None
        if any(each.request_id == request_id for each in jobs):
            raise Problem(
                _("This request ID belongs to another job."),
                _("Nothing was changed."),
                kind=ProblemKind.REJECTED,
            )
        return job.with_state(
            JobState.QUEUED,
            request_id=request_id,
            # An earlier cancel request was for a job that could not be found; now the user decides.
            cancel_asked=False,
            cancel_stage=CancelStage.NEW,
            queued_s=job.sent_s or now_s,
            reason="",
            technical="",
        )

    return change


def mark_uncertain(why: str, technical: str = "") -> JobChange:
    """Marks a job that was being sent as possibly accepted.

    `why` says what happened. Without `technical`, the details recorded so far are kept.
    """

    def change(job: Job) -> Job | None:
        if job.state is not JobState.SENDING:
            return None
        meaning = _(
            "The job may have been accepted; then it runs and costs money. "
            "It is not sent again by itself."
        )
        details = technical or job.technical
        return job.with_state(
            JobState.UNCERTAIN, reason="\n".join((why, meaning)), technical=details
        )

    return change


def record_request_id(request_id: str) -> JobChange:
    """Records the request id of a response that has yet to be checked."""

    def change(job: Job) -> Job | None:
        if job.state is not JobState.SENDING:
            return None
        return replace(job, technical=f"request_id {request_id}")

    return change


def fail(problem: Problem, now_s: float) -> JobChange:
    """Marks a job as failed; it was certainly not accepted."""

    def change(job: Job) -> Job | None:
        if job.state not in (JobState.WAITING, JobState.SENDING):
            return None
        return job.with_state(
            JobState.FAILED,
            reason="\n".join(filter(None, (problem.title, problem.detail, problem.advice))),
            technical=problem.technical,
            finished_s=now_s,
        )

    return change
