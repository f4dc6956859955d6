"""The one door for job changes: durable row first, then memory, then everybody who listens.

A change is a function from the job as it is to the job as it shall be. It is called when its turn
has come, so two changes never overwrite each other, and it declines by returning None.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.history import as_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.store.history import History

T = TypeVar("T")
Step: TypeAlias = "Callable[[Job], Job | None]"

_log = logging.getLogger(__name__)


class Ledger:
    """Owns the jobs. Publishes `changed` with a job, and `removed` with a job_id."""

    def __init__(
        self,
        history: History,
        notices: Notices,
        rewrite_s: float,
        settle: Callable[[Job], Job] = lambda job: job,
    ) -> None:
        """`settle` says of a job that ends what it cost."""
        self.jobs: dict[str, Job] = {}
        self.changed: Topic[Job] = Topic()
        self.removed: Topic[str] = Topic()
        self._history = history
        self._notices = notices
        self._rewrite_s = rewrite_s
        self._settle = settle
        self._tasks = Tasks()
        # Fair: whoever asked first writes first.
        self._turn = asyncio.Lock()
        self._unwritten: set[str] = set()
        self._rewriting: asyncio.Task[None] | None = None

    def fill(self, jobs: Iterable[Job]) -> None:
        """Takes over what the history holds, oldest first; nobody is told."""
        self.jobs.update((job.job_id, job) for job in jobs)

    def is_written(self, job_id: str) -> bool:
        """Whether the disk has the job as memory has it."""
        return job_id not in self._unwritten

    async def add(self, job: Job) -> None:
        """Enters a new job. Raises Problem when it cannot be written; then it is not entered."""
        await self._carry_out("enter a job", self._add(job))

    async def commit(self, job_id: str, step: Step) -> Job | None:
        """Changes a job. Raises Problem when that cannot be written; then nothing changed.

        Returns the changed job, None when `step` declined or the job is gone.
        """
        return await self._carry_out("change a job", self._change(job_id, step, strict=True))

    async def keep(self, job_id: str, step: Step) -> Job | None:
        """Changes a job because the world changed: what the disk refuses is kept in memory,
        said once, and written as soon as the disk allows."""
        return await self._carry_out("follow a job", self._change(job_id, step, strict=False))

    def show(self, job_id: str, **facts: Any) -> None:
        """Sets facts of the moment, which are never written; returns at once."""
        job = self.jobs.get(job_id)
        if job is None:
            return
        shown = replace(job, **facts)
        assert as_stored(shown) == as_stored(job), "A lasting fact has to be written"
        if shown != job:
            self._publish(shown)

    async def remove(self, job_id: str) -> None:
        """Forgets a job. Raises Problem when the disk refuses; then it stays."""
        await self._carry_out("remove a job", self._remove(job_id))

    async def close(self) -> None:
        """Ends when everything that was asked for is done; tries the unwritten once more."""
        async with self._turn:
            await self._write_unwritten()
        await self._tasks.close()

    async def _carry_out(self, name: str, work: Coroutine[Any, Any, T]) -> T:
        # A task of its own: whoever waits for it may be cancelled, and then row and memory must
        # not differ.
        task: asyncio.Task[T] = self._tasks.start(name, work)
        return await asyncio.shield(task)

    async def _add(self, job: Job) -> None:
        async with self._turn:
            await self._history.save(job)
            self._publish(job)

    async def _change(self, job_id: str, step: Step, *, strict: bool) -> Job | None:
        async with self._turn:
            job = self.jobs.get(job_id)
            changed = step(job) if job is not None else None
            if job is None or changed is None:
                return None
            if changed == job:
                return job
            if changed.state.is_finished and not job.state.is_finished:
                changed = self._settle(changed)
            if as_stored(changed) != as_stored(job) or not self.is_written(job_id):
                await self._write(changed, strict=strict)
            self._publish(changed)
            return changed

    async def _write(self, job: Job, *, strict: bool) -> None:
        try:
            await self._history.save(job)
            self._unwritten.discard(job.job_id)
        except Problem as problem:
            if strict:
                raise
            self._note_unwritten(job, problem)

    async def _remove(self, job_id: str) -> None:
        async with self._turn:
            if job_id not in self.jobs:
                return
            await self._history.delete(job_id)
            self._unwritten.discard(job_id)
            del self.jobs[job_id]
            self.removed.publish(job_id)

    def _publish(self, job: Job) -> None:
        self.jobs[job.job_id] = job
        self.changed.publish(job)

    def _note_unwritten(self, job: Job, problem: Problem) -> None:
        _log.warning("The row of job %s was not written: %s", job.job_id, problem.technical)
        if not self._unwritten:
            self._notices.tell(
                Notice(
                    NoticeLevel.ERROR,
                    problem.title,
                    _("Running jobs are followed all the same, and this is tried again. %s")
                    % problem.advice,
                    problem.technical,
                )
            )
        self._unwritten.add(job.job_id)
        if self._rewriting is None or self._rewriting.done():
            self._rewriting = self._tasks.start("write job rows again", self._rewrite())

    async def _rewrite(self) -> None:
        while self._unwritten:
            await asyncio.sleep(self._rewrite_s)
            async with self._turn:
                await self._write_unwritten()

    async def _write_unwritten(self) -> None:
        for job_id in list(self._unwritten):
            try:
                await self._history.save(self.jobs[job_id])
            except Problem as problem:
                # The id stands in the log, because it is the only way to what was paid for.
                _log.warning(
                    "The row of job %s (request %s) is still unwritten: %s",
                    job_id,
                    self.jobs[job_id].request_id,
                    problem.technical,
                )
                return
            self._unwritten.discard(job_id)
