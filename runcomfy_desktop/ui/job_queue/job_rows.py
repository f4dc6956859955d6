"""Rows of the queue: the shown jobs in their order, with fast lookup.

ShownJobs has the jobs as the rows show them, and JobRows finds rows without looking at all jobs.
JobRowChange describes a change to one job.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.ui.job_queue.sort_order import JobSortOrder, sort_rank, sorted_ids
from runcomfy_desktop.ui.job_queue.state_texts import JobFilter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.ui.job_queue.sort_order import SortRank


@dataclass(frozen=True, slots=True)
class JobRowChange:
    """Change to one job: `job` is None if it was removed, `before` is None if it is new."""

    job_id: str
    job: Job | None
    before: JobState | None


class ShownJobs:
    """Jobs as they are shown, in their order of arrival; the queue's own jobs may be ahead."""

    def __init__(self, jobs: Iterable[Job] = ()) -> None:
        self.jobs: dict[str, Job] = {}
        self._positions: dict[str, int] = {}
        self._next_position = 0
        # Positions of removed jobs: a restored job goes back to its place.
        self._removed_positions: dict[str, int] = {}
        self._seed_lengths: Counter[int] = Counter()
        self.put_all(jobs)

    @property
    def seed_length(self) -> int:
        """Number of digits of the longest seed."""
        return max(self._seed_lengths, default=0)

    def position(self, job_id: str) -> int:
        """Returns the job's position in order of arrival; raises KeyError for an unknown job."""
        return self._positions[job_id]

    def put_all(self, jobs: Iterable[Job]) -> bool:
        """Adds or updates jobs; returns True if the texts of other jobs change as well."""
        affects_others = is_restored = False
        for job in jobs:
            old = self.jobs.get(job.job_id)
            if old is None:
                is_restored |= job.job_id in self._removed_positions
                self._positions[job.job_id] = self._removed_positions.pop(
                    job.job_id, self._next_position
                )
                self._next_position += 1
            self.jobs[job.job_id] = job
            self._count_seed(old, job)
            affects_others |= _affects_others(old, job)
        if is_restored:
            by_position = sorted(self.jobs, key=self._positions.__getitem__)
            self.jobs = {job_id: self.jobs[job_id] for job_id in by_position}
        return affects_others

    def remove_all(self, job_ids: Iterable[str]) -> bool:
        """Removes the jobs that are shown; returns True if the texts of other jobs change."""
        affects_others = False
        for job_id in job_ids:
            job = self.jobs.pop(job_id, None)
            if job is not None:
                self._removed_positions[job_id] = self._positions.pop(job_id)
                self._count_seed(job, None)
                affects_others |= bool(job.batch_id) or job.state in _STATES_SEEN_BY_OTHERS
        return affects_others

    def _count_seed(self, old: Job | None, new: Job | None) -> None:
        old_seed, new_seed = old and old.seed, new and new.seed
        if old_seed == new_seed:
            return
        if new_seed is not None:
            self._seed_lengths[len(str(new_seed))] += 1
        if old_seed is not None:
            length = len(str(old_seed))
            self._seed_lengths[length] -= 1
            if not self._seed_lengths[length]:
                del self._seed_lengths[length]


# Waiting jobs count the jobs ahead, and a machine that runs one job is not started for another.
_STATES_SEEN_BY_OTHERS = (JobState.WAITING, JobState.RUNNING)


def _affects_others(old: Job | None, new: Job) -> bool:
    if old is None or old.state is not new.state:
        return any(each.state in _STATES_SEEN_BY_OTHERS for each in (old, new) if each is not None)
    return new.state is JobState.WAITING and old.order != new.order


class JobRows:
    """Ids of the jobs in one filter group of ShownJobs, in one sort order.

    `day_start_s` is the start of the day that the group TODAY means.
    """

    def __init__(
        self,
        shown: ShownJobs,
        job_filter: JobFilter = JobFilter.ALL,
        sort_order: JobSortOrder | None = None,
        day_start_s: float = 0.0,
    ) -> None:
        self._shown = shown
        self.job_filter = job_filter
        self.day_start_s = day_start_s
        self.sort_order = sort_order or JobSortOrder()
        self.ids = self.ordered_ids()
        # The row of each job while rows must not move; `ids` need not be sorted then.
        self._frozen_rows: dict[str, int] | None = None

    def ordered_ids(self) -> list[str]:
        """Returns the correct `ids`, computed from scratch."""
        jobs: Iterable[Job] = self._shown.jobs.values()
        if self.job_filter is not JobFilter.ALL:
            jobs = filter(self.belongs, jobs)
        return sorted_ids(self.sort_order, list(jobs))

    def belongs(self, job: Job) -> bool:
        """Returns True if the job is in the filter group."""
        return self.job_filter.has(job, self.day_start_s)

    def rank(self, job: Job) -> SortRank:
        return sort_rank(self.sort_order, job, self._shown.position(job.job_id))

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
        job = self._shown.jobs.get(job_id)
        return job is not None and self.belongs(job)

    def find(self, job_id: str) -> int:
        """Returns the row of a job; -1 if it is not shown."""
        if self._frozen_rows is not None:
            return self._frozen_rows.get(job_id, -1)
        job = self._shown.jobs.get(job_id)
        if job is None or not self.belongs(job):
            return -1
        row = self.insertion_row(job)
        return row if row < len(self.ids) and self.ids[row] == job_id else -1

    def insertion_row(self, job: Job, first: int = 0, end: int | None = None) -> int:
        """Returns the row, from `first` to `end`, before which a job belongs."""
        last = len(self.ids) if end is None else end
        return bisect_left(self.ids, self.rank(job), first, last, key=self._rank_of)

    def target_row(self, row: int, job: Job) -> int:
        """Returns the new row of `job`, which is now in `row` and was updated in ShownJobs.

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
        return self.rank(self._shown.jobs[job_id])


def row_ranges(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yields the first and last row of each unbroken run in ascending `rows`."""
    for index, row in enumerate(rows):
        if index == 0 or rows[index - 1] != row - 1:
            first = row
        if index + 1 == len(rows) or rows[index + 1] != row + 1:
            yield first, row
