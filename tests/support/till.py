"""A purse with jobs that are changed as a queue changes them: on disk first, then told."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.preferences import Preferences
from runcomfy_desktop.core.purse import Purse
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain.job import Hold, Job, JobState
from runcomfy_desktop.domain.settings import Settings
from runcomfy_desktop.store.database import Database
from runcomfy_desktop.store.history import History
from tests.support.clock import Clock
from tests.support.spent_jobs import NOON_S, SERVICE, SKU, job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

S = JobState
HOURLY = 3.60
"""A thousandth of a dollar a second."""
PRICES = ((SKU, HOURLY),)


@dataclass
class Till:
    """What a test sees and does."""

    history: History
    preferences: Preferences
    purse: Purse
    clock: Clock
    jobs: dict[str, Job] = field(default_factory=dict)
    loaded: Topic[None] = field(default_factory=Topic)
    changed: Topic[Job] = field(default_factory=Topic)
    removed: Topic[str] = field(default_factory=Topic)
    told: list[Notice] = field(default_factory=list)
    released: list[tuple[str, ...]] = field(default_factory=list)

    async def put(self, changed: Job) -> Job:
        before = self.jobs.get(changed.job_id)
        is_end = before is not None and not before.state.is_finished
        if is_end and changed.state.is_finished:
            changed = self.purse.settle(changed)
        await self.history.save_all([changed])
        self.jobs[changed.job_id] = changed
        self.changed.publish(changed)
        return changed

    async def run(self, ended: Job) -> Job:
        """A whole life; returns the job with what it cost."""
        facts: dict[str, Any] = {
            "request_id": ended.request_id,
            "queued_s": ended.queued_s,
            "finished_s": 0.0,
        }
        await self.put(replace(ended, state=S.WAITING, request_id="", queued_s=0.0, running_s=0.0))
        await self.put(replace(ended, state=S.QUEUED, running_s=0.0, **facts))
        await self.put(replace(ended, state=S.RUNNING, **facts))
        return await self.put(ended)

    async def remove(self, job_id: str) -> None:
        await self.history.delete_all([job_id])
        del self.jobs[job_id]
        self.removed.publish(job_id)

    def objection(self, **facts: Any) -> Hold | None:
        return self.purse.objection(job("next", **facts))

    def titles(self) -> list[str]:
        return [notice.title for notice in self.told]


@asynccontextmanager
async def open_till(
    folder: Path, *, is_billed: bool = True, at_s: float = NOON_S, **settings: Any
) -> AsyncIterator[Till]:
    """A program from start to end, with what an earlier one left in the folder."""
    database = await Database.open(folder / "history.sqlite")
    history, notices, clock = History(database), Notices(), Clock()
    clock.now_s = at_s
    known = {"prices": PRICES, **settings}
    preferences = Preferences(Settings(**known), lambda _settings: None)
    purse = Purse(history, preferences, notices, service=SERVICE, is_billed=is_billed, now=clock)
    till = Till(history, preferences, purse, clock)
    notices.listen(till.told.append)
    purse.release_wanted.subscribe(till.released.append)
    await purse.open()
    purse.follow(till.jobs, till.loaded, till.changed, till.removed)
    till.jobs.update({each.job_id: each for each in await history.load_recent(500, SERVICE)})
    till.loaded.publish(None)
    try:
        yield till
    finally:
        await purse.close()
        await database.close()
