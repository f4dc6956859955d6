"""The question before jobs run another workflow than they were made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.dialogs.confirm import ask
from runcomfy_desktop.ui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.deployment_check import DeploymentCheck
    from runcomfy_desktop.domain.job import Job

NAME = "workflow_question"


def run_if_agreed(
    window: QWidget, check: DeploymentCheck, jobs: Sequence[Job], on_yes: Callable[[], object]
) -> None:
    """Calls `on_yes` when the workflows that `jobs` were made for are known to be those that would
    run, else when the user agrees. One question stands at a time: while it does, nothing else is
    asked, and nothing else is run."""

    def look(_changed: object) -> None:
        changed = [job for job in jobs if check.has_changed(job)]
        if not changed:
            on_yes()
        elif (standing := window.findChild(Dialog, NAME)) is not None:
            standing.raise_()
            standing.activateWindow()
        else:
            _ask(window, check, changed, on_yes)

    check.before_run((), look)


def _ask(
    window: QWidget, check: DeploymentCheck, changed: Sequence[Job], on_yes: Callable[[], object]
) -> None:
    def agree() -> None:
        check.agree(changed)
        on_yes()

    first, count = changed[0], len(changed)
    names = {job.deployment_id for job in changed}
    title = n_(
        "The workflow of %s has changed.",
        "The workflows of %d deployments have changed.",
        len(names),
    ) % (one_line(first.deployment_name) if len(names) == 1 else len(names))
    if count == 1:
        text = _("This job was made for version %s of the workflow. Version %s would run now.") % (
            one_line(first.workflow_version),
            one_line(check.version_of(first)),
        )
    else:
        text = _("%d jobs were made for an earlier version of it than would run now.") % count
    means = n_(
        "Its values are sent to the new workflow, so its result can be different. To look at them "
        "first, select the job and choose “Use these inputs” below its results.",
        "Their values are sent to the new workflow, so their results can be different. To look at "
        "them first, select a job and choose “Use these inputs” below its results.",
        count,
    )
    cost = _("Nothing has been sent yet, and nothing has been billed.")
    ask(
        window,
        NAME,
        title=title,
        text="\n\n".join((text, means, cost)),
        deed=n_("Run it all the same", "Run them all the same", count),
        on_yes=agree,
    )
