"""Spending: what is under way and what is held, counted as jobs change, so that asking is cheap."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from runcomfy_desktop.domain.cost import day_of
from runcomfy_desktop.domain.hardware import sku_of
from runcomfy_desktop.domain.job import Job, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")

_UNDER_WAY = (
    JobState.SENDING,
    JobState.UNCERTAIN,
    JobState.QUEUED,
    JobState.RUNNING,
    JobState.FETCHING,
)


class Kind(NamedTuple):
    """What the cost of a run depends on; `starts`: whether a machine has to start for it."""

    deployment_id: str
    version: str
    sku: str
    starts: bool


def kind_of(job: Job, *, starts: bool) -> Kind:
    return Kind(job.deployment_id, job.workflow_version, sku_of(job.hardware), starts)


class UnderWay:
    """The jobs that were or may have been sent and have not ended, counted by kind and batch."""

    def __init__(self) -> None:
        self._jobs: dict[str, tuple[Kind, str]] = {}
        self._kinds: Counter[Kind] = Counter()
        self._batches: defaultdict[str, Counter[Kind]] = defaultdict(Counter)
        self._deployments: Counter[str] = Counter()
        self._doubtful: dict[str, Job] = {}

    def note(self, job: Job, is_warm: Callable[[Job], bool]) -> None:
        """A job changed; `is_warm` is asked when it is sent."""
        job_id = job.job_id
        if job.state is JobState.UNCERTAIN:
            self._doubtful[job_id] = job
        else:
            self._doubtful.pop(job_id, None)
        if job.state not in _UNDER_WAY:
            self._drop(job_id)
        elif job_id not in self._jobs:
            starts = job.min_instances == 0 and not self.has_any(job.deployment_id)
            self._enter(job, kind_of(job, starts=starts and not is_warm(job)))

    def has_any(self, deployment_id: str) -> bool:
        return self._deployments[deployment_id] > 0

    def of_batch(self, batch_id: str) -> Counter[Kind]:
        return self._batches.get(batch_id) or Counter()

    def of_day(self, day: str) -> Counter[Kind]:
        """Those of which the day will be charged: what nobody knows of since another day is not
        under way any more."""
        old = [each for each in self._doubtful.values() if day_of(each.sent_s) != day]
        if not old:
            return self._kinds
        kinds = self._kinds.copy()
        kinds.subtract(self._jobs[each.job_id][0] for each in old)
        return kinds

    def _enter(self, job: Job, kind: Kind) -> None:
        self._jobs[job.job_id] = kind, job.batch_id
        self._kinds[kind] += 1
        self._deployments[kind.deployment_id] += 1
        if job.batch_id:
            self._batches[job.batch_id][kind] += 1

    def _drop(self, job_id: str) -> None:
        kind, batch_id = self._jobs.pop(job_id, (None, ""))
        if kind is None:
            return
        _take_one(self._kinds, kind)
        _take_one(self._deployments, kind.deployment_id)
        if batch_id:
            _take_one(self._batches[batch_id], kind)
            if not self._batches[batch_id]:
                del self._batches[batch_id]


class Totals:
    """What was spent, per day and per batch; a job is charged once, when it ends."""

    def __init__(self) -> None:
        self.by_day: defaultdict[str, float] = defaultdict(float)
        self.by_batch: defaultdict[str, float] = defaultdict(float)
        self._open: set[str] = set()

    def open(self, jobs: Iterable[Job]) -> None:
        """Those that may still cost something; the sums hold what all others did."""
        self._open = {job.job_id for job in jobs if not job.state.is_finished}

    def note(self, job: Job) -> bool:
        """A job changed. True when it ended with it."""
        if not job.state.is_finished:
            self._open.add(job.job_id)
            return False
        if job.job_id not in self._open:
            return False
        self._open.discard(job.job_id)
        if job.cost_usd:
            self.by_day[day_of(job.finished_s)] += job.cost_usd
            self.by_batch[job.batch_id] += job.cost_usd
        return True


def _take_one(counter: Counter[T], key: T) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
