"""Builds the workflow's graph and those of its subgraphs out of the file, in the editor's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.graph import Graph, Role, slots
from runcomfy_desktop.domain.conversion.groups import without_groups
from runcomfy_desktop.domain.conversion.identities import with_own_ids
from runcomfy_desktop.domain.conversion.match_types import settle_types
from runcomfy_desktop.domain.conversion.nodes import NodeMaker
from runcomfy_desktop.domain.conversion.promotion import show_widgets
from runcomfy_desktop.domain.conversion.proxies import Proxies
from runcomfy_desktop.domain.conversion.raw import identity, links_of, objects, text
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.graph import Node
    from runcomfy_desktop.domain.conversion.report import Remarks
    from runcomfy_desktop.domain.conversion.specs import Classes
    from runcomfy_desktop.domain.json_value import JsonObject


def build_graphs(ui: JsonObject, classes: Classes | None, remarks: Remarks) -> Graph:
    """The workflow's own graph; those of its subgraphs hang on the nodes that stand for them."""
    if classes is not None:
        ui = without_groups(ui, classes)
    held = ui.get("definitions")
    raw = objects(held.get("subgraphs")) if isinstance(held, dict) else []
    renamed = with_own_ids(ui, raw)
    definitions: dict[str, Graph] = {}
    for each in raw:
        graph_id = identity(each.get("id"))
        if graph_id and graph_id not in definitions:
            definitions[graph_id] = _definition(graph_id, each)
    maker = NodeMaker(classes, definitions, remarks)
    proxies = Proxies(renamed)
    waiting = dict(definitions)
    for graph in _in_order(definitions, remarks):
        _fill(graph, maker, renamed.get(graph.graph_id, {}))
        del waiting[graph.graph_id]
        _tell_of_early(graph, waiting)
        _show(graph, proxies)
        settle_types(graph)
    root = Graph("", "", ui, links_of(ui))
    _fill(root, maker, {})
    _show(root, proxies)
    settle_types(root)
    return root


def _definition(graph_id: str, raw: JsonObject) -> Graph:
    graph = Graph(graph_id, text(raw.get("name")), raw, links_of(raw))
    graph.inputs, graph.outputs = slots(raw.get("inputs")), slots(raw.get("outputs"))
    return graph


def _in_order(definitions: dict[str, Graph], remarks: Remarks) -> list[Graph]:
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
    waits = {graph_id: len(set(used)) for graph_id, used in uses.items()}
    ready = [graph_id for graph_id, count in waits.items() if not count]
    for graph_id in ready:
        for user in users[graph_id]:
            waits[user] -= 1
            if not waits[user]:
                ready.append(user)
    if len(ready) < len(definitions):
        remarks.add("", "", _("Some subgraphs contain themselves; they end where they repeat."))
    is_plain = all(len(set(used)) == len(used) for used in uses.values())
    if len(ready) < len(definitions) or not is_plain:
        return list(definitions.values())
    return [definitions[graph_id] for graph_id in ready]


def _tell_of_early(graph: Graph, waiting: dict[str, Graph]) -> None:
    """Tells of values that nothing takes: the nodes inside are not read yet."""
    for node in graph.nodes.values():
        if node.type in waiting and node.raw.get("widgets_values"):
            node.remarks.append(
                _(
                    "Its own values are not used, as in ComfyUI's editor: the file has its "
                    "subgraph behind this one. Its nodes have the values that were saved inside."
                )
            )


def _fill(graph: Graph, maker: NodeMaker, renamed: dict[str, str]) -> None:
    for link in graph.links.values():
        link.origin = renamed.get(link.origin, link.origin)
        link.target = renamed.get(link.target, link.target)
    nodes = graph.raw.get("nodes")
    for raw in nodes if isinstance(nodes, list) else []:
        if not maker.has_room():
            break
        if not isinstance(raw, dict):
            raw = {}
        node = maker.make(raw)
        if node is None:
            continue
        if node.node_id in renamed and not isinstance(raw.get("id"), str):
            node.node_id = renamed[node.node_id]
        if graph.nodes.setdefault(node.node_id, node) is node:
            _put_links_right(graph, node)


def _put_links_right(graph: Graph, node: Node) -> None:
    """Takes away the wires of inputs that are gone, and tells the others where theirs are now."""
    for link_id in node.lost_links:
        graph.links.pop(link_id, None)
    for at, each in enumerate(node.inputs):
        if 0 <= node.moved_from <= at and each.link in graph.links:
            graph.links[each.link].target_slot = at


def _show(graph: Graph, proxies: Proxies) -> None:
    """Gives the nodes that stand for subgraphs the widgets of inner nodes, and their values."""
    standing = [node for node in graph.nodes.values() if node.role is Role.SUBGRAPH]
    for node in standing:
        show_widgets(node)
    for node in standing:
        proxies.settle(node)
