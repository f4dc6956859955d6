"""Plan of a grid: axes, number of runs, cost, duration, and reasons why it cannot be sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.jobs.job_store import yield_to_loop
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.dynamic_prompts import is_plain
from runcomfy_desktop.domain.jobs.estimate import Estimate, total_estimate
from runcomfy_desktop.domain.sweeps.axes import build_axis
from runcomfy_desktop.domain.sweeps.cells import (
    changes_of,
    check_conflicts,
    check_lengths,
    deployment_of,
    points_of,
)
from runcomfy_desktop.domain.sweeps.sweep import Axis, Sweep
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runcomfy_desktop.core.editor.editor_state import EditorState
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.core.sweeps.axis_spec_reader import AxisSpecReader
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.drafts.draft import Changes, Draft
    from runcomfy_desktop.domain.sweeps.spec import SweepSpec
    from runcomfy_desktop.domain.workflow.workflow import InputKey


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """Plan of a grid before anything is sent.

    `axes` and `problems` follow the spec: for each axis, either the axis or why there is none.
    `problem` is what is wrong with the grid as a whole.

    `estimate` is the cost, `duration_s` the time that machines run; both come from measured runs
    and are None if unknown.
    """

    axes: tuple[Axis | None, ...] = ()
    problems: tuple[Problem | None, ...] = ()
    cell_count: int = 0
    problem: Problem | None = None
    estimate: Estimate | None = None
    duration_s: float | None = None

    @property
    def first_problem(self) -> Problem | None:
        """First problem that has to be solved; None if the grid can be sent."""
        return next((problem for problem in self.problems if problem is not None), self.problem)


async def plan_sweep(
    spec: SweepSpec,
    editor_state: EditorState,
    reader: AxisSpecReader,
    run_blocked_reason: Callable[[Changes], str],
    price: Callable[[Sweep], tuple[Estimate | None, float | None]],
) -> SweepPlan:
    """Returns the plan of a grid, including all problems."""
    draft = editor_state.draft
    if draft is None:
        return SweepPlan(problem=Problem(_("There is nothing to run yet.")))
    axes: list[Axis | None] = []
    problems: list[Problem | None] = []
    for each in spec.axes:
        try:
            found = await reader.read(each, draft, editor_state.schema)
            axes.append(build_axis(each, draft, editor_state.schema, found))
            problems.append(None)
        except Problem as problem:
            axes.append(None)
            problems.append(problem)
    plan = SweepPlan(tuple(axes), tuple(problems))
    complete = [axis for axis in axes if axis is not None]
    if len(complete) < len(axes):
        return plan
    try:
        count = check_lengths([len(axis.points) for axis in complete], is_zip=spec.is_zip)
        plan = replace(plan, cell_count=count)
        sweep = make_sweep(spec, complete, editor_state)
        await check_cells(sweep, draft)
    except Problem as problem:
        return replace(plan, problem=problem)
    first = changes_of(points_of(sweep, 0), draft.value)
    why = run_blocked_reason(first) or await _prompts_blocked_reason(
        sweep, draft, run_blocked_reason
    )
    if why:
        plan = replace(plan, problem=Problem(_("This cannot run yet."), why))
    estimate, duration_s = price(sweep)
    return replace(plan, estimate=estimate, duration_s=duration_s)


async def _prompts_blocked_reason(
    sweep: Sweep, draft: Draft, run_blocked_reason: Callable[[Changes], str]
) -> str:
    """Returns why a dynamic prompt on an axis cannot be expanded, "" if all can.

    Each prompt is checked here, since one that cannot be expanded would be sent unexpanded.
    """
    checked = set[str]()
    for cell in range(sweep.cell_count if draft.dynamic_prompt_inputs else 0):
        await yield_to_loop(cell)
        for key, value in changes_of(points_of(sweep, cell), draft.value).items():
            if (
                isinstance(value, str)
                and key in draft.dynamic_prompt_inputs
                and value not in checked
                and not is_plain(value)
            ):
                checked.add(value)
                why = run_blocked_reason({key: value})
                if why:
                    return why
    return ""


def make_sweep(spec: SweepSpec, axes: Sequence[Axis], editor_state: EditorState) -> Sweep:
    """Returns the grid of these axes, without an id yet."""
    deployment = editor_state.deployment
    return Sweep(
        "",
        spec.name.strip() or " × ".join(axis.name for axis in axes),
        tuple(axes),
        spec.is_zip,
        "" if deployment is None else deployment.deployment_id,
        "" if deployment is None else deployment.name,
    )


async def check_cells(sweep: Sweep, draft: Draft) -> None:
    """Raises Problem if two axes conflict, or if the text that an axis replaces is missing."""

    def name_of(key: InputKey) -> str:
        node = draft.workflow.nodes.get(key.node_id)
        title = "" if node is None else node.title or node.class_type
        return _("%s of %s") % (key.name, title) if title else key.name

    check_conflicts(sweep.axes, name_of)
    if not any(point.replacement for axis in sweep.axes for point in axis.points):
        return
    for cell in range(sweep.cell_count):
        await yield_to_loop(cell)
        changes_of(points_of(sweep, cell), draft.value)


def estimate_sweep(
    sweep: Sweep, deployments: Mapping[str, Deployment], budget: Budget
) -> tuple[Estimate | None, float | None]:
    """Returns the cost of a grid and the time that machines run; None for unknown values."""
    counts = Counter(deployment_of(sweep, cell) for cell in range(sweep.cell_count))
    known = [(deployments[each], count) for each, count in counts.items() if each in deployments]
    if not known or len(known) < len(counts):
        return None, None
    estimates = [budget.estimate(deployment, count) for deployment, count in known]
    times = [
        None if each.run_s is None else each.run_s * count / max(1, deployment.max_instances)
        for each, (deployment, count) in zip(estimates, known, strict=True)
    ]
    # Each deployment has its own machines, so deployments run in parallel.
    duration_s = None if None in times else max(time for time in times if time is not None)
    return total_estimate(estimates), duration_s
