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

from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.domain.job import files_until_s, missing_files

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from runcomfy_desktop.core.polling import Pace
    from runcomfy_desktop.domain.job import Job


_log = logging.getLogger(__name__)


class Found(Enum):
    """What asking again came to."""

    DONE = "done"
    """Nothing is missing any more, or nothing that could still be had."""
    SOME = "some"
    """Something is still missing."""
    UNREACHED = "unreached"
    """RunComfy could not be asked at all: no job's files can be had now."""


class LaterFetches:
    """Owns the row of jobs that lack files. `fetch` asks for those of one, `expire` is called for
    one whose files are gone."""

    def __init__(
        self,
        jobs: Mapping[str, Job],
        fetch: Callable[[str], Awaitable[Found]],
        expire: Callable[[str], Awaitable[object]],
        now: Callable[[], float],
        pace: Pace,
    ) -> None:
        self._jobs = jobs
        self._fetch = fetch
        self._expire = expire
        self._now = now
        self._pace = pace
        # When each is due, its place in the order of coming, and the job: on a coarse clock many
        # are due at the same moment.
        self._row: list[tuple[float, int, str]] = []
        self._numbers = itertools.count()
        self._asked: dict[str, int] = {}
        self._bell = asyncio.Event()
        self._tasks = Tasks()
        self._working: asyncio.Task[None] | None = None

    def begin(self, jobs: Iterable[Job]) -> None:
        """Puts those in the row which an earlier program left with files missing; first those
        whose files go first."""
        for job in sorted(jobs, key=files_until_s):
            if missing_files(job):
                self.put(job.job_id)

    def put(self, job_id: str) -> None:
        """The job lacks files; one that is in the row already keeps its turn."""
        if job_id in self._asked:
            return
        self._asked[job_id] = 0
        self._push(job_id)
        if self._working is None or self._working.done():
            self._working = self._tasks.start("fetch files later", self._work())

    async def close(self) -> None:
        await self._tasks.close()

    async def _work(self) -> None:
        while self._row:
            due_s, _number, job_id = self._row[0]
            wait_s = due_s - asyncio.get_running_loop().time()
            if wait_s > 0:
                await self._until_rung(wait_s)
                continue
            heapq.heappop(self._row)
            # Nobody waits for those whose files are gone: there may be thousands.
            if await self._take_turn(job_id):
                await asyncio.sleep(self._pace.later_apart_s)

    async def _until_rung(self, wait_s: float) -> None:
        self._bell.clear()
        try:
            async with asyncio.timeout(wait_s):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _take_turn(self, job_id: str) -> bool:
        """Whether RunComfy was asked."""
        job = self._jobs.get(job_id)
        if job is None or not missing_files(job):
            del self._asked[job_id]
            return False
        if self._now() >= files_until_s(job):
            await self._expire(job_id)
            del self._asked[job_id]
            return False
        is_asked = self._asked[job_id] < len(self._pace.later_s)
        if is_asked:
            found = await self._found(job_id)
            if found is Found.DONE:
                del self._asked[job_id]
                return True
            if found is Found.UNREACHED:
                self._put_all_off()
            else:
                self._asked[job_id] += 1
        self._push(job_id)
        return is_asked

    async def _found(self, job_id: str) -> Found:
        try:
            return await self._fetch(job_id)
        except Exception:
            # A bug: the others are still asked for, and this one by the person.
            _log.exception("Job %s: its files cannot be asked for", job_id)
            return Found.DONE

    def _push(self, job_id: str) -> None:
        asked = self._asked[job_id]
        pauses_s = self._pace.later_s
        if asked < len(pauses_s):
            wait_s = pauses_s[asked]
        else:
            # Only to say that they are gone; a job that is not known any more is dropped then.
            job = self._jobs.get(job_id)
            wait_s = max(pauses_s[-1], files_until_s(job) - self._now()) if job else 0.0
        due_s = asyncio.get_running_loop().time() + wait_s
        heapq.heappush(self._row, (due_s, next(self._numbers), job_id))
        self._bell.set()

    def _put_all_off(self) -> None:
        """Nobody's turn before the pause is over: whoever is offline is so for all of them."""
        least_s = asyncio.get_running_loop().time() + self._pace.later_s[0]
        self._row = [(max(due_s, least_s), number, who) for due_s, number, who in self._row]
        heapq.heapify(self._row)
