"""Send order of unsent jobs, and the number of jobs already at RunComfy.

Updated job by job, so that a change costs nothing even with ten thousand waiting jobs.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.jobs.job import UNSENT_STATES, HoldReason, Job, JobState

if TYPE_CHECKING:
    from collections.abc import Iterator

SendOrderKey: TypeAlias = "tuple[float, float, str]"

# Jobs in these states occupy a slot of the deployment. A job being fetched has released its slot.
_IN_FLIGHT_STATES = (JobState.SENDING, JobState.QUEUED, JobState.RUNNING)
# Time for which a job whose answer is unknown is assumed to be at the service.
UNKNOWN_TTL_S = 3600.0


@dataclass(frozen=True, slots=True)
class _OrderedJob:
    """Facts about a job that decide its turn and its slot."""

    deployment_id: str
    state: JobState
    hold: HoldReason | None
    order_key: SendOrderKey
    sent_s: float


def send_order_key(job: Job) -> SendOrderKey:
    """Returns the sort key of the send queue; earlier versions gave all jobs the same `order`."""
    return (job.order, job.created_s, job.job_id)


class SendOrder:
    """Tracks the jobs that are unsent or occupy a slot. Uses no clock and no I/O."""

    def __init__(self) -> None:
        self.held_counts: Counter[HoldReason] = Counter()
        self.waiting_count = 0
        self._entries: dict[str, _OrderedJob] = {}
        self._unsent: list[SendOrderKey] = []
        self._waiting: dict[str, list[SendOrderKey]] = {}
        self._in_flight: Counter[str] = Counter()
        self._unknown: dict[str, dict[str, float]] = {}

    def update(self, job: Job) -> bool:
        """Updates the entry of a job; returns True if anything changed."""
        before = self._entries.get(job.job_id)
        entry = _ordered_job(job)
        if entry == before:
            return False
        if before is not None:
            self._discard(job.job_id, before)
        if entry is not None:
            self._add(job.job_id, entry)
        return True

    def remove(self, job_id: str) -> bool:
        """Removes a job; returns True if it was tracked."""
        entry = self._entries.get(job_id)
        if entry is not None:
            self._discard(job_id, entry)
        return entry is not None

    def remove_waiting(self, job_id: str) -> None:
        """Removes a waiting job from the order until it is updated again."""
        entry = self._entries.get(job_id)
        if entry is not None:
            self._discard(job_id, entry)

    def first_waiting(self) -> Iterator[tuple[str, str]]:
        """Yields (deployment_id, job_id) of the first waiting job per deployment, in send order."""
        first = sorted(
            (order_keys[0], deployment) for deployment, order_keys in self._waiting.items()
        )
        for order_key, deployment_id in first:
            yield deployment_id, order_key[2]

    def unsent(self) -> list[str]:
        """Returns the ids of all waiting and held jobs, in send order."""
        return [order_key[2] for order_key in self._unsent]

    def waiting(self, deployment_id: str = "") -> list[str]:
        """Returns the ids of the waiting jobs, in send order; of one deployment, or of all."""
        return [
            each
            for each in self.unsent()
            if self._entries[each].state is JobState.WAITING
            and deployment_id in ("", self._entries[each].deployment_id)
        ]

    def held_by(self, *holds: HoldReason) -> list[str]:
        """Returns the ids of the jobs held for one of these reasons, in send order."""
        if not any(self.held_counts[hold] for hold in holds):
            return []
        return [each for each in self.unsent() if self._entries[each].hold in holds]

    def last_order(self) -> float:
        """Returns the highest order of all unsent jobs; 0.0 if there are none."""
        return self._unsent[-1][0] if self._unsent else 0.0

    def in_flight_count(self, deployment_id: str, now_s: float) -> int:
        """Returns the number of slots of the deployment that are in use, as far as is known."""
        unknown = self._unknown.get(deployment_id, {})
        # abs(): a clock that was set back must not keep a slot occupied for hours.
        for job_id in [job_id for job_id, s in unknown.items() if abs(now_s - s) >= UNKNOWN_TTL_S]:
            del unknown[job_id]
        return self._in_flight[deployment_id] + len(unknown)

    def next_unknown_expiry_s(self, now_s: float) -> float | None:
        """Returns the time when the next job whose answer is unknown frees its slot, or None."""
        times = (sent_s for each in self._unknown.values() for sent_s in each.values())
        return min((s + UNKNOWN_TTL_S for s in times if now_s < s + UNKNOWN_TTL_S), default=None)

    def _add(self, job_id: str, entry: _OrderedJob) -> None:
        self._entries[job_id] = entry
        if entry.state in UNSENT_STATES:
            insort(self._unsent, entry.order_key)
        if entry.state is JobState.WAITING:
            insort(self._waiting.setdefault(entry.deployment_id, []), entry.order_key)
            self.waiting_count += 1
        elif entry.hold is not None:
            self.held_counts[entry.hold] += 1
        elif entry.state is JobState.UNCERTAIN:
            self._unknown.setdefault(entry.deployment_id, {})[job_id] = entry.sent_s
        elif entry.state in _IN_FLIGHT_STATES:
            self._in_flight[entry.deployment_id] += 1

    def _discard(self, job_id: str, entry: _OrderedJob) -> None:
        del self._entries[job_id]
        if entry.state in UNSENT_STATES:
            del self._unsent[bisect_left(self._unsent, entry.order_key)]
        if entry.state is JobState.WAITING:
            order_keys = self._waiting[entry.deployment_id]
            del order_keys[bisect_left(order_keys, entry.order_key)]
            if not order_keys:
                del self._waiting[entry.deployment_id]
            self.waiting_count -= 1
        elif entry.hold is not None:
            self.held_counts[entry.hold] -= 1
        elif entry.state is JobState.UNCERTAIN:
            self._unknown.get(entry.deployment_id, {}).pop(job_id, None)
        elif entry.state in _IN_FLIGHT_STATES:
            self._in_flight[entry.deployment_id] -= 1


def _ordered_job(job: Job) -> _OrderedJob | None:
    """Returns the entry of a job; None if the job is neither unsent nor occupies a slot."""
    if job.state is JobState.HELD:
        hold = job.hold or HoldReason.RESTART
        return _OrderedJob(job.deployment_id, job.state, hold, send_order_key(job), 0.0)
    if job.state is JobState.WAITING or job.state in _IN_FLIGHT_STATES:
        return _OrderedJob(job.deployment_id, job.state, None, send_order_key(job), 0.0)
    if job.state is JobState.UNCERTAIN:
        sent_s = job.sent_s or job.created_s
        return _OrderedJob(job.deployment_id, job.state, None, send_order_key(job), sent_s)
    return None
