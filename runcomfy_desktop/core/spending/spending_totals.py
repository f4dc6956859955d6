"""Counts of active jobs and sums of spending, updated per job change so that reading is cheap."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from runcomfy_desktop.domain.deployments.cost import day_of
from runcomfy_desktop.domain.deployments.hardware import sku_of
from runcomfy_desktop.domain.jobs.job import Job, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")

_ACTIVE_STATES = (
    JobState.SENDING,
    JobState.UNCERTAIN,
    JobState.QUEUED,
    JobState.RUNNING,
    JobState.FETCHING,
)


class CostKey(NamedTuple):
    """Facts that determine the cost of a run; `needs_start`: a machine has to start for it."""

    deployment_id: str
    version: str
    sku: str
    needs_start: bool


def cost_key_of(job: Job, *, needs_start: bool) -> CostKey:
    return CostKey(job.deployment_id, job.workflow_version, sku_of(job.hardware), needs_start)


class ActiveJobCounts:
    """Counts, per `CostKey` and batch, of jobs that may have been sent and have not ended."""

    def __init__(self) -> None:
        self._jobs: dict[str, tuple[CostKey, str]] = {}
        self._counts: Counter[CostKey] = Counter()
        self._batches: defaultdict[str, Counter[CostKey]] = defaultdict(Counter)
        self._deployments: Counter[str] = Counter()
        self._uncertain: dict[str, Job] = {}

    def update(self, job: Job, is_warm: Callable[[Job], bool]) -> None:
        """Records a changed job; `is_warm` is called when the job becomes active."""
        job_id = job.job_id
        if job.state is JobState.UNCERTAIN:
            self._uncertain[job_id] = job
        else:
            self._uncertain.pop(job_id, None)
        if job.state not in _ACTIVE_STATES:
            self._drop(job_id)
        elif job_id not in self._jobs:
            needs_start = job.min_instances == 0 and not self.has_any(job.deployment_id)
            self._add(job, cost_key_of(job, needs_start=needs_start and not is_warm(job)))

    def has_any(self, deployment_id: str) -> bool:
        return self._deployments[deployment_id] > 0

    def batch_counts(self, batch_id: str) -> Counter[CostKey]:
        return self._batches.get(batch_id) or Counter()

    def day_counts(self, day: str) -> Counter[CostKey]:
        """Returns the counts of active jobs charged to the day. A job whose answer has been unknown
        since another day is no longer counted as active."""
        old = [each for each in self._uncertain.values() if day_of(each.sent_s) != day]
        if not old:
            return self._counts
        counts = self._counts.copy()
        counts.subtract(self._jobs[each.job_id][0] for each in old)
        return counts

    def _add(self, job: Job, cost_key: CostKey) -> None:
        self._jobs[job.job_id] = cost_key, job.batch_id
        self._counts[cost_key] += 1
        self._deployments[cost_key.deployment_id] += 1
        if job.batch_id:
            self._batches[job.batch_id][cost_key] += 1

    def _drop(self, job_id: str) -> None:
        cost_key, batch_id = self._jobs.pop(job_id, (None, ""))
        if cost_key is None:
            return
        _decrement(self._counts, cost_key)
        _decrement(self._deployments, cost_key.deployment_id)
        if batch_id:
            _decrement(self._batches[batch_id], cost_key)
            if not self._batches[batch_id]:
                del self._batches[batch_id]


class SpendingTotals:
    """Sums spent per day and per batch; a job is charged once, when it ends."""

    def __init__(self) -> None:
        self.by_day: defaultdict[str, float] = defaultdict(float)
        self.by_batch: defaultdict[str, float] = defaultdict(float)
        self._open_ids: set[str] = set()

    def track_open(self, jobs: Iterable[Job]) -> None:
        """Records the jobs that may still cost something; the sums contain all others."""
        self._open_ids = {job.job_id for job in jobs if not job.state.is_finished}

    def update(self, job: Job) -> bool:
        """Records a changed job. Returns True if it ended with this change."""
        if not job.state.is_finished:
            self._open_ids.add(job.job_id)
            return False
        if job.job_id not in self._open_ids:
            return False
        self._open_ids.discard(job.job_id)
        if job.cost_usd:
            self.by_day[day_of(job.finished_s)] += job.cost_usd
            self.by_batch[job.batch_id] += job.cost_usd
        return True


def _decrement(counter: Counter[T], key: T) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
