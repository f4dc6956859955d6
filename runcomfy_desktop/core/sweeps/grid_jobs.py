"""Which jobs a grid has in each of its cells: what the queue shows, and what only the history has.

The newest job of a cell is the one that counts, but one that came to a bad end never stands before
one that is under way or done: which is the newest rests on clocks, and they are put back.
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
"""How a cell ended that can be tried once more."""


def retryable_ids(requested: Iterable[Job], jobs: Iterable[Job]) -> frozenset[str]:
    """The ids of those jobs that, run once more, fill their cells: such as a cell can be tried
    again with. Any other's cell has something that must stay, or is under way. `jobs` are those of
    the queue, the newest last."""
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
    """The jobs of one grid. `jobs` are those of the queue."""

    def __init__(self, sweep: Sweep, jobs: Mapping[str, Job]) -> None:
        self.sweep = sweep
        self._jobs = jobs
        self._older: dict[str, Job] = {}
        # The ids of each cell's jobs, the newest last.
        self._cells: dict[int, list[str]] = {}
        self._cell_of: dict[str, int] = {}
        self._states: dict[int, JobState] = {}
        self._state_counts: Counter[JobState] = Counter()

    @property
    def state_counts(self) -> Mapping[JobState, int]:
        """How many cells are in each state; a cell without a job is in none."""
        return self._state_counts

    def update_job(self, job: Job) -> int | None:
        """A job of the queue is new, or has changed; the cell that is another one now, None when
        there is none."""
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
        """What the history has beside the queue, oldest first; the cells that changed."""
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
        """A job was taken out of the list; the cell that it was in."""
        cell = self._cell_of.pop(job_id, None)
        self._older.pop(job_id, None)
        if cell is not None:
            self._cells[cell].remove(job_id)
            self._update_cell(cell)
        return cell

    def jobs_of(self, cell: int) -> list[Job]:
        """All that were begun for a cell, the newest last."""
        found = (self._job(job_id) for job_id in self._cells.get(cell, ()))
        return [job for job in found if job is not None]

    def job_at(self, cell: int) -> Job | None:
        """The job of a cell that counts; None when it has none (any more)."""
        jobs = self.jobs_of(cell)
        usable = [job for job in jobs if job.state not in RETRYABLE_STATES]
        return next(reversed(usable or jobs), None)

    def retryable_job(self, cell: int) -> Job | None:
        """The job that a cell can be tried again with: its newest, when none of the cell is done,
        under way or of unknown fate."""
        return _retryable_job(self.jobs_of(cell))

    def failed_cells(self) -> list[int]:
        """The cells that failed, or were lost, and can be tried again."""
        wanted = (JobState.FAILED, JobState.LOST)
        cells = [cell for cell, state in self._states.items() if state in wanted]
        return sorted(cell for cell in cells if self.retryable_job(cell) is not None)

    def _job(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id) or self._older.get(job_id)

    def _restore_order(self, ids: list[str]) -> None:
        """Puts those that the queue has into its order: one may have been put back."""
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
