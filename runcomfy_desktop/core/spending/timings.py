"""Measured durations of runs and machine starts, taken from jobs as they end.

A job change never scans the list, so it takes as long with 10,000 jobs as with ten.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, defaultdict, deque
from statistics import median
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.jobs.estimate import DurationSpread, spread_of
from runcomfy_desktop.domain.jobs.job import Job, JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runcomfy_desktop.core.spending.spending_totals import CostRecord

MAX_SAMPLES = 200
MAX_RECENT_RUNS = 5
"""Number of newest runs that the estimate for a job is based on."""
MIN_VERSION_SAMPLES = 5
"""Minimum number of runs of a workflow version; with fewer, all runs of the deployment are used."""
# After a shorter start, another client had the machine warm. A longer wait is a wait for a free
# machine.
MIN_START_S, MAX_START_S = 10.0, 900.0


class DurationSamples:
    """Newest measured durations of one kind, kept sorted so that the median is available at
    once."""

    def __init__(self) -> None:
        self._newest: deque[float] = deque()
        self._ordered: list[float] = []

    def __len__(self) -> int:
        return len(self._newest)

    def add(self, seconds: float) -> None:
        if len(self._newest) == MAX_SAMPLES:
            del self._ordered[bisect_left(self._ordered, self._newest.popleft())]
        self._newest.append(seconds)
        insort(self._ordered, seconds)

    def spread(self) -> DurationSpread | None:
        return spread_of(self._ordered)


class Timings:
    """Durations of runs and starts per deployment, and which deployments are warm.

    `update` is called when a job has changed its state. Whether a machine had to start for a job is
    kept in its record until the job has ended.
    """

    def __init__(self) -> None:
        self._runs: defaultdict[tuple[str, str], DurationSamples] = defaultdict(DurationSamples)
        # Newest runs of a deployment with a number of steps, and of all its runs under None.
        self._recent_runs: defaultdict[tuple[str, int | None], deque[float]] = defaultdict(
            lambda: deque(maxlen=MAX_RECENT_RUNS)
        )
        self._starts: defaultdict[str, DurationSamples] = defaultdict(DurationSamples)
        # Number of accepted jobs of each deployment that have not ended.
        self._accepted_counts: Counter[str] = Counter()
        self._warm_until_s: defaultdict[str, float] = defaultdict(float)

    def fill(self, jobs: Iterable[Job], records: Mapping[str, CostRecord]) -> None:
        """Records the jobs of the history."""
        for job in sorted(jobs, key=lambda job: job.queued_s):
            record = records[job.job_id]
            self._on_accepted(job, record)
            if job.state.is_finished:
                self._on_ended(job, record)

    def update(self, job: Job, record: CostRecord) -> None:
        """Records a changed job."""
        if job.state.is_finished:
            self._on_ended(job, record)
        else:
            self._on_accepted(job, record)

    def run_spread(self, deployment_id: str, version: str = "") -> DurationSpread | None:
        """Returns the spread of run times of this version, or of all if it has too few samples."""
        of_version = self._runs.get((deployment_id, version))
        if version and of_version is not None and len(of_version) >= MIN_VERSION_SAMPLES:
            return of_version.spread()
        of_all = self._runs.get((deployment_id, ""))
        return of_all.spread() if of_all is not None else None

    def usual_run_s(self, job: Job) -> float | None:
        """Returns the median of the newest runs with the job's number of steps.

        Without such a run, it is the median of the deployment's newest runs; None if it never ran.
        """
        deployment_id = job.deployment_id
        recent = self._recent_runs.get((deployment_id, job.steps)) or self._recent_runs.get(
            (deployment_id, None)
        )
        return median(recent) if recent else None

    def usual_start_s(self, job: Job) -> float | None:
        """Returns the median start time of the machines of the job's deployment; None if none was
        measured."""
        starts = self.start_spread(job.deployment_id)
        return starts.median_s if starts is not None else None

    def start_spread(self, deployment_id: str) -> DurationSpread | None:
        """Returns the spread of the start times of the deployment's machines."""
        starts = self._starts.get(deployment_id)
        return starts.spread() if starts is not None else None

    def is_warm(self, deployment_id: str, at_s: float) -> bool:
        """Returns True if a machine of the deployment was started by this client and is still
        up."""
        has_accepted = self._accepted_counts[deployment_id] > 0
        return has_accepted or at_s <= self._warm_until_s.get(deployment_id, 0.0)

    def run_duration_s(self, job: Job) -> float:
        """Returns the seconds that an ended job ran, as far as is known."""
        if not (job.request_id and job.finished_s and job.queued_s):
            return 0.0
        if job.running_s:
            ran_s = max(0.0, job.finished_s - job.running_s)
            # The time when a lost job vanished at the service is unknown.
            is_lost = job.state is JobState.LOST
            return min(ran_s, self._usual_s(job, ran_s)) if is_lost else ran_s
        if job.state is not JobState.DONE:
            return 0.0
        # The run was not observed: it was between two polls, or the program was closed.
        max_s = max(0.0, job.finished_s - job.queued_s)
        return min(max_s, self._usual_s(job, max_s))

    def start_duration_s(self, job: Job, record: CostRecord) -> float:
        """Returns the seconds of the machine start for this job; 0 if there was probably none."""
        if not record.is_cold_start:
            return 0.0
        until_s = job.running_s or job.finished_s
        waited_s = until_s - job.queued_s
        if not job.running_s and job.state is JobState.DONE:
            waited_s -= self.run_duration_s(job)
        return 0.0 if waited_s < MIN_START_S else min(waited_s, MAX_START_S)

    def _usual_s(self, job: Job, default_s: float) -> float:
        usual = self.run_spread(job.deployment_id, job.workflow_version)
        return usual.median_s if usual is not None else default_s

    def _on_accepted(self, job: Job, record: CostRecord) -> None:
        is_known = record.is_cold_start is not None
        if is_known or not (job.request_id and job.queued_s):
            return
        is_warm = self.is_warm(job.deployment_id, job.queued_s)
        record.is_cold_start = job.min_instances == 0 and not is_warm
        self._accepted_counts[job.deployment_id] += 1

    def _on_ended(self, job: Job, record: CostRecord) -> None:
        if record.is_cold_start is None:
            return
        self._accepted_counts[job.deployment_id] -= 1
        warm_until_s = job.finished_s + job.keep_warm_s
        if warm_until_s > self._warm_until_s[job.deployment_id]:
            self._warm_until_s[job.deployment_id] = warm_until_s
        start_s = self.start_duration_s(job, record) if job.running_s else 0.0
        record.is_cold_start = None
        if start_s:
            self._starts[job.deployment_id].add(start_s)
        if job.state is JobState.DONE and 0 < job.running_s < job.finished_s:
            ran_s = job.finished_s - job.running_s
            for version in {"", job.workflow_version}:
                self._runs[job.deployment_id, version].add(ran_s)
            for steps in {None, job.steps}:
                self._recent_runs[job.deployment_id, steps].append(ran_s)
