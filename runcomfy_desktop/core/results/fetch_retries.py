"""Asks again for files that could not be had, by itself and quietly, as long as RunComfy has them.

A few times while the program runs, and once more at its next start; one job at a time, so that a
thousand of them are no storm either.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.domain.jobs.job import files_expiry_s, missing_files

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from runcomfy_desktop.core.jobs.queue_policy import QueuePolicy
    from runcomfy_desktop.domain.jobs.job import Job


_log = logging.getLogger(__name__)


class FetchOutcome(Enum):
    """What asking again came to."""

    DONE = "done"
    """Nothing is missing any more, or nothing that could still be had."""
    INCOMPLETE = "some"
    """Something is still missing."""
    UNREACHABLE = "unreached"
    """RunComfy could not be asked at all: no job's files can be had now."""


class FetchRetries:
    """Owns the row of jobs that lack files. `fetch` asks for those of one, `expire` is called for
    one whose files are gone."""

    def __init__(
        self,
        jobs: Mapping[str, Job],
        fetch: Callable[[str], Awaitable[FetchOutcome]],
        expire: Callable[[str], Awaitable[object]],
        now: Callable[[], float],
        policy: QueuePolicy,
    ) -> None:
        self._jobs = jobs
        self._fetch = fetch
        self._expire = expire
        self._now = now
        self._policy = policy
        # When each is due, its place in the order of coming, and the job: on a coarse clock many
        # are due at the same moment.
        self._queue: list[tuple[float, int, str]] = []
        self._sequence = itertools.count()
        self._tries: dict[str, int] = {}
        self._wake_event = asyncio.Event()
        self._tasks = Tasks()
        self._worker: asyncio.Task[None] | None = None

    def start(self, jobs: Iterable[Job]) -> None:
        """Puts those in the row which an earlier program left with files missing; first those
        whose files go first."""
        for job in sorted(jobs, key=files_expiry_s):
            if missing_files(job):
                self.add(job.job_id)

    def add(self, job_id: str) -> None:
        """The job lacks files; one that is in the row already keeps its turn."""
        if job_id in self._tries:
            return
        self._tries[job_id] = 0
        self._push(job_id)
        if self._worker is None or self._worker.done():
            self._worker = self._tasks.start("fetch files later", self._run())

    async def close(self) -> None:
        await self._tasks.close()

    async def _run(self) -> None:
        while self._queue:
            due_s, _number, job_id = self._queue[0]
            wait_s = due_s - asyncio.get_running_loop().time()
            if wait_s > 0:
                await self._wait_for_wake(wait_s)
                continue
            heapq.heappop(self._queue)
            # Nobody waits for those whose files are gone: there may be thousands.
            if await self._process(job_id):
                await asyncio.sleep(self._policy.fetch_retry_interval_s)

    async def _wait_for_wake(self, wait_s: float) -> None:
        self._wake_event.clear()
        try:
            async with asyncio.timeout(wait_s):
                await self._wake_event.wait()
        except TimeoutError:
            return

    async def _process(self, job_id: str) -> bool:
        """Whether RunComfy was asked."""
        job = self._jobs.get(job_id)
        if job is None or not missing_files(job):
            del self._tries[job_id]
            return False
        if self._now() >= files_expiry_s(job):
            await self._expire(job_id)
            del self._tries[job_id]
            return False
        was_fetched = self._tries[job_id] < len(self._policy.fetch_retry_waits_s)
        if was_fetched:
            outcome = await self._try_fetch(job_id)
            if outcome is FetchOutcome.DONE:
                del self._tries[job_id]
                return True
            if outcome is FetchOutcome.UNREACHABLE:
                self._postpone_all()
            else:
                self._tries[job_id] += 1
        self._push(job_id)
        return was_fetched

    async def _try_fetch(self, job_id: str) -> FetchOutcome:
        try:
            return await self._fetch(job_id)
        except Exception:
            # A bug: the others are still asked for, and this one by the person.
            _log.exception("Job %s: its files cannot be asked for", job_id)
            return FetchOutcome.DONE

    def _push(self, job_id: str) -> None:
        tries = self._tries[job_id]
        waits_s = self._policy.fetch_retry_waits_s
        if tries < len(waits_s):
            wait_s = waits_s[tries]
        else:
            # Only to say that they are gone; a job that is not known any more is dropped then.
            job = self._jobs.get(job_id)
            wait_s = max(waits_s[-1], files_expiry_s(job) - self._now()) if job else 0.0
        due_s = asyncio.get_running_loop().time() + wait_s
        heapq.heappush(self._queue, (due_s, next(self._sequence), job_id))
        self._wake_event.set()

    def _postpone_all(self) -> None:
        """Nobody's turn before the pause is over: whoever is offline is so for all of them."""
        min_s = asyncio.get_running_loop().time() + self._policy.fetch_retry_waits_s[0]
        self._queue = [(max(due_s, min_s), number, job_id) for due_s, number, job_id in self._queue]
        heapq.heapify(self._queue)
