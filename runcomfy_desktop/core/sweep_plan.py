"""What a grid would be: its axes, how many runs, what they cost and take, and why it cannot be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.ledger import breathe
from runcomfy_desktop.domain.estimate import Estimate, together
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.prompt_words import is_plain
from runcomfy_desktop.domain.sweep.axes import axis_of
from runcomfy_desktop.domain.sweep.cells import (
    changes_of,
    check_clashes,
    check_lengths,
    deployment_of,
    points_of,
)
from runcomfy_desktop.domain.sweep.sweep import Axis, Sweep
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runcomfy_desktop.core.bench_state import BenchState
    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.core.spec_reading import SpecReader
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.draft import Changes, Draft
    from runcomfy_desktop.domain.sweep.spec import SweepSpec
    from runcomfy_desktop.domain.workflow import InputKey


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """A grid before anything is sent. `axes` and `faults` are those of the spec, in its order: an
    axis, or why there is none. `fault` says what is wrong with the grid as a whole.

    `estimate` is about money, `takes_s` about how long machines run for it, as far as runs were
    measured: None when not.
    """

    axes: tuple[Axis | None, ...] = ()
    faults: tuple[Problem | None, ...] = ()
    count: int = 0
    fault: Problem | None = None
    estimate: Estimate | None = None
    takes_s: float | None = None

    @property
    def first_fault(self) -> Problem | None:
        """What has to be put right first; None when the grid can be sent."""
        return next((fault for fault in self.faults if fault is not None), self.fault)


async def plan_of(
    spec: SweepSpec,
    bench: BenchState,
    reader: SpecReader,
    why_not: Callable[[Changes], str],
    priced: Callable[[Sweep], tuple[Estimate | None, float | None]],
) -> SweepPlan:
    """Works it out; whatever is wrong is in the plan."""
    draft = bench.draft
    if draft is None:
        return SweepPlan(fault=Problem(_("There is nothing to run yet.")))
    axes: list[Axis | None] = []
    faults: list[Problem | None] = []
    for each in spec.axes:
        try:
            found = await reader.found(each, draft, bench.schema)
            axes.append(axis_of(each, draft, bench.schema, found))
            faults.append(None)
        except Problem as problem:
            axes.append(None)
            faults.append(problem)
    plan = SweepPlan(tuple(axes), tuple(faults))
    whole = [axis for axis in axes if axis is not None]
    if len(whole) < len(axes):
        return plan
    try:
        count = check_lengths([len(axis.points) for axis in whole], is_zip=spec.is_zip)
        plan = replace(plan, count=count)
        sweep = sweep_of(spec, whole, bench)
        await check_cells(sweep, draft)
    except Problem as problem:
        return replace(plan, fault=problem)
    first = changes_of(points_of(sweep, 0), draft.value)
    why = why_not(first) or await _why_no_words(sweep, draft, why_not)
    if why:
        plan = replace(plan, fault=Problem(_("This cannot run yet."), why))
    estimate, takes_s = priced(sweep)
    return replace(plan, estimate=estimate, takes_s=takes_s)


async def _why_no_words(sweep: Sweep, draft: Draft, why_not: Callable[[Changes], str]) -> str:
    """Why words cannot be chosen in a text that comes with an axis: unlike all else that is checked
    before a run, it would go out as it is written."""
    seen = set[str]()
    for cell in range(sweep.count if draft.expands else 0):
        await breathe(cell)
        for key, value in changes_of(points_of(sweep, cell), draft.value).items():
            if key not in draft.expands or not isinstance(value, str) or is_plain(value):
                continue
            if value not in seen:
                seen.add(value)
                why = why_not({key: value})
                if why:
                    return why
    return ""


def sweep_of(spec: SweepSpec, axes: Sequence[Axis], bench: BenchState) -> Sweep:
    """The grid of these axes, which has no id yet."""
    deployment = bench.deployment
    return Sweep(
        "",
        spec.name.strip() or " × ".join(axis.name for axis in axes),
        tuple(axes),
        spec.is_zip,
        "" if deployment is None else deployment.deployment_id,
        "" if deployment is None else deployment.name,
    )


async def check_cells(sweep: Sweep, draft: Draft) -> None:
    """Raises Problem when two axes are in each other's way, or a word to replace is not there."""

    def name_of(key: InputKey) -> str:
        node = draft.workflow.nodes.get(key.node_id)
        title = "" if node is None else node.title or node.class_type
        return _("%s of %s") % (key.name, title) if title else key.name

    check_clashes(sweep.axes, name_of)
    if not any(point.replaces for axis in sweep.axes for point in axis.points):
        return
    for cell in range(sweep.count):
        await breathe(cell)
        changes_of(points_of(sweep, cell), draft.value)


def priced(
    sweep: Sweep, deployments: Mapping[str, Deployment], purse: Purse
) -> tuple[Estimate | None, float | None]:
    """What a grid costs, and how long machines run for it; None is what is not known."""
    counts = Counter(deployment_of(sweep, cell) for cell in range(sweep.count))
    known = [(deployments[each], count) for each, count in counts.items() if each in deployments]
    if not known or len(known) < len(counts):
        return None, None
    estimates = [purse.estimate(deployment, count) for deployment, count in known]
    times = [
        None if each.run_s is None else each.run_s * count / max(1, deployment.max_instances)
        for each, (deployment, count) in zip(estimates, known, strict=True)
    ]
    # Each deployment has machines of its own.
    takes_s = None if None in times else max(time for time in times if time is not None)
    return together(estimates), takes_s
