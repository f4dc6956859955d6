"""Opens the workflow of a file, as the program does once the file has been read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import Draft, Source

if TYPE_CHECKING:
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
