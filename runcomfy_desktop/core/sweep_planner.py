"""The planner of grids: tells what a grid would be while it is thought up, then makes its runs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.cell_drafts import CellDrafts, Cells
from runcomfy_desktop.core.sweep_plan import SweepPlan, plan_of, priced, sweep_of
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.sweep.spec import FilesSpec
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from runcomfy_desktop.core.catalogue import Catalogue
    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.core.spec_reading import SpecReader
    from runcomfy_desktop.core.tasks import Tasks
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.estimate import Estimate
    from runcomfy_desktop.domain.sweep.spec import SweepSpec
    from runcomfy_desktop.domain.sweep.sweep import Sweep
    from runcomfy_desktop.domain.sweep.table import Table


@dataclass(frozen=True, slots=True)
class Prepared:
    """A grid that is ready to be sent: its cells, and what they will cost."""

    sweep: Sweep
    cells: Cells
    estimate: Estimate | None = None


class SweepPlanner:
    """Every intent returns at once; `tasks` carry it out."""

    def __init__(
        self,
        bench: Workbench,
        catalogue: Catalogue,
        reader: SpecReader,
        purse: Purse,
        tasks: Tasks,
    ) -> None:
        self._bench = bench
        self._catalogue = catalogue
        self._purse = purse
        self._tasks = tasks
        self._reader = reader
        self._drafts = CellDrafts(bench, catalogue.read)
        self._planning: asyncio.Task[Any] | None = None

    def plan(self, spec: SweepSpec, then: Callable[[SweepPlan], object]) -> None:
        """See Sweeps."""
        if self._planning is not None:
            self._planning.cancel()
        self._planning = self._tasks.start("plan a grid", self._plan(spec, then))

    def read_table(
        self, path: str, then: Callable[[Table], object], failed: Callable[[Problem], object]
    ) -> None:
        """See Sweeps."""
        self._tasks.start("read a table", self._read_table(path, then, failed))

    def prepare(
        self,
        spec: SweepSpec,
        then: Callable[[Prepared], object],
        failed: Callable[[Problem], object],
    ) -> None:
        """See Sweeps."""
        self._bench.settling.publish(None)
        self._tasks.start("prepare a grid", self._prepare(spec, then, failed))

    # Inside

    async def _plan(self, spec: SweepSpec, then: Callable[[SweepPlan], object]) -> None:
        then(await self._planned(spec))

    async def _planned(self, spec: SweepSpec) -> SweepPlan:
        bench = self._bench
        return await plan_of(spec, bench.state, self._reader, bench.why_not, self._priced)

    def _priced(self, sweep: Sweep) -> tuple[Estimate | None, float | None]:
        known = {each.deployment_id: each for each in self._catalogue.state.deployments}
        own: Deployment | None = self._bench.state.deployment
        if own is not None:
            known[own.deployment_id] = own
        return priced(sweep, known, self._purse)

    async def _read_table(
        self, path: str, then: Callable[[Table], object], failed: Callable[[Problem], object]
    ) -> None:
        try:
            table = await self._reader.table(path)
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
        bench = self._bench.state
        plan = await self._planned(spec)
        if plan.first_fault is not None:
            raise plan.first_fault
        assert bench.draft is not None
        axes = []
        for each, axis in zip(spec.axes, plan.axes, strict=True):
            assert axis is not None
            if isinstance(each, FilesSpec):
                axis = await self._reader.kept(axis, each, bench.draft, bench.schema)
            axes.append(axis)
        sweep = replace(sweep_of(spec, axes, bench), sweep_id=uuid.uuid4().hex)
        if self._bench.state.draft is not bench.draft:
            raise Problem(
                _("The draft was changed while the grid was prepared."),
                _("Nothing was sent and nothing was billed."),
                _("Start the grid again."),
            )
        cells = await self._drafts.cells(sweep, new_seeds=spec.new_seeds)
        return Prepared(sweep, cells, plan.estimate)
