"""All steps of a job's life: each function returns a change for `JobStore`.

The changes are pure functions without I/O or clock. Each gets the job as it is when its turn comes,
and declines by returning None if the job has moved on. No other module changes the state of a job.
The first part follows from requests of the user and of this program, the second from the service's
responses, the third from downloads.
"""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.api.inference import RequestPhase, RequestRef, ResultState
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.job import (
    UNSENT_STATES,
    CancelStage,
    HoldReason,
    Job,
    JobState,
    missing_files,
)
from runcomfy_desktop.domain.jobs.output_merge import merge_outputs
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.api.inference import AcceptedRequest, ResultReport, StatusReport
    from runcomfy_desktop.domain.jobs.output import Output
    from runcomfy_desktop.domain.media.media import MediaFile
    from runcomfy_desktop.domain.workflow.workflow import InputKey

JobChange: TypeAlias = "Callable[[Job], Job | None]"

POLLED_STATES = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.FETCHING})
"""States in which a job is polled."""

RESULT_STATES = frozenset({JobState.FETCHING, JobState.DONE})
"""States in which the files of a job are downloaded."""

FINAL_STATES: Mapping[ResultState, JobState] = MappingProxyType(
    {
        ResultState.SUCCEEDED: JobState.DONE,
        ResultState.FAILED: JobState.FAILED,
        ResultState.CANCELLED: JobState.CANCELLED,
    }
)
"""State of a job for each state of its result; any other result is not final."""

# A request id becomes part of addresses: no character that could change a path is accepted.
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")


# Requests of the user and of this program


def cancel(now_s: float) -> JobChange:
    """Cancels an unsent job; records a cancel request for one that is being sent or was accepted.

    A job that is being sent cannot be stopped: it is cancelled as soon as its request id is known.
    """

    def change(job: Job) -> Job | None:
        if job.state in UNSENT_STATES:
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
        if job.state not in UNSENT_STATES or job.hold is why:
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
        if job.state not in UNSENT_STATES:
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
        if job.state not in UNSENT_STATES:
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


def adopt(request_id: str, is_taken: Callable[[str], bool], now_s: float) -> JobChange:
    """Gives a job whose answer is unknown its request id.

    Raises Problem if `request_id` is malformed. The change itself raises Problem if the id
    `is_taken` by another job by then: the service is queried between the two.
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
        if is_taken(request_id):
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


def start_sending(
    body_bytes: int,
    smaller: Mapping[InputKey, MediaFile | None],
    may_send: Callable[[Job], bool],
    now_s: Callable[[], float],
) -> JobChange:
    """Marks a job as being sent, with the size of its body and the pictures sent in it.

    `may_send` is the last check. It runs while no other change can happen: if a limit allows either
    of two jobs but not both, only one is sent. `now_s` is the clock.
    """

    def change(job: Job) -> Job | None:
        if job.state is not JobState.WAITING or not may_send(job):
            return None
        return job.with_state(
            JobState.SENDING, sent_s=now_s(), body_bytes=body_bytes, smaller=smaller
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


# Responses of the service


def request_ref(job: Job) -> RequestRef:
    """Returns the ids and addresses for requests about a job."""
    return RequestRef(
        job.deployment_id,
        job.request_id,
        job.status_url,
        job.result_url,
        job.cancel_url,
        job.queue_version,
    )


def accept(answer: AcceptedRequest, is_taken: Callable[[str], bool], now_s: float) -> JobChange:
    """Marks a job as accepted by the service.

    Declines if the request id in the response `is_taken` by another job. Otherwise both jobs would
    show the result of one request, and the other request would be lost unnoticed.
    """

    def change(job: Job) -> Job | None:
        if is_taken(answer.request_id):
            return None
        return job.with_state(
            JobState.QUEUED,
            request_id=answer.request_id,
            status_url=answer.status_url,
            result_url=answer.result_url,
            cancel_url=answer.cancel_url,
            queue_version=answer.queue_version,
            queued_s=now_s,
            technical="",
        )

    return change


def update_status(report: StatusReport, now_s: float) -> JobChange:
    """Applies a status that is unknown or says that the job has not ended."""

    def change(job: Job) -> Job | None:
        if job.state not in (JobState.QUEUED, JobState.RUNNING):
            return None
        state, running_s = job.state, job.running_s
        if report.phase is RequestPhase.QUEUED:
            # A machine can be withdrawn; then the run starts again on another one.
            state, running_s = JobState.QUEUED, 0.0
        elif report.phase is RequestPhase.RUNNING:
            state, running_s = JobState.RUNNING, job.running_s or now_s
        return job.with_state(
            state,
            running_s=running_s,
            queue_position=report.queue_position,
            instance_id=report.instance_id or job.instance_id,
            server_word=report.raw_status if report.phase is RequestPhase.UNKNOWN else "",
            trouble="",
        )

    return change


def start_fetching(instance_id: str = "") -> JobChange:
    """Marks a job as ended, with its result still to be fetched."""

    def change(job: Job) -> Job | None:
        if job.state not in POLLED_STATES:
            return None
        return job.with_state(
            JobState.FETCHING,
            queue_position=None,
            instance_id=instance_id or job.instance_id,
            server_word="",
            trouble="",
        )

    return change


def finish_without_success(report: ResultReport, now_s: float) -> JobChange:
    """Applies a result other than success."""

    def change(job: Job) -> Job | None:
        if job.state not in POLLED_STATES:
            return None
        if report.state in FINAL_STATES:
            return job.with_state(
                FINAL_STATES[report.state],
                reason=report.reason,
                technical=report.technical,
                finished_s=finished_s(job, report, now_s),
                instance_id=report.instance_id or job.instance_id,
                queue_position=None,
                server_word="",
                trouble="",
            )
        if report.state is ResultState.UNKNOWN:
            return job.with_state(job.state, server_word=report.raw_status, trouble="")
        if report.state is ResultState.RUNNING:
            return job.with_state(JobState.RUNNING, running_s=job.running_s or now_s, trouble="")
        return job.with_state(JobState.QUEUED, running_s=0.0, trouble="")

    return change


def end_cancel(stage: CancelStage, has_new_request: Callable[[], bool]) -> JobChange:
    """Ends the cancel request of a job, so that the user can cancel again.

    Declines if the job is over, or `has_new_request` says that the user has cancelled again.
    """

    def change(job: Job) -> Job | None:
        if job.state not in POLLED_STATES or has_new_request():
            return None
        return replace(job, cancel_asked=False, cancel_stage=stage)

    return change


def move_from_version(version: str) -> JobChange:
    """Moves a job away from this version of the queue API, unless it has been moved already."""
    return lambda job: moved_to_other_version(job) if job.queue_version == version else job


def change_and_move(change: JobChange) -> JobChange:
    """Returns a change that also moves the job to the other version of the queue API."""

    def change_both(job: Job) -> Job | None:
        changed = change(job)
        return None if changed is None else moved_to_other_version(changed)

    return change_both


def moved_to_other_version(job: Job) -> Job:
    """Returns the job at the other version, without the addresses of the previous one."""
    version = request_ref(job).on_other_version().queue_version
    return replace(job, queue_version=version, status_url="", result_url="", cancel_url="")


def mark_lost(problem: Problem, now_s: float) -> JobChange:
    """Marks a job as lost: the service no longer knows it."""
    return _finish(JobState.LOST, problem, now_s)


def mark_unreadable(problem: Problem, now_s: float) -> JobChange:
    """Marks a job as failed: the run has ended, but its result cannot be read here."""
    return _finish(JobState.FAILED, problem, now_s)


def _finish(state: JobState, problem: Problem, now_s: float) -> JobChange:
    def change(job: Job) -> Job | None:
        if job.state not in POLLED_STATES:
            return None
        return job.with_state(
            state,
            reason=problem.sentence(),
            technical=problem.technical,
            finished_s=now_s,
            queue_position=None,
            server_word="",
            trouble="",
        )

    return change


def finished_s(job: Job, report: ResultReport, now_s: float) -> float:
    """Returns the time when the run ended, on this computer's clock.

    The service's clock may differ, and the program may not have been running. So the service's time
    from creation to end is added to the local time of acceptance.
    """
    if not (report.created_s and report.finished_s and job.queued_s):
        return now_s
    span_s = max(0.0, report.finished_s - report.created_s)
    return min(now_s, max(job.queued_s + span_s, job.running_s))


# Downloads


def add_result(report: ResultReport, outputs: tuple[Output, ...], now_s: float) -> JobChange:
    """Adds the outputs of a successful run, before their files are downloaded."""

    def change(job: Job) -> Job | None:
        if job.state is not JobState.FETCHING:
            return None
        return job.with_state(
            JobState.FETCHING,
            outputs=merge_outputs(outputs, job.outputs),
            finished_s=finished_s(job, report, now_s),
            instance_id=report.instance_id or job.instance_id,
            server_word="",
            trouble="",
        )

    return change


def update_outputs(outputs: tuple[Output, ...]) -> JobChange:
    """Records which files have been downloaded so far."""

    def change(job: Job) -> Job | None:
        return replace(job, outputs=outputs) if job.state in RESULT_STATES else None

    return change


def finish_download(outputs: tuple[Output, ...], reason: str, technical: str) -> JobChange:
    """Marks a job as done. `reason` says which files are missing or damaged, "" if none are."""

    def change(job: Job) -> Job | None:
        if job.state not in RESULT_STATES:
            return None
        return job.with_state(
            JobState.DONE, outputs=outputs, reason=reason, technical=technical, trouble=""
        )

    return change


def expire_missing(fault: str) -> JobChange:
    """Marks the missing files of a job as expired, with `fault` as the reason."""

    def change(job: Job) -> Job | None:
        missing = set(missing_files(job))
        if not missing:
            return None
        outputs = (replace(each, fault=fault) if each in missing else each for each in job.outputs)
        return replace(job, outputs=tuple(outputs))

    return change
