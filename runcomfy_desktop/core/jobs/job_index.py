"""Index of all jobs in the list: by state, batch, deployment and send order.

`JobStore` updates it with each change before it publishes the change, and everyone else only reads
it. Reading costs the same with ten thousand jobs as with ten. Uses no clock and no I/O.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from runcomfy_desktop.domain.jobs.job import UNSENT_STATES, HoldReason, Job, JobState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SendOrderKey: TypeAlias = "tuple[float, float, str]"
OrderKey = TypeVar("OrderKey", tuple[float, float, str], tuple[float, str])

# Jobs in these states occupy a slot of the deployment. A job being fetched has released its slot.
_IN_FLIGHT_STATES = (JobState.SENDING, JobState.QUEUED, JobState.RUNNING)
# Time for which a job whose answer is unknown is assumed to be at the service.
UNKNOWN_TTL_S = 3600.0


@dataclass(frozen=True, slots=True)
class BatchCount:
    """Progress of a batch; `open` counts the jobs that can still be cancelled."""

    total: int
    done: int
    failed: int
    cancelled: int
    finished: int
    open: int


def send_order_key(job: Job) -> SendOrderKey:
    """Returns the sort key of the send queue; earlier versions gave all jobs the same `order`."""
    return (job.order, job.created_s, job.job_id)


class JobIndex:
    """Keeps the jobs of the list in their order of arrival, with all that is counted about them."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self.jobs: Mapping[str, Job] = MappingProxyType(self._jobs)
        self.cancellable_count = 0
        self.revision = 0
        """Number of changes so far to anything that is counted or ordered here."""
        self.held_counts: Counter[HoldReason] = Counter()
        self.outdated_count = 0
        """Number of paused jobs that the program has paused, for the reason in `Job.reason`."""
        self._by_state: dict[JobState, dict[str, None]] = {state: {} for state in JobState}
        self._unsent: list[SendOrderKey] = []
        # Per deployment: all waiting jobs, and those of them that are not set aside.
        self._waiting: defaultdict[str, list[SendOrderKey]] = defaultdict(list)
        self._ready: defaultdict[str, list[SendOrderKey]] = defaultdict(list)
        self._deployment_states: defaultdict[str, Counter[JobState]] = defaultdict(Counter)
        # Per deployment: the jobs that wait at the service, and those that run, the oldest first.
        self._queued: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        self._running: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        self._last_ran_s: dict[str, float] = {}
        # Time of each ended job, see `last_event_s`, in ascending order.
        self._ended: list[tuple[float, str]] = []
        # Ids of each batch in their order of arrival, and their numbers in it once requested.
        self._batches: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._batch_numbers: dict[str, dict[str, int]] = {}
        self._batch_states: defaultdict[str, Counter[JobState]] = defaultdict(Counter)
        self._batch_open: Counter[str] = Counter()

    # Changes, made by `JobStore`

    def put(self, job: Job) -> Job | None:
        """Adds or updates a job; returns the job as it was before, None if it is new."""
        before = self._jobs.get(job.job_id)
        self._jobs[job.job_id] = job
        if before is None:
            self._enter_batch(job)
            self._count(job, 1)
        elif _counted(job) != _counted(before):
            self._count(before, -1)
            self._count(job, 1)
        if job.running_s and job.finished_s:
            last_s = self._last_ran_s.get(job.deployment_id, 0.0)
            self._last_ran_s[job.deployment_id] = max(last_s, job.finished_s)
        return before

    def remove(self, job_id: str) -> Job | None:
        """Removes a job and returns it; returns None if it is not in the list."""
        job = self._jobs.pop(job_id, None)
        if job is not None:
            self._leave_batch(job)
            self._count(job, -1)
        return job

    def sort(self, positions: Mapping[str, int]) -> None:
        """Sorts the jobs by these positions, which restored jobs had before."""
        jobs = dict(self._jobs)
        self._jobs.clear()
        self._jobs.update((each, jobs[each]) for each in sorted(jobs, key=positions.__getitem__))
        self._batches.clear()
        for job in self._jobs.values():
            self._enter_batch(job)

    # Jobs by state and batch

    def count(self, *states: JobState) -> int:
        """Returns the number of jobs in these states."""
        return sum(len(self._by_state[state]) for state in states)

    def ended_count_since(self, since_s: float) -> int:
        """Returns the number of ended jobs that were created or ended at this time or later."""
        return len(self._ended) - bisect_left(self._ended, (since_s, ""))

    def in_state(self, *states: JobState) -> list[Job]:
        """Returns the jobs in these states."""
        return [self._jobs[job_id] for state in states for job_id in self._by_state[state]]

    def batch_jobs(self, batch_id: str) -> list[Job]:
        """Returns the jobs of a batch, in their order of arrival."""
        return [self._jobs[job_id] for job_id in self._batches.get(batch_id, ())]

    def batch_states(self, batch_id: str) -> Counter[JobState]:
        """Returns the number of jobs of a batch in each state."""
        return +self._batch_states.get(batch_id, Counter())

    def batch(self, batch_id: str) -> BatchCount:
        """Returns the progress of a batch."""
        states = self.batch_states(batch_id)
        return BatchCount(
            total=states.total(),
            done=states[JobState.DONE],
            failed=states[JobState.FAILED] + states[JobState.LOST],
            cancelled=states[JobState.CANCELLED],
            finished=sum(count for state, count in states.items() if state.is_finished),
            open=self._batch_open[batch_id],
        )

    def number_in_batch(self, job: Job) -> tuple[int, int]:
        """Returns the job's number in its batch, from 1, and the batch's size.

        The result is (0, 0) for a single job.
        """
        if 0 < job.batch_number <= job.batch_count:
            return (job.batch_number, job.batch_count) if job.batch_count > 1 else (0, 0)
        # Earlier versions stored no numbers with their jobs.
        numbers = self._batch_numbers.get(job.batch_id)
        if numbers is None:
            numbers = {each: n for n, each in enumerate(self._batches.get(job.batch_id, ()), 1)}
            self._batch_numbers[job.batch_id] = numbers
        number = numbers.get(job.job_id, 0)
        return (number, len(numbers)) if number and len(numbers) > 1 else (0, 0)

    # Jobs and machines of a deployment

    def deployment_count(self, deployment_id: str, *states: JobState) -> int:
        """Returns the number of jobs of a deployment in these states."""
        counts = self._deployment_states.get(deployment_id, Counter())
        return sum(counts[state] for state in states)

    def queued_before(self, job: Job) -> int:
        """Returns the number of jobs of its deployment that wait at the service for longer."""
        return bisect_left(self._queued[job.deployment_id], (job.queued_s, job.job_id))

    def oldest_queued(self, deployment_id: str) -> Job | None:
        """Returns the job of a deployment that waits longest at the service."""
        queued = self._queued.get(deployment_id)
        return self._jobs[queued[0][1]] if queued else None

    def running(self, deployment_id: str, number: int) -> Job:
        """Returns the running job of a deployment with this number, the oldest being 0."""
        return self._jobs[self._running[deployment_id][number][1]]

    def is_warm(self, deployment_id: str, since_s: float) -> bool:
        """Returns True if a machine of the deployment runs a job or has since this time."""
        last_ran_s = self._last_ran_s.get(deployment_id, 0.0)
        is_running = self._deployment_states[deployment_id][JobState.RUNNING] > 0
        return is_running or (last_ran_s > 0 and last_ran_s >= since_s)

    def in_flight_count(self, deployment_id: str, now_s: float) -> int:
        """Returns the number of slots of the deployment that are in use, as far as is known."""
        states = self._deployment_states[deployment_id]
        count = sum(states[state] for state in _IN_FLIGHT_STATES)
        if not states[JobState.UNCERTAIN]:
            return count
        # abs(): a clock that was set back must not keep a slot occupied for hours.
        return count + sum(
            job.deployment_id == deployment_id and abs(now_s - _sent_s(job)) < UNKNOWN_TTL_S
            for job in self.in_state(JobState.UNCERTAIN)
        )

    def next_unknown_expiry_s(self, now_s: float) -> float | None:
        """Returns the time when the next job whose answer is unknown frees its slot, or None."""
        times = (_sent_s(job) + UNKNOWN_TTL_S for job in self.in_state(JobState.UNCERTAIN))
        return min((time_s for time_s in times if now_s < time_s), default=None)

    # Send order

    def unsent(self) -> list[str]:
        """Returns the ids of all waiting and held jobs, in send order."""
        return [order_key[2] for order_key in self._unsent]

    def waiting(self, deployment_id: str = "") -> list[str]:
        """Returns the ids of the waiting jobs, in send order; of one deployment, or of all."""
        if deployment_id:
            return [order_key[2] for order_key in self._waiting.get(deployment_id, ())]
        return [each for each in self.unsent() if self._jobs[each].state is JobState.WAITING]

    def held_by(self, *holds: HoldReason) -> list[str]:
        """Returns the ids of the jobs held for one of these reasons, in send order."""
        if not any(self.held_counts[hold] for hold in holds):
            return []
        unsent = (self._jobs[each] for each in self.unsent())
        return [
            job.job_id for job in unsent if job.state is JobState.HELD and hold_reason(job) in holds
        ]

    def jobs_ahead(self, job: Job) -> int:
        """Returns the number of waiting jobs of its deployment that are sent before the job."""
        return bisect_left(self._waiting[job.deployment_id], send_order_key(job))

    def last_order(self) -> float:
        """Returns the highest order of all unsent jobs; 0.0 if there are none."""
        return self._unsent[-1][0] if self._unsent else 0.0

    def ready(self) -> list[str]:
        """Returns the ids of the waiting jobs that are not set aside, in send order."""
        return [order_key[2] for order_key in sorted(chain(*self._ready.values()))]

    def first_ready(self) -> Iterator[Job]:
        """Yields the first waiting job of each deployment that is not set aside, in send order."""
        first = sorted(order_keys[0] for order_keys in self._ready.values() if order_keys)
        for order_key in first:
            yield self._jobs[order_key[2]]

    def set_aside(self, job_id: str) -> None:
        """Takes a waiting job out of the ready ones until its state or order changes.

        It is being sent, or the change that holds it is being written.
        """
        job = self._jobs.get(job_id)
        if job is not None:
            _discard(self._ready[job.deployment_id], send_order_key(job))

    def put_back(self, job_id: str) -> None:
        """Puts a waiting job back that was set aside."""
        job = self._jobs.get(job_id)
        if job is not None and job.state is JobState.WAITING:
            self.set_aside(job_id)
            insort(self._ready[job.deployment_id], send_order_key(job))

    def _enter_batch(self, job: Job) -> None:
        if job.batch_id:
            self._batches[job.batch_id][job.job_id] = None
            self._batch_numbers.pop(job.batch_id, None)

    def _leave_batch(self, job: Job) -> None:
        if job.batch_id:
            self._batches[job.batch_id].pop(job.job_id, None)
            self._batch_numbers.pop(job.batch_id, None)

    def _count(self, job: Job, by: int) -> None:
        """Counts a job (`by` is 1), or no longer counts it as it was (-1)."""
        self.revision += 1
        _add_or_discard(self._by_state[job.state], job.job_id, by)
        self._deployment_states[job.deployment_id][job.state] += by
        self.cancellable_count += by * job.can_cancel
        if job.batch_id:
            self._batch_states[job.batch_id][job.state] += by
            self._batch_open[job.batch_id] += by * job.can_cancel
        if job.state is JobState.HELD:
            self.held_counts[hold_reason(job)] += by
            self.outdated_count += by * is_outdated(job)
        if job.state.is_finished:
            _add_or_remove(self._ended, (last_event_s(job), job.job_id), by)
        elif job.state is JobState.QUEUED:
            _add_or_remove(self._queued[job.deployment_id], (job.queued_s, job.job_id), by)
        elif job.state is JobState.RUNNING:
            _add_or_remove(self._running[job.deployment_id], (job.running_s, job.job_id), by)
        if job.state not in UNSENT_STATES:
            return
        order_lists = [self._unsent]
        if job.state is JobState.WAITING:
            order_lists += self._waiting[job.deployment_id], self._ready[job.deployment_id]
        for order_keys in order_lists:
            _add_or_remove(order_keys, send_order_key(job), by)


def last_event_s(job: Job) -> float:
    """Returns the time when a job ended, or was created if that is later or all that is known."""
    return max(job.created_s, job.finished_s)


def hold_reason(job: Job) -> HoldReason:
    """Returns why a held job is held; earlier versions stored no reason."""
    return job.hold or HoldReason.RESTART


def is_outdated(job: Job) -> bool:
    """Returns True if the program paused the job because its workflow has changed."""
    return job.hold is HoldReason.PAUSED and bool(job.reason)


def _sent_s(job: Job) -> float:
    return job.sent_s or job.created_s


def _counted(job: Job) -> tuple[object, ...]:
    """Returns the facts of a job that are counted; everything else changes no count."""
    times = (job.queued_s, job.running_s, last_event_s(job))
    return (job.state, job.hold, is_outdated(job), job.order, job.can_cancel, times)


def _add_or_remove(ordered: list[OrderKey], key: OrderKey, by: int) -> None:
    if by > 0:
        insort(ordered, key)
    else:
        _discard(ordered, key)


def _discard(ordered: list[OrderKey], key: OrderKey) -> None:
    index = bisect_left(ordered, key)
    if index < len(ordered) and ordered[index] == key:
        del ordered[index]


def _add_or_discard(ids: dict[str, None], job_id: str, by: int) -> None:
    if by > 0:
        ids[job_id] = None
    else:
        ids.pop(job_id, None)
