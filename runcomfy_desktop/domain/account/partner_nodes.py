"""Partner nodes, which call a paid service outside the container, billed to a Comfy.org key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.validation.input_issue import InputIssue, IssueKind
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import Workflow


class PartnerNodes:
    """Finds partner nodes; caches the result for the last workflow and schema."""

    def __init__(self) -> None:
        self._cache_key: tuple[object, object] = (None, None)
        self._found: tuple[str, ...] = ()

    def find(self, workflow: Workflow, schema: NodeSchema | None) -> tuple[str, ...]:
        """Returns the ids of a workflow's partner nodes; () while the schema is unknown."""
        if self._cache_key[0] is not workflow or self._cache_key[1] is not schema:
            self._cache_key = (workflow, schema)
            self._found = () if schema is None else tuple(_partner_node_ids(workflow, schema))
        return self._found


def partner_key_issues(node_ids: tuple[str, ...]) -> dict[InputKey, InputIssue]:
    """Returns an issue for each partner node, for use when there is no Comfy.org key.

    The issues do not block a run, because the deployment may have its own key.
    """
    text = _("This is a paid partner node: it needs your Comfy.org key. Settings > Partner nodes")
    issue = InputIssue(text, blocks=False, kind=IssueKind.PARTNER_KEY)
    return {InputKey(node_id, ""): issue for node_id in node_ids}


def _partner_node_ids(workflow: Workflow, schema: NodeSchema) -> list[str]:
    nodes = workflow.nodes.values()
    return [node.node_id for node in nodes if schema.is_partner(node.class_type)]
