"""Opens a file's workflow and runs the draft in view, as the program does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.jobs.run_plan import plan_run
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource

if TYPE_CHECKING:
    from runcomfy_desktop.core.editor.draft_editor import DraftEditor
    from runcomfy_desktop.core.jobs.run_plan import RunPlan
    from runcomfy_desktop.domain.workflow.workflow import Workflow


def open_file(
    draft_editor: DraftEditor,
    workflow: Workflow,
    name: str,
    path: str,
    stored_draft: Draft | None = None,
) -> None:
    """Shows a file's workflow, bound to the deployment in use if there is one."""
    deployment = draft_editor.state.deployment
    deployment_id = deployment.deployment_id if deployment else ""
    draft_editor.open_draft(Draft(workflow, DraftSource(name, path), deployment_id), stored_draft)


def run_once(draft_editor: DraftEditor) -> Draft | None:
    """Returns the draft that a run of the draft in view sends; None if a run is impossible.

    Shows the used seeds, as the program does once the job is stored.
    """
    drafts = run_all(plan_run(draft_editor))
    return drafts[0] if drafts else None


def run_all(plan: RunPlan | None) -> tuple[Draft, ...]:
    """Returns the drafts that the runs of a plan send."""
    if plan is None:
        return ()
    run_drafts = plan.make_runs()
    run_drafts.on_written()
    return tuple(run.draft for run in run_drafts.runs)
