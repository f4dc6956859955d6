"""Sweeps: grids of runs, from the wish to the last cell, over every end of the program.

A grid is a file of its own and a batch of jobs. The file is on disk before the jobs are entered,
and the jobs are entered all at once: a grid is whole, or it is not begun.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from runcomfy_desktop.core.grid_jobs import GridJobs
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Subscriptions, Topic
from runcomfy_desktop.core.workflow_watch import WorkflowWatch
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.store.sweeps import KeptSweep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from runcomfy_desktop.core.catalogue import Catalogue
    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.core.media_shelf import MediaShelf
    from runcomfy_desktop.core.new_job import Run
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.sweep_plan import SweepPlan
    from runcomfy_desktop.core.sweep_planner import Prepared, SweepPlanner
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.job import Job, JobState
    from runcomfy_desktop.domain.preset.preset import Preset
    from runcomfy_desktop.domain.sweep.spec import SweepSpec
    from runcomfy_desktop.domain.sweep.sweep import Sweep
    from runcomfy_desktop.domain.sweep.table import Table
    from runcomfy_desktop.store.history import History
    from runcomfy_desktop.store.sweeps import SweepStore

# A clock that was put back a little must not hide jobs from their grid.
_SLACK_S = 3600.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SweepsState:
    """The grids that there are, the newest first."""

    sweeps: tuple[Sweep, ...] = ()
    loading: bool = True


@dataclass(frozen=True, slots=True)
class Records:
    """Where grids and jobs of one service are kept, where presets are read, and the clock that
    grids are stamped with."""

    store: SweepStore
    history: History
    service: str
    preset: Callable[[str], Awaitable[Preset]]
    now: Callable[[], float] = time.time


class Sweeps:
    """Owns the grids of one service.

    Publishes `changed` with the state, `begun` with a grid whose jobs have just been entered, and
    `cell_changed` with a grid's id and the number of a cell whose job is another, or in another
    state, than before. Every intent returns at once.
    """

    def __init__(
        self,
        records: Records,
        bench: Workbench,
        catalogue: Catalogue,
        shelf: MediaShelf,
        queue: JobQueue,
        notices: Notices,
    ) -> None:
        self.state = SweepsState()
        self.changed: Topic[SweepsState] = Topic()
        self.begun: Topic[Sweep] = Topic()
        self.cell_changed: Topic[tuple[str, int]] = Topic()
        self._records = records
        self._queue = queue
        self._notices = notices
        self._grids: dict[str, GridJobs] = {}
        self._begun_here: set[str] = set()
        self._brought: set[str] = set()
        self._tasks = Tasks(notices.failure)
        # What is entered because the person said so is never cut off.
        self._deeds = Tasks(notices.failure)
        self._bench = bench
        self._catalogue = catalogue
        self._shelf = shelf
        self._watch = WorkflowWatch(queue, notices)
        self._links = Subscriptions()

    @cached_property
    def _planner(self) -> SweepPlanner:
        # Late: no session begins with a new grid.
        from runcomfy_desktop.core.spec_reading import SpecReader
        from runcomfy_desktop.core.sweep_planner import SweepPlanner

        catalogue, purse = self._catalogue, self._queue.purse
        reader = SpecReader(self._shelf, lambda: catalogue.state.deployments, self._records.preset)
        return SweepPlanner(self._bench, catalogue, reader, purse, self._tasks)

    # Life

    def open(self) -> Self:
        """Reads the grids, and follows their jobs from now on."""
        self._links.add(self._queue.changed, self._on_job_changed)
        self._links.add(self._queue.removed, self._on_job_removed)
        self._links.add(self._catalogue.changed, lambda _now: self._watch.look())
        self._links.add(self._queue.changed, self._watch.note)
        self._links.add(self._queue.removed, self._watch.forget)
        self._queue.entry.holds = self._queue.check.has_changed
        self._links.add(self._queue.entry.entered, lambda _none: self._watch.look())
        self._tasks.start("load grids", self._load())
        return self

    async def close(self) -> None:
        """Ends when what was wished is written down; must be called before the queue closes."""
        self._links.close()
        await self._deeds.finish()
        await self._tasks.close()

    # Before a grid is begun

    def plan(self, spec: SweepSpec, then: Callable[[SweepPlan], object]) -> None:
        """Tells `then` what the grid would be; the newest wish takes the place of earlier ones."""
        self._planner.plan(spec, then)

    def read_table(
        self, path: str, then: Callable[[Table], object], failed: Callable[[Problem], object]
    ) -> None:
        """Tells `then` what is in a CSV file, `failed` why that cannot be read."""
        self._planner.read_table(path, then, failed)

    def prepare(
        self,
        spec: SweepSpec,
        then: Callable[[Prepared], object],
        failed: Callable[[Problem], object],
    ) -> None:
        """Makes all runs of the grid and gives them to `then`; nothing is entered yet."""
        self._planner.prepare(spec, then, failed)

    # Intents

    def start(self, prepared: Prepared, *, shrinks: bool = False) -> None:
        """Keeps the grid, then enters its jobs: all of them, or none and no grid. Said twice of
        one grid, it is begun once. `shrinks`: large pictures go out smaller."""
        if prepared.sweep.sweep_id not in self._begun_here:
            self._begun_here.add(prepared.sweep.sweep_id)
            self._deeds.start("begin a grid", self._start(prepared, shrinks=shrinks))

    def retry(self, sweep_id: str, cell: int) -> None:
        """Tries a cell again that did not come to a good end."""
        self._retry(sweep_id, [cell])

    def retry_many(self, sweep_id: str, cells: Iterable[int]) -> None:
        """The same for many; what failed since they were counted was not agreed to."""
        self._retry(sweep_id, cells)

    def cancel(self, sweep_id: str) -> None:
        """Cancels all jobs of a grid that have not ended."""
        self._queue.cancel_batch(sweep_id)

    def remove(self, sweep_id: str) -> None:
        """Forgets a grid; its jobs and their files stay."""
        if sweep_id in self._grids:
            self._deeds.start("remove a grid", self._remove(sweep_id))

    def bring(self, sweep_id: str) -> None:
        """Has all jobs of a grid loaded, those included which the queue does not show any more."""
        grid = self._grids.get(sweep_id)
        if grid is not None and sweep_id not in self._brought:
            self._brought.add(sweep_id)
            self._tasks.start("load a grid's jobs", self._bring(grid))

    # Questions

    def sweep(self, sweep_id: str) -> Sweep | None:
        grid = self._grids.get(sweep_id)
        return None if grid is None else grid.sweep

    def job_at(self, sweep_id: str, cell: int) -> Job | None:
        """The job of a cell that counts; None when there is none (any more)."""
        grid = self._grids.get(sweep_id)
        return None if grid is None else grid.at(cell)

    def tally(self, sweep_id: str) -> Mapping[JobState, int]:
        """How many cells of a grid are in each state."""
        grid = self._grids.get(sweep_id)
        return {} if grid is None else grid.tally

    def retried(self, sweep_id: str, cell: int) -> Job | None:
        """The job whose inputs would run again in a cell; None when it cannot be tried again."""
        grid = self._grids.get(sweep_id)
        job = None if grid is None else grid.retried(cell)
        return None if job is None or self._queue.is_refilling(job.job_id) else job

    def failed(self, sweep_id: str) -> list[Job]:
        """The jobs of the cells that failed and can be tried again."""
        grid = self._grids.get(sweep_id)
        found = (self.retried(sweep_id, cell) for cell in (grid.failed() if grid else ()))
        return [job for job in found if job is not None]

    def cost_usd(self, sweep_id: str) -> float:
        """About what a grid has cost."""
        return self._queue.purse.batch_usd(sweep_id)

    # Inside

    async def _start(self, prepared: Prepared, *, shrinks: bool) -> None:
        sweep = replace(prepared.sweep, created_s=self._records.now())
        if not await self._enter(sweep, prepared.cells.runs, shrinks=shrinks):
            return
        self._bench.show_ran(prepared.cells.draft, prepared.cells.last)
        self._publish(sweeps=(sweep, *self.state.sweeps))
        self.begun.publish(sweep)
        await self._note_entered(sweep)

    async def _enter(self, sweep: Sweep, runs: Sequence[Run], *, shrinks: bool) -> bool:
        """Whether the jobs are written down; without them there is no grid, and it can be begun
        again."""
        store, sweep_id = self._records.store, sweep.sweep_id
        try:
            await store.save(KeptSweep(sweep, is_entered=False))
        except Problem:
            self._begun_here.discard(sweep_id)
            raise
        self._grids[sweep_id] = GridJobs(sweep, self._queue.jobs)
        self._brought.add(sweep_id)
        if await self._queue.submit_many(runs, sweep.name, sweep_id, shrinks=shrinks):
            return True
        # The queue says why not.
        del self._grids[sweep_id]
        self._begun_here.discard(sweep_id)
        await store.remove(sweep_id)
        return False

    async def _note_entered(self, sweep: Sweep) -> None:
        try:
            await self._records.store.save(KeptSweep(sweep, is_entered=True))
        except Problem as problem:
            # Its jobs say so as well, at the next start.
            _log.warning("A grid was entered, and its file does not say so: %s", problem.technical)

    def _retry(self, sweep_id: str, cells: Iterable[int]) -> None:
        found = (self.retried(sweep_id, cell) for cell in dict.fromkeys(cells))
        jobs = [job for job in found if job is not None]
        if jobs:
            self._queue.run_in_place(jobs)

    async def _remove(self, sweep_id: str) -> None:
        await self._records.store.remove(sweep_id)
        self._grids.pop(sweep_id, None)
        left = tuple(each for each in self.state.sweeps if each.sweep_id != sweep_id)
        self._publish(sweeps=left)

    async def _load(self) -> None:
        reading = await self._records.store.load()
        loaded = []
        for kept in reading.kept:
            # What is begun meanwhile has a file already, and no jobs yet.
            if kept.sweep.sweep_id in self._begun_here:
                continue
            if kept.is_entered or await self._was_entered(kept.sweep):
                loaded.append(kept.sweep)
        if reading.damaged:
            text = n_(
                "%d grid could not be read and was put aside.",
                "%d grids could not be read and were put aside.",
                reading.damaged,
            )
            self._notices.info(
                text % reading.damaged, _("Its runs are in the queue's list as before.")
            )
        if reading.newer:
            text = n_(
                "%d grid was made by a newer version of this program.",
                "%d grids were made by a newer version of this program.",
                reading.newer,
            )
            self._notices.info(
                text % reading.newer, _("It stays as it is; its runs are in the queue's list.")
            )
        self._take(loaded)

    def _take(self, loaded: Sequence[Sweep]) -> None:
        """Grids and their jobs at once: one that changed in between would be taken for newer."""
        self._grids.update((each.sweep_id, GridJobs(each, self._queue.jobs)) for each in loaded)
        for job in self._queue.jobs.values():
            grid = self._grids.get(job.batch_id)
            if grid is not None:
                grid.note(job)
        self._publish(sweeps=(*self.state.sweeps, *reversed(loaded)), loading=False)

    async def _was_entered(self, sweep: Sweep) -> bool:
        """Whether a grid that does not say so has jobs; one without is removed."""
        try:
            if await self._jobs_of(sweep):
                await self._note_entered(sweep)
                return True
            await self._records.store.remove(sweep.sweep_id)
        except Problem as problem:
            # The next start asks again; the other grids do not wait for this one.
            _log.warning("What became of a grid is not known: %s", problem.technical)
            return False
        self._notices.info(
            _("The grid “%s” was not begun.") % sweep.name,
            _(
                "The program ended before its runs were written down: nothing of it was sent and "
                "nothing was billed."
            ),
        )
        return False

    async def _jobs_of(self, sweep: Sweep) -> list[Job]:
        since_s = max(0.0, sweep.created_s - _SLACK_S)
        return await self._records.history.load_batch(
            sweep.sweep_id, since_s, self._records.service
        )

    async def _bring(self, grid: GridJobs) -> None:
        sweep_id = grid.sweep.sweep_id
        try:
            found = await self._jobs_of(grid.sweep)
        except Problem:
            self._brought.discard(sweep_id)
            raise
        # What is in the queue's list has been noted; the rest ended long ago.
        queue = self._queue
        older = [job for job in found if job.job_id not in queue.jobs]
        for cell in grid.add_older(job for job in older if not queue.is_removed(job.job_id)):
            self.cell_changed.publish((sweep_id, cell))

    def _on_job_changed(self, job: Job) -> None:
        grid = self._grids.get(job.batch_id)
        cell = None if grid is None else grid.note(job)
        if cell is not None:
            self.cell_changed.publish((job.batch_id, cell))

    def _on_job_removed(self, job_id: str) -> None:
        for sweep_id, grid in self._grids.items():
            cell = grid.forget(job_id)
            if cell is not None:
                self.cell_changed.publish((sweep_id, cell))
                return

    def _publish(self, **facts: Any) -> None:
        self.state = replace(self.state, **facts)
        self.changed.publish(self.state)
