"""Rows of the queue: the shown jobs in their order, with fast lookup.

JobRows finds rows without looking at all jobs. JobRowChange describes a change to one job.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.ui.job_queue.sort_order import JobSortOrder, sort_rank, sorted_ids
from runcomfy_desktop.ui.job_queue.state_texts import JobFilter, filter_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runcomfy_desktop.domain.jobs.job import Job, JobState
    from runcomfy_desktop.ui.job_queue.job_index import JobIndex
    from runcomfy_desktop.ui.job_queue.sort_order import SortRank


@dataclass(frozen=True, slots=True)
class JobRowChange:
    """Change to one job: `job` is None if it was removed, `before` is None if it is new."""

    job_id: str
    job: Job | None
    before: JobState | None


class JobRows:
    """Ids of the jobs in one filter group of a JobIndex, in one sort order."""

    def __init__(
        self,
        job_index: JobIndex,
        job_filter: JobFilter = JobFilter.ALL,
        sort_order: JobSortOrder | None = None,
    ) -> None:
        self._job_index = job_index
        self.job_filter = job_filter
        self.sort_order = sort_order or JobSortOrder()
        self.ids = self.ordered_ids()
        # The row of each job while rows must not move; `ids` need not be sorted then.
        self._frozen_rows: dict[str, int] | None = None

    def ordered_ids(self) -> list[str]:
        """Returns the correct `ids`, computed from scratch."""
        jobs: Iterable[Job] = self._job_index.jobs.values()
        if self.job_filter is not JobFilter.ALL:
            jobs = (job for job in jobs if filter_of(job.state) is self.job_filter)
        return sorted_ids(self.sort_order, list(jobs))

    def belongs(self, job: Job) -> bool:
        return self.job_filter in (JobFilter.ALL, filter_of(job.state))

    def rank(self, job: Job) -> SortRank:
        return sort_rank(self.sort_order, job, self._job_index.position(job.job_id))

    @property
    def is_frozen(self) -> bool:
        return self._frozen_rows is not None

    def freeze(self) -> None:
        """Keeps each job in its row from now on, even if its state changes."""
        self._frozen_rows = {job_id: row for row, job_id in enumerate(self.ids)}

    def unfreeze(self) -> None:
        """Ends the freeze; the caller must then put `ids` in order."""
        self._frozen_rows = None

    def has(self, job_id: str) -> bool:
        """Returns True if a job has a row."""
        if self._frozen_rows is not None:
            return job_id in self._frozen_rows
        job = self._job_index.jobs.get(job_id)
        return job is not None and self.belongs(job)

    def find(self, job_id: str) -> int:
        """Returns the row of a job; -1 if it is not shown."""
        if self._frozen_rows is not None:
            return self._frozen_rows.get(job_id, -1)
        job = self._job_index.jobs.get(job_id)
        if job is None or not self.belongs(job):
            return -1
        row = self.insertion_row(job)
        return row if row < len(self.ids) and self.ids[row] == job_id else -1

    def insertion_row(self, job: Job, first: int = 0, end: int | None = None) -> int:
        """Returns the row, from `first` to `end`, before which a job belongs."""
        last = len(self.ids) if end is None else end
        return bisect_left(self.ids, self.rank(job), first, last, key=self._rank_of)

    def target_row(self, row: int, job: Job) -> int:
        """Returns the new row of `job`, which is now in `row` and was updated in the JobIndex.

        All other rows must be in order.
        """
        ids = self.ids
        if row > 0 and self.rank(job) < self._rank_of(ids[row - 1]):
            return self.insertion_row(job, 0, row)
        return self.insertion_row(job, row + 1) - 1

    def insertion_runs(self, jobs: Iterable[Job]) -> list[tuple[int, list[str]]]:
        """Groups new jobs by the row before which they have to be inserted.

        Returns pairs of a row and job ids, the last row first: inserting one group does not change
        the rows of the groups after it.
        """
        runs: list[tuple[int, list[str]]] = []
        for job in sorted(jobs, key=self.rank):
            row = self.insertion_row(job)
            if runs and runs[-1][0] == row:
                runs[-1][1].append(job.job_id)
            else:
                runs.append((row, [job.job_id]))
        return runs[::-1]

    def _rank_of(self, job_id: str) -> SortRank:
        return sort_rank(
            self.sort_order, self._job_index.jobs[job_id], self._job_index.position(job_id)
        )


def row_ranges(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yields the first and last row of each unbroken run in ascending `rows`."""
    for index, row in enumerate(rows):
        if index == 0 or rows[index - 1] != row - 1:
            first = row
        if index + 1 == len(rows) or rows[index + 1] != row + 1:
            yield first, row
