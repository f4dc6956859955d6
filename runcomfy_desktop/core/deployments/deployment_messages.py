"""Outcomes of actions on deployments, with the texts that report them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.base.problem import ProblemKind
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentChanges
    from runcomfy_desktop.store.deployments import CachedDeployment


class DeploymentAction(Enum):
    """Action that the user requested on a deployment."""

    LOAD = "look"
    CHANGE = "change"
    DELETE = "delete"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class DeploymentOutcome:
    """Outcome of an action on a deployment.

    `deployment` is the current record if it is known, `notice` reports the outcome to the user,
    `problem` is the reason for a failure. `is_conflict`: nothing was tried because the record
    differs from the one that the user saw. `as_of_s` is when `deployment` was read if it comes from
    the cache, else 0.0.
    """

    deployment_id: str
    action: DeploymentAction
    notice: Notice | None = None
    deployment: Deployment | None = None
    problem: Problem | None = None
    is_conflict: bool = False
    as_of_s: float = 0.0

    @property
    def succeeded(self) -> bool:
        return self.problem is None and not self.is_conflict


def not_read_outcome(
    deployment_id: str, name: str, problem: Problem, cached: CachedDeployment | None
) -> DeploymentOutcome:
    """Returns the outcome of a deployment that could not be read; `cached` is shown if given."""
    action, notice = (
        DeploymentAction.LOAD,
        _error_notice(_("%s could not be read.") % name, problem),
    )
    outcome = DeploymentOutcome(deployment_id, action, notice, problem=problem)
    if cached is None:
        return outcome
    return replace(outcome, deployment=cached.deployment, as_of_s=cached.saved_s)


def changed_outcome(
    record: Deployment,
    changes: DeploymentChanges,
    *,
    is_touched: bool,
    enable_again: Callable[[], object] | None,
) -> DeploymentOutcome:
    """Returns the outcome of a change.

    `is_touched`: the deployment was edited elsewhere, but its settings were not. The notice's
    button calls `enable_again` if the deployment has been disabled.
    """
    if changes.is_enabled is None:
        title = _("%s was changed.") % record.name
        detail = _("New instances follow the new numbers; what runs now ends on the old ones.")
    elif changes.is_enabled:
        title = _("%s is enabled.") % record.name
        detail = _("It takes requests again.")
    else:
        title = _("%s is disabled.") % record.name
        detail = _("Every request to it fails at once until it is enabled again.")
        if record.min_instances:
            # The button enables the deployment without a confirmation, so its cost is stated here.
            always_on_text = n_(
                "Then %d instance of it is always on again, and billed also while nothing runs.",
                "Then %d instances of it are always on again, and billed also while nothing runs.",
                record.min_instances,
            )
            detail = f"{detail} {always_on_text % record.min_instances}"
    if is_touched:
        elsewhere = _("Somebody changed it meanwhile, but none of its settings.")
        detail = f"{detail} {elsewhere}"
    button = _("Enable again") if enable_again is not None else ""
    notice = Notice(NoticeLevel.INFO, title, detail, "", button, enable_again)
    return DeploymentOutcome(record.deployment_id, DeploymentAction.CHANGE, notice, record)


def conflict_outcome(deployment_id: str, name: str, now: Deployment) -> DeploymentOutcome:
    title = _("%s was changed elsewhere meanwhile, so nothing was sent.") % name
    detail = _("Look at its settings as they are now, then try again if you still want to.")
    notice = Notice(NoticeLevel.WARNING, title, detail)
    return DeploymentOutcome(deployment_id, DeploymentAction.CHANGE, notice, now, is_conflict=True)


def not_changed_outcome(
    deployment_id: str, name: str, problem: Problem, now: Deployment | None
) -> DeploymentOutcome:
    title, text = _("%s was not changed.") % name, ""
    if problem.is_uncertain and now is None:
        title = _("It is not known whether %s was changed.") % name
    elif problem.is_uncertain:
        text = _("The service still has it as it was. Try again if you still want to.")
    notice = _error_notice(title, problem, replacement=text)
    return DeploymentOutcome(deployment_id, DeploymentAction.CHANGE, notice, now, problem)


def deleted_outcome(deployment_id: str, name: str, workflow_path: Path | None) -> DeploymentOutcome:
    """Returns the outcome of a deletion; `workflow_path` is the file with the saved workflow."""
    detail = _("It takes no requests and costs nothing any more. Your results stay where they are.")
    if workflow_path is not None:
        file_text = _(
            "Its workflow, with what you changed in it, is kept as the file %s: choose another "
            "deployment to run it on."
        )
        detail = f"{detail} {file_text % workflow_path.name}"
    notice = Notice(NoticeLevel.INFO, _("%s has been deleted.") % name, detail)
    return DeploymentOutcome(deployment_id, DeploymentAction.DELETE, notice)


def vanished_notice(name: str, save: Callable[[], object]) -> Notice:
    """Returns the notice about a deployment in use that was deleted elsewhere.

    `save` saves its workflow as a file.
    """
    title = _("%s has been deleted elsewhere.") % name
    detail = _(
        "Its workflow and what you typed are still here. Kept as a file, they can be run on "
        "another deployment."
    )
    return Notice(NoticeLevel.WARNING, title, detail, "", _("Keep as a file"), save)


def workflow_saved_notice(path: Path) -> Notice:
    title = _("The workflow is kept as the file %s.") % path.name
    return Notice(NoticeLevel.INFO, title, _("Choose another deployment to run it on."))


def not_deleted_outcome(
    deployment_id: str, name: str, problem: Problem, *, is_sure: bool
) -> DeploymentOutcome:
    title, text = _("%s was not deleted.") % name, ""
    if not is_sure:
        title = _("It is not known whether %s was deleted.") % name
    elif problem.is_uncertain:
        text = _("The service still has it, and it costs what it cost before. Try again.")
    notice = _error_notice(title, problem, replacement=text)
    return DeploymentOutcome(deployment_id, DeploymentAction.DELETE, notice, problem=problem)


def freed_outcome(deployment_id: str, name: str, *, clear_cache: bool) -> DeploymentOutcome:
    title = _("The instance of %s drops its models.")
    if clear_cache:
        title = _("The instance of %s drops its models and clears its cache.")
    detail = _("The next run has to load them again, so it takes longer.")
    notice = Notice(NoticeLevel.INFO, title % name, detail)
    return DeploymentOutcome(deployment_id, DeploymentAction.FREE, notice)


def not_freed_outcome(deployment_id: str, name: str, problem: Problem) -> DeploymentOutcome:
    """Returns the outcome of a failed request to free memory.

    An instance that is gone or does not exist yet is reported as information, not as an error.
    """
    if problem.kind in (ProblemKind.NOT_FOUND, ProblemKind.SERVER):
        detail = " ".join(filter(None, (problem.detail, problem.advice)))
        notice = Notice(NoticeLevel.INFO, problem.title, detail, problem.technical)
    else:
        notice = _error_notice(_("The memory of %s was not freed.") % name, problem)
    return DeploymentOutcome(deployment_id, DeploymentAction.FREE, notice, problem=problem)


def _error_notice(title: str, problem: Problem, *, replacement: str = "") -> Notice:
    """Returns an error notice.

    `replacement` is shown in place of the problem's detail and advice if the doubt that they
    express has been resolved since.
    """
    detail = f"{problem.title} {replacement}" if replacement else problem.sentence()
    return Notice(NoticeLevel.ERROR, title, detail, problem.technical)
