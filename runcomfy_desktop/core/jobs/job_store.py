"""Single entry point for job changes: first the row on disk, then memory, then subscribers.

A change is a function from the current job to the changed job. It is called when its turn has come,
so two changes never overwrite each other. It declines by returning None, or by raising a Problem
with the reason. Changes to several jobs are one write: all of them or none.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.core.jobs.job_index import JobIndex
from runcomfy_desktop.core.jobs.live_job import LiveJobs
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.job import (
    IllegalTransition,
    JobState,
    StateChange,
    can_transition,
)
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.history import TRANSIENT_FIELDS, JobConflict, as_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.jobs.job_transitions import JobChange
    from runcomfy_desktop.core.jobs.live_job import LiveJob
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.store.history import JobHistory

T = TypeVar("T")

# Number of jobs handled or published before the window gets a turn.
BATCH_SIZE = 50
_UNSENT_STATES = (JobState.WAITING, JobState.HELD, JobState.SENDING)

_log = logging.getLogger(__name__)


class JobStore:
    """Owns the jobs, their index and the session's records of them.

    Publishes `changed` with a job, then `state_changed` if it is in another state, and `removed`
    with a job_id.
    """

    def __init__(
        self,
        history: JobHistory,
        notices: Notices,
        rewrite_interval_s: float,
        with_cost: Callable[[Job, LiveJob], Job] = lambda job, _live: job,
    ) -> None:
        """`with_cost` returns an ended job with its cost filled in."""
        self.index = JobIndex()
        self.jobs: Mapping[str, Job] = self.index.jobs
        self.live = LiveJobs()
        self.changed: Topic[Job] = Topic()
        self.state_changed: Topic[StateChange] = Topic()
        self.removed: Topic[str] = Topic()
        self._history = history
        self._notices = notices
        self._rewrite_interval_s = rewrite_interval_s
        self._with_cost = with_cost
        self._write_tasks = Tasks()
        self._rewrite_tasks = Tasks()
        # The lock is fair: the first to wait writes first.
        self._lock = asyncio.Lock()
        # Number of jobs whose rows the disk refused.
        self._unwritten_count = 0
        self._rewrite_task: asyncio.Task[None] | None = None

    def fill(self, jobs: Iterable[Job]) -> None:
        """Adds jobs from the history, oldest first, without publishing them."""
        for job in jobs:
            self.live.enter(job.job_id)
            self.index.put(job)

    def add_from_history(self, job: Job) -> None:
        """Adds a job from the history, or restores a removed one, and publishes it."""
        if self.is_removed(job.job_id):
            for each in self._unremove((job.job_id,)):
                self._announce(each, None)
            return
        self.live.enter(job.job_id)
        self.index.put(job)
        by_position = sorted(self._known_jobs(), key=lambda each: self.live[each.job_id].position)
        for position, each in enumerate(sorted(by_position, key=lambda each: each.created_s)):
            self.live[each.job_id].position = position
        self._sort_jobs()
        self._announce(job, None)

    def has_request_id(self, request_id: str) -> bool:
        """Returns True if a job already has this request id.

        Removed jobs keep their ids: no other job may get the id of one.
        """
        return any(job.request_id == request_id for job in self._known_jobs())

    def _known_jobs(self) -> Iterator[Job]:
        yield from self.jobs.values()
        yield from (live.removed for live in self.live.values() if live.removed is not None)

    def is_removed(self, job_id: str) -> bool:
        """Returns True if the job was removed from the list and can still be restored."""
        return self.live[job_id].removed is not None

    def is_written(self, job_id: str) -> bool:
        """Returns True if the row on disk matches the job in memory."""
        return self.live[job_id].is_written

    async def add_all(self, jobs: Sequence[Job]) -> None:
        """Adds new jobs: all of them or, raising Problem, none."""
        await self._run_shielded("enter jobs", self._add(jobs))

    async def replace(self, job_id: str, change: JobChange, new: Job) -> bool:
        """Changes a job and adds another one in its place: both or none.

        Returns False if `change` declined. Raises Problem if the jobs cannot be written.
        """
        return await self._run_shielded("replace a job", self._replace(job_id, change, new))

    async def commit(self, job_id: str, change: JobChange) -> Job | None:
        """Changes a job. Raises Problem if it cannot be written; then nothing changed.

        Returns the changed job, or None if `change` declined or the job is not in the list.
        """
        return next(iter(await self.commit_all((job_id,), change)), None)

    async def commit_all(self, job_ids: Iterable[str], change: JobChange) -> list[Job]:
        """Changes several jobs like `commit`; returns those that `change` did not decline."""
        work = self._change(tuple(dict.fromkeys(job_ids)), change, strict=True)
        return await self._run_shielded("change jobs", work)

    async def apply(self, job_id: str, change: JobChange) -> Job | None:
        """Changes a job because of an outside event; returns like `commit`.

        If the disk refuses the change, it is kept in memory, reported once, and written as soon as
        possible.
        """
        return next(iter(await self.apply_all((job_id,), change)), None)

    async def apply_all(self, job_ids: Iterable[str], change: JobChange) -> list[Job]:
        """Changes several jobs like `apply`; returns those that `change` did not decline."""
        work = self._change(tuple(dict.fromkeys(job_ids)), change, strict=False)
        return await self._run_shielded("follow jobs", work)

    def set_transient(self, job_id: str, **values: Any) -> None:
        """Sets transient fields of a job, which are never written; returns at once."""
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
        """Removes the jobs that are `is_removable` when their turn comes, and returns them.

        Removed jobs are deleted from the disk when the store is closed, unless they are restored
        before.
        """
        work = self._remove(tuple(dict.fromkeys(job_ids)), is_removable)
        return await self._run_shielded("remove jobs", work)

    async def restore_all(
        self, job_ids: Iterable[str], change: JobChange = lambda _job: None
    ) -> None:
        """Restores removed jobs to their positions, and then applies `change` before any other."""
        await self._run_shielded(
            "restore jobs", self._restore(tuple(dict.fromkeys(job_ids)), change)
        )

    async def close(self) -> None:
        """Waits for all pending changes, tries to write unwritten rows, and deletes removed
        jobs."""
        await self._write_tasks.finish()
        async with self._lock:
            await self._write_unwritten()
            await self._forget_removed()
        await self._rewrite_tasks.close()

    async def _run_shielded(self, name: str, work: Coroutine[Any, Any, T]) -> T:
        # In its own task: the caller may be cancelled, and then row and memory must not differ.
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
            self._set_written(job_id)
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
                # The other jobs were not written either; they are tried again without the dropped
                # ones.
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
        """Removes jobs from the list that another program has changed."""
        for job_id in problem.job_ids:
            self._set_written(job_id)
            if self.index.remove(job_id) is not None:
                self.removed.publish(job_id)
        self._notices.post_failure(problem)

    def _with_transients(self, job: Job, changed: Job) -> Job:
        """Returns `changed` with the newer transient fields, which were set during the write.

        If the state has changed, only the stage of the cancel request is kept.
        """
        current = self.jobs[job.job_id]
        names = TRANSIENT_FIELDS if changed.state is job.state else ("cancel_stage",)
        transients = {each: getattr(current, each) for each in names}
        newer = {each: value for each, value in transients.items() if value != getattr(job, each)}
        return replace(changed, **newer)

    def _apply_change(self, job: Job, change: JobChange) -> Job | None:
        changed = change(job)
        if changed is None or changed.state is job.state:
            return changed
        # Changes go through `Job.with_state`; a change that bypasses it is stopped here.
        if not can_transition(job.state, changed.state):
            raise IllegalTransition(f"{job.state.value} -> {changed.state.value}")
        if not changed.state.is_finished:
            return changed
        return self._with_cost(changed, self.live[changed.job_id])

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
                self._set_written(job.job_id)

    async def _remove(
        self, job_ids: Sequence[str], is_removable: Callable[[Job], bool]
    ) -> list[Job]:
        async with self._lock:
            found = (self.jobs.get(job_id) for job_id in job_ids)
            removed = [job for job in found if job is not None and is_removable(job)]
            for job in removed:
                # All jobs are removed before the first is published and other tasks get a turn.
                self.index.remove(job.job_id)
                self.live[job.job_id].removed = job
            for count, job in enumerate(removed):
                await yield_to_loop(count)
                # The job may have been restored during the turn of another task.
                if self.is_removed(job.job_id):
                    self.removed.publish(job.job_id)
            return removed

    async def _restore(self, job_ids: Sequence[str], change: JobChange) -> None:
        async with self._lock:
            for count, job in enumerate(self._unremove(job_ids)):
                await yield_to_loop(count)
                self._announce(job, None)
            await self._change_locked(job_ids, change, strict=False)

    def _unremove(self, job_ids: Iterable[str]) -> list[Job]:
        """Puts removed jobs back into `jobs`, and returns them in the order of `jobs`."""
        restored = [live for each in job_ids if (live := self.live[each]).removed is not None]
        for live in restored:
            if live.removed is not None:
                self.index.put(live.removed)
                live.removed = None
        self._sort_jobs()
        if self._unwritten_count:
            self._start_rewriting()
        restored.sort(key=lambda live: live.position)
        return [self.jobs[live.job_id] for live in restored]

    async def _forget_removed(self) -> None:
        removed = [job_id for job_id, live in self.live.items() if live.removed is not None]
        for job_id in removed:
            del self.live[job_id]
        if not removed:
            return
        try:
            await self._history.delete_all(removed)
        except Problem as problem:
            # All of them are in the list again at the next start, which is better than only some.
            _log.warning("Removed jobs stay in the history: %s", problem.technical)

    def _sort_jobs(self) -> None:
        """Sorts `jobs` by position."""
        self.index.sort({job_id: self.live[job_id].position for job_id in self.jobs})

    async def _publish_all(self, jobs: Sequence[Job]) -> None:
        for count, job in enumerate(jobs):
            await yield_to_loop(count)
            self._publish(job)

    def _publish(self, job: Job) -> None:
        self.live.enter(job.job_id)
        before = self.index.put(job)
        self._announce(job, None if before is None else before.state)

    def _announce(self, job: Job, before: JobState | None) -> None:
        self.changed.publish(job)
        if job.state is not before:
            self.state_changed.publish(StateChange(job, before))

    def _record_unwritten(self, jobs: Sequence[Job], problem: Problem) -> None:
        for job in jobs:
            _log.warning("The row of job %s was not written: %s", job.job_id, problem.technical)
        if not self._unwritten_jobs():
            self._notices.post(
                Notice(
                    NoticeLevel.ERROR,
                    problem.title,
                    _("Running jobs are followed all the same, and this is tried again. %s")
                    % problem.advice,
                    problem.technical,
                )
            )
        for job in jobs:
            live = self.live[job.job_id]
            self._unwritten_count += live.is_written
            live.is_written = False
        self._start_rewriting()

    def _set_written(self, job_id: str) -> None:
        live = self.live[job_id]
        self._unwritten_count -= not live.is_written
        live.is_written = True

    def _start_rewriting(self) -> None:
        if self._rewrite_task is None or self._rewrite_task.done():
            self._rewrite_task = self._rewrite_tasks.start("write job rows again", self._rewrite())

    async def _rewrite(self) -> None:
        while self._unwritten_jobs():
            await asyncio.sleep(self._rewrite_interval_s)
            async with self._lock:
                await self._write_unwritten()

    async def _write_unwritten(self) -> None:
        jobs = self._unwritten_jobs()
        # Accepted jobs first and separately: they may use the reserved space on the disk.
        for unsent in (False, True):
            group = [job for job in jobs if (job.state in _UNSENT_STATES) is unsent]
            for start in range(0, len(group), BATCH_SIZE):
                if not await self._try_rewrite(group[start : start + BATCH_SIZE]):
                    return

    def _unwritten_jobs(self) -> list[Job]:
        """Returns the jobs in the list whose rows the disk refused; those removed do not count."""
        if not self._unwritten_count:
            return []
        return [job for job_id, job in self.jobs.items() if not self.is_written(job_id)]

    async def _try_rewrite(self, jobs: Sequence[Job]) -> bool:
        try:
            await self._history.save_all(jobs)
        except JobConflict as problem:
            self._drop_overtaken(problem)
            return await self._try_rewrite([job for job in jobs if job.job_id in self.jobs])
        except Problem as problem:
            for job in jobs:
                # The id is logged, because it is the only way to a result that was paid for.
                _log.warning(
                    "The row of job %s (request %s) is still unwritten: %s",
                    job.job_id,
                    job.request_id,
                    problem.technical,
                )
            return False
        for job in jobs:
            self._set_written(job.job_id)
        return True


async def yield_to_loop(count: int) -> None:
    """Gives the window a turn after every `BATCH_SIZE` items."""
    if count % BATCH_SIZE == BATCH_SIZE - 1:
        await asyncio.sleep(0)
