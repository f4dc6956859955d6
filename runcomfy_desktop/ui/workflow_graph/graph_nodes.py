"""Display data of each graph node, read from the draft in view."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.last_result import cache_last
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import one_line

if TYPE_CHECKING:
    from collections.abc import Collection

    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.workflow.workflow import Workflow
    from runcomfy_desktop.ui.input_tree.inputs_model import InputsModel


class NodeSeverity(IntEnum):
    """Severity of a node's worst issue."""

    NONE = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class GraphNode:
    """Display data of one node, as single lines of text.

    `node_id` identifies the node; `id_text` is shown to the user.
    """

    node_id: str
    id_text: str
    title: str
    class_type: str
    is_output: bool = False
    is_changed: bool = False
    severity: NodeSeverity = NodeSeverity.NONE
    issue_text: str = ""

    def accessible_text(self) -> str:
        """Returns the whole text for a screen reader."""
        parts = [self.title, self.class_type, self.id_text]
        parts += [_("output")] if self.is_output else []
        parts += [_("changed")] if self.is_changed else []
        parts += [self.issue_text] if self.issue_text else []
        return ", ".join(parts)


class GraphNodeReader:
    """Reads the display data of nodes; data that edits do not change is read only once."""

    def __init__(self) -> None:
        self._unchanged_nodes = cache_last(_read_nodes)

    def read(self, model: InputsModel, used_ids: Collection[str]) -> dict[str, GraphNode]:
        """Returns the nodes of the draft in view.

        `used_ids` are the nodes whose outputs other nodes use.
        """
        draft, schema = model.draft, model.state.schema
        if draft is None:
            return {}
        graph_nodes = dict(self._unchanged_nodes(draft.workflow, schema, model, used_ids))
        for key in draft.changes:
            if key.node_id in graph_nodes:
                graph_nodes[key.node_id] = replace(graph_nodes[key.node_id], is_changed=True)
        for key, issue in model.state.issues.items():
            graph_node = graph_nodes.get(key.node_id)
            severity = NodeSeverity.ERROR if issue.blocks else NodeSeverity.WARNING
            if graph_node is not None and severity > graph_node.severity:
                name = one_line(key.name)
                text = f"{name}: {issue.text}" if name else issue.text
                graph_nodes[key.node_id] = replace(graph_node, severity=severity, issue_text=text)
        return graph_nodes


def _read_nodes(
    workflow: Workflow, schema: NodeSchema | None, model: InputsModel, used_ids: Collection[str]
) -> dict[str, GraphNode]:
    graph_nodes: dict[str, GraphNode] = {}
    for node_id, node in workflow.nodes.items():
        class_type, is_output = node.class_type, node_id not in used_ids
        if schema is not None and class_type in schema:
            is_output = schema.is_output(class_type)
        id_text, title = f"#{one_line(node_id)}", model.title_of(node)
        graph_nodes[node_id] = GraphNode(node_id, id_text, title, one_line(class_type), is_output)
    return graph_nodes
