"""The jobs in the order in which they came, and what they mean to each other: who waits before
whom, whose deployment is awake, how many there are of each group."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.job import Job, JobState
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


class Lineup:
    """Keeps the jobs, and counts that make the words of one job cheap; told of each change."""

    def __init__(self, jobs: Iterable[Job] = ()) -> None:
        self.jobs: dict[str, Job] = {}
        self.cancellable = 0
        self._places: dict[str, int] = {}
        self._next_place = 0
        self._waiting: list[int] = []
        self._running: Counter[str] = Counter()
        self._last_ran_s: dict[str, float] = {}
        self._groups: Counter[Group] = Counter()
        for job in jobs:
            self.put(job)

    def put(self, job: Job) -> bool:
        """A job came or changed. True when the words of other jobs change with it."""
        old = self.jobs.get(job.job_id)
        if old is None:
            self._places[job.job_id] = self._next_place
            self._next_place += 1
        else:
            self._count(old, -1)
        self.jobs[job.job_id] = job
        self._count(job, 1)
        states = {job.state} if old is None else {job.state, old.state}
        moved = old is None or old.state is not job.state
        return moved and bool(states & {JobState.WAITING, JobState.RUNNING})

    def remove(self, job_id: str) -> bool:
        """A job is gone. True when the words of other jobs change with it."""
        job = self.jobs.pop(job_id)
        self._count(job, -1)
        del self._places[job_id]
        return job.state in (JobState.WAITING, JobState.RUNNING)

    def place(self, job_id: str) -> int:
        """Grows from job to job; raises KeyError for one that is not here."""
        return self._places[job_id]

    def __contains__(self, job_id: str) -> bool:
        return job_id in self.jobs

    def counts(self) -> Mapping[Group, int]:
        return {group: self._groups[group] for group in Group}

    def words(self, job: Job, now_s: float) -> StateWords:
        """How the state of one of these jobs is told."""
        ahead = 0
        if job.state is JobState.WAITING:
            ahead = bisect_left(self._waiting, self._places[job.job_id])
        seen_s = self._last_ran_s.get(job.deployment_id, 0.0)
        warm = self._running[job.deployment_id] > 0 or (seen_s > 0 and seen_s >= job.queued_s)
        return state_words(job, Circumstances(now_s, ahead, warm))

    def _count(self, job: Job, by: int) -> None:
        self._groups[Group.ALL] += by
        self._groups[group_of(job.state)] += by
        self.cancellable += by if can_cancel(job) else 0
        if job.state is JobState.WAITING:
            place = self._places[job.job_id]
            insort(self._waiting, place) if by > 0 else self._waiting.remove(place)
        elif job.state is JobState.RUNNING:
            self._running[job.deployment_id] += by
        elif job.running_s and job.finished_s and by > 0:
            last_s = self._last_ran_s.get(job.deployment_id, 0.0)
            self._last_ran_s[job.deployment_id] = max(last_s, job.finished_s)
