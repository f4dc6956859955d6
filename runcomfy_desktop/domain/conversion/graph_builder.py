"""Builds the workflow's graph and those of its subgraphs out of the file, in the editor's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.editor_graph import EditorGraph, NodeRole, read_slots
from runcomfy_desktop.domain.conversion.editor_json import as_id, as_text, objects, read_links
from runcomfy_desktop.domain.conversion.group_nodes import convert_group_nodes
from runcomfy_desktop.domain.conversion.match_types import resolve_types
from runcomfy_desktop.domain.conversion.node_factory import NodeFactory
from runcomfy_desktop.domain.conversion.node_ids import unique_node_ids
from runcomfy_desktop.domain.conversion.promoted_widgets import promote_widgets
from runcomfy_desktop.domain.conversion.proxy_widgets import ProxyWidgets
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.conversion.class_defs import ClassDefs
    from runcomfy_desktop.domain.conversion.editor_graph import EditorNode
    from runcomfy_desktop.domain.workflow.conversion_report import RemarkCollector


def build_graphs(
    raw_workflow: JsonObject, classes: ClassDefs | None, remarks: RemarkCollector
) -> EditorGraph:
    """The workflow's own graph; those of its subgraphs hang on the nodes that stand for them."""
    if classes is not None:
        raw_workflow = convert_group_nodes(raw_workflow, classes)
    raw_definitions = raw_workflow.get("definitions")
    raw = objects(raw_definitions.get("subgraphs")) if isinstance(raw_definitions, dict) else []
    renamed = unique_node_ids(raw_workflow, raw)
    definitions: dict[str, EditorGraph] = {}
    for each in raw:
        graph_id = as_id(each.get("id"))
        if graph_id and graph_id not in definitions:
            definitions[graph_id] = _definition(graph_id, each)
    factory = NodeFactory(classes, definitions, remarks)
    proxies = ProxyWidgets(renamed)
    unbuilt = dict(definitions)
    for graph in _dependency_order(definitions, remarks):
        _add_nodes(graph, factory, renamed.get(graph.graph_id, {}))
        del unbuilt[graph.graph_id]
        _remark_early_subgraphs(graph, unbuilt)
        _promote_widgets(graph, proxies)
        resolve_types(graph)
    root = EditorGraph("", "", raw_workflow, read_links(raw_workflow))
    _add_nodes(root, factory, {})
    _promote_widgets(root, proxies)
    resolve_types(root)
    return root


def _definition(graph_id: str, raw: JsonObject) -> EditorGraph:
    graph = EditorGraph(graph_id, as_text(raw.get("name")), raw, read_links(raw))
    graph.inputs, graph.outputs = read_slots(raw.get("inputs")), read_slots(raw.get("outputs"))
    return graph


def _dependency_order(
    definitions: dict[str, EditorGraph], remarks: RemarkCollector
) -> list[EditorGraph]:
    """The definitions so that each comes after those which it uses.

    Where one uses another twice the editor leaves them in the order of the file.
    """
    uses = {
        graph_id: [
            kind
            for node in objects(graph.raw.get("nodes"))
            if isinstance(kind := node.get("type"), str) and kind in definitions
        ]
        for graph_id, graph in definitions.items()
    }
    users: dict[str, list[str]] = {graph_id: [] for graph_id in definitions}
    for user, used in uses.items():
        for each in set(used):
            users[each].append(user)
    pending_counts = {graph_id: len(set(used)) for graph_id, used in uses.items()}
    ready = [graph_id for graph_id, count in pending_counts.items() if not count]
    for graph_id in ready:
        for user in users[graph_id]:
            pending_counts[user] -= 1
            if not pending_counts[user]:
                ready.append(user)
    if len(ready) < len(definitions):
        remarks.add("", "", _("Some subgraphs contain themselves; they end where they repeat."))
    is_plain = all(len(set(used)) == len(used) for used in uses.values())
    if len(ready) < len(definitions) or not is_plain:
        return list(definitions.values())
    return [definitions[graph_id] for graph_id in ready]


def _remark_early_subgraphs(graph: EditorGraph, unbuilt: dict[str, EditorGraph]) -> None:
    """Tells of values that nothing takes: the nodes inside are not read yet."""
    for node in graph.nodes.values():
        if node.type in unbuilt and node.raw.get("widgets_values"):
            node.remarks.append(
                _(
                    "Its own values are not used, as in ComfyUI's editor: the file has its "
                    "subgraph behind this one. Its nodes have the values that were saved inside."
                )
            )


def _add_nodes(graph: EditorGraph, factory: NodeFactory, renamed: dict[str, str]) -> None:
    for link in graph.links.values():
        link.origin = renamed.get(link.origin, link.origin)
        link.target = renamed.get(link.target, link.target)
    nodes = graph.raw.get("nodes")
    for raw in nodes if isinstance(nodes, list) else []:
        if not factory.has_capacity():
            break
        if not isinstance(raw, dict):
            raw = {}
        node = factory.create(raw)
        if node is None:
            continue
        if node.node_id in renamed and not isinstance(raw.get("id"), str):
            node.node_id = renamed[node.node_id]
        if graph.nodes.setdefault(node.node_id, node) is node:
            _fix_links(graph, node)


def _fix_links(graph: EditorGraph, node: EditorNode) -> None:
    """Takes away the wires of inputs that are gone, and tells the others where theirs are now."""
    for link_id in node.lost_links:
        graph.links.pop(link_id, None)
    for at, each in enumerate(node.inputs):
        if 0 <= node.links_moved_from <= at and each.link in graph.links:
            graph.links[each.link].target_slot = at


def _promote_widgets(graph: EditorGraph, proxies: ProxyWidgets) -> None:
    """Gives the nodes that stand for subgraphs the widgets of inner nodes, and their values."""
    subgraph_nodes = [node for node in graph.nodes.values() if node.role is NodeRole.SUBGRAPH]
    for node in subgraph_nodes:
        promote_widgets(node)
    for node in subgraph_nodes:
        proxies.resolve(node)
