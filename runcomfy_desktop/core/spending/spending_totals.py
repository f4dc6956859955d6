"""Counts of active jobs and sums of spending, updated per job change so that reading is cheap."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from runcomfy_desktop.domain.deployments.cost import day_of
from runcomfy_desktop.domain.deployments.hardware import sku_of
from runcomfy_desktop.domain.jobs.job import Job, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


class CostRecord(Protocol):
    """Facts about the cost of a job, recorded when they arise; `LiveJob` has them."""

    cost_key: CostKey | None
    is_cold_start: bool | None


class ActiveJobCounts:
    """Counts, per `CostKey` and batch, of jobs that may have been sent and have not ended.

    The key under which a job is counted is kept in its record.
    """

    def __init__(self) -> None:
        self._counts: Counter[CostKey] = Counter()
        self._batches: defaultdict[str, Counter[CostKey]] = defaultdict(Counter)
        self._deployments: Counter[str] = Counter()

    def update(self, job: Job, record: CostRecord, is_warm: Callable[[Job], bool]) -> None:
        """Records a changed job; `is_warm` is called when the job becomes active."""
        if job.state not in _ACTIVE_STATES:
            self._drop(job, record)
        elif record.cost_key is None:
            needs_start = job.min_instances == 0 and not self.has_any(job.deployment_id)
            cost_key = cost_key_of(job, needs_start=needs_start and not is_warm(job))
            record.cost_key = cost_key
            self._counts[cost_key] += 1
            self._deployments[job.deployment_id] += 1
            if job.batch_id:
                self._batches[job.batch_id][cost_key] += 1

    def has_any(self, deployment_id: str) -> bool:
        return self._deployments[deployment_id] > 0

    def batch_counts(self, batch_id: str) -> Counter[CostKey]:
        return self._batches.get(batch_id) or Counter()

    def counts_without(self, cost_keys: Sequence[CostKey]) -> Counter[CostKey]:
        """Returns the counts of all active jobs but those with these keys."""
        if not cost_keys:
            return self._counts
        counts = self._counts.copy()
        counts.subtract(cost_keys)
        return counts

    def _drop(self, job: Job, record: CostRecord) -> None:
        cost_key, record.cost_key = record.cost_key, None
        if cost_key is None:
            return
        _decrement(self._counts, cost_key)
        _decrement(self._deployments, cost_key.deployment_id)
        if job.batch_id:
            _decrement(self._batches[job.batch_id], cost_key)
            if not self._batches[job.batch_id]:
                del self._batches[job.batch_id]


class SpendingTotals:
    """Sums spent per day and per batch."""

    def __init__(self) -> None:
        self.by_day: defaultdict[str, float] = defaultdict(float)
        self.by_batch: defaultdict[str, float] = defaultdict(float)

    def charge(self, job: Job) -> None:
        """Adds the cost of a job that has just ended."""
        if job.cost_usd:
            self.by_day[day_of(job.finished_s)] += job.cost_usd
            self.by_batch[job.batch_id] += job.cost_usd


def _decrement(counter: Counter[T], key: T) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
