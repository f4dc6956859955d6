"""The one door for job changes: durable row first, then memory, then everybody who listens.

A change is a function from the job as it is to the job as it shall be. It is called when its turn
has come, so two changes never overwrite each other, and it declines by returning None, or with
a Problem that says why. Many jobs change in one write: all of them or none.
"""

from __future__ import annotations

import asyncio
import logging
from collections import ChainMap
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.job import IllegalTransition, JobState, can_transition
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.history import TRANSIENT_FIELDS, JobConflict, as_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.store.history import JobHistory

T = TypeVar("T")
JobChange: TypeAlias = "Callable[[Job], Job | None]"

# So many jobs are looked at or told of before the window gets its turn.
BATCH_SIZE = 50
_UNSENT_STATES = (JobState.WAITING, JobState.HELD, JobState.SENDING)

_log = logging.getLogger(__name__)


class JobStore:
    """Owns the jobs. Publishes `changed` with a job, and `removed` with a job_id."""

    def __init__(
        self,
        history: JobHistory,
        notices: Notices,
        rewrite_interval_s: float,
        with_cost: Callable[[Job], Job] = lambda job: job,
    ) -> None:
        """`with_cost` says of a job that ends what it cost."""
        self.jobs: dict[str, Job] = {}
        self.changed: Topic[Job] = Topic()
        self.removed: Topic[str] = Topic()
        # Taken out of the list by the user, who may want them back. Their rows stay until the end:
        # a program that crashes before has lost nothing.
        self._removed: dict[str, Job] = {}
        self._removed_unwritten: set[str] = set()
        # Those, too, have their requests: no other job may get one of them.
        self.known_jobs: Mapping[str, Job] = ChainMap(self.jobs, self._removed)
        # Where each belongs in `jobs`, the removed ones among them.
        self._positions: dict[str, int] = {}
        self._history = history
        self._notices = notices
        self._rewrite_interval_s = rewrite_interval_s
        self._with_cost = with_cost
        self._write_tasks = Tasks()
        self._rewrite_tasks = Tasks()
        # Fair: whoever asked first writes first.
        self._lock = asyncio.Lock()
        # In the order in which the disk refused them.
        self._unwritten: dict[str, None] = {}
        self._rewrite_task: asyncio.Task[None] | None = None

    def fill(self, jobs: Iterable[Job]) -> None:
        """Takes over what the history holds, oldest first; nobody is told."""
        for job in jobs:
            self._insert(job)

    def add_from_history(self, job: Job) -> None:
        """Takes over one more that the history holds, or that was removed, and tells of it."""
        if job.job_id in self._removed:
            for each in self._unremove((job.job_id,)):
                self._publish(each)
            return
        self.jobs[job.job_id] = job
        known = {**self.jobs, **self._removed}
        by_position = sorted(known, key=lambda each: self._positions.get(each, len(known)))
        by_age = sorted(by_position, key=lambda each: known[each].created_s)
        self._positions = {job_id: position for position, job_id in enumerate(by_age)}
        self._sort_jobs()
        self.changed.publish(job)

    def is_removed(self, job_id: str) -> bool:
        """Returns whether the job was taken out of the list and can still be put back."""
        return job_id in self._removed

    def is_written(self, job_id: str) -> bool:
        """Whether the disk has the job as memory has it."""
        return job_id not in self._unwritten

    async def add_all(self, jobs: Sequence[Job]) -> None:
        """Enters new jobs, all of them or, raising Problem, none."""
        await self._run_shielded("enter jobs", self._add(jobs))

    async def replace(self, job_id: str, change: JobChange, new: Job) -> bool:
        """Changes a job and enters another one in its place: both or none. False when `change`
        declined. Raises Problem when it cannot be written."""
        return await self._run_shielded("replace a job", self._replace(job_id, change, new))

    async def commit(self, job_id: str, change: JobChange) -> Job | None:
        """Changes a job. Raises Problem when that cannot be written; then nothing changed.

        Returns the changed job, None when `change` declined or the job is gone.
        """
        return next(iter(await self.commit_all((job_id,), change)), None)

    async def commit_all(self, job_ids: Iterable[str], change: JobChange) -> list[Job]:
        """The same for many; returns those that `change` did not decline."""
        work = self._change(tuple(dict.fromkeys(job_ids)), change, strict=True)
        return await self._run_shielded("change jobs", work)

    async def apply(self, job_id: str, change: JobChange) -> Job | None:
        """Changes a job because the world changed: what the disk refuses is kept in memory,
        said once, and written as soon as the disk allows."""
        return next(iter(await self.apply_all((job_id,), change)), None)

    async def apply_all(self, job_ids: Iterable[str], change: JobChange) -> list[Job]:
        """The same for many; returns those that `change` did not decline."""
        work = self._change(tuple(dict.fromkeys(job_ids)), change, strict=False)
        return await self._run_shielded("follow jobs", work)

    def set_transient(self, job_id: str, **values: Any) -> None:
        """Sets facts of the moment, which are never written; returns at once."""
        job = self.jobs.get(job_id)
        if job is None:
            return
        changed = replace(job, **values)
        assert as_stored(changed) == as_stored(job), "A lasting fact has to be written"
        if changed != job:
            self._publish(changed)

    async def remove_all(
        self, job_ids: Iterable[str], is_removable: Callable[[Job], bool]
    ) -> list[Job]:
        """Takes those of the jobs out of the list that `is_removable` when it is their turn, and
        returns them. They are forgotten when the store is closed, unless they are restored
        before."""
        work = self._remove(tuple(dict.fromkeys(job_ids)), is_removable)
        return await self._run_shielded("remove jobs", work)

    async def restore_all(
        self, job_ids: Iterable[str], change: JobChange = lambda _job: None
    ) -> None:
        """Puts removed jobs back as they were, where they were, and changes them by `change` before
        anybody else can."""
        await self._run_shielded(
            "restore jobs", self._restore(tuple(dict.fromkeys(job_ids)), change)
        )

    async def close(self) -> None:
        """Ends when everything that was asked for is done; tries the unwritten once more, and
        forgets what was removed."""
        await self._write_tasks.finish()
        async with self._lock:
            await self._write_unwritten()
            await self._forget_removed()
        await self._rewrite_tasks.close()

    async def _run_shielded(self, name: str, work: Coroutine[Any, Any, T]) -> T:
        # A task of its own: whoever waits for it may be cancelled, and then row and memory must
        # not differ.
        task: asyncio.Task[T] = self._write_tasks.start(name, work)
        return await asyncio.shield(task)

    async def _add(self, jobs: Sequence[Job]) -> None:
        async with self._lock:
            self._assert_new(jobs)
            await self._history.save_all(jobs)
            await self._publish_all(jobs)

    async def _replace(self, job_id: str, change: JobChange, new: Job) -> bool:
        async with self._lock:
            job = self.jobs.get(job_id)
            changed = self._apply_change(job, change) if job is not None else None
            if changed is None:
                return False
            self._assert_new((new,))
            try:
                await self._history.save_all((new, changed))
            except JobConflict as problem:
                self._drop_overtaken(problem)
                return False
            self._unwritten.pop(job_id, None)
            await self._publish_all((new, changed))
            return True

    def _assert_new(self, jobs: Sequence[Job]) -> None:
        assert not any(job.job_id in self.jobs for job in jobs), "A job is entered only once"

    async def _change(
        self, job_ids: Sequence[str], change: JobChange, *, strict: bool
    ) -> list[Job]:
        async with self._lock:
            return await self._change_locked(job_ids, change, strict=strict)

    async def _change_locked(
        self, job_ids: Sequence[str], change: JobChange, *, strict: bool
    ) -> list[Job]:
        while True:
            try:
                return await self._change_once(job_ids, change, strict=strict)
            except JobConflict as problem:
                # The others are not written either, and are tried again without these.
                self._drop_overtaken(problem)

    async def _change_once(
        self, job_ids: Sequence[str], change: JobChange, *, strict: bool
    ) -> list[Job]:
        results, to_write, to_publish = [], [], []
        for count, job_id in enumerate(job_ids):
            await yield_to_loop(count)
            job = self.jobs.get(job_id)
            changed = self._apply_change(job, change) if job is not None else None
            if job is None or changed is None:
                continue
            results.append(changed)
            if changed == job:
                continue
            to_publish.append((job, changed))
            if as_stored(changed) != as_stored(job) or not self.is_written(job_id):
                to_write.append(changed)
        if to_write:
            await self._write(to_write, strict=strict)
        await self._publish_all([self._with_transients(*each) for each in to_publish])
        return results

    def _drop_overtaken(self, problem: JobConflict) -> None:
        """Another program has these jobs: here they are not in the list any more."""
        for job_id in problem.job_ids:
            self._unwritten.pop(job_id, None)
            if self.jobs.pop(job_id, None) is not None:
                self.removed.publish(job_id)
        self._notices.post_failure(problem)

    def _with_transients(self, job: Job, changed: Job) -> Job:
        """Keeps what was shown while the disk wrote, because it is newer; of another state it says
        nothing, but where the wish to cancel stands."""
        current = self.jobs[job.job_id]
        names = TRANSIENT_FIELDS if changed.state is job.state else ("cancel_stage",)
        transients = {each: getattr(current, each) for each in names}
        newer = {each: value for each, value in transients.items() if value != getattr(job, each)}
        return replace(changed, **newer)

    def _apply_change(self, job: Job, change: JobChange) -> Job | None:
        changed = change(job)
        if changed is None or changed.state is job.state:
            return changed
        # Steps move jobs by `Job.moved`; whoever went round it is stopped here.
        if not can_transition(job.state, changed.state):
            raise IllegalTransition(f"{job.state.value} -> {changed.state.value}")
        return self._with_cost(changed) if changed.state.is_finished else changed

    async def _write(self, jobs: Sequence[Job], *, strict: bool) -> None:
        try:
            await self._history.save_all(jobs)
        except JobConflict:
            raise
        except Problem as problem:
            if strict:
                raise
            self._record_unwritten(jobs, problem)
        else:
            for job in jobs:
                self._unwritten.pop(job.job_id, None)

    async def _remove(
        self, job_ids: Sequence[str], is_removable: Callable[[Job], bool]
    ) -> list[Job]:
        async with self._lock:
            found = (self.jobs.get(job_id) for job_id in job_ids)
            removed = [job for job in found if job is not None and is_removable(job)]
            for job in removed:
                # All of them before anybody hears of one, and gets a turn.
                del self.jobs[job.job_id]
                self._removed[job.job_id] = job
                if not self.is_written(job.job_id):
                    del self._unwritten[job.job_id]
                    self._removed_unwritten.add(job.job_id)
            for count, job in enumerate(removed):
                await yield_to_loop(count)
                # It may have been taken up meanwhile.
                if job.job_id in self._removed:
                    self.removed.publish(job.job_id)
            return removed

    async def _restore(self, job_ids: Sequence[str], change: JobChange) -> None:
        async with self._lock:
            await self._publish_all(self._unremove(job_ids))
            await self._change_locked(job_ids, change, strict=False)

    def _unremove(self, job_ids: Iterable[str]) -> list[Job]:
        """Puts removed jobs into `jobs` again, and returns them in its order."""
        found = [(job_id, self._removed.pop(job_id, None)) for job_id in job_ids]
        restored = {job_id: job for job_id, job in found if job is not None}
        self.jobs.update(restored)
        self._sort_jobs()
        unwritten = self._removed_unwritten & restored.keys()
        self._removed_unwritten -= unwritten
        if unwritten:
            self._write_later(restored[job_id] for job_id in unwritten)
        return [job for job_id, job in self.jobs.items() if job_id in restored]

    async def _forget_removed(self) -> None:
        removed = list(self._removed)
        self._removed.clear()
        if not removed:
            return
        try:
            await self._history.delete_all(removed)
        except Problem as problem:
            # They are in the list again at the next start, which is better than half of it.
            _log.warning("Removed jobs stay in the history: %s", problem.technical)

    def _insert(self, job: Job) -> None:
        self._positions.setdefault(job.job_id, len(self._positions))
        self.jobs[job.job_id] = job

    def _sort_jobs(self) -> None:
        """Puts `jobs` into the order of their places."""
        jobs = dict(self.jobs)
        self.jobs.clear()
        self.jobs.update(
            (each, jobs[each]) for each in sorted(jobs, key=self._positions.__getitem__)
        )

    async def _publish_all(self, jobs: Sequence[Job]) -> None:
        for count, job in enumerate(jobs):
            await yield_to_loop(count)
            self._publish(job)

    def _publish(self, job: Job) -> None:
        self._insert(job)
        self.changed.publish(job)

    def _record_unwritten(self, jobs: Sequence[Job], problem: Problem) -> None:
        for job in jobs:
            _log.warning("The row of job %s was not written: %s", job.job_id, problem.technical)
        if not self._unwritten:
            self._notices.post(
                Notice(
                    NoticeLevel.ERROR,
                    problem.title,
                    _("Running jobs are followed all the same, and this is tried again. %s")
                    % problem.advice,
                    problem.technical,
                )
            )
        self._write_later(jobs)

    def _write_later(self, jobs: Iterable[Job]) -> None:
        self._unwritten.update((job.job_id, None) for job in jobs)
        if self._rewrite_task is None or self._rewrite_task.done():
            self._rewrite_task = self._rewrite_tasks.start("write job rows again", self._rewrite())

    async def _rewrite(self) -> None:
        while self._unwritten:
            await asyncio.sleep(self._rewrite_interval_s)
            async with self._lock:
                await self._write_unwritten()

    async def _write_unwritten(self) -> None:
        jobs = [self.jobs[job_id] for job_id in self._unwritten]
        # What was accepted first, and apart: it may take the room that is held back on the disk.
        for unsent in (False, True):
            group = [job for job in jobs if (job.state in _UNSENT_STATES) is unsent]
            for start in range(0, len(group), BATCH_SIZE):
                if not await self._try_rewrite(group[start : start + BATCH_SIZE]):
                    return

    async def _try_rewrite(self, jobs: Sequence[Job]) -> bool:
        try:
            await self._history.save_all(jobs)
        except JobConflict as problem:
            self._drop_overtaken(problem)
            return await self._try_rewrite([job for job in jobs if job.job_id in self._unwritten])
        except Problem as problem:
            for job in jobs:
                # The id stands in the log, because it is the only way to what was paid for.
                _log.warning(
                    "The row of job %s (request %s) is still unwritten: %s",
                    job.job_id,
                    job.request_id,
                    problem.technical,
                )
            return False
        for job in jobs:
            self._unwritten.pop(job.job_id, None)
        return True


async def yield_to_loop(count: int) -> None:
    """Gives the window its turn now and then."""
    if count % BATCH_SIZE == BATCH_SIZE - 1:
        await asyncio.sleep(0)
