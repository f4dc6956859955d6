"""Opens the workflow of a file, and runs what is in view, as the program does both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.run_plan import plan_run
from runcomfy_desktop.domain.draft import Draft, Source

if TYPE_CHECKING:
    from runcomfy_desktop.core.run_plan import RunPlan
    from runcomfy_desktop.core.workbench import Workbench
    from runcomfy_desktop.domain.workflow import Workflow


def open_file(
    workbench: Workbench,
    workflow: Workflow,
    name: str,
    path: str,
    kept: Draft | None = None,
) -> None:
    """Shows a file's workflow, bound to the deployment in use when there is one."""
    deployment = workbench.state.deployment
    deployment_id = deployment.deployment_id if deployment else ""
    workbench.open_draft(Draft(workflow, Source(name, path), deployment_id), kept)


def run_once(workbench: Workbench) -> Draft | None:
    """What a run of the draft in view sends, once its job is written down; None without a run."""
    drafts = run_all(plan_run(workbench))
    return drafts[0] if drafts else None


def run_all(plan: RunPlan | None) -> tuple[Draft, ...]:
    """The same for each run of a plan."""
    if plan is None:
        return ()
    made = plan.make()
    made.written()
    return tuple(run.draft for run in made.runs)
