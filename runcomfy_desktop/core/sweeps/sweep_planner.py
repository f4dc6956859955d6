"""The planner of grids: tells what a grid would be while it is thought up, then makes its runs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.sweeps.cell_run_builder import CellRunBuilder, CellRuns
from runcomfy_desktop.core.sweeps.sweep_plan import (
    SweepPlan,
    estimate_sweep,
    make_sweep,
    plan_sweep,
)
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.sweeps.spec import FilesSpec
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from runcomfy_desktop.core.base.tasks import Tasks
    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogue
    from runcomfy_desktop.core.drafts.draft_editor import DraftEditor
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.core.sweeps.axis_spec_reader import AxisSpecReader
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.jobs.estimate import Estimate
    from runcomfy_desktop.domain.sweeps.csv_table import CsvTable
    from runcomfy_desktop.domain.sweeps.spec import SweepSpec
    from runcomfy_desktop.domain.sweeps.sweep import Sweep


@dataclass(frozen=True, slots=True)
class PreparedSweep:
    """A grid that is ready to be sent: its cells, and what they will cost."""

    sweep: Sweep
    cell_runs: CellRuns
    estimate: Estimate | None = None


class SweepPlanner:
    """Every intent returns at once; `tasks` carry it out."""

    def __init__(
        self,
        draft_editor: DraftEditor,
        catalogue: DeploymentCatalogue,
        reader: AxisSpecReader,
        budget: Budget,
        tasks: Tasks,
    ) -> None:
        self._draft_editor = draft_editor
        self._catalogue = catalogue
        self._budget = budget
        self._tasks = tasks
        self._reader = reader
        self._run_builder = CellRunBuilder(draft_editor, catalogue.read)
        self._plan_task: asyncio.Task[Any] | None = None

    def plan(self, spec: SweepSpec, then: Callable[[SweepPlan], object]) -> None:
        """See Sweeps."""
        if self._plan_task is not None:
            self._plan_task.cancel()
        self._plan_task = self._tasks.start("plan a grid", self._plan(spec, then))

    def read_table(
        self, path: str, then: Callable[[CsvTable], object], failed: Callable[[Problem], object]
    ) -> None:
        """See Sweeps."""
        self._tasks.start("read a table", self._read_table(path, then, failed))

    def prepare(
        self,
        spec: SweepSpec,
        then: Callable[[PreparedSweep], object],
        on_failed: Callable[[Problem], object],
    ) -> None:
        """See Sweeps."""
        self._draft_editor.commit_requested.publish(None)
        self._tasks.start("prepare a grid", self._prepare(spec, then, on_failed))

    # Inside

    async def _plan(self, spec: SweepSpec, then: Callable[[SweepPlan], object]) -> None:
        then(await self._make_plan(spec))

    async def _make_plan(self, spec: SweepSpec) -> SweepPlan:
        draft_editor = self._draft_editor
        return await plan_sweep(
            spec, draft_editor.state, self._reader, draft_editor.run_blocked_reason, self._estimate
        )

    def _estimate(self, sweep: Sweep) -> tuple[Estimate | None, float | None]:
        known = {each.deployment_id: each for each in self._catalogue.state.deployments}
        own: Deployment | None = self._draft_editor.state.deployment
        if own is not None:
            known[own.deployment_id] = own
        return estimate_sweep(sweep, known, self._budget)

    async def _read_table(
        self, path: str, then: Callable[[CsvTable], object], failed: Callable[[Problem], object]
    ) -> None:
        try:
            table = await self._reader.read_table(path)
        except Problem as problem:
            failed(problem)
        else:
            then(table)

    async def _prepare(
        self,
        spec: SweepSpec,
        then: Callable[[PreparedSweep], object],
        on_failed: Callable[[Problem], object],
    ) -> None:
        try:
            prepared = await self._make_prepared(spec)
        except Problem as problem:
            on_failed(problem)
        else:
            then(prepared)

    async def _make_prepared(self, spec: SweepSpec) -> PreparedSweep:
        editor_state = self._draft_editor.state
        plan = await self._make_plan(spec)
        if plan.first_problem is not None:
            raise plan.first_problem
        assert editor_state.draft is not None
        axes = []
        for each, axis in zip(spec.axes, plan.axes, strict=True):
            assert axis is not None
            if isinstance(each, FilesSpec):
                axis = await self._reader.store_files(
                    axis, each, editor_state.draft, editor_state.schema
                )
            axes.append(axis)
        sweep = replace(make_sweep(spec, axes, editor_state), sweep_id=uuid.uuid4().hex)
        if self._draft_editor.state.draft is not editor_state.draft:
            raise Problem(
                _("The draft was changed while the grid was prepared."),
                _("Nothing was sent and nothing was billed."),
                _("Start the grid again."),
            )
        cells = await self._run_builder.build(sweep, new_seeds=spec.new_seeds)
        return PreparedSweep(sweep, cells, plan.estimate)
