"""Reasons why a run is impossible now, each in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.validation.input_issue import InputIssue, IssueKind
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.drafts.overrides import WorkflowDifference
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow


def lost_file_issues(draft: Draft, reasons: Mapping[str, str]) -> dict[InputKey, InputIssue]:
    """Returns issues for the inputs whose stored file cannot be sent.

    `reasons` has the reasons, by name in the media store.
    """
    return {
        key: InputIssue(reasons[value.stored_name], kind=IssueKind.MEDIA)
        for key, value in draft.changes.items()
        if isinstance(value, MediaFile) and value.stored_name in reasons
    }


def unknown_classes(workflow: Workflow, schema: NodeSchema | None) -> tuple[str, ...]:
    """Returns node classes that the deployment's container does not have; () without a schema."""
    if schema is None:
        return ()
    classes = dict.fromkeys(node.class_type for node in workflow.nodes.values())
    return tuple(each for each in classes if schema.class_or_replacement(each) is None)


def mismatch_text(difference: WorkflowDifference, deployment_name: str) -> str:
    """Returns the reason why the file on screen is not what would run.

    A run must send what the user sees, or wait. Overrides only change values of the deployment's
    own workflow, so a file that differs from it would run as something else, unless it is sent as a
    whole.
    """
    if difference.unmatched or difference.missing or difference.rewired:
        text = _("This file is another workflow than that of %s: choose which one to run")
        return text % deployment_name
    count = len(difference.values)
    text = n_(
        "%d value of the file differs from %s: choose which one to run",
        "%d values of the file differ from %s: choose which ones to run",
        count,
    )
    return text % (count, deployment_name)


def not_installed_text(classes: tuple[str, ...], deployment_name: str) -> str:
    """Returns the reason why an inline run is impossible: the container lacks nodes."""
    examples = ", ".join(classes[:3]) + (", …" if len(classes) > 3 else "")
    text = n_("%s does not have this node: %s", "%s does not have these nodes: %s", len(classes))
    return text % (deployment_name, examples)


def blocking_text(issues: Mapping[InputKey, InputIssue]) -> str:
    """Returns one line about what has to be fixed before a run; "" if there is nothing."""
    blocking = [(key, issue) for key, issue in issues.items() if issue.blocks]
    if not blocking:
        return ""
    key, issue = blocking[0]
    first = f"{key.name}: {issue.text}" if key.name else issue.text
    more = len(blocking) - 1
    if not more:
        return first
    return first + " " + n_("And %d more problem.", "And %d more problems.", more) % more
