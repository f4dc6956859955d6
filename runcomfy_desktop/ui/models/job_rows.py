"""JobRows: which jobs are shown and in which order; finds rows without looking at all of them.

Change: what became of one job.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.ui.jobs.ordering import Order, rank, sorted_ids
from runcomfy_desktop.ui.jobs.words import Group, group_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runcomfy_desktop.domain.job import Job, JobState
    from runcomfy_desktop.ui.jobs.lineup import Lineup
    from runcomfy_desktop.ui.jobs.ordering import Rank


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one job: `job` is None when it is gone, `before` when it is new."""

    job_id: str
    job: Job | None
    before: JobState | None


class JobRows:
    """The ids of one group of a lineup's jobs, in one order."""

    def __init__(
        self, lineup: Lineup, group: Group = Group.ALL, order: Order | None = None
    ) -> None:
        self._lineup = lineup
        self.group = group
        self.order = order or Order()
        self.ids = self.arranged()
        # The row of each job, while none may move; then they need not be in order.
        self._kept: dict[str, int] | None = None

    def arranged(self) -> list[str]:
        """What `ids` has to be, from nothing."""
        jobs: Iterable[Job] = self._lineup.jobs.values()
        if self.group is not Group.ALL:
            jobs = (job for job in jobs if group_of(job.state) is self.group)
        return sorted_ids(self.order, list(jobs))

    def belongs(self, job: Job) -> bool:
        return self.group in (Group.ALL, group_of(job.state))

    def rank(self, job: Job) -> Rank:
        return rank(self.order, job, self._lineup.place(job.job_id))

    @property
    def keeps_still(self) -> bool:
        return self._kept is not None

    def keep_still(self) -> None:
        """From now on each job stays in its row, whatever becomes of it."""
        self._kept = {job_id: row for row, job_id in enumerate(self.ids)}

    def go_on(self) -> None:
        """The opposite; `ids` are to be put in order."""
        self._kept = None

    def has(self, job_id: str) -> bool:
        """Whether a job is among those shown."""
        if self._kept is not None:
            return job_id in self._kept
        job = self._lineup.jobs.get(job_id)
        return job is not None and self.belongs(job)

    def find(self, job_id: str) -> int:
        """The row of a job; -1 when it is not among those shown."""
        if self._kept is not None:
            return self._kept.get(job_id, -1)
        job = self._lineup.jobs.get(job_id)
        if job is None or not self.belongs(job):
            return -1
        row = self.room_for(job)
        return row if row < len(self.ids) and self.ids[row] == job_id else -1

    def room_for(self, job: Job, first: int = 0, end: int | None = None) -> int:
        """Before which of the rows from `first` to `end` a job belongs."""
        last = len(self.ids) if end is None else end
        return bisect_left(self.ids, self.rank(job), first, last, key=self._rank_of)

    def target(self, row: int, job: Job) -> int:
        """Where the job in `row`, which the lineup has as `job` by now, belongs, the others being
        in order; as a row of the list without it."""
        ids = self.ids
        if row > 0 and self.rank(job) < self._rank_of(ids[row - 1]):
            return self.room_for(job, 0, row)
        return self.room_for(job, row + 1) - 1

    def batches(self, jobs: Iterable[Job]) -> list[tuple[int, list[str]]]:
        """Where new jobs belong: runs of them with the row before which each run goes, the last
        run first, so that one after the other can be put in."""
        runs: list[tuple[int, list[str]]] = []
        for job in sorted(jobs, key=self.rank):
            row = self.room_for(job)
            if runs and runs[-1][0] == row:
                runs[-1][1].append(job.job_id)
            else:
                runs.append((row, [job.job_id]))
        return runs[::-1]

    def _rank_of(self, job_id: str) -> Rank:
        return rank(self.order, self._lineup.jobs[job_id], self._lineup.place(job_id))


def spans(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each unbroken run in ascending `rows`."""
    for at, row in enumerate(rows):
        if at == 0 or rows[at - 1] != row - 1:
            first = row
        if at + 1 == len(rows) or rows[at + 1] != row + 1:
            yield first, row
