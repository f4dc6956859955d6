"""Resolves types that depend on connections, as the editor does after it has opened a file.

Inputs of one group share a type. Each input gets the type that its own limits and the sources of
the other inputs allow; an output of the group gets the type that the sources of all its inputs have
in common. Then each reroute passes on its incoming type. Links that do not fit the resulting types
are removed.
"""

from __future__ import annotations

from collections import deque
from itertools import accumulate
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import inline_text
from runcomfy_desktop.domain.conversion.editor_graph import NodeRole, types_connect
from runcomfy_desktop.domain.conversion.editor_json import INPUT_NODE, OUTPUT_NODE, item_at
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.editor_graph import EditorGraph, EditorInput, EditorNode
    from runcomfy_desktop.domain.conversion.editor_json import EditorLink

ANY = "*"
_REROUTE = "Reroute"
# Types only get narrower along the links; this limit ends the loop if nodes form a cycle.
_MAX_STEPS_PER_NODE = 20
# No real type has this many names.
_MAX_NAMES = 200


def resolve_types(graph: EditorGraph) -> None:
    """Sets the types of all inputs and outputs of `graph` that depend on links."""
    nodes = graph.nodes.values()
    matching = [
        node
        for node in nodes
        if node.role is NodeRole.CLASS and any(each.match is not None for each in node.inputs)
    ]
    reroutes = [node for node in nodes if _is_reroute(node) and node.outputs]
    if not matching and not reroutes:
        return
    _resolve_all(graph, matching)
    # Reroutes come last, because the groups do not see the types that reroutes get.
    source_types = _reroute_types(graph, reroutes)
    for node in reroutes:
        node.outputs = [source_types[node.node_id] or node.outputs[0]]
    remover = _LinkRemover(graph)
    for node in matching:
        remover.remove_links(node)
    for node in reroutes:
        if source_types[node.node_id] not in ("", ANY):
            remover.remove_links(node)


def _is_reroute(node: EditorNode) -> bool:
    return node.type == _REROUTE and node.role is NodeRole.REROUTE


def _resolve_all(graph: EditorGraph, matching: list[EditorNode]) -> None:
    followers: dict[str, list[EditorNode]] = {}
    for node in matching:
        for each in node.inputs:
            link = graph.links.get(each.link)
            if link is not None:
                followers.setdefault(link.origin, []).append(node)
    pending = deque(matching)
    for _step in range(_MAX_STEPS_PER_NODE * len(matching)):
        if not pending:
            break
        node = pending.popleft()
        before = list(node.outputs)
        groups: dict[str, list[EditorInput]] = {}
        for each in node.inputs:
            if each.match is not None:
                groups.setdefault(each.match.group, []).append(each)
        for group, inputs in groups.items():
            _resolve_group(graph, node, group, inputs)
        if node.outputs != before:
            pending.extend(followers.get(node.node_id, ()))


def _resolve_group(
    graph: EditorGraph, node: EditorNode, group: str, inputs: list[EditorInput]
) -> None:
    source_types = [_source_type(graph, each) for each in inputs]
    # The common type of all inputs before each input, and of all after it, so that inputs are not
    # compared in pairs.
    before = _running_common_types(source_types)
    behind = _running_common_types(source_types[::-1])[::-1]
    for index, each in enumerate(inputs):
        assert each.match is not None
        others = _common_of_two(before[index], behind[index + 1])
        kind = None if others is None else common_type([others, each.match.allowed])
        if kind is None:
            # The links do not fit together: like the editor, leave the types unchanged.
            return
        each.type = kind
    output_type = before[-1]
    if output_type is not None:
        for index in range(len(node.outputs)):
            if item_at(node.output_groups, index) == group:
                node.outputs[index] = output_type


def _running_common_types(types: list[str]) -> list[str | None]:
    """Returns a list whose item n is the common type of the first n types, beginning with n = 0."""
    items: list[str | None] = [ANY, *types]
    return list(accumulate(items, _common_of_two))


def _common_of_two(one: str | None, other: str | None) -> str | None:
    return None if one is None or other is None else common_type([one, other])


def _source_type(graph: EditorGraph, each: EditorInput) -> str:
    """Returns the type at the start of the link to an input; ANY if there is no link."""
    link = graph.links.get(each.link)
    if link is None:
        return ANY
    if link.origin == INPUT_NODE:
        slot = item_at(graph.inputs, link.origin_slot)
        return ANY if slot is None else slot.type
    origin = graph.nodes.get(link.origin)
    return ANY if origin is None else _output_type(origin, link)


def _output_type(origin: EditorNode, link: EditorLink) -> str:
    found = item_at(origin.outputs, link.origin_slot)
    return ANY if found is None else found


def _reroute_types(graph: EditorGraph, reroutes: list[EditorNode]) -> dict[str, str]:
    """Returns the type that enters each chain of reroutes, by reroute id; "" if it is unknown."""
    found: dict[str, str] = {}
    for reroute in reroutes:
        node, row = reroute, list[str]()
        while node.node_id not in found:
            # A chain that returns to itself has no start.
            found[node.node_id] = ANY
            row.append(node.node_id)
            link_id = node.inputs[0].link if node.inputs else ""
            if not link_id:
                break
            link = graph.links.get(link_id)
            origin = None if link is None else graph.nodes.get(link.origin)
            if link is None or origin is None:
                found[node.node_id] = ""
                break
            if not _is_reroute(origin):
                found[node.node_id] = _output_type(origin, link)
                break
            node = origin
        for each in row:
            found[each] = found[node.node_id]
    return found


class _LinkRemover:
    """Removes links that do not fit the type of their source output, and adds remarks."""

    def __init__(self, graph: EditorGraph) -> None:
        self._graph = graph
        self._targets = graph.link_ends()

    def remove_links(self, node: EditorNode) -> None:
        for slot, source_type in enumerate(node.outputs):
            is_next_missed = False
            for link_id in node.links_from(slot):
                # The editor removes links from the list that it iterates over, and so skips the
                # link after each removed one.
                is_checked = not is_next_missed
                is_next_missed = is_checked and self._remove_link(node, source_type, link_id)

    def _remove_link(self, origin: EditorNode, source_type: str, link_id: str) -> bool:
        """Removes a link that does not fit; returns True if the link existed and did not fit."""
        link = self._graph.links.get(link_id)
        if link is None:
            return False
        if link_id in self._targets:
            node, each = self._targets[link_id]
            if types_connect(source_type, each.type):
                return False
            each.link = ""
            text = _("The wire to %s does not fit where it comes from: ComfyUI takes it away.")
            node.remarks.append(text % inline_text(each.name))
            return True
        is_out = link.target == OUTPUT_NODE
        slot = item_at(self._graph.outputs, link.target_slot) if is_out else None
        # Reroutes do not check links that lead out of the subgraph.
        if slot is None or _is_reroute(origin) or types_connect(source_type, slot.type):
            return False
        del self._graph.links[link_id]
        text = _("The wire to %s of its subgraph does not fit, so ComfyUI takes it away.")
        origin.remarks.append(text % inline_text(slot.name))
        return True


def common_type(types: list[str]) -> str | None:
    """Returns the names that all `types` share, joined by commas; None if there are none."""
    lists = [each.split(",", _MAX_NAMES) for each in types if each != ANY]
    if not lists:
        return ANY
    others = [frozenset(each) for each in lists[1:]]
    names = [name for name in dict.fromkeys(lists[0]) if all(name in each for each in others)]
    return ",".join(names) if names else None
