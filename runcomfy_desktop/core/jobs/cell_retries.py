"""Jobs with which a cell of a grid can be tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.jobs.job import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runcomfy_desktop.domain.jobs.job import Job

RETRYABLE_STATES = frozenset({JobState.FAILED, JobState.LOST, JobState.CANCELLED})
"""Job states after which a cell can be tried again."""


def retryable_ids(requested: Iterable[Job], jobs: Iterable[Job]) -> frozenset[str]:
    """Returns the ids of the requested jobs with which a cell can be tried again.

    Other cells have a result that must stay, or an active job. `jobs` are the jobs of their
    batches, the newest last.
    """
    cell_by_id = {job.job_id: (job.batch_id, job.cell) for job in requested if _is_retryable(job)}
    jobs_by_cell: dict[tuple[str, int], list[Job]] = {slot: [] for slot in cell_by_id.values()}
    for job in jobs if jobs_by_cell else ():
        if (slot := (job.batch_id, job.cell)) in jobs_by_cell:
            jobs_by_cell[slot].append(job)
    retryable = (retryable_job(jobs_by_cell[slot]) for slot in set(cell_by_id.values()))
    return frozenset(
        job.job_id for job in retryable if job is not None and job.job_id in cell_by_id
    )


def _is_retryable(job: Job) -> bool:
    return bool(job.batch_id) and job.cell >= 0 and job.state in RETRYABLE_STATES


def retryable_job(jobs: Sequence[Job]) -> Job | None:
    """Returns the newest job of a cell if all jobs of the cell are retryable, else None."""
    return jobs[-1] if jobs and all(job.state in RETRYABLE_STATES for job in jobs) else None
