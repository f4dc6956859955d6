"""Planning of grids: a plan while the user edits the grid, then the runs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from runcomfy_desktop.core.editor.run_source import RunSource, draft_preparer
from runcomfy_desktop.core.jobs.job_store import yield_to_loop
from runcomfy_desktop.core.jobs.new_job import RunRequest
from runcomfy_desktop.core.sweeps.sweep_plan import (
    SweepPlan,
    estimate_sweep,
    make_sweep,
    plan_sweep,
)
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, SeedMode, Value
from runcomfy_desktop.domain.drafts.seed_inputs import seed_inputs
from runcomfy_desktop.domain.sweeps.cells import (
    cell_text,
    changes_of,
    deployment_of,
    points_of,
    varied_inputs,
)
from runcomfy_desktop.domain.sweeps.spec import FilesSpec
from runcomfy_desktop.domain.workflow.workflow import (
    InputKey,
    Workflow,
    link_of,
    workflow_from_json,
)
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Collection, Sequence

    from runcomfy_desktop.core.base.tasks import Tasks
    from runcomfy_desktop.core.deployments.deployment_catalogue import DeploymentCatalogue
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.core.sweeps.axis_spec_reader import AxisSpecReader
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.jobs.estimate import Estimate
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.sweeps.csv_table import CsvTable
    from runcomfy_desktop.domain.sweeps.spec import SweepSpec
    from runcomfy_desktop.domain.sweeps.sweep import Sweep

_MAX_ABOUT_CHARS = 80
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class CellRuns:
    """Runs of all cells in order, with their base draft and the draft of the last cell.

    The seeds of `last_draft` are shown once the runs are stored.
    """

    runs: Sequence[RunRequest]
    draft: Draft
    last_draft: Draft


class CellRunBuilder:
    """Makes the run of each cell: the draft in view with the cell's values, on its deployment.

    Unless `new_seeds` is set, all cells have the same seeds and expanded prompts, so that two
    pictures differ only in the values of the axes. `read_deployment` reads a deployment with its
    workflow.
    """

    def __init__(
        self, draft_editor: DraftEditor, read_deployment: Callable[[str], Awaitable[Deployment]]
    ) -> None:
        self._draft_editor = draft_editor
        self._read_deployment = read_deployment

    async def build(self, sweep: Sweep, *, new_seeds: bool) -> CellRuns:
        """Returns the runs of a grid; the draft in view does not change.

        Raises Problem if a deployment cannot be read or lacks an input.
        """
        state = self._draft_editor.state
        assert state.draft is not None
        fixed = varied_inputs(sweep.axes)
        base = _with_seed_modes(state.draft, state.schema, fixed, new_seeds=new_seeds)
        base = self._draft_editor.seeds.with_next_seeds(base, state.schema)
        if not new_seeds:
            base = self._expanded_once(base, fixed)
        sources = await self._run_sources(sweep, base, fixed)
        runs: list[RunRequest] = []
        latest = base
        for cell in range(sweep.cell_count):
            await yield_to_loop(cell)
            if new_seeds and cell:
                latest = self._draft_editor.seeds.with_next_seeds(latest, state.schema, last=latest)
            source = sources[deployment_of(sweep, cell)]
            values = {key: latest.value(key) for key in base.seed_modes if _has_input(source, key)}
            draft = source.draft.with_values(values)
            draft = draft.with_values(changes_of(points_of(sweep, cell), draft.value))
            about = cell_text(sweep, cell)[:_MAX_ABOUT_CHARS]
            runs.append(
                RunRequest(
                    source.prepare(self._draft_editor.expand_prompts(draft)),
                    source.deployment,
                    about,
                    cell,
                )
            )
        return CellRuns(runs, state.draft, latest)

    def _expanded_once(self, base: Draft, fixed: Collection[InputKey]) -> Draft:
        """Returns the draft with prompts expanded once for the whole grid.

        Prompts on an axis are not expanded. Like the seeds, the choices are the same in all cells.
        """
        varying = base.dynamic_prompt_inputs.intersection(fixed)
        expanded = self._draft_editor.expand_prompts(
            replace(base, dynamic_prompt_inputs=base.dynamic_prompt_inputs - varying)
        )
        return replace(expanded, dynamic_prompt_inputs=varying)

    async def _run_sources(
        self, sweep: Sweep, base: Draft, fixed: Collection[InputKey]
    ) -> dict[str, RunSource]:
        """Returns the run sources by deployment id; reads the deployments not in view."""
        draft_editor, state = self._draft_editor, self._draft_editor.state
        own, schema = state.deployment, state.schema
        assert own is not None
        needed: dict[str, None] = {}
        for cell in range(sweep.cell_count):
            await yield_to_loop(cell)
            needed[deployment_of(sweep, cell)] = None
        sources = {}
        for deployment_id in needed:
            if deployment_id == own.deployment_id:
                sources[deployment_id] = RunSource(
                    own, base, draft_preparer(schema, has_difference=bool(state.difference))
                )
                continue
            deployment = await self._read_deployment(deployment_id)
            if not deployment.is_enabled:
                raise Problem(
                    _("%s is disabled, so it would refuse its runs.") % one_line(deployment.name)
                )
            seeds = [seed.key for seed in seed_inputs(base, schema)]
            draft = _transferred_draft(base, deployment, fixed, seeds)
            ready = draft_preparer(draft_editor.schemas.get(deployment_id), has_difference=True)
            sources[deployment_id] = RunSource(deployment, draft, ready)
        return sources


def _with_seed_modes(
    draft: Draft, schema: NodeSchema | None, fixed: Collection[InputKey], *, new_seeds: bool
) -> Draft:
    """Returns the draft with the modes of the seeds not set by an axis.

    With `new_seeds` and no seed mode in use, all seeds become random.
    """
    modes = dict(draft.seed_modes)
    if new_seeds and not modes:
        modes = {seed.key: SeedMode.RANDOM for seed in seed_inputs(draft, schema)}
    return replace(draft, seed_modes={key: modes[key] for key in modes if key not in fixed})


def _has_input(source: RunSource, key: InputKey) -> bool:
    return key in source.draft.workflow


def _transferred_draft(
    base: Draft,
    deployment: Deployment,
    fixed: Collection[InputKey],
    seeds: Collection[InputKey],
) -> Draft:
    """Returns the draft for another deployment: its workflow with the same values.

    Raises Problem if an input that was changed or varies is missing there.
    """
    if base.runs_file:
        return replace(base, deployment_id=deployment.deployment_id)
    if deployment.payload is None or not deployment.has_workflow:
        raise Problem(_("%s does not run a ComfyUI workflow.") % one_line(deployment.name))
    workflow = workflow_from_json(deployment.payload.workflow)
    for key in (*base.changes, *fixed):
        if not _is_same_input(key, base.workflow, workflow):
            node = base.workflow.nodes.get(key.node_id)
            title = "" if node is None else node.title or node.class_type
            raise Problem(
                _("%s has no input “%s” of %s (node %s).")
                % tuple(map(one_line, (deployment.name, key.name, title, key.node_id))),
                _("Nothing was sent and nothing was billed."),
                _("Leave it out, or choose deployments of the same workflow."),
            )
    source = DraftSource(deployment.name, workflow_version=deployment.workflow_version)
    values: dict[InputKey, Value] = dict(base.changes)
    # Varied inputs and seeds keep their values if the other workflow has these inputs.
    matching = (key for key in (*fixed, *seeds) if _is_same_input(key, base.workflow, workflow))
    values |= {key: base.value(key) for key in matching}
    draft = Draft(workflow, source, deployment.deployment_id, seed_modes=base.seed_modes)
    return replace(draft, dynamic_prompt_inputs=base.dynamic_prompt_inputs).with_values(values)


def _is_same_input(key: InputKey, workflow: Workflow, other: Workflow) -> bool:
    """Returns True if `other` has the input, not linked, at a node of the same id and class."""
    here, there = workflow.nodes.get(key.node_id), other.nodes.get(key.node_id)
    if here is None or there is None or here.class_type != there.class_type:
        return False
    if key.name in here.inputs and key.name not in there.inputs:
        return False
    return link_of(there.inputs.get(key.name)) is None


@dataclass(frozen=True, slots=True)
class PreparedSweep:
    """Grid ready to be sent, with its runs and their estimated cost."""

    sweep: Sweep
    cell_runs: CellRuns
    estimate: Estimate | None = None


class SweepPlanner:
    """Plans and prepares grids; every command returns at once and runs in `tasks`."""

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
        """Passes the plan of a grid to `then`; a newer request replaces earlier ones."""
        if self._plan_task is not None:
            self._plan_task.cancel()
        self._plan_task = self._tasks.start("plan a grid", self._plan(spec, then))

    def read_table(
        self, path: str, then: Callable[[CsvTable], object], failed: Callable[[Problem], object]
    ) -> None:
        """Passes the content of a CSV file to `then`, or why it cannot be read to `failed`."""
        work = partial(self._reader.read_table, path)
        self._tasks.start("read a table", _report(work, then, failed))

    def prepare(
        self,
        spec: SweepSpec,
        then: Callable[[PreparedSweep], object],
        on_failed: Callable[[Problem], object],
    ) -> None:
        """Makes all runs of a grid and passes them to `then`; nothing is queued yet."""
        self._draft_editor.commit_requested.publish(None)
        work = partial(self._make_prepared, spec)
        self._tasks.start("prepare a grid", _report(work, then, on_failed))

    # Internals

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


async def _report(
    work: Callable[[], Awaitable[_Result]],
    then: Callable[[_Result], object],
    failed: Callable[[Problem], object],
) -> None:
    """Passes the result of `work` to `then`, or its problem to `failed`."""
    try:
        result = await work()
    except Problem as problem:
        failed(problem)
    else:
        then(result)
