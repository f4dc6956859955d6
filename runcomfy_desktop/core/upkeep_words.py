"""What came of a wish about a deployment, and the words it is told in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.domain.problem import ProblemKind
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.domain.deployment import Deployment, DeploymentChanges
    from runcomfy_desktop.domain.problem import Problem
    from runcomfy_desktop.store.deployments import KeptDeployment


class Wish(Enum):
    """What was wished for a deployment."""

    LOOK = "look"
    CHANGE = "change"
    DELETE = "delete"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `deployment` is the record as it is now, where that is known; `notice`
    tells it in words; `problem` is there when it failed, and `is_conflict` says that nothing was
    tried because the record is another one than the person saw. `as_of_s` is when `deployment`
    was read, where that is an earlier record for want of a newer one."""

    deployment_id: str
    wish: Wish
    notice: Notice | None = None
    deployment: Deployment | None = None
    problem: Problem | None = None
    is_conflict: bool = False
    as_of_s: float = 0.0

    @property
    def succeeded(self) -> bool:
        return self.problem is None and not self.is_conflict


def not_read(
    deployment_id: str, name: str, problem: Problem, kept: KeptDeployment | None
) -> Outcome:
    """With what is known of it from before."""
    notice = _failure(_("%s could not be read.") % name, problem)
    if kept is None:
        return Outcome(deployment_id, Wish.LOOK, notice, problem=problem)
    return Outcome(deployment_id, Wish.LOOK, notice, kept.deployment, problem, as_of_s=kept.kept_s)


def changed(
    record: Deployment,
    changes: DeploymentChanges,
    *,
    touched: bool,
    again: Callable[[], object] | None,
) -> Outcome:
    """`again` enables a deployment that was disabled."""
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
            # The button enables it without another question.
            kept_on = n_(
                "Then %d instance of it is always on again, and billed also while nothing runs.",
                "Then %d instances of it are always on again, and billed also while nothing runs.",
                record.min_instances,
            )
            detail = f"{detail} {kept_on % record.min_instances}"
    if touched:
        elsewhere = _("Somebody changed it meanwhile, but none of its settings.")
        detail = f"{detail} {elsewhere}"
    button = _("Enable again") if again is not None else ""
    notice = Notice(NoticeLevel.INFO, title, detail, "", button, again)
    return Outcome(record.deployment_id, Wish.CHANGE, notice, record)


def conflict(deployment_id: str, name: str, now: Deployment) -> Outcome:
    notice = Notice(
        NoticeLevel.WARNING,
        _("%s was changed elsewhere meanwhile, so nothing was sent.") % name,
        _("Look at its settings as they are now, then try again if you still want to."),
    )
    return Outcome(deployment_id, Wish.CHANGE, notice, now, is_conflict=True)


def not_changed(deployment_id: str, name: str, problem: Problem, now: Deployment | None) -> Outcome:
    if problem.uncertain and now is None:
        notice = _failure(_("It is not known whether %s was changed.") % name, problem)
    elif problem.uncertain:
        kept = _("The service still has it as it was. Try again if you still want to.")
        notice = _failure(_("%s was not changed.") % name, problem, instead=kept)
    else:
        notice = _failure(_("%s was not changed.") % name, problem)
    return Outcome(deployment_id, Wish.CHANGE, notice, now, problem)


def deleted(deployment_id: str, name: str, kept: Path | None) -> Outcome:
    """`kept` is the file that its workflow lives on in."""
    detail = _("It takes no requests and costs nothing any more. Your results stay where they are.")
    if kept is not None:
        lives_on = _(
            "Its workflow, with what you changed in it, is kept as the file %s: choose another "
            "deployment to run it on."
        )
        detail = f"{detail} {lives_on % kept.name}"
    notice = Notice(NoticeLevel.INFO, _("%s has been deleted.") % name, detail)
    return Outcome(deployment_id, Wish.DELETE, notice)


def vanished(name: str, keep: Callable[[], object]) -> Notice:
    """A deployment in use was deleted elsewhere; `keep` makes a file of its workflow."""
    return Notice(
        NoticeLevel.WARNING,
        _("%s has been deleted elsewhere.") % name,
        _(
            "Its workflow and what you typed are still here. Kept as a file, they can be run on "
            "another deployment."
        ),
        "",
        _("Keep as a file"),
        keep,
    )


def kept(path: Path) -> Notice:
    return Notice(
        NoticeLevel.INFO,
        _("The workflow is kept as the file %s.") % path.name,
        _("Choose another deployment to run it on."),
    )


def not_deleted(deployment_id: str, name: str, problem: Problem, *, is_sure: bool) -> Outcome:
    if not is_sure:
        notice = _failure(_("It is not known whether %s was deleted.") % name, problem)
    elif problem.uncertain:
        left = _("The service still has it, and it costs what it cost before. Try again.")
        notice = _failure(_("%s was not deleted.") % name, problem, instead=left)
    else:
        notice = _failure(_("%s was not deleted.") % name, problem)
    return Outcome(deployment_id, Wish.DELETE, notice, problem=problem)


def freed(deployment_id: str, name: str, *, clear_cache: bool) -> Outcome:
    title = (
        _("The instance of %s drops its models and clears its cache.")
        if clear_cache
        else _("The instance of %s drops its models.")
    )
    detail = _("The next run has to load them again, so it takes longer.")
    return Outcome(deployment_id, Wish.FREE, Notice(NoticeLevel.INFO, title % name, detail))


def not_freed(deployment_id: str, name: str, problem: Problem) -> Outcome:
    """A machine that is gone, or not there yet, is nothing to be alarmed about."""
    if problem.kind in (ProblemKind.NOT_FOUND, ProblemKind.SERVER):
        detail = " ".join(part for part in (problem.detail, problem.advice) if part)
        notice = Notice(NoticeLevel.INFO, problem.title, detail, problem.technical)
    else:
        notice = _failure(_("The memory of %s was not freed.") % name, problem)
    return Outcome(deployment_id, Wish.FREE, notice, problem=problem)


def _failure(title: str, problem: Problem, *, instead: str = "") -> Notice:
    """`instead` takes the place of a doubt that has been cleared up meanwhile."""
    detail = f"{problem.title} {instead}" if instead else problem.sentence()
    return Notice(NoticeLevel.ERROR, title, detail, problem.technical)
