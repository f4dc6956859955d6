"""The part of a draft that a run sends, and the reasons that prevent a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.account.partner_nodes import partner_node_ids
from runcomfy_desktop.domain.base.last_result import cache_last
from runcomfy_desktop.domain.drafts.dynamic_inputs import (
    needs_inline,
    sent_changes,
    sent_names,
    sent_workflow,
)
from runcomfy_desktop.domain.drafts.prompt_inputs import find_prompt_inputs
from runcomfy_desktop.domain.validation.draft_checker import DraftChecker
from runcomfy_desktop.domain.validation.large_media import LargeMedia, address_required_issues
from runcomfy_desktop.domain.validation.run_blockers import (
    blocking_text,
    lost_file_issues,
    mismatch_text,
    not_installed_text,
    unknown_classes,
)
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.core.editor.editor_state import EditorState
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.drafts.overrides import WorkflowDifference
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.validation.input_issue import InputIssue
    from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow


@dataclass(frozen=True, slots=True)
class RunSource:
    """Draft and deployment from which runs are made; `prepare` reduces a draft to what is sent."""

    deployment: Deployment
    draft: Draft
    prepare: Callable[[Draft], Draft]


def draft_preparer(schema: NodeSchema | None, *, has_difference: bool) -> Callable[[Draft], Draft]:
    """Returns a function that reduces a draft to what is sent.

    `has_difference`: a file's workflow differs from the deployment's, so a draft that runs its file
    must send it.
    """
    partner_nodes, large_media = cache_last(partner_node_ids), LargeMedia(schema)
    prompt_inputs = cache_last(find_prompt_inputs)

    def prepare(draft: Draft) -> Draft:
        sent = as_sent(draft, schema, has_difference=has_difference)
        return replace(
            sent,
            has_partner_nodes=bool(partner_nodes(draft.workflow, schema)),
            large_picture_inputs=frozenset(large_media.pictures(draft)) & sent.changes.keys(),
            shrinkable_picture_inputs=frozenset(large_media.shrinkable(draft))
            & sent.changes.keys(),
            prompt_inputs=prompt_inputs(draft.workflow, schema),
        )

    return prepare


def as_sent(draft: Draft, schema: NodeSchema | None, *, has_difference: bool) -> Draft:
    """Returns the draft reduced to what is sent.

    Drops values of inputs that no longer exist. Includes the whole workflow if overrides cannot
    express the changes. `has_difference`: see `draft_preparer`.
    """
    # A file that equals the deployment's workflow need not be sent.
    runs_file = draft.runs_file and has_difference
    is_reshaped = needs_inline(draft, schema)
    hidden = _HiddenInputs(draft, schema)
    active_changes = sent_changes(draft, schema)
    changes = {
        key: value for key, value in active_changes.items() if not hidden.has(key.node_id, key.name)
    }
    sent = replace(draft, changes=changes, runs_file=runs_file)
    if not is_reshaped and not runs_file:
        return sent
    workflow = hidden.without_hidden(sent_workflow(draft, schema))
    return replace(sent, workflow=workflow, is_reshaped=is_reshaped)


class _HiddenInputs:
    """Finds inputs that the server fills itself: some files have them; they are never sent."""

    def __init__(self, draft: Draft, schema: NodeSchema | None) -> None:
        self._nodes = draft.workflow.nodes
        self._schema = schema

    def has(self, node_id: str, name: str) -> bool:
        node = self._nodes.get(node_id)
        node_class = (
            None
            if node is None or self._schema is None
            else self._schema.node_class(node.class_type)
        )
        return (
            node_class is not None
            and name in node_class.hidden_names
            and name not in node_class.declared_inputs({})
        )

    def without_hidden(self, workflow: Workflow) -> Workflow:
        nodes = {}
        for node_id, node in workflow.nodes.items():
            inputs = {
                name: value for name, value in node.inputs.items() if not self.has(node_id, name)
            }
            nodes[node_id] = (
                node if len(inputs) == len(node.inputs) else replace(node, inputs=inputs)
            )
        return replace(workflow, nodes=nodes)


def reshaping_text(draft: Draft, schema: NodeSchema | None) -> str:
    """Returns why a run sends the whole workflow, "" if overrides suffice."""
    if not needs_inline(draft, schema):
        return ""
    for node_id in dict.fromkeys(key.node_id for key in draft.changes):
        node = draft.workflow.nodes.get(node_id)
        if node is not None and sent_names(node, draft, schema) != tuple(node.inputs):
            label = "" if schema is None else schema.display_name(node.class_type)
            name = " ".join((node.title or label or node.class_type).split())
            return _("Sent whole, because %s adds or removes inputs") % name
    return ""


def replacement_blocked_reason(
    draft: Draft, editor_state: EditorState, lost: Mapping[str, str]
) -> str:
    """Returns why a draft could not run in place of the one in view; "" if it could.

    `lost` maps the unusable files of the media store to the reasons.
    """
    schema = editor_state.schema
    issues = {**address_required_issues(draft, schema, editor_state.large_pictures)}
    issues |= {**DraftChecker().issues(draft, schema), **lost_file_issues(draft, lost)}
    return blocked_reason(draft, editor_state.deployment, editor_state.difference, issues, schema)


def blocked_reason(
    draft: Draft,
    deployment: Deployment | None,
    difference: WorkflowDifference | None,
    issues: Mapping[InputKey, InputIssue],
    schema: NodeSchema | None,
) -> str:
    """Returns why a run is impossible now, "" if it is possible."""
    if deployment is None:
        return _("Choose a deployment to run this workflow on")
    if not deployment.is_enabled:
        return _("%s is disabled, so it would refuse the run") % deployment.name
    if difference is not None and not draft.runs_file:
        return mismatch_text(difference, deployment.name)
    missing_classes = unknown_classes(draft.workflow, schema) if difference is not None else ()
    if missing_classes:
        return not_installed_text(missing_classes, deployment.name)
    return blocking_text(issues)
