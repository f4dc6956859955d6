"""The jobs of a grid by cell, from the queue and from the history.

The newest job of a cell counts, but a failed, lost or cancelled job never has priority over an
active or finished job: the order depends on clocks, which may be set back.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.jobs.job import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.sweeps.sweep import Sweep

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
    retryable = (_retryable_job(jobs_by_cell[slot]) for slot in set(cell_by_id.values()))
    return frozenset(
        job.job_id for job in retryable if job is not None and job.job_id in cell_by_id
    )


class GridJobs:
    """Jobs of one grid; `jobs` has the queue's jobs by id."""

    def __init__(self, sweep: Sweep, jobs: Mapping[str, Job]) -> None:
        self.sweep = sweep
        self._jobs = jobs
        self._older: dict[str, Job] = {}
        # Ids of the jobs of each cell, the newest last.
        self._cells: dict[int, list[str]] = {}
        self._cell_of: dict[str, int] = {}
        self._states: dict[int, JobState] = {}
        self._state_counts: Counter[JobState] = Counter()

    @property
    def state_counts(self) -> Mapping[JobState, int]:
        """Number of cells in each state; cells without a job are not included."""
        return self._state_counts

    def update_job(self, job: Job) -> int | None:
        """Adds or updates a job of the queue; returns the changed cell, or None."""
        if job.batch_id != self.sweep.sweep_id or not 0 <= job.cell < self.sweep.cell_count:
            return None
        if job.job_id not in self._cell_of:
            self._cell_of[job.job_id] = job.cell
            ids = self._cells.setdefault(job.cell, [])
            before = self._job(ids[-1]) if ids else None
            ids.append(job.job_id)
            if before is not None and job.created_s <= before.created_s:
                self._restore_order(ids)
        self._older.pop(job.job_id, None)
        return self._update_cell(job.cell)

    def add_older(self, jobs: Iterable[Job]) -> list[int]:
        """Adds jobs found only in the history, oldest first; returns the changed cells."""
        unknown = [job for job in jobs if job.job_id not in self._cell_of]
        changed = []
        for job in reversed(unknown):
            if 0 <= job.cell < self.sweep.cell_count:
                self._older[job.job_id] = job
                self._cell_of[job.job_id] = job.cell
                self._cells.setdefault(job.cell, []).insert(0, job.job_id)
                self._update_cell(job.cell)
                changed.append(job.cell)
        return changed

    def remove(self, job_id: str) -> int | None:
        """Removes a job that was removed from the queue; returns its cell, or None."""
        cell = self._cell_of.pop(job_id, None)
        self._older.pop(job_id, None)
        if cell is not None:
            self._cells[cell].remove(job_id)
            self._update_cell(cell)
        return cell

    def jobs_of(self, cell: int) -> list[Job]:
        """Returns all jobs of a cell, the newest last."""
        found = (self._job(job_id) for job_id in self._cells.get(cell, ()))
        return [job for job in found if job is not None]

    def job_at(self, cell: int) -> Job | None:
        """Returns the job that counts for a cell; None if the cell has no job."""
        jobs = self.jobs_of(cell)
        usable = [job for job in jobs if job.state not in RETRYABLE_STATES]
        return next(reversed(usable or jobs), None)

    def retryable_job(self, cell: int) -> Job | None:
        """Returns the job with which a cell can be tried again: its newest.

        Returns None if a job of the cell is done, active or of unknown outcome.
        """
        return _retryable_job(self.jobs_of(cell))

    def failed_cells(self) -> list[int]:
        """Returns the cells that failed or were lost and can be tried again."""
        wanted = (JobState.FAILED, JobState.LOST)
        cells = [cell for cell, state in self._states.items() if state in wanted]
        return sorted(cell for cell in cells if self.retryable_job(cell) is not None)

    def _job(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id) or self._older.get(job_id)

    def _restore_order(self, ids: list[str]) -> None:
        """Sorts the ids as in the queue: a removed job may have been restored in its old place."""
        queued = iter([each for each in self._jobs if each in ids])
        ids[:] = [next(queued) if each in self._jobs else each for each in ids]

    def _update_cell(self, cell: int) -> int:
        job, before = self.job_at(cell), self._states.pop(cell, None)
        if before is not None:
            self._state_counts[before] -= 1
        if job is not None:
            self._states[cell] = job.state
            self._state_counts[job.state] += 1
        return cell


def _is_retryable(job: Job) -> bool:
    return bool(job.batch_id) and job.cell >= 0 and job.state in RETRYABLE_STATES


def _retryable_job(jobs: Sequence[Job]) -> Job | None:
    return jobs[-1] if jobs and all(job.state in RETRYABLE_STATES for job in jobs) else None
