"""The question before jobs run another workflow than they were made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shiboken6 import isValid

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.widgets.confirm import ask_confirmation
from runcomfy_desktop.ui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.domain.jobs.job import Job

DIALOG_NAME = "workflow_question"


def confirm_if_workflow_changed(
    window: QWidget,
    queue: JobQueue,
    operation: str,
    find_jobs: Callable[[], Sequence[Job]],
    on_yes: Callable[[], object],
) -> None:
    """Calls `on_yes` when the workflows that jobs were made for are known to be those that would
    run, else when the user agrees to the others. `find_jobs` gives the jobs as they are at that
    time; `operation` tells one deed with them from others.

    One question stands at a time: while it does, no other one is asked, and what it would have been
    about is not run. Nothing is run either when `window` was closed meanwhile."""

    asked_about: dict[str, Job] = {}

    def check_and_run() -> None:
        if not isValid(window):
            return
        changed = [job for job in find_jobs() if queue.deployment_check.has_changed(job)]
        asked_about.update((job.job_id, job) for job in changed)
        open_dialog = window.findChild(Dialog, DIALOG_NAME)
        if not changed:
            if asked_about:
                queue.accept_current_workflows(asked_about.values())
            on_yes()
        elif open_dialog is not None:
            open_dialog.raise_()
            open_dialog.activateWindow()
        else:
            # Looked at once more then: it may be another one by now.
            _ask_about_versions(window, queue, changed, check_and_run)

    queue.deployment_check.check_before_jobs(
        operation, frozenset(job.job_id for job in find_jobs()), check_and_run
    )


def _ask_about_versions(
    window: QWidget, queue: JobQueue, changed: Sequence[Job], on_yes: Callable[[], object]
) -> None:
    versions = {job.job_id: queue.deployment_check.version_of(job) for job in changed}

    def agree() -> None:
        queue.deployment_check.accept_versions(versions)
        on_yes()

    names = {job.deployment_id: one_line(job.deployment_name) for job in changed}
    title = n_(
        "The workflow of %s has changed.",
        "The workflows of %d deployments have changed.",
        len(names),
    ) % (next(iter(names.values())) if len(names) == 1 else len(names))
    consequences = n_(
        "Its values are sent to the new workflow, so its result can be different. To look at them "
        "first, select the job and choose “Use these inputs” in the output panel.",
        "Their values are sent to the new workflow, so their results can be different. To look at "
        "them first, select a job and choose “Use these inputs” in the output panel.",
        len(changed),
    )
    dialog = ask_confirmation(
        window,
        DIALOG_NAME,
        title=title,
        text="\n\n".join((_versions_text(changed, versions), consequences, _nothing_sent_text())),
        button_text=n_("Run it all the same", "Run them all the same", len(changed)),
        on_yes=lambda: None,
    )
    # The next question must not find this one standing.
    dialog.accepted.connect(lambda: dialog.setObjectName(""))
    dialog.accepted.connect(agree)


def _versions_text(changed: Sequence[Job], versions: dict[str, str]) -> str:
    if len(changed) > 1:
        text = _("%d jobs were made for another version of their workflow than would run now.")
        return text % len(changed)
    [job] = changed
    return _("“%s” was made for version %s of the workflow. Version %s would run now.") % (
        one_line(job.title),
        one_line(job.workflow_version),
        one_line(versions[job.job_id]),
    )


def _nothing_sent_text() -> str:
    return _("Nothing has been sent yet, and nothing has been billed.")
