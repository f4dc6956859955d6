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

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Topic
from runcomfy_desktop.domain.job import IllegalMove, JobState, may_move
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.history import OF_THE_MOMENT, Overtaken, as_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence

    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.domain.job import Job
    from runcomfy_desktop.store.history import History

T = TypeVar("T")
Step: TypeAlias = "Callable[[Job], Job | None]"

# So many jobs are looked at or told of before the window gets its turn.
PIECE = 50
_UNSENT = (JobState.WAITING, JobState.HELD, JobState.SENDING)

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
        # Taken out of the list by the user, who may want them back. Their rows stay until the end:
        # a program that crashes before has lost nothing.
        self._removed: dict[str, Job] = {}
        self._removed_unwritten: set[str] = set()
        # Those, too, have their requests: no other job may get one of them.
        self.known: Mapping[str, Job] = ChainMap(self.jobs, self._removed)
        # Where each belongs in `jobs`, the removed ones among them.
        self._places: dict[str, int] = {}
        self._history = history
        self._notices = notices
        self._rewrite_s = rewrite_s
        self._settle = settle
        self._works = Tasks()
        self._rewriters = Tasks()
        # Fair: whoever asked first writes first.
        self._turn = asyncio.Lock()
        # In the order in which the disk refused them.
        self._unwritten: dict[str, None] = {}
        self._rewriting: asyncio.Task[None] | None = None

    def fill(self, jobs: Iterable[Job]) -> None:
        """Takes over what the history holds, oldest first; nobody is told."""
        for job in jobs:
            self._enter(job)

    def take_up(self, job: Job) -> None:
        """Takes over one more that the history holds, or that was removed, and tells of it."""
        if job.job_id in self._removed:
            for each in self._taken_back((job.job_id,)):
                self._publish(each)
            return
        self.jobs[job.job_id] = job
        known = {**self.jobs, **self._removed}
        by_place = sorted(known, key=lambda each: self._places.get(each, len(known)))
        by_age = sorted(by_place, key=lambda each: known[each].created_s)
        self._places = {job_id: place for place, job_id in enumerate(by_age)}
        self._arrange()
        self.changed.publish(job)

    def is_removed(self, job_id: str) -> bool:
        """Returns whether the job was taken out of the list and can still be put back."""
        return job_id in self._removed

    def is_written(self, job_id: str) -> bool:
        """Whether the disk has the job as memory has it."""
        return job_id not in self._unwritten

    async def add_all(self, jobs: Sequence[Job]) -> None:
        """Enters new jobs, all of them or, raising Problem, none."""
        await self._carry_out("enter jobs", self._add(jobs))

    async def replace(self, job_id: str, step: Step, new: Job) -> bool:
        """Changes a job and enters another one in its place: both or none. False when `step`
        declined. Raises Problem when it cannot be written."""
        return await self._carry_out("replace a job", self._replace(job_id, step, new))

    async def commit(self, job_id: str, step: Step) -> Job | None:
        """Changes a job. Raises Problem when that cannot be written; then nothing changed.

        Returns the changed job, None when `step` declined or the job is gone.
        """
        return next(iter(await self.commit_all((job_id,), step)), None)

    async def commit_all(self, job_ids: Iterable[str], step: Step) -> list[Job]:
        """The same for many; returns those that `step` did not decline."""
        work = self._change(tuple(dict.fromkeys(job_ids)), step, strict=True)
        return await self._carry_out("change jobs", work)

    async def keep(self, job_id: str, step: Step) -> Job | None:
        """Changes a job because the world changed: what the disk refuses is kept in memory,
        said once, and written as soon as the disk allows."""
        return next(iter(await self.keep_all((job_id,), step)), None)

    async def keep_all(self, job_ids: Iterable[str], step: Step) -> list[Job]:
        """The same for many; returns those that `step` did not decline."""
        work = self._change(tuple(dict.fromkeys(job_ids)), step, strict=False)
        return await self._carry_out("follow jobs", work)

    def show(self, job_id: str, **facts: Any) -> None:
        """Sets facts of the moment, which are never written; returns at once."""
        job = self.jobs.get(job_id)
        if job is None:
            return
        shown = replace(job, **facts)
        assert as_stored(shown) == as_stored(job), "A lasting fact has to be written"
        if shown != job:
            self._publish(shown)

    async def remove_all(self, job_ids: Iterable[str], may_go: Callable[[Job], bool]) -> list[Job]:
        """Takes those of the jobs out of the list that `may_go` when it is their turn, and returns
        them. They are forgotten when the ledger is closed, unless they are restored before."""
        work = self._remove(tuple(dict.fromkeys(job_ids)), may_go)
        return await self._carry_out("remove jobs", work)

    async def restore_all(self, job_ids: Iterable[str], step: Step = lambda _job: None) -> None:
        """Puts removed jobs back as they were, where they were, and changes them by `step` before
        anybody else can."""
        await self._carry_out("restore jobs", self._restore(tuple(dict.fromkeys(job_ids)), step))

    async def close(self) -> None:
        """Ends when everything that was asked for is done; tries the unwritten once more, and
        forgets what was removed."""
        await self._works.finish()
        async with self._turn:
            await self._write_unwritten()
            await self._forget_removed()
        await self._rewriters.close()

    async def _carry_out(self, name: str, work: Coroutine[Any, Any, T]) -> T:
        # A task of its own: whoever waits for it may be cancelled, and then row and memory must
        # not differ.
        task: asyncio.Task[T] = self._works.start(name, work)
        return await asyncio.shield(task)

    async def _add(self, jobs: Sequence[Job]) -> None:
        async with self._turn:
            self._expect_new(jobs)
            await self._history.save_all(jobs)
            await self._publish_all(jobs)

    async def _replace(self, job_id: str, step: Step, new: Job) -> bool:
        async with self._turn:
            job = self.jobs.get(job_id)
            changed = self._stepped(job, step) if job is not None else None
            if changed is None:
                return False
            self._expect_new((new,))
            try:
                await self._history.save_all((new, changed))
            except Overtaken as problem:
                self._let_go(problem)
                return False
            self._unwritten.pop(job_id, None)
            await self._publish_all((new, changed))
            return True

    def _expect_new(self, jobs: Sequence[Job]) -> None:
        assert not any(job.job_id in self.jobs for job in jobs), "A job is entered only once"

    async def _change(self, job_ids: Sequence[str], step: Step, *, strict: bool) -> list[Job]:
        async with self._turn:
            return await self._change_in_turn(job_ids, step, strict=strict)

    async def _change_in_turn(
        self, job_ids: Sequence[str], step: Step, *, strict: bool
    ) -> list[Job]:
        while True:
            try:
                return await self._changed(job_ids, step, strict=strict)
            except Overtaken as problem:
                # The others are not written either, and are tried again without these.
                self._let_go(problem)

    async def _changed(self, job_ids: Sequence[str], step: Step, *, strict: bool) -> list[Job]:
        results, to_write, to_tell = [], [], []
        for count, job_id in enumerate(job_ids):
            await breathe(count)
            job = self.jobs.get(job_id)
            changed = self._stepped(job, step) if job is not None else None
            if job is None or changed is None:
                continue
            results.append(changed)
            if changed == job:
                continue
            to_tell.append((job, changed))
            if as_stored(changed) != as_stored(job) or not self.is_written(job_id):
                to_write.append(changed)
        if to_write:
            await self._write(to_write, strict=strict)
        await self._publish_all([self._with_shown(*each) for each in to_tell])
        return results

    def _let_go(self, problem: Overtaken) -> None:
        """Another program has these jobs: here they are not in the list any more."""
        for job_id in problem.job_ids:
            self._unwritten.pop(job_id, None)
            if self.jobs.pop(job_id, None) is not None:
                self.removed.publish(job_id)
        self._notices.failure(problem)

    def _with_shown(self, job: Job, changed: Job) -> Job:
        """Keeps what was shown while the disk wrote, because it is newer; of another state it says
        nothing, but where the wish to cancel stands."""
        now = self.jobs[job.job_id]
        names = OF_THE_MOMENT if changed.state is job.state else ("cancel_stage",)
        shown = {each: getattr(now, each) for each in names}
        news = {each: fact for each, fact in shown.items() if fact != getattr(job, each)}
        return replace(changed, **news)

    def _stepped(self, job: Job, step: Step) -> Job | None:
        changed = step(job)
        if changed is None or changed.state is job.state:
            return changed
        # Steps move jobs by `Job.moved`; whoever went round it is stopped here.
        if not may_move(job.state, changed.state):
            raise IllegalMove(f"{job.state.value} -> {changed.state.value}")
        return self._settle(changed) if changed.state.is_finished else changed

    async def _write(self, jobs: Sequence[Job], *, strict: bool) -> None:
        try:
            await self._history.save_all(jobs)
        except Overtaken:
            raise
        except Problem as problem:
            if strict:
                raise
            self._note_unwritten(jobs, problem)
        else:
            for job in jobs:
                self._unwritten.pop(job.job_id, None)

    async def _remove(self, job_ids: Sequence[str], may_go: Callable[[Job], bool]) -> list[Job]:
        async with self._turn:
            known = (self.jobs.get(job_id) for job_id in job_ids)
            going = [job for job in known if job is not None and may_go(job)]
            for job in going:
                # All of them before anybody hears of one, and gets a turn.
                del self.jobs[job.job_id]
                self._removed[job.job_id] = job
                if not self.is_written(job.job_id):
                    del self._unwritten[job.job_id]
                    self._removed_unwritten.add(job.job_id)
            for count, job in enumerate(going):
                await breathe(count)
                # It may have been taken up meanwhile.
                if job.job_id in self._removed:
                    self.removed.publish(job.job_id)
            return going

    async def _restore(self, job_ids: Sequence[str], step: Step) -> None:
        async with self._turn:
            await self._publish_all(self._taken_back(job_ids))
            await self._change_in_turn(job_ids, step, strict=False)

    def _taken_back(self, job_ids: Iterable[str]) -> list[Job]:
        """Puts removed jobs into `jobs` again, and returns them in its order."""
        found = [(job_id, self._removed.pop(job_id, None)) for job_id in job_ids]
        back = {job_id: job for job_id, job in found if job is not None}
        self.jobs.update(back)
        self._arrange()
        behind = self._removed_unwritten & back.keys()
        self._removed_unwritten -= behind
        if behind:
            self._write_later(back[job_id] for job_id in behind)
        return [job for job_id, job in self.jobs.items() if job_id in back]

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

    def _enter(self, job: Job) -> None:
        self._places.setdefault(job.job_id, len(self._places))
        self.jobs[job.job_id] = job

    def _arrange(self) -> None:
        """Puts `jobs` into the order of their places."""
        jobs = dict(self.jobs)
        self.jobs.clear()
        self.jobs.update((each, jobs[each]) for each in sorted(jobs, key=self._places.__getitem__))

    async def _publish_all(self, jobs: Sequence[Job]) -> None:
        for count, job in enumerate(jobs):
            await breathe(count)
            self._publish(job)

    def _publish(self, job: Job) -> None:
        self._enter(job)
        self.changed.publish(job)

    def _note_unwritten(self, jobs: Sequence[Job], problem: Problem) -> None:
        for job in jobs:
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
        self._write_later(jobs)

    def _write_later(self, jobs: Iterable[Job]) -> None:
        self._unwritten.update((job.job_id, None) for job in jobs)
        if self._rewriting is None or self._rewriting.done():
            self._rewriting = self._rewriters.start("write job rows again", self._rewrite())

    async def _rewrite(self) -> None:
        while self._unwritten:
            await asyncio.sleep(self._rewrite_s)
            async with self._turn:
                await self._write_unwritten()

    async def _write_unwritten(self) -> None:
        jobs = [self.jobs[job_id] for job_id in self._unwritten]
        # What was accepted first, and apart: it may take the room that is held back on the disk.
        for unsent in (False, True):
            group = [job for job in jobs if (job.state in _UNSENT) is unsent]
            for start in range(0, len(group), PIECE):
                if not await self._rewritten(group[start : start + PIECE]):
                    return

    async def _rewritten(self, jobs: Sequence[Job]) -> bool:
        try:
            await self._history.save_all(jobs)
        except Overtaken as problem:
            self._let_go(problem)
            return await self._rewritten([job for job in jobs if job.job_id in self._unwritten])
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


async def breathe(count: int) -> None:
    """Gives the window its turn now and then."""
    if count % PIECE == PIECE - 1:
        await asyncio.sleep(0)
