"""Jobs in their order of arrival, with counts and relations between them.

It knows which jobs wait before others, which deployments have a running machine, the jobs of each
batch and the size of each filter group.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState
from runcomfy_desktop.ui.job_queue.state_texts import (
    JobFilter,
    StateContext,
    StateText,
    can_cancel,
    describe_state,
    filter_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

T = TypeVar("T", int, "tuple[float, int]")


@dataclass(frozen=True, slots=True)
class BatchCount:
    """Progress of a batch; `open` counts the jobs that can still be cancelled."""

    total: int
    done: int
    failed: int
    cancelled: int
    finished: int
    open: int


class JobIndex:
    """Keeps the jobs and the counts that make describing one job cheap.

    The owner reports each change with `put` and `remove`.
    """

    def __init__(self, jobs: Iterable[Job] = ()) -> None:
        self.jobs: dict[str, Job] = {}
        self.cancellable_count = 0
        self.sending_resumes_s = 0.0
        """End of a pause in which no job is sent; 0.0 when there is none."""
        self.held: Counter[HoldReason] = Counter()
        self._positions: dict[str, int] = {}
        self._next_position = 0
        # Positions of removed jobs: a restored job goes back to its place.
        self._removed_positions: dict[str, int] = {}
        # Per deployment, sorted by send order; equal orders are sorted by arrival.
        self._waiting: dict[str, list[tuple[float, int]]] = {}
        self._running: Counter[str] = Counter()
        self._last_ran_s: dict[str, float] = {}
        self._filter_counts: Counter[JobFilter] = Counter()
        self._batch_positions: dict[str, list[int]] = {}
        self._batch_states: dict[str, Counter[JobState]] = {}
        self._batch_open: Counter[str] = Counter()
        self.put_all(jobs)

    def put(self, job: Job) -> bool:
        """Adds or updates a job; returns True if the texts of other jobs change as well."""
        return self.put_all((job,))

    def _put(self, job: Job) -> bool:
        old = self.jobs.get(job.job_id)
        if old is None:
            self._positions[job.job_id] = self._removed_positions.pop(
                job.job_id, self._next_position
            )
            self._next_position += 1
            if job.batch_id:
                insort(
                    self._batch_positions.setdefault(job.batch_id, []), self._positions[job.job_id]
                )
        else:
            self._adjust_counts(old, -1)
        self.jobs[job.job_id] = job
        self._adjust_counts(job, 1)
        states = {job.state} if old is None else {job.state, old.state}
        has_new_state = old is None or old.state is not job.state
        has_new_order = old is not None and old.order != job.order and job.state is JobState.WAITING
        return has_new_order or (
            has_new_state and bool(states & {JobState.WAITING, JobState.RUNNING})
        )

    def remove(self, job_id: str) -> bool:
        """Removes a job; returns True if the texts of other jobs change as well."""
        job = self.jobs.pop(job_id)
        self._adjust_counts(job, -1)
        position = self._removed_positions[job_id] = self._positions.pop(job_id)
        if job.batch_id:
            _remove_sorted(self._batch_positions[job.batch_id], position)
        return bool(job.batch_id) or job.state in (JobState.WAITING, JobState.RUNNING)

    def put_all(self, jobs: Iterable[Job]) -> bool:
        affects_others = is_restored = False
        for job in jobs:
            is_restored |= job.job_id in self._removed_positions
            affects_others |= self._put(job)
        if is_restored:
            by_position = sorted(self.jobs, key=self._positions.__getitem__)
            self.jobs = {job_id: self.jobs[job_id] for job_id in by_position}
        return affects_others

    def remove_all(self, job_ids: Iterable[str]) -> bool:
        """Removes the jobs that are in the index; returns True if other jobs' texts change."""
        affects_others = False
        for job_id in job_ids:
            affects_others |= job_id in self and self.remove(job_id)
        return affects_others

    def position(self, job_id: str) -> int:
        """Returns the job's position in order of arrival; raises KeyError for an unknown job."""
        return self._positions[job_id]

    def __contains__(self, job_id: str) -> bool:
        return job_id in self.jobs

    def filter_counts(self) -> Mapping[JobFilter, int]:
        return {job_filter: self._filter_counts[job_filter] for job_filter in JobFilter}

    def number_in_batch(self, job: Job) -> tuple[int, int]:
        """Returns the job's number in its batch, from 1, and the batch's size.

        The result is (0, 0) for a single job.
        """
        if 0 < job.batch_number <= job.batch_count:
            return (job.batch_number, job.batch_count) if job.batch_count > 1 else (0, 0)
        # Older versions stored no numbers with their jobs.
        positions = self._batch_positions.get(job.batch_id, [])
        if len(positions) < 2 or job.job_id not in self._positions:
            return (0, 0)
        return bisect_left(positions, self._positions[job.job_id]) + 1, len(positions)

    def batch(self, batch_id: str) -> BatchCount:
        states = self._batch_states.get(batch_id, Counter())
        return BatchCount(
            total=states.total(),
            done=states[JobState.DONE],
            failed=states[JobState.FAILED] + states[JobState.LOST],
            cancelled=states[JobState.CANCELLED],
            finished=sum(count for state, count in states.items() if state.is_finished),
            open=self._batch_open[batch_id],
        )

    def state_text(self, job: Job, now_s: float) -> StateText:
        """Returns the displayed state of a job in the index."""
        jobs_ahead = 0
        if job.state is JobState.WAITING:
            waiting = self._waiting[job.deployment_id]
            jobs_ahead = bisect_left(waiting, (job.order, self._positions[job.job_id]))
        last_ran_s = self._last_ran_s.get(job.deployment_id, 0.0)
        is_warm = self._running[job.deployment_id] > 0 or (
            last_ran_s > 0 and last_ran_s >= job.queued_s
        )
        return describe_state(job, StateContext(now_s, jobs_ahead, is_warm, self.sending_resumes_s))

    def _adjust_counts(self, job: Job, by: int) -> None:
        self._filter_counts[JobFilter.ALL] += by
        self._filter_counts[filter_of(job.state)] += by
        is_open = can_cancel(job)
        self.cancellable_count += by if is_open else 0
        if job.batch_id:
            self._batch_states.setdefault(job.batch_id, Counter())[job.state] += by
            self._batch_open[job.batch_id] += by if is_open else 0
        if job.state is JobState.WAITING:
            send_order = (job.order, self._positions[job.job_id])
            waiting = self._waiting.setdefault(job.deployment_id, [])
            insort(waiting, send_order) if by > 0 else _remove_sorted(waiting, send_order)
        elif job.state is JobState.HELD:
            self.held[job.hold or HoldReason.RESTART] += by
        elif job.state is JobState.RUNNING:
            self._running[job.deployment_id] += by
        elif job.running_s and job.finished_s and by > 0:
            last_s = self._last_ran_s.get(job.deployment_id, 0.0)
            self._last_ran_s[job.deployment_id] = max(last_s, job.finished_s)


def _remove_sorted(ordered: list[T], value: T) -> None:
    del ordered[bisect_left(ordered, value)]
