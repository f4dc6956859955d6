"""Estimates of how long jobs still take, from the measured times of earlier ones.

An estimate looks at the jobs of one deployment by their index and never scans the list: it is made
for each row that is painted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.jobs.job import Job, JobState

if TYPE_CHECKING:
    from runcomfy_desktop.core.jobs.job_index import JobIndex
    from runcomfy_desktop.core.spending.timings import Timings

COLD_START_S = 6 * 60
MAX_SHARE = 0.95
"""Largest estimated share: only the end of a job shows that it is complete."""
MIN_REMAINING_SHARE = 1 - MAX_SHARE


@dataclass(frozen=True, slots=True)
class JobEstimate:
    """Estimated progress of a job that runs or whose machine starts."""

    share: float
    remaining_s: float
    is_overdue: bool
    """True if the start or the run takes longer than usual, so `remaining_s` is too short."""


def is_starting(job: Job, now_s: float, *, is_warm: bool) -> bool:
    """Returns True if a queued job most likely waits for a machine that is being started.

    `is_warm` is True if a machine of its deployment has been seen working since the job was
    accepted.
    """
    return (
        job.state is JobState.QUEUED
        and job.min_instances == 0
        and not job.instance_id
        and not is_warm
        and job.queue_position in (None, 0, 1)
        and job.waited_s(now_s) < COLD_START_S
    )


class JobEstimates:
    """Estimates the progress of jobs, and the time until they start."""

    def __init__(self, index: JobIndex, timings: Timings) -> None:
        self._index = index
        self._timings = timings

    def is_starting(self, job: Job, now_s: float) -> bool:
        """Returns True if the job most likely waits for a machine that is being started."""
        is_warm = self._index.is_warm(job.deployment_id, job.queued_s)
        return is_starting(job, now_s, is_warm=is_warm)

    def progress(self, job: Job, now_s: float) -> JobEstimate | None:
        """Returns the progress of a job that runs or whose machine starts; None if unknown."""
        run_s = self._timings.usual_run_s(job)
        if run_s is None:
            return None
        if job.state is JobState.RUNNING:
            ran_s = job.ran_s(now_s)
            return _estimate(ran_s, run_s, run_s - ran_s, is_overdue=ran_s >= run_s)
        start_s = self._timings.usual_start_s(job)
        if start_s is None:
            return None
        waited_s = job.waited_s(now_s)
        run_s *= 1 + self._index.queued_before(job)
        remaining_s = max(0.0, start_s - waited_s) + run_s
        return _estimate(waited_s, start_s + run_s, remaining_s, is_overdue=waited_s >= start_s)

    def start_in_s(self, job: Job, now_s: float) -> float | None:
        """Returns the seconds until a queued or waiting job runs; None if unknown.

        Each machine that runs a job now is expected to take the next jobs of its deployment in
        their order.
        """
        run_s = self._timings.usual_run_s(job)
        if run_s is None:
            return None
        turn = self._jobs_before(job)
        running_count = self._index.deployment_count(job.deployment_id, JobState.RUNNING)
        if not running_count:
            free_s = self._machine_free_in_s(job, now_s)
            return None if free_s is None else free_s + turn * run_s
        round_number, place = divmod(turn, running_count)
        running = self.progress(self._index.running(job.deployment_id, place), now_s)
        if running is not None and running.is_overdue:
            return None
        free_s = run_s if running is None else running.remaining_s
        return free_s + round_number * run_s

    def _jobs_before(self, job: Job) -> int:
        """Returns the number of jobs that start before this one and do not run yet."""
        if job.state is JobState.QUEUED:
            # Other clients may have jobs there; the service may count from 0 or from 1.
            return max(self._index.queued_before(job), (job.queue_position or 0) - 1)
        sent = (JobState.SENDING, JobState.QUEUED)
        return self._index.jobs_ahead(job) + self._index.deployment_count(job.deployment_id, *sent)

    def _machine_free_in_s(self, job: Job, now_s: float) -> float | None:
        """Returns the seconds until a machine is ready while none runs a job of the deployment."""
        first = self._index.oldest_queued(job.deployment_id)
        start_s = self._timings.usual_start_s(job)
        if first is None:
            is_warm = job.min_instances > 0 or self._timings.is_warm(job.deployment_id, now_s)
            return 0.0 if is_warm else start_s
        if self.is_starting(first, now_s):
            left_s = 0.0 if start_s is None else start_s - first.waited_s(now_s)
            return left_s if left_s > 0 else None
        is_ready = self._index.is_warm(job.deployment_id, first.queued_s)
        return 0.0 if is_ready or job.min_instances > 0 else None


def _estimate(
    elapsed_s: float, total_s: float, remaining_s: float, *, is_overdue: bool
) -> JobEstimate:
    remaining_s = max(remaining_s, MIN_REMAINING_SHARE * total_s)
    return JobEstimate(min(MAX_SHARE, elapsed_s / total_s), remaining_s, is_overdue)
