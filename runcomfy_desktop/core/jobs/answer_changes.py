"""Changes to a job that follow from the service's responses, for `JobStore`.

The changes are pure functions without I/O or clock. Each gets the job as it is when its turn comes,
and declines by returning None if the job has moved on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.api.inference import RequestPhase, RequestRef, ResultState
from runcomfy_desktop.domain.jobs.job import Job, JobState

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcomfy_desktop.api.inference import AcceptedRequest, ResultReport, StatusReport
    from runcomfy_desktop.core.jobs.job_store import JobChange
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.jobs.output import Output

_OutputKey: TypeAlias = "tuple[object, ...]"

POLLED_STATES = (JobState.QUEUED, JobState.RUNNING, JobState.FETCHING)
"""States in which a job is polled."""

FINAL_STATES = {
    ResultState.SUCCEEDED: JobState.DONE,
    ResultState.FAILED: JobState.FAILED,
    ResultState.CANCELLED: JobState.CANCELLED,
}


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


def accept(answer: AcceptedRequest, jobs: Collection[Job], now_s: float) -> JobChange:
    """Marks a job as accepted by the service.

    Declines if one of `jobs` already has the request id in the response. Otherwise both jobs would
    show the result of one request, and the other request would be lost unnoticed.
    """

    def change(job: Job) -> Job | None:
        if any(each.request_id == answer.request_id for each in jobs):
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


def merge_outputs(fresh: tuple[Output, ...], known: tuple[Output, ...]) -> tuple[Output, ...]:
    """Returns the outputs of a result, merged with the known outputs of the job.

    Outputs that are already downloaded are kept, with their current addresses, even if the result
    no longer names them. The fault of a missing file is kept until the file is here.
    """
    before = dict(_keyed_outputs(known))
    here = {key: output for key, output in before.items() if output.path or output.text}
    outputs = [
        replace(here.pop(key), url=output.url)
        if key in here
        else _with_known_error(output, before.get(key))
        for key, output in _keyed_outputs(fresh)
    ]
    return (*outputs, *here.values())


def _with_known_error(output: Output, before: Output | None) -> Output:
    if before is None or not before.fault:
        return output
    return replace(output, fault=output.fault or before.fault)


def _keyed_outputs(outputs: tuple[Output, ...]) -> list[tuple[_OutputKey, Output]]:
    """Pairs each output with a key that does not change when its address is signed again."""
    counts: Counter[_OutputKey] = Counter()
    keyed: list[tuple[_OutputKey, Output]] = []
    for output in outputs:
        name = output.filename or output.url
        key = (output.node_id, output.channel, name, bool(output.url))
        keyed.append(((*key, counts[key]), output))
        counts[key] += 1
    return keyed
