"""What the service's answers make of a job: pure steps for the ledger, without I/O or clock.

Each takes the job as it is when its turn comes and declines when the job has moved on meanwhile.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.api.inference import Phase, RequestRef, Verdict
from runcomfy_desktop.domain.job import Job, JobState

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcomfy_desktop.api.inference import Accepted, ResultReport, StatusReport
    from runcomfy_desktop.core.ledger import Step
    from runcomfy_desktop.domain.output import Output
    from runcomfy_desktop.domain.problem import Problem

_Name: TypeAlias = "tuple[object, ...]"

FOLLOWED = (JobState.QUEUED, JobState.RUNNING, JobState.FETCHING)
"""The states in which the service is asked about a job."""

FINAL = {
    Verdict.SUCCEEDED: JobState.DONE,
    Verdict.FAILED: JobState.FAILED,
    Verdict.CANCELLED: JobState.CANCELLED,
}


def request_ref(job: Job) -> RequestRef:
    """How to ask the service about a job."""
    return RequestRef(
        job.deployment_id,
        job.request_id,
        job.status_url,
        job.result_url,
        job.cancel_url,
        job.queue_version,
    )


def accepted(answer: Accepted, jobs: Collection[Job], now_s: float) -> Step:
    """The service took the job. Declines when one of `jobs` has its id: two with one request would
    both show its result, and nobody would miss the other."""

    def step(job: Job) -> Job | None:
        if any(each.request_id == answer.request_id for each in jobs):
            return None
        return job.moved(
            JobState.QUEUED,
            request_id=answer.request_id,
            status_url=answer.status_url,
            result_url=answer.result_url,
            cancel_url=answer.cancel_url,
            queue_version=answer.queue_version,
            queued_s=now_s,
            technical="",
        )

    return step


def seen(report: StatusReport, now_s: float) -> Step:
    """The status says that the job is not at its end, or says what nobody knows."""

    def step(job: Job) -> Job | None:
        if job.state not in (JobState.QUEUED, JobState.RUNNING):
            return None
        state, running_s = job.state, job.running_s
        if report.phase is Phase.QUEUED:
            # A machine can be taken away; then the run begins anew on another one.
            state, running_s = JobState.QUEUED, 0.0
        elif report.phase is Phase.RUNNING:
            state, running_s = JobState.RUNNING, job.running_s or now_s
        return job.moved(
            state,
            running_s=running_s,
            queue_position=report.queue_position,
            instance_id=report.instance_id or job.instance_id,
            server_word=report.word if report.phase is Phase.UNKNOWN else "",
            trouble="",
        )

    return step


def ended(instance_id: str = "") -> Step:
    """The job is at its end, and its result is to be fetched."""

    def step(job: Job) -> Job | None:
        if job.state not in FOLLOWED:
            return None
        return job.moved(
            JobState.FETCHING,
            queue_position=None,
            instance_id=instance_id or job.instance_id,
            server_word="",
            trouble="",
        )

    return step


def no_success(report: ResultReport, now_s: float) -> Step:
    """The result says something else than success."""

    def step(job: Job) -> Job | None:
        if job.state not in FOLLOWED:
            return None
        if report.verdict in FINAL:
            return job.moved(
                FINAL[report.verdict],
                reason=report.reason,
                technical=report.technical,
                finished_s=finished_s(job, report, now_s),
                instance_id=report.instance_id or job.instance_id,
                queue_position=None,
                server_word="",
                trouble="",
            )
        if report.verdict is Verdict.UNKNOWN:
            return job.moved(job.state, server_word=report.word, trouble="")
        if report.verdict is Verdict.RUNNING:
            return job.moved(JobState.RUNNING, running_s=job.running_s or now_s, trouble="")
        return job.moved(JobState.QUEUED, running_s=0.0, trouble="")

    return step


def lost(problem: Problem, now_s: float) -> Step:
    """The service knows the job no more."""
    return _ended(JobState.LOST, problem, now_s)


def unreadable(problem: Problem, now_s: float) -> Step:
    """The run has ended, but its result cannot be taken here."""
    return _ended(JobState.FAILED, problem, now_s)


def _ended(state: JobState, problem: Problem, now_s: float) -> Step:
    def step(job: Job) -> Job | None:
        if job.state not in FOLLOWED:
            return None
        return job.moved(
            state,
            reason=problem.sentence(),
            technical=problem.technical,
            finished_s=now_s,
            queue_position=None,
            server_word="",
            trouble="",
        )

    return step


def finished_s(job: Job, report: ResultReport, now_s: float) -> float:
    """When the run ended, on this computer's clock.

    The service's clock may differ from ours, and the program may have been closed meanwhile: so
    its own span from creation to end is added to the moment we heard of the acceptance.
    """
    if not (report.created_s and report.finished_s and job.queued_s):
        return now_s
    span_s = max(0.0, report.finished_s - report.created_s)
    return min(now_s, max(job.queued_s + span_s, job.running_s))


def carry_over(fresh: tuple[Output, ...], known: tuple[Output, ...]) -> tuple[Output, ...]:
    """A result's outputs, with the files that are here already, at their addresses of now; those
    stay even if the result does not name them any more. What was missing stays said until it is
    here."""
    before = dict(_named(known))
    here = {key: output for key, output in before.items() if output.path or output.text}
    outputs = [
        replace(here.pop(key), url=output.url) if key in here else _lacking(output, before.get(key))
        for key, output in _named(fresh)
    ]
    return (*outputs, *here.values())


def _lacking(output: Output, before: Output | None) -> Output:
    if before is None or not before.fault:
        return output
    return replace(output, fault=output.fault or before.fault)


def _named(outputs: tuple[Output, ...]) -> list[tuple[_Name, Output]]:
    """Each with what stays the same when the service signs its addresses anew."""
    seen: Counter[_Name] = Counter()
    named: list[tuple[_Name, Output]] = []
    for output in outputs:
        name = output.filename or output.url
        place = (output.node_id, output.channel, name, bool(output.url))
        named.append(((*place, seen[place]), output))
        seen[place] += 1
    return named
