"""Fallback to the other version of the queue API for accepted jobs.

When one version stops responding, an accepted job continues at the other one. Only status, result
and cancel requests are sent there, never a submit: it is the same job with the same id.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from runcomfy_desktop.api.inference import RequestPhase
from runcomfy_desktop.core.jobs.job_transitions import move_from_version, moved_to_other_version
from runcomfy_desktop.core.jobs.rate_limiter import Priority
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from runcomfy_desktop.core.jobs.job_store import JobStore
    from runcomfy_desktop.core.jobs.service_gateway import ServiceGateway
    from runcomfy_desktop.domain.jobs.job import Job

_log = logging.getLogger(__name__)


def may_be_at_other_version(problem: Problem) -> bool:
    """Returns True if the other version may know the job although this one refused the request."""
    return problem.is_endpoint_missing or problem.kind is ProblemKind.NOT_FOUND


async def is_at_other_version(
    gateway: ServiceGateway, job: Job, priority: Priority = Priority.NORMAL
) -> bool:
    """Returns True if the other version of the queue knows the job."""
    other = moved_to_other_version(job)
    try:
        report = await gateway.status(other, priority, reports_key_refusal=False)
    except Problem as problem:
        # `technical` is not logged here: it quotes the service, which may repeat a prompt.
        _log.info("Job %s is not at %s: %s", job.job_id, other.queue_version, problem.kind.value)
        return False
    return report.phase is not RequestPhase.UNKNOWN


async def move_if_at_other_version(
    gateway: ServiceGateway, job_store: JobStore, job: Job, priority: Priority = Priority.NORMAL
) -> Job | None:
    """Moves the job to the other version, and returns it; returns None if it is unknown there."""
    if not await is_at_other_version(gateway, job, priority):
        return None
    _log.info("Job %s goes on at the other version than %s", job.job_id, job.queue_version)
    return await job_store.apply(job.job_id, move_from_version(job.queue_version))
