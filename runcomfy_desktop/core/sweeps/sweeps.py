"""Sweeps: grids of runs, from planning to the last cell, across restarts of the program.

A grid consists of a file and a batch of jobs. The file is written before the jobs are added, and
the jobs are added all at once: a grid is complete, or it does not exist.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.base.topic import Subscriptions, Topic
from runcomfy_desktop.core.jobs.cell_retries import RETRYABLE_STATES, retryable_job
from runcomfy_desktop.core.jobs.outdated_job_guard import OutdatedJobGuard
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.store.sweeps import StoredSweep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogue
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.jobs.new_job import RunRequest
    from runcomfy_desktop.core.media.media_store import MediaStore
    from runcomfy_desktop.core.sweeps.sweep_planner import PreparedSweep, SweepPlanner
    from runcomfy_desktop.domain.jobs.job import Job
    from runcomfy_desktop.domain.presets.preset import Preset
    from runcomfy_desktop.domain.sweeps.sweep import Sweep
    from runcomfy_desktop.store.history import JobHistory
    from runcomfy_desktop.store.sweeps import SweepStore

# Jobs must belong to their grid even if the clock was set back a little.
_CLOCK_SLACK_S = 3600.0

_log = logging.getLogger(__name__)


class GridJobs:
    """Jobs of one grid by cell, from the queue and from the history.

    `jobs` has the queue's jobs by id. The newest job of a cell counts, but a failed, lost or
    cancelled job never has priority over an active or finished job: the order depends on clocks,
    which may be set back.
    """

    def __init__(self, sweep: Sweep, jobs: Mapping[str, Job]) -> None:
        self.sweep = sweep
        self._jobs = jobs
        self._older: dict[str, Job] = {}
        # Ids of the jobs of each cell, the newest last.
        self._cells: dict[int, list[str]] = {}
        self._cell_of: dict[str, int] = {}
        self._states: dict[int, JobState] = {}
        self._state_counts: Counter[JobState] = Counter()

    @property
    def state_counts(self) -> Mapping[JobState, int]:
        """Number of cells in each state; cells without a job are not included."""
        return +self._state_counts

    def update_job(self, job: Job) -> int | None:
        """Adds or updates a job of the queue; returns the changed cell, or None."""
        if job.batch_id != self.sweep.sweep_id or not 0 <= job.cell < self.sweep.cell_count:
            return None
        if job.job_id not in self._cell_of:
            self._cell_of[job.job_id] = job.cell
            ids = self._cells.setdefault(job.cell, [])
            before = self._job(ids[-1]) if ids else None
            ids.append(job.job_id)
            if before is not None and job.created_s <= before.created_s:
                self._restore_order(ids)
        self._older.pop(job.job_id, None)
        return self._update_cell(job.cell)

    def add_older(self, jobs: Iterable[Job]) -> list[int]:
        """Adds jobs found only in the history, oldest first; returns the changed cells."""
        unknown = [job for job in jobs if job.job_id not in self._cell_of]
        changed = []
        for job in reversed(unknown):
            if 0 <= job.cell < self.sweep.cell_count:
                self._older[job.job_id] = job
                self._cell_of[job.job_id] = job.cell
                self._cells.setdefault(job.cell, []).insert(0, job.job_id)
                self._update_cell(job.cell)
                changed.append(job.cell)
        return changed

    def remove(self, job_id: str) -> int | None:
        """Removes a job that was removed from the queue; returns its cell, or None."""
        cell = self._cell_of.pop(job_id, None)
        self._older.pop(job_id, None)
        if cell is not None:
            self._cells[cell].remove(job_id)
            self._update_cell(cell)
        return cell

    def jobs_of(self, cell: int) -> list[Job]:
        """Returns all jobs of a cell, the newest last."""
        found = (self._job(job_id) for job_id in self._cells.get(cell, ()))
        return [job for job in found if job is not None]

    def job_at(self, cell: int) -> Job | None:
        """Returns the job that counts for a cell; None if the cell has no job."""
        jobs = self.jobs_of(cell)
        usable = [job for job in jobs if job.state not in RETRYABLE_STATES]
        return next(reversed(usable or jobs), None)

    def retryable_job(self, cell: int) -> Job | None:
        """Returns the job with which a cell can be tried again: its newest.

        Returns None if a job of the cell is done, active or of unknown outcome.
        """
        return retryable_job(self.jobs_of(cell))

    def failed_cells(self) -> list[int]:
        """Returns the cells that failed or were lost and can be tried again."""
        wanted = (JobState.FAILED, JobState.LOST)
        cells = [cell for cell, state in self._states.items() if state in wanted]
        return sorted(cell for cell in cells if self.retryable_job(cell) is not None)

    def _job(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id) or self._older.get(job_id)

    def _restore_order(self, ids: list[str]) -> None:
        """Sorts the ids as in the queue: a removed job may have been restored in its old place."""
        queued = iter([each for each in self._jobs if each in ids])
        ids[:] = [next(queued) if each in self._jobs else each for each in ids]

    def _update_cell(self, cell: int) -> int:
        job, before = self.job_at(cell), self._states.pop(cell, None)
        if before is not None:
            self._state_counts[before] -= 1
        if job is not None:
            self._states[cell] = job.state
            self._state_counts[job.state] += 1
        return cell


@dataclass(frozen=True, slots=True)
class SweepsState:
    """The existing grids, the newest first."""

    sweeps: tuple[Sweep, ...] = ()
    loading: bool = True


@dataclass(frozen=True, slots=True)
class SweepStorage:
    """Storage of grids and jobs of one service, access to presets, and the clock for new grids."""

    store: SweepStore
    history: JobHistory
    service: str
    read_preset: Callable[[str], Awaitable[Preset]]
    now: Callable[[], float] = time.time


class Sweeps:
    """Owns the grids of one service.

    Publishes `changed` with the state, `started` with a grid whose jobs have just been added, and
    `cell_changed` with a grid's id and the number of a cell when its job has been replaced or has
    changed its state. Every command returns at once.
    """

    def __init__(
        self,
        storage: SweepStorage,
        draft_editor: DraftEditor,
        catalogue: DeploymentCatalogue,
        media_store: MediaStore,
        queue: JobQueue,
        notices: Notices,
    ) -> None:
        self.state = SweepsState()
        self.changed: Topic[SweepsState] = Topic()
        self.started: Topic[Sweep] = Topic()
        self.cell_changed: Topic[tuple[str, int]] = Topic()
        self._storage = storage
        self._queue = queue
        self._notices = notices
        self._grids: dict[str, GridJobs] = {}
        self._started_ids: set[str] = set()
        self._loaded_ids: set[str] = set()
        self._tasks = Tasks(notices.post_failure)
        # Operations that the user requested are never interrupted.
        self._durable_tasks = Tasks(notices.post_failure)
        self._draft_editor = draft_editor
        self._catalogue = catalogue
        self._media_store = media_store
        self._outdated_guard = OutdatedJobGuard(queue, notices)
        self._subscriptions = Subscriptions()

    @cached_property
    def planner(self) -> SweepPlanner:
        """Plans and prepares grids; its tasks end with this object."""
        # Imported late: not needed at the start of a session.
        from runcomfy_desktop.core.sweeps.axis_spec_reader import AxisSpecReader
        from runcomfy_desktop.core.sweeps.sweep_planner import SweepPlanner

        catalogue, budget = self._catalogue, self._queue.budget
        reader = AxisSpecReader(
            self._media_store, lambda: catalogue.state.deployments, self._storage.read_preset
        )
        return SweepPlanner(self._draft_editor, catalogue, reader, budget, self._tasks)

    # Opening and closing

    def open(self) -> Self:
        """Loads the grids, and follows their jobs from now on."""
        self._subscriptions.add(self._queue.changed, self._on_job_changed)
        self._subscriptions.add(self._queue.removed, self._on_job_removed)
        self._subscriptions.add(self._catalogue.changed, lambda _now: self._outdated_guard.check())
        self._subscriptions.add(self._queue.changed, self._outdated_guard.on_job_changed)
        self._subscriptions.add(self._queue.removed, self._outdated_guard.on_job_removed)
        self._subscriptions.add(
            self._queue.job_creator.created, lambda _none: self._outdated_guard.check()
        )
        self._tasks.start("load grids", self._load())
        return self

    async def close(self) -> None:
        """Waits until requested changes are written. Call it before the queue closes."""
        self._subscriptions.close()
        await self._durable_tasks.finish()
        await self._tasks.close()

    # Commands

    def start(self, prepared: PreparedSweep, *, shrinks: bool = False) -> None:
        """Saves the grid, then adds its jobs; if they cannot be added, removes the grid.

        A second call for the same grid has no effect. `shrinks`: large pictures are sent smaller.
        """
        if prepared.sweep.sweep_id not in self._started_ids:
            self._started_ids.add(prepared.sweep.sweep_id)
            self._durable_tasks.start("begin a grid", self._start(prepared, shrinks=shrinks))

    def retry(self, sweep_id: str, *cells: int) -> None:
        """Tries failed, lost or cancelled cells again; only these, to which the user agreed."""
        found = (self.retryable_job(sweep_id, cell) for cell in dict.fromkeys(cells))
        jobs = [job for job in found if job is not None]
        if jobs:
            self._queue.run_in_place(jobs)

    def remove(self, sweep_id: str) -> None:
        """Removes a grid; its jobs and their files stay."""
        if sweep_id in self._grids:
            self._durable_tasks.start("remove a grid", self._remove(sweep_id))

    def load_jobs(self, sweep_id: str) -> None:
        """Loads all jobs of a grid, including jobs that the queue no longer lists."""
        grid = self._grids.get(sweep_id)
        if grid is not None and sweep_id not in self._loaded_ids:
            self._loaded_ids.add(sweep_id)
            self._tasks.start("load a grid's jobs", self._load_older_jobs(grid))

    # Queries

    def sweep(self, sweep_id: str) -> Sweep | None:
        grid = self._grids.get(sweep_id)
        return None if grid is None else grid.sweep

    def job_at(self, sweep_id: str, cell: int) -> Job | None:
        """Returns the job that counts for a cell; None if the cell has no job."""
        grid = self._grids.get(sweep_id)
        return None if grid is None else grid.job_at(cell)

    def state_counts(self, sweep_id: str) -> Mapping[JobState, int]:
        """Returns the number of cells of a grid in each state."""
        grid = self._grids.get(sweep_id)
        return {} if grid is None else grid.state_counts

    def retryable_job(self, sweep_id: str, cell: int) -> Job | None:
        """Returns the job that a cell would run again; None if the cell cannot be tried again."""
        grid = self._grids.get(sweep_id)
        job = None if grid is None else grid.retryable_job(cell)
        return None if job is None or self._queue.is_retrying(job.job_id) else job

    def failed_jobs(self, sweep_id: str) -> list[Job]:
        """Returns the jobs of the cells that failed and can be tried again."""
        grid = self._grids.get(sweep_id)
        found = (
            self.retryable_job(sweep_id, cell) for cell in (grid.failed_cells() if grid else ())
        )
        return [job for job in found if job is not None]

    # Internals

    async def _start(self, prepared: PreparedSweep, *, shrinks: bool) -> None:
        sweep = replace(prepared.sweep, created_s=self._storage.now())
        if not await self._submit(sweep, prepared.cell_runs.runs, shrinks=shrinks):
            return
        self._draft_editor.show_used_seeds(prepared.cell_runs.draft, prepared.cell_runs.last_draft)
        self._publish(sweeps=(sweep, *self.state.sweeps))
        self.started.publish(sweep)
        await self._mark_jobs_stored(sweep)

    async def _submit(self, sweep: Sweep, runs: Sequence[RunRequest], *, shrinks: bool) -> bool:
        """Adds the jobs of a grid; returns True if they were stored.

        Otherwise the grid is removed, and can be started again.
        """
        store, sweep_id = self._storage.store, sweep.sweep_id
        try:
            await store.save(StoredSweep(sweep, has_stored_jobs=False))
        except Problem:
            self._started_ids.discard(sweep_id)
            raise
        self._grids[sweep_id] = GridJobs(sweep, self._queue.jobs)
        self._loaded_ids.add(sweep_id)
        if await self._queue.submit_many(runs, sweep.name, sweep_id, shrinks=shrinks):
            return True
        # The queue reports the reason.
        del self._grids[sweep_id]
        self._started_ids.discard(sweep_id)
        await store.remove(sweep_id)
        return False

    async def _mark_jobs_stored(self, sweep: Sweep) -> None:
        try:
            await self._storage.store.save(StoredSweep(sweep, has_stored_jobs=True))
        except Problem as problem:
            # At the next start, the history shows that the grid has jobs.
            _log.warning("A grid was entered, and its file does not say so: %s", problem.technical)

    async def _remove(self, sweep_id: str) -> None:
        await self._storage.store.remove(sweep_id)
        self._grids.pop(sweep_id, None)
        remaining = tuple(each for each in self.state.sweeps if each.sweep_id != sweep_id)
        self._publish(sweeps=remaining)

    async def _load(self) -> None:
        stored_sweeps = await self._storage.store.load()
        loaded = []
        for stored in stored_sweeps.sweeps:
            # A grid being started has a file already, but no jobs yet.
            if stored.sweep.sweep_id in self._started_ids:
                continue
            if stored.has_stored_jobs or await self._has_stored_jobs(stored.sweep):
                loaded.append(stored.sweep)
        if stored_sweeps.damaged_count:
            text = n_(
                "%d grid could not be read and was put aside.",
                "%d grids could not be read and were put aside.",
                stored_sweeps.damaged_count,
            )
            self._notices.post_info(
                text % stored_sweeps.damaged_count, _("Its runs are in the queue's list as before.")
            )
        if stored_sweeps.newer_count:
            text = n_(
                "%d grid was made by a newer version of this program.",
                "%d grids were made by a newer version of this program.",
                stored_sweeps.newer_count,
            )
            self._notices.post_info(
                text % stored_sweeps.newer_count,
                _("It stays as it is; its runs are in the queue's list."),
            )
        self._add_loaded(loaded)

    def _add_loaded(self, loaded: Sequence[Sweep]) -> None:
        """Adds grids with their jobs in one step.

        Otherwise a job that changed in between would be added before older jobs.
        """
        for sweep in loaded:
            grid = self._grids[sweep.sweep_id] = GridJobs(sweep, self._queue.jobs)
            for job in self._queue.index.batch_jobs(sweep.sweep_id):
                grid.update_job(job)
        self._publish(sweeps=(*self.state.sweeps, *reversed(loaded)), loading=False)

    async def _has_stored_jobs(self, sweep: Sweep) -> bool:
        """Returns True if the history has jobs of a grid; removes a grid without jobs.

        Used if the grid's file does not show that the jobs were stored. Returns False if the
        history cannot be read.
        """
        try:
            if await self._jobs_of(sweep):
                await self._mark_jobs_stored(sweep)
                return True
            await self._storage.store.remove(sweep.sweep_id)
        except Problem as problem:
            # Checked again at the next start; the other grids do not wait for this one.
            _log.warning("What became of a grid is not known: %s", problem.technical)
            return False
        self._notices.post_info(
            _("The grid “%s” was not begun.") % sweep.name,
            _(
                "The program ended before its runs were written down: nothing of it was sent and "
                "nothing was billed."
            ),
        )
        return False

    async def _jobs_of(self, sweep: Sweep) -> list[Job]:
        since_s = max(0.0, sweep.created_s - _CLOCK_SLACK_S)
        return await self._storage.history.load_batch(
            sweep.sweep_id, since_s, self._storage.service
        )

    async def _load_older_jobs(self, grid: GridJobs) -> None:
        sweep_id = grid.sweep.sweep_id
        try:
            found = await self._jobs_of(grid.sweep)
        except Problem:
            self._loaded_ids.discard(sweep_id)
            raise
        # Jobs in the queue's list are known already; the others ended long ago.
        queue = self._queue
        older = [job for job in found if job.job_id not in queue.jobs]
        for cell in grid.add_older(job for job in older if not queue.is_removed(job.job_id)):
            self.cell_changed.publish((sweep_id, cell))

    def _on_job_changed(self, job: Job) -> None:
        grid = self._grids.get(job.batch_id)
        cell = None if grid is None else grid.update_job(job)
        if cell is not None:
            self.cell_changed.publish((job.batch_id, cell))

    def _on_job_removed(self, job_id: str) -> None:
        for sweep_id, grid in self._grids.items():
            cell = grid.remove(job_id)
            if cell is not None:
                self.cell_changed.publish((sweep_id, cell))
                return

    def _publish(self, **fields: Any) -> None:
        self.state = replace(self.state, **fields)
        self.changed.publish(self.state)
