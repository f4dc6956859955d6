"""Partner nodes, which call a paid service outside the container, billed to a Comfy.org key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.validation.input_issue import InputIssue, IssueKind
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import Workflow


def partner_node_ids(workflow: Workflow, schema: NodeSchema | None) -> tuple[str, ...]:
    """Returns the ids of a workflow's partner nodes; () while the schema is unknown."""
    if schema is None:
        return ()
    nodes = workflow.nodes.values()
    return tuple(node.node_id for node in nodes if schema.is_partner(node.class_type))


def partner_key_issues(node_ids: tuple[str, ...]) -> dict[InputKey, InputIssue]:
    """Returns an issue for each partner node, for use when there is no Comfy.org key.

    The issues do not block a run, because the deployment may have its own key.
    """
    text = _("This is a paid partner node: it needs your Comfy.org key. Settings > Partner nodes")
    issue = InputIssue(text, blocks=False, kind=IssueKind.PARTNER_KEY)
    return {InputKey(node_id, ""): issue for node_id in node_ids}
