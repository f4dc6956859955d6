"""When one version of the queue stops answering, an accepted job goes on at the other one.

Only questions are asked there, never a submit: the job is the same, by the same id.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.api.inference import Phase
from runcomfy_desktop.core.answers import request_ref
from runcomfy_desktop.core.turnstile import Lane
from runcomfy_desktop.domain.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from runcomfy_desktop.core.ledger import Ledger, Step
    from runcomfy_desktop.core.questions import Questions
    from runcomfy_desktop.domain.job import Job

_log = logging.getLogger(__name__)


def may_be_elsewhere(problem: Problem) -> bool:
    """Whether the job may be known to the other version, although this one said no."""
    return problem.unserved or problem.kind is ProblemKind.NOT_FOUND


async def found_elsewhere(questions: Questions, job: Job, lane: Lane = Lane.USUAL) -> bool:
    """Whether the other version of the queue knows the job."""
    other = moved(job)
    try:
        report = await questions.status(other, lane, tells_of_key=False)
    except Problem as problem:
        # Not `technical`, here and elsewhere: it quotes the service, which may repeat a prompt.
        _log.info("Job %s is not at %s: %s", job.job_id, other.queue_version, problem.kind.value)
        return False
    return report.phase is not Phase.UNKNOWN


async def move_if_elsewhere(
    questions: Questions, ledger: Ledger, job: Job, lane: Lane = Lane.USUAL
) -> Job | None:
    """Lets the job go on at the other version, if that knows it. None when it does not."""
    if not await found_elsewhere(questions, job, lane):
        return None
    _log.info("Job %s goes on at the other version than %s", job.job_id, job.queue_version)
    return await ledger.keep(job.job_id, moving(job.queue_version))


def at_other_version(step: Step) -> Step:
    """The same change of a job, which goes on at the other version from then on."""

    def both(job: Job) -> Job | None:
        changed = step(job)
        return None if changed is None else moved(changed)

    return both


def moving(version: str) -> Step:
    """Moves a job away from this version, where nobody else has found it elsewhere meanwhile."""
    return lambda job: moved(job) if job.queue_version == version else job


def moved(job: Job) -> Job:
    """The job at the other version; the addresses that the first one gave were its own."""
    version = request_ref(job).elsewhere().queue_version
    return replace(job, queue_version=version, status_url="", result_url="", cancel_url="")
