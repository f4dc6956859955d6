"""Budget: cost estimates of runs, their actual cost, and the user's limits.

The budget is based on measured times of the user's own runs (Timings), prices of machines (the
user's own, else RunComfy's list), and the cost recorded when jobs ended. The demo is not billed:
its jobs have no price, and no limit applies.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.core.spending.spending_limits import (
    LIMIT_HOLDS,
    LimitNotices,
    exceeded_reason,
    unpriced_reason,
)
from runcomfy_desktop.core.spending.spending_totals import (
    ActiveJobCounts,
    SpendingTotals,
    cost_key_of,
)
from runcomfy_desktop.core.spending.timings import Timings
from runcomfy_desktop.domain.deployments.cost import day_of, usd_of
from runcomfy_desktop.domain.deployments.hardware import list_price, sku_of
from runcomfy_desktop.domain.jobs.estimate import (
    TYPICAL_START_S,
    Estimate,
    estimate_runs,
    total_estimate,
)
from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState
from runcomfy_desktop.domain.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.spending.spending_totals import CostKey, CostRecord
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.jobs.job import StateChange
    from runcomfy_desktop.store.history import JobHistory

UNMEASURED_RUN_S = 600.0
"""Assumed time of an unmeasured run for the limits: a picture takes a minute, a video nine. It is
never shown as an estimate."""
DAY_CHECK_INTERVAL_S = 30.0


class TrackedIndex(Protocol):
    """Jobs in the list, and queries about them; `JobIndex` is one."""

    @property
    def jobs(self) -> Mapping[str, Job]: ...

    def in_state(self, *states: JobState) -> list[Job]: ...

    def held_by(self, *holds: HoldReason) -> list[str]: ...


class TrackedJobs(Protocol):
    """Jobs that a budget follows, with their records; `JobQueue` is one."""

    @property
    def index(self) -> TrackedIndex: ...

    @property
    def live(self) -> Mapping[str, CostRecord]: ...

    @property
    def loaded(self) -> Topic[None]: ...

    @property
    def state_changed(self) -> Topic[StateChange]: ...


class Budget:
    """Manages the prices, estimates, totals and limits of one service.

    Publishes `changed` when any of them changes. `settings_requested` and `release_requested` (with
    the ids of held jobs that are within the limits again) are published when the user presses the
    button of a notice.
    """

    def __init__(
        self,
        history: JobHistory,
        preferences: Preferences,
        notices: Notices,
        *,
        service: str,
        is_billed: bool,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._history = history
        self._preferences = preferences
        self._service = service
        self.is_billed = is_billed
        self._now = now
        self.changed: Topic[None] = Topic()
        self.settings_requested: Topic[None] = Topic()
        self.release_requested: Topic[tuple[str, ...]] = Topic()
        self.timings = Timings()
        """Measured times of the jobs, billed or not."""
        self._totals = SpendingTotals()
        self._active_counts = ActiveJobCounts()
        self._settings = preferences.settings
        self._day = day_of(now())
        self._tasks = Tasks(notices.post_failure)
        self._tracked: TrackedJobs | None = None
        show_limits, release = self.settings_requested.publish, self.release_requested.publish
        self._limit_notices = LimitNotices(
            notices, self._tasks, self._limit_held_jobs, partial(show_limits, None), release
        )
        self._subscriptions = Subscriptions()

    async def open(self) -> None:
        """Loads the totals. Raises Problem."""
        if not self.is_billed:
            return
        self._totals.by_day.update(await self._history.spent_by_day(self._service))
        self._totals.by_batch.update(await self._history.spent_by_batch(self._service))
        self._subscriptions.add(self._preferences.changed, self._on_settings)
        self._tasks.start("watch the day", self._watch_day())

    def track_jobs(self, jobs: TrackedJobs) -> None:
        """Starts following the jobs of a queue."""
        self._tracked = jobs
        self._subscriptions.add(jobs.loaded, lambda _nothing: self._fill(jobs))
        self._subscriptions.add(jobs.state_changed, partial(self._on_state_changed, jobs.live))

    async def close(self) -> None:
        self._subscriptions.close()
        await self._tasks.close()

    # Prices and estimates

    def price_of(self, sku: str) -> float | None:
        """Returns the price in USD per hour: the user's own, else RunComfy's; None if unknown."""
        if not self.is_billed or not sku:
            return None
        return dict(self._settings.prices).get(sku) or list_price(sku)

    def estimate(self, deployment: Deployment, job_count: int = 1) -> Estimate:
        """Returns the estimate for this number of runs of the deployment as it is now."""
        sku = deployment.hardware[0] if deployment.hardware else ""
        version, keep_warm_s = deployment.workflow_version, deployment.keep_warm_s
        return self._estimate(deployment.deployment_id, version, sku, keep_warm_s, job_count)

    def estimate_jobs(self, jobs: Sequence[Job]) -> Estimate:
        """Returns the estimate for running these jobs, or jobs like them."""
        groups = Counter(
            (job.deployment_id, job.workflow_version, sku_of(job.hardware), job.keep_warm_s)
            for job in jobs
        )
        return total_estimate(self._estimate(*group, count) for group, count in groups.items())

    def _estimate(
        self, deployment_id: str, version: str, sku: str, keep_warm_s: int, job_count: int
    ) -> Estimate:
        return estimate_runs(
            self.timings.run_spread(deployment_id, version),
            self.timings.start_spread(deployment_id),
            self.price_of(sku),
            keep_warm_s,
            job_count,
        )

    def needs_confirmation(self, count: int, estimate: Estimate) -> bool:
        """Returns True if the user wants to confirm runs of this number or cost."""
        settings = self._settings
        if settings.ask_from_jobs and count >= settings.ask_from_jobs:
            return True
        usd = estimate.usd if self.is_billed else None
        return usd is not None and 0 < settings.ask_from_usd <= usd

    # Totals

    @property
    def today_usd(self) -> float:
        """Cost of the jobs that ended today, including removed ones."""
        return self._totals.by_day.get(day_of(self._now()), 0.0)

    def batch_usd(self, batch_id: str) -> float:
        return self._totals.by_batch.get(batch_id, 0.0) if batch_id else 0.0

    def with_cost(self, job: Job, record: CostRecord) -> Job:
        """Returns a job that has just ended, with its cost: the run, and a machine start if any.

        Failed and cancelled jobs cost the time that they took, too.
        """
        price = self.price_of(sku_of(job.hardware))
        if price is None:
            return job
        seconds = self.timings.run_duration_s(job) + self.timings.start_duration_s(job, record)
        return replace(job, cost_usd=usd_of(seconds, price))

    # Limits

    def blocking_limit(self, job: Job) -> HoldReason | None:
        """Returns the limit of a batch or day that sending the job now would exceed, or None.

        A machine without a price counts as exceeding every limit, because the sum is unknown. The
        user can set a price, or send the job all the same.
        """
        if not self.is_billed:
            return None
        for hold, _batch_id in self._limits_of(job):
            job_usd = self._expected_usd(self._cost_key(job))
            if job_usd is None or self.charged_usd(hold, job) + job_usd > self.limit_usd(hold):
                return hold
        return None

    def hold_reason(self, job: Job) -> str:
        """Returns a sentence with the sums for a job that is held by a limit; "" for any other."""
        hold = job.hold
        if hold is None or hold not in LIMIT_HOLDS:
            return ""
        job_usd = self._expected_usd(self._cost_key(job))
        if job_usd is None:
            return unpriced_reason(sku_of(job.hardware))
        return exceeded_reason(hold, self.charged_usd(hold, job) + job_usd, self.limit_usd(hold))

    def limit_usd(self, hold: HoldReason) -> float:
        """Returns the user's limit for a batch or a day; 0.0 for none."""
        is_batch = hold is HoldReason.BATCH_LIMIT
        return self._settings.batch_limit_usd if is_batch else self._settings.day_limit_usd

    def remaining_usd(self, *, is_batch: bool) -> float | None:
        """Returns the amount left for a new run or batch; None if no limit applies to it."""
        remaining = []
        if self.is_billed and self.limit_usd(HoldReason.DAY_LIMIT):
            remaining.append(self.limit_usd(HoldReason.DAY_LIMIT) - self._charged_today_usd())
        if self.is_billed and is_batch and self.limit_usd(HoldReason.BATCH_LIMIT):
            remaining.append(self.limit_usd(HoldReason.BATCH_LIMIT))
        return max(0.0, min(remaining)) if remaining else None

    def charged_usd(self, hold: HoldReason, job: Job) -> float:
        """Returns the cost of the job's batch or of the day, plus the active jobs' expected
        cost."""
        if hold is HoldReason.DAY_LIMIT:
            return self._charged_today_usd()
        counts = self._active_counts.batch_counts(job.batch_id)
        return self.batch_usd(job.batch_id) + self._sum_usd(counts)

    def _charged_today_usd(self) -> float:
        counts = self._active_counts.counts_without(self._cost_keys_of_other_days())
        return self.today_usd + self._sum_usd(counts)

    def _cost_keys_of_other_days(self) -> list[CostKey]:
        """Returns the keys of jobs whose answer has been unknown since another day.

        They are charged to that day only, although they still count as active.
        """
        if self._tracked is None:
            return []
        today = day_of(self._now())
        uncertain, live = self._tracked.index.in_state(JobState.UNCERTAIN), self._tracked.live
        old = (live[job.job_id].cost_key for job in uncertain if day_of(job.sent_s) != today)
        return [cost_key for cost_key in old if cost_key is not None]

    def _sum_usd(self, counts: Mapping[CostKey, int]) -> float:
        # Active jobs without a price were sent by the user after a warning.
        return sum(
            (self._expected_usd(cost_key) or 0.0) * count for cost_key, count in counts.items()
        )

    def _cost_key(self, job: Job) -> CostKey:
        deployment_id = job.deployment_id
        has_machine = self._active_counts.has_any(deployment_id) or self._is_warm(job)
        return cost_key_of(job, needs_start=job.min_instances == 0 and not has_machine)

    def _expected_usd(self, cost_key: CostKey) -> float | None:
        price = self.price_of(cost_key.sku)
        if price is None:
            return None
        run = self.timings.run_spread(cost_key.deployment_id, cost_key.version)
        start = self.timings.start_spread(cost_key.deployment_id)
        seconds = run.median_s if run else UNMEASURED_RUN_S
        if cost_key.needs_start:
            seconds += start.median_s if start else TYPICAL_START_S
        return usd_of(seconds, price)

    def _fill(self, tracked: TrackedJobs) -> None:
        jobs = tracked.index.jobs.values()
        self.timings.fill(jobs, tracked.live)
        for job in jobs:
            self._active_counts.update(job, tracked.live[job.job_id], self._is_warm)
        self._limit_notices.offer_release(self._affordable_jobs())
        self.changed.publish(None)

    def _on_state_changed(self, live: Mapping[str, CostRecord], change: StateChange) -> None:
        job, record = change.job, live[change.job.job_id]
        if change.has_ended:
            self._totals.charge(job)
        self._active_counts.update(job, record, self._is_warm)
        if self.is_billed and job.hold in LIMIT_HOLDS:
            self._report_hold(job)
        self.timings.update(job, record)
        # Unsent jobs cost nothing and are not measured: a cancelled grid can have thousands of
        # them.
        if change.has_ended and (job.sent_s or job.request_id):
            self.changed.publish(None)

    def _report_hold(self, job: Job) -> None:
        """Reports that a limit has begun to hold a job."""
        assert job.hold is not None
        sku = sku_of(job.hardware)
        reason = unpriced_reason(sku) if self.price_of(sku) is None else ""
        self._limit_notices.report(job, self._day, self.limit_usd(job.hold), reason)

    def _is_warm(self, job: Job) -> bool:
        return self.timings.is_warm(job.deployment_id, self._now())

    def _on_settings(self, settings: Settings) -> None:
        before, self._settings = self._settings, settings
        if _spending_settings(before) != _spending_settings(settings):
            self.changed.publish(None)
            self._limit_notices.offer_release(self._affordable_jobs())

    async def _watch_day(self) -> None:
        while True:
            await asyncio.sleep(DAY_CHECK_INTERVAL_S)
            day = day_of(self._now())
            if day != self._day:
                self._day = day
                self.changed.publish(None)
                self._limit_notices.offer_release(self._affordable_jobs())

    def _limit_held_jobs(self) -> list[Job]:
        """Returns the jobs that limits hold now, in send order."""
        if self._tracked is None or not self.is_billed:
            return []
        index = self._tracked.index
        return [index.jobs[job_id] for job_id in index.held_by(*LIMIT_HOLDS)]

    def _affordable_jobs(self) -> list[Job]:
        """Returns the held jobs that could all be sent now without exceeding a limit."""
        charged: dict[tuple[HoldReason, str], float] = {}
        affordable = []
        for job in self._limit_held_jobs():
            job_usd = self._expected_usd(self._cost_key(job))
            limits = self._limits_of(job)
            for hold, batch_id in limits:
                if (hold, batch_id) not in charged:
                    charged[hold, batch_id] = self.charged_usd(hold, job)
            if not limits or (
                job_usd is not None
                and all(charged[key] + job_usd <= self.limit_usd(key[0]) for key in limits)
            ):
                affordable.append(job)
                for key in limits:
                    charged[key] += job_usd or 0.0
        return affordable

    def _limits_of(self, job: Job) -> list[tuple[HoldReason, str]]:
        """Returns the limits that apply to a job, each with the batch id ("" for the day limit)."""
        limits = []
        if job.batch_id and self.limit_usd(HoldReason.BATCH_LIMIT):
            limits.append((HoldReason.BATCH_LIMIT, job.batch_id))
        if self.limit_usd(HoldReason.DAY_LIMIT):
            limits.append((HoldReason.DAY_LIMIT, ""))
        return limits


def _spending_settings(settings: Settings) -> tuple[object, ...]:
    return settings.prices, settings.batch_limit_usd, settings.day_limit_usd


def unbilled_budget(history: JobHistory, notices: Notices) -> Budget:
    """Returns a budget for jobs that cost nothing."""
    preferences = Preferences(Settings(), lambda _settings: None)
    return Budget(history, preferences, notices, service="", is_billed=False)
