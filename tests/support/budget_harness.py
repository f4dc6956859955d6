"""Test harness for the budget.

Jobs change as in a queue: saved to the disk first, then published.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.base.preferences import Preferences
from runcomfy_desktop.core.spending.budget import Budget
from runcomfy_desktop.domain.jobs.job import HoldReason, Job, JobState
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import JobHistory
from tests.support.clocks import FakeClock
from tests.support.published_jobs import PublishedJobs
from tests.support.spent_jobs import NOON_S, SERVICE, SKU, spending_job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

S = JobState
HOURLY_USD = 3.60
"""Price per hour: a thousandth of a dollar per second."""
PRICES = ((SKU, HOURLY_USD),)


@dataclass
class BudgetHarness:
    """Budget with a history, preferences, a clock and jobs."""

    history: JobHistory
    preferences: Preferences
    budget: Budget
    clock: FakeClock
    published: PublishedJobs = field(default_factory=PublishedJobs)
    shown_notices: list[Notice] = field(default_factory=list)
    released: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def jobs(self) -> Mapping[str, Job]:
        return self.published.jobs

    async def store_job(self, job: Job) -> Job:
        before = self.jobs.get(job.job_id)
        is_end = before is not None and not before.state.is_finished
        if is_end and job.state.is_finished:
            job = self.budget.with_cost(job, self.published.live[job.job_id])
        await self.history.save_all([job])
        self.published.put(job)
        return job

    async def finish_job(self, job: Job) -> Job:
        """Runs a job through all its states; returns it with its cost."""
        facts: dict[str, Any] = {
            "request_id": job.request_id,
            "queued_s": job.queued_s,
            "finished_s": 0.0,
        }
        await self.store_job(
            replace(job, state=S.WAITING, request_id="", queued_s=0.0, running_s=0.0)
        )
        await self.store_job(replace(job, state=S.QUEUED, running_s=0.0, **facts))
        await self.store_job(replace(job, state=S.RUNNING, **facts))
        return await self.store_job(job)

    async def remove(self, job_id: str) -> None:
        await self.history.delete_all([job_id])
        self.published.remove(job_id)

    def hold_reason(self, **facts: Any) -> HoldReason | None:
        return self.budget.blocking_limit(spending_job("next", **facts))

    def titles(self) -> list[str]:
        return [notice.title for notice in self.shown_notices]


@asynccontextmanager
async def open_budget_harness(
    folder: Path, *, is_billed: bool = True, at_s: float = NOON_S, **settings: Any
) -> AsyncIterator[BudgetHarness]:
    """Opens and closes a budget as the program does, with the history in the folder."""
    database = await Database.open(folder / "history.sqlite")
    history, notices, clock = JobHistory(database), Notices(), FakeClock()
    clock.now_s = at_s
    known_jobs = {"prices": PRICES, **settings}
    preferences = Preferences(Settings(**known_jobs), lambda _settings: None)
    budget = Budget(history, preferences, notices, service=SERVICE, is_billed=is_billed, now=clock)
    harness = BudgetHarness(history, preferences, budget, clock)
    notices.listen(harness.shown_notices.append)
    budget.release_requested.subscribe(harness.released.append)
    await budget.open()
    budget.track_jobs(harness.published)
    harness.published.fill(*await history.load_recent(500, SERVICE))
    harness.published.loaded.publish(None)
    try:
        yield harness
    finally:
        await budget.close()
        await database.close()
