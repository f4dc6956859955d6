"""Posts notices about changed workflows: compares a workflow with the version the user knew."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.notices import Notice, NoticeLevel
from runcomfy_desktop.core.base.topic import Topic
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import ProblemKind
from runcomfy_desktop.domain.deployments.workflow_change import WorkflowChange, workflow_change
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.domain.base.problem import Problem
    from runcomfy_desktop.domain.drafts.draft import Draft


class WorkflowChangeNotifier:
    """Reports changes to workflows and keeps the last change for each deployment.

    Publishes `details_requested` with a change when the user asks for its details.
    """

    def __init__(self, notices: Notices) -> None:
        self.details_requested: Topic[WorkflowChange] = Topic()
        self._notices = notices
        self._changes: dict[str, WorkflowChange] = {}

    def change_of(self, deployment_id: str) -> WorkflowChange | None:
        """Returns the last change to a deployment's workflow since the start, or None."""
        return self._changes.get(deployment_id)

    def request_details(self, deployment_id: str) -> None:
        """Publishes `details_requested` with the last change to a deployment's workflow, if any."""
        change = self._changes.get(deployment_id)
        if change is not None:
            self.details_requested.publish(change)

    def report_change(self, known: tuple[Draft | None, ...], after: Draft | None) -> None:
        """Posts a notice if the workflow of the draft `after` has changed.

        The earlier draft to compare with is the first in `known` with the same key.
        """
        if after is None or after.source.is_file:
            return
        same = (each for each in known if each is not None and each.key == after.key)
        before = next(same, None)
        if before is None or before.workflow == after.workflow:
            return
        versions = (before.source.workflow_version, after.source.workflow_version)
        change = workflow_change(before, after, versions)
        if not before.workflow.nodes:
            # A stored draft may lack its workflow but has the user's values: only these are
            # compared.
            lost, restored = change.lost, change.restored
            change = WorkflowChange(change.name, versions, lost=lost, restored=restored)
        if not change:
            # Only the order or titles differ.
            return
        deployment_id = after.deployment_id
        self._changes[deployment_id] = change
        title = _("The workflow of %s has changed.") % one_line(after.source.name)
        detail, button = _detail(before, change), _("What changed")
        details, subject = partial(self.request_details, deployment_id), f"changed {deployment_id}"
        self._notices.post(Notice(NoticeLevel.INFO, title, detail, "", button, details, subject))


def _detail(before: Draft, change: WorkflowChange) -> str:
    lost = len(change.lost) + len(change.adopted)
    if lost:
        text = n_(
            "%d of your changes does not fit any more, or is its new value.",
            "%d of your changes do not fit any more, or are its new values.",
            lost,
        )
        return text % lost
    if change.restored:
        back = len(change.restored)
        text = n_(
            "%d value of yours that had no place fits again, and is sent.",
            "%d values of yours that had no place fit again, and are sent.",
            back,
        )
        return text % back
    return _("Your changes were carried over.") if before.changes else ""


def unavailable_reason(problem: Problem, name: str) -> str:
    """Returns the text shown in place of Run if a deployment can no longer be read.

    Returns "" if it may be readable later.
    """
    if problem.kind is ProblemKind.NOT_FOUND:
        return _("%s has been deleted: choose another deployment") % name
    if problem.kind is ProblemKind.FOREIGN:
        return _("%s belongs to another account than this key: choose another deployment") % name
    return ""
