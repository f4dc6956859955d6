"""Sweeps: grids of runs, from the wish to the last cell, over every end of the program.

A grid is a file of its own and a batch of jobs. The file is on disk before the jobs are entered,
and the jobs are entered all at once: a grid is whole, or it is not begun.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.grid_jobs import GridJobs
from runcomfy_desktop.core.sweep_plan import SweepPlan, plan_of, priced, sweep_of
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.core.topic import Subscriptions, Topic
from runcomfy_desktop.domain.draft import media_files
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.sweep.spec import FilesSpec
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.store.sweeps import KeptSweep

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.core.catalogue import Catalogue
    from runcomfy_desktop.core.cell_drafts import CellDrafts
    from runcomfy_desktop.core.entering import Run
    from runcomfy_desktop.core.job_queue import JobQueue
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.spec_reading import SpecReader
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.estimate import Estimate
    from runcomfy_desktop.domain.job import Job, JobState
    from runcomfy_desktop.domain.media import MediaFile
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
class Prepared:
    """A grid that is ready to be sent, and the files that it would send."""

    sweep: Sweep
    runs: tuple[Run, ...]
    estimate: Estimate | None = None

    @property
    def files(self) -> list[MediaFile]:
        drafts = (run.draft for run in self.runs)
        return list(
            {file.stored_name: file for each in drafts for file in media_files(each)}.values()
        )

    @property
    def has_partner_nodes(self) -> bool:
        return any(run.draft.has_partner_nodes for run in self.runs)


@dataclass(frozen=True, slots=True)
class Tools:
    """Those who do the parts of the work, of one service."""

    store: SweepStore
    history: History
    reader: SpecReader
    drafts: CellDrafts
    service: str
    """Whose jobs the history is asked for."""


class Sweeps:
    """Owns the grids of one service.

    Publishes `changed` with the state, `begun` with a grid whose jobs have just been entered, and
    `cell_changed` with a grid's id and the number of a cell whose job is another, or in another
    state, than before. Every intent returns at once.
    """

    def __init__(
        self,
        tools: Tools,
        bench: Workbench,
        catalogue: Catalogue,
        queue: JobQueue,
        notices: Notices,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.state = SweepsState()
        self.changed: Topic[SweepsState] = Topic()
        self.begun: Topic[Sweep] = Topic()
        self.cell_changed: Topic[tuple[str, int]] = Topic()
        self._tools = tools
        self._bench = bench
        self._catalogue = catalogue
        self._queue = queue
        self._notices = notices
        self._now = now
        self._grids: dict[str, GridJobs] = {}
        self._brought: set[str] = set()
        self._retrying: set[tuple[str, int]] = set()
        self._tasks = Tasks(notices.failure)
        # What is entered because the person said so is never cut off.
        self._deeds = Tasks(notices.failure)
        self._planning: asyncio.Task[Any] | None = None
        self._links = Subscriptions()

    # Life

    def open(self) -> None:
        """Reads the grids, and follows their jobs from now on."""
        self._links.add(self._queue.changed, self._on_job_changed)
        self._links.add(self._queue.removed, self._on_job_removed)
        self._tasks.start("load grids", self._load())

    async def close(self) -> None:
        """Ends when what was wished is written down; must be called before the queue closes."""
        self._links.close()
        await self._deeds.finish()
        await self._tasks.close()

    # Before a grid is begun

    def plan(self, spec: SweepSpec, then: Callable[[SweepPlan], object]) -> None:
        """Tells `then` what the grid would be; the newest wish takes the place of earlier ones."""
        if self._planning is not None:
            self._planning.cancel()
        self._planning = self._tasks.start("plan a grid", self._plan(spec, then))

    def read_table(
        self, path: str, then: Callable[[Table], object], failed: Callable[[Problem], object]
    ) -> None:
        """Tells `then` what is in a CSV file, `failed` why that cannot be read."""
        self._tasks.start("read a table", self._read_table(path, then, failed))

    def prepare(
        self,
        spec: SweepSpec,
        then: Callable[[Prepared], object],
        failed: Callable[[Problem], object],
    ) -> None:
        """Makes all runs of the grid and gives them to `then`; nothing is entered yet."""
        self._bench.settling.publish(None)
        self._tasks.start("prepare a grid", self._prepare(spec, then, failed))

    # Intents

    def start(self, prepared: Prepared) -> None:
        """Keeps the grid, then enters its jobs: all of them, or none and no grid."""
        self._deeds.start("begin a grid", self._start(prepared))

    def retry(self, sweep_id: str, cell: int) -> None:
        """Tries a cell again that did not come to a good end."""
        self._retry(sweep_id, [cell])

    def retry_failed(self, sweep_id: str) -> None:
        """The same for all that failed."""
        grid = self._grids.get(sweep_id)
        if grid is not None:
            self._retry(sweep_id, grid.failed())

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
        """The newest job of a cell; None when there is none (any more)."""
        grid = self._grids.get(sweep_id)
        return None if grid is None else grid.at(cell)

    def tally(self, sweep_id: str) -> Mapping[JobState, int]:
        """How many cells of a grid are in each state."""
        grid = self._grids.get(sweep_id)
        return {} if grid is None else grid.tally

    def retried(self, sweep_id: str, cell: int) -> Job | None:
        """The job whose inputs would run again in a cell; None when it cannot be tried again."""
        grid = self._grids.get(sweep_id)
        if grid is None or (sweep_id, cell) in self._retrying:
            return None
        return grid.retried(cell)

    def failed(self, sweep_id: str) -> list[Job]:
        """The jobs whose inputs `retry_failed` would run again."""
        grid = self._grids.get(sweep_id)
        found = (self.retried(sweep_id, cell) for cell in (grid.failed() if grid else ()))
        return [job for job in found if job is not None]

    def cost_usd(self, sweep_id: str) -> float:
        """About what a grid has cost."""
        return self._queue.purse.batch_usd(sweep_id)

    # Inside

    async def _plan(self, spec: SweepSpec, then: Callable[[SweepPlan], object]) -> None:
        then(
            await plan_of(
                spec, self._bench.state, self._tools.reader, self._bench.why_not, self._priced
            )
        )

    def _priced(self, sweep: Sweep) -> tuple[Estimate | None, float | None]:
        return priced(sweep, self._deployments(), self._queue.purse)

    def _deployments(self) -> dict[str, Deployment]:
        known = {each.deployment_id: each for each in self._catalogue.state.deployments}
        own = self._bench.state.deployment
        return known if own is None else {**known, own.deployment_id: own}

    async def _read_table(
        self, path: str, then: Callable[[Table], object], failed: Callable[[Problem], object]
    ) -> None:
        try:
            table = await self._tools.reader.table(path)
        except Problem as problem:
            failed(problem)
        else:
            then(table)

    async def _prepare(
        self,
        spec: SweepSpec,
        then: Callable[[Prepared], object],
        failed: Callable[[Problem], object],
    ) -> None:
        try:
            prepared = await self._prepared(spec)
        except Problem as problem:
            failed(problem)
        else:
            then(prepared)

    async def _prepared(self, spec: SweepSpec) -> Prepared:
        bench, reader = self._bench.state, self._tools.reader
        plan = await plan_of(spec, bench, reader, self._bench.why_not, self._priced)
        if plan.first_fault is not None:
            raise plan.first_fault
        assert bench.draft is not None
        axes = []
        for each, axis in zip(spec.axes, plan.axes, strict=True):
            assert axis is not None
            if isinstance(each, FilesSpec):
                axis = await reader.kept(axis, each, bench.draft, bench.schema)
            axes.append(axis)
        sweep = replace(sweep_of(spec, axes, bench), sweep_id=uuid.uuid4().hex)
        if self._bench.state.draft is not bench.draft:
            raise Problem(
                _("The draft was changed while the grid was prepared."),
                _("Nothing was sent and nothing was billed."),
                _("Start the grid again."),
            )
        runs = await self._tools.drafts.runs(sweep, new_seeds=spec.new_seeds)
        return Prepared(sweep, tuple(runs), plan.estimate)

    async def _start(self, prepared: Prepared) -> None:
        sweep = replace(prepared.sweep, created_s=self._now())
        store = self._tools.store
        await store.save(KeptSweep(sweep, is_entered=False))
        self._grids[sweep.sweep_id] = GridJobs(sweep, self._queue.jobs)
        self._brought.add(sweep.sweep_id)
        if not await self._queue.submit_many(prepared.runs, sweep.name, sweep.sweep_id):
            # Said by the queue.
            del self._grids[sweep.sweep_id]
            await store.remove(sweep.sweep_id)
            return
        self._publish(sweeps=(sweep, *self.state.sweeps))
        self.begun.publish(sweep)
        await self._note_entered(sweep)

    async def _note_entered(self, sweep: Sweep) -> None:
        try:
            await self._tools.store.save(KeptSweep(sweep, is_entered=True))
        except Problem as problem:
            # Its jobs say so as well, at the next start.
            _log.warning("A grid was entered, and its file does not say so: %s", problem.technical)

    def _retry(self, sweep_id: str, cells: list[int]) -> None:
        jobs = {cell: self.retried(sweep_id, cell) for cell in cells}
        wanted = {cell: job for cell, job in jobs.items() if job is not None}
        if wanted:
            self._retrying.update((sweep_id, cell) for cell in wanted)
            self._deeds.start("try cells again", self._run_again(sweep_id, wanted))

    async def _run_again(self, sweep_id: str, jobs: Mapping[int, Job]) -> None:
        try:
            await self._queue.run_in_place(list(jobs.values()))
        finally:
            self._retrying.difference_update((sweep_id, cell) for cell in jobs)

    async def _remove(self, sweep_id: str) -> None:
        await self._tools.store.remove(sweep_id)
        self._grids.pop(sweep_id, None)
        left = tuple(each for each in self.state.sweeps if each.sweep_id != sweep_id)
        self._publish(sweeps=left)

    async def _load(self) -> None:
        reading = await self._tools.store.load()
        for kept in reading.kept:
            if kept.is_entered or await self._was_entered(kept.sweep):
                self._grids[kept.sweep.sweep_id] = GridJobs(kept.sweep, self._queue.jobs)
        if reading.damaged:
            text = n_(
                "%d grid could not be read and was put aside.",
                "%d grids could not be read and were put aside.",
                reading.damaged,
            )
            self._notices.info(
                text % reading.damaged, _("Its runs are in the queue's list as before.")
            )
        for job in list(self._queue.jobs.values()):
            grid = self._grids.get(job.batch_id)
            if grid is not None:
                grid.note(job)
        sweeps = [kept.sweep for kept in reading.kept if kept.sweep.sweep_id in self._grids]
        begun_meanwhile = [each for each in self.state.sweeps if each not in sweeps]
        self._publish(sweeps=(*begun_meanwhile, *reversed(sweeps)), loading=False)

    async def _was_entered(self, sweep: Sweep) -> bool:
        """Whether a grid that does not say so has jobs; one without is removed."""
        if await self._jobs_of(sweep):
            await self._note_entered(sweep)
            return True
        await self._tools.store.remove(sweep.sweep_id)
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
        return await self._tools.history.load_batch(sweep.sweep_id, since_s, self._tools.service)

    async def _bring(self, grid: GridJobs) -> None:
        sweep_id = grid.sweep.sweep_id
        try:
            found = await self._jobs_of(grid.sweep)
        except Problem:
            self._brought.discard(sweep_id)
            raise
        # What is in the queue's list has been noted; the rest ended long ago.
        for cell in grid.add_older(job for job in found if job.job_id not in self._queue.jobs):
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
