"""The one question before existing jobs are run: about a changed workflow, their cost, or both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shiboken6 import isValid

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.run.run_questions import (
    RUN_DIALOG_NAME,
    cost_lines,
    run_button_text,
    run_title,
)
from runcomfy_desktop.ui.widgets.confirm import ask_confirmation, raise_open_dialog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.jobs.job_queue import JobQueue
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.jobs.job import Job

_WORKFLOW_DIALOG_NAME = "workflow_question"


@dataclass(frozen=True, slots=True)
class JobQuestion:
    """Question before jobs are run; `name` is that of its dialog, and `on_yes` runs the jobs."""

    name: str
    title: str
    text: str
    button_text: str
    on_yes: Callable[[], object]


def cost_question(
    budget: Budget, jobs: Sequence[Job], on_yes: Callable[[], object]
) -> JobQuestion | None:
    """Returns the question about the cost of running jobs; None if none is necessary."""
    count, estimate = len(jobs), budget.estimate_jobs(jobs)
    if not budget.needs_confirmation(count, estimate):
        return None
    text = "\n\n".join(cost_lines(budget, estimate))
    button_text = run_button_text(count, estimate)
    return JobQuestion(RUN_DIALOG_NAME, run_title(count), text, button_text, on_yes)


class JobPreflight:
    """Checks existing jobs before a command runs them, and asks what is open, in one dialog.

    `operation` identifies the command, so that it is not run twice while the check waits for recent
    records. `find_jobs` returns the current jobs, and `find_question` the question that the command
    itself asks about them, or None. `on_yes` runs the jobs if there is no such question. A workflow
    is unchanged if the version that would run is known to be the one the job was made for.

    Everything is checked again when the user agrees, because the dialog may have been open for a
    long time; what was agreed to is not asked again. Nothing is run if `parent` has been deleted,
    for example because its window was closed. One dialog is open at a time: while it is open,
    another check that needs a dialog has no effect.
    """

    def __init__(
        self,
        parent: QWidget,
        queue: JobQueue,
        operation: str,
        find_jobs: Callable[[], Sequence[Job]],
        on_yes: Callable[[], object],
        find_question: Callable[[], JobQuestion | None] = lambda: None,
    ) -> None:
        self._parent = parent
        self._queue = queue
        self._operation = operation
        self._find_jobs = find_jobs
        self._on_yes = on_yes
        self._find_question = find_question
        self._asked_about: dict[str, Job] = {}
        self._agreed_question: JobQuestion | None = None

    def start(self, *, is_agreed: bool = False) -> None:
        """Checks the jobs; `is_agreed`: the user has just agreed in a dialog about them."""
        job_ids = frozenset(job.job_id for job in self._find_jobs())
        self._queue.deployment_check.check_before_jobs(
            self._operation, job_ids, self._ask_or_run, is_agreed=is_agreed
        )

    def _ask_or_run(self) -> None:
        if not isValid(self._parent):
            return
        changed = [*filter(self._queue.deployment_check.has_changed, self._find_jobs())]
        self._asked_about.update((job.job_id, job) for job in changed)
        question = None if self._agreed_question is not None else self._find_question()
        if not changed and question is None:
            self._run()
        elif not raise_open_dialog(self._parent, *_dialog_names(question)):
            self._ask(changed, question)

    def _run(self) -> None:
        if self._asked_about:
            self._queue.accept_current_workflows(self._asked_about.values())
        agreed = self._agreed_question
        run = self._on_yes if agreed is None else agreed.on_yes
        run()

    def _ask(self, changed: Sequence[Job], question: JobQuestion | None) -> None:
        check = self._queue.deployment_check
        versions = {job.job_id: check.version_of(job) for job in changed}

        def agree() -> None:
            check.accept_versions(versions)
            self._agreed_question = question or self._agreed_question
            self.start(is_agreed=True)

        shown = _with_workflow_question(question, changed, versions) if changed else question
        assert shown is not None
        ask_confirmation(
            self._parent,
            shown.name,
            title=shown.title,
            text=shown.text,
            button_text=shown.button_text,
            on_yes=agree,
        )


def _dialog_names(question: JobQuestion | None) -> Iterable[str]:
    return (_WORKFLOW_DIALOG_NAME,) if question is None else (_WORKFLOW_DIALOG_NAME, question.name)


def _with_workflow_question(
    question: JobQuestion | None, changed: Sequence[Job], versions: dict[str, str]
) -> JobQuestion:
    """Returns the question about changed workflows, together with `question` if there is one."""
    title, versions_text = _workflow_title(changed), _versions_text(changed, versions)
    consequences = n_(
        "Its values are sent to the new workflow, so its result can be different. To look at them "
        "first, select the job and choose “Use these inputs” in the output panel.",
        "Their values are sent to the new workflow, so their results can be different. To look at "
        "them first, select a job and choose “Use these inputs” in the output panel.",
        len(changed),
    )
    nothing_sent = _("Nothing has been sent yet, and nothing has been billed.")
    if question is None:
        text = "\n\n".join((versions_text, consequences, nothing_sent))
        button_text = n_("Run it all the same", "Run them all the same", len(changed))
        return JobQuestion(_WORKFLOW_DIALOG_NAME, title, text, button_text, lambda: None)
    paragraphs = f"{title} {versions_text}", consequences, question.text, nothing_sent
    return replace(question, text="\n\n".join(paragraphs))


def _workflow_title(changed: Sequence[Job]) -> str:
    names = {job.deployment_id: one_line(job.deployment_name) for job in changed}
    return n_(
        "The workflow of %s has changed.",
        "The workflows of %d deployments have changed.",
        len(names),
    ) % (next(iter(names.values())) if len(names) == 1 else len(names))


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
