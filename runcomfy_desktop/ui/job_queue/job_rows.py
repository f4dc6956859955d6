"""JobRows: which jobs are shown and in which order; finds rows without looking at all of them.

Change: what became of one job.
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
    """What became of one job: `job` is None when it is gone, `before` when it is new."""

    job_id: str
    job: Job | None
    before: JobState | None


class JobRows:
    """The ids of one group of a lineup's jobs, in one order."""

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
        # The row of each job, while none may move; then they need not be in order.
        self._frozen_rows: dict[str, int] | None = None

    def ordered_ids(self) -> list[str]:
        """What `ids` has to be, from nothing."""
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
        """From now on each job stays in its row, whatever becomes of it."""
        self._frozen_rows = {job_id: row for row, job_id in enumerate(self.ids)}

    def unfreeze(self) -> None:
        """The opposite; `ids` are to be put in order."""
        self._frozen_rows = None

    def has(self, job_id: str) -> bool:
        """Whether a job is among those shown."""
        if self._frozen_rows is not None:
            return job_id in self._frozen_rows
        job = self._job_index.jobs.get(job_id)
        return job is not None and self.belongs(job)

    def find(self, job_id: str) -> int:
        """The row of a job; -1 when it is not among those shown."""
        if self._frozen_rows is not None:
            return self._frozen_rows.get(job_id, -1)
        job = self._job_index.jobs.get(job_id)
        if job is None or not self.belongs(job):
            return -1
        row = self.insertion_row(job)
        return row if row < len(self.ids) and self.ids[row] == job_id else -1

    def insertion_row(self, job: Job, first: int = 0, end: int | None = None) -> int:
        """Before which of the rows from `first` to `end` a job belongs."""
        last = len(self.ids) if end is None else end
        return bisect_left(self.ids, self.rank(job), first, last, key=self._rank_of)

    def target_row(self, row: int, job: Job) -> int:
        """Where the job in `row`, which the lineup has as `job` by now, belongs, the others being
        in order; as a row of the list without it."""
        ids = self.ids
        if row > 0 and self.rank(job) < self._rank_of(ids[row - 1]):
            return self.insertion_row(job, 0, row)
        return self.insertion_row(job, row + 1) - 1

    def insertion_runs(self, jobs: Iterable[Job]) -> list[tuple[int, list[str]]]:
        """Where new jobs belong: runs of them with the row before which each run goes, the last
        run first, so that one after the other can be put in."""
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
    """First and last of each unbroken run in ascending `rows`."""
    for index, row in enumerate(rows):
        if index == 0 or rows[index - 1] != row - 1:
            first = row
        if index + 1 == len(rows) or rows[index + 1] != row + 1:
            yield first, row
