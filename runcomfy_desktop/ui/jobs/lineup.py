"""The jobs in the order in which they came, and what they mean to each other: who waits before
whom, whose deployment is awake, who belongs to one batch, how many there are of each group."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.domain.job import Hold, Job, JobState
from runcomfy_desktop.ui.jobs.words import (
    Circumstances,
    Group,
    StateWords,
    can_cancel,
    group_of,
    state_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

T = TypeVar("T", int, "tuple[float, int]")


@dataclass(frozen=True, slots=True)
class BatchCount:
    """How far a batch is. `open` can still be cancelled."""

    jobs: int
    done: int
    failed: int
    cancelled: int
    finished: int
    open: int


class Lineup:
    """Keeps the jobs, and counts that make the words of one job cheap; told of each change."""

    def __init__(self, jobs: Iterable[Job] = ()) -> None:
        self.jobs: dict[str, Job] = {}
        self.cancellable = 0
        self.sends_at_s = 0.0
        """The end of a pause in which no job is sent; 0.0 when there is none."""
        self.held: Counter[Hold] = Counter()
        self._places: dict[str, int] = {}
        self._next_place = 0
        # Of those that are gone: one that is put back belongs where it was.
        self._left: dict[str, int] = {}
        # Of each deployment, by their turn; equal turns go by the order in which they came.
        self._waiting: dict[str, list[tuple[float, int]]] = {}
        self._running: Counter[str] = Counter()
        self._last_ran_s: dict[str, float] = {}
        self._groups: Counter[Group] = Counter()
        self._batches: dict[str, list[int]] = {}
        self._batch_states: dict[str, Counter[JobState]] = {}
        self._batch_open: Counter[str] = Counter()
        self.put_all(jobs)

    def put(self, job: Job) -> bool:
        """A job came or changed. True when the words of other jobs change with it."""
        return self.put_all((job,))

    def _put(self, job: Job) -> bool:
        old = self.jobs.get(job.job_id)
        if old is None:
            self._places[job.job_id] = self._left.pop(job.job_id, self._next_place)
            self._next_place += 1
            if job.batch_id:
                insort(self._batches.setdefault(job.batch_id, []), self._places[job.job_id])
        else:
            self._count(old, -1)
        self.jobs[job.job_id] = job
        self._count(job, 1)
        states = {job.state} if old is None else {job.state, old.state}
        moved = old is None or old.state is not job.state
        turned = old is not None and old.order != job.order and job.state is JobState.WAITING
        return turned or (moved and bool(states & {JobState.WAITING, JobState.RUNNING}))

    def remove(self, job_id: str) -> bool:
        """A job is gone. True when the words of other jobs change with it."""
        job = self.jobs.pop(job_id)
        self._count(job, -1)
        place = self._left[job_id] = self._places.pop(job_id)
        if job.batch_id:
            _take_out(self._batches[job.batch_id], place)
        return bool(job.batch_id) or job.state in (JobState.WAITING, JobState.RUNNING)

    def put_all(self, jobs: Iterable[Job]) -> bool:
        shifts = comes_back = False
        for job in jobs:
            comes_back |= job.job_id in self._left
            shifts |= self._put(job)
        if comes_back:
            by_place = sorted(self.jobs, key=self._places.__getitem__)
            self.jobs = {job_id: self.jobs[job_id] for job_id in by_place}
        return shifts

    def remove_all(self, job_ids: Iterable[str]) -> bool:
        """Those of them that are here."""
        shifts = False
        for job_id in job_ids:
            shifts |= job_id in self and self.remove(job_id)
        return shifts

    def place(self, job_id: str) -> int:
        """Grows from job to job; raises KeyError for one that is not here."""
        return self._places[job_id]

    def __contains__(self, job_id: str) -> bool:
        return job_id in self.jobs

    def counts(self) -> Mapping[Group, int]:
        return {group: self._groups[group] for group in Group}

    def number_in_batch(self, job: Job) -> tuple[int, int]:
        """Which of how many it is, counted from 1; (0, 0) for a single job."""
        if 0 < job.batch_number <= job.batch_count:
            return (job.batch_number, job.batch_count) if job.batch_count > 1 else (0, 0)
        # Of an earlier program, which wrote down no numbers.
        places = self._batches.get(job.batch_id, [])
        if len(places) < 2 or job.job_id not in self._places:
            return (0, 0)
        return bisect_left(places, self._places[job.job_id]) + 1, len(places)

    def batch(self, batch_id: str) -> BatchCount:
        states = self._batch_states.get(batch_id, Counter())
        return BatchCount(
            jobs=states.total(),
            done=states[JobState.DONE],
            failed=states[JobState.FAILED] + states[JobState.LOST],
            cancelled=states[JobState.CANCELLED],
            finished=sum(count for state, count in states.items() if state.is_finished),
            open=self._batch_open[batch_id],
        )

    def words(self, job: Job, now_s: float) -> StateWords:
        """How the state of one of these jobs is told."""
        ahead = 0
        if job.state is JobState.WAITING:
            line = self._waiting[job.deployment_id]
            ahead = bisect_left(line, (job.order, self._places[job.job_id]))
        seen_s = self._last_ran_s.get(job.deployment_id, 0.0)
        warm = self._running[job.deployment_id] > 0 or (seen_s > 0 and seen_s >= job.queued_s)
        return state_words(job, Circumstances(now_s, ahead, warm, self.sends_at_s))

    def _count(self, job: Job, by: int) -> None:
        self._groups[Group.ALL] += by
        self._groups[group_of(job.state)] += by
        is_open = can_cancel(job)
        self.cancellable += by if is_open else 0
        if job.batch_id:
            self._batch_states.setdefault(job.batch_id, Counter())[job.state] += by
            self._batch_open[job.batch_id] += by if is_open else 0
        if job.state is JobState.WAITING:
            turn = (job.order, self._places[job.job_id])
            line = self._waiting.setdefault(job.deployment_id, [])
            insort(line, turn) if by > 0 else _take_out(line, turn)
        elif job.state is JobState.HELD:
            self.held[job.hold or Hold.RESTART] += by
        elif job.state is JobState.RUNNING:
            self._running[job.deployment_id] += by
        elif job.running_s and job.finished_s and by > 0:
            last_s = self._last_ran_s.get(job.deployment_id, 0.0)
            self._last_ran_s[job.deployment_id] = max(last_s, job.finished_s)


def _take_out(ordered: list[T], value: T) -> None:
    del ordered[bisect_left(ordered, value)]
