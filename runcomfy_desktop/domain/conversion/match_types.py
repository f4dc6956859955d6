"""Settles types that depend on what is connected, as the editor does after a file was opened.

Inputs of one group share a type. Each takes what it may hold and what the others are given; an
output of the group gives what all of its inputs are given. Then each reroute gives what comes in.
Wires that do not fit the types found are taken away.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.graph import Role, connectable
from runcomfy_desktop.domain.conversion.raw import INPUT_NODE, OUTPUT_NODE
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.graph import Graph, Input, Node
    from runcomfy_desktop.domain.conversion.raw import RawLink

ANY = "*"
_REROUTE = "Reroute"
# Types only get narrower along the wires; a circle of nodes ends here.
_MAX_STEPS_PER_NODE = 20


def settle_types(graph: Graph) -> None:
    """Sets the types of all inputs and outputs of `graph` that depend on wires."""
    matching = [
        node
        for node in graph.nodes.values()
        if node.role is Role.CLASS and any(each.match is not None for each in node.inputs)
    ]
    reroutes = [
        node
        for node in graph.nodes.values()
        if node.role is Role.WIRE and node.type == _REROUTE and node.outputs
    ]
    if not matching and not reroutes:
        return
    _settle_all(graph, matching)
    # A reroute comes last: it does not hand on to the groups what it has learnt.
    given = {node.node_id: _type_before(graph, node) for node in reroutes}
    for node in reroutes:
        node.outputs = [given[node.node_id] or node.outputs[0]]
    changed = {node.node_id for node in matching}
    changed |= {node_id for node_id, kind in given.items() if kind not in ("", ANY)}
    _cut_misfits(graph, changed)


def _settle_all(graph: Graph, matching: list[Node]) -> None:
    followers: dict[str, list[Node]] = {}
    for node in matching:
        for each in node.inputs:
            link = graph.links.get(each.link)
            if link is not None:
                followers.setdefault(link.origin, []).append(node)
    waiting = deque(matching)
    for _step in range(_MAX_STEPS_PER_NODE * len(matching)):
        if not waiting:
            break
        node = waiting.popleft()
        before = list(node.outputs)
        groups: dict[str, list[Input]] = {}
        for each in node.inputs:
            if each.match is not None:
                groups.setdefault(each.match.group, []).append(each)
        for group, inputs in groups.items():
            _settle_group(graph, node, group, inputs)
        if node.outputs != before:
            waiting.extend(followers.get(node.node_id, ()))


def _settle_group(graph: Graph, node: Node, group: str, inputs: list[Input]) -> None:
    given = [_given(graph, each) for each in inputs]
    for index, each in enumerate(inputs):
        assert each.match is not None
        kind = common_type([*given[:index], *given[index + 1 :], each.match.allowed])
        if kind is None:
            # Wires that do not fit together: the editor leaves the types as they were.
            return
        each.type = kind
    made = common_type(given)
    if made is not None:
        node.outputs = [
            made if index < len(node.output_groups) and node.output_groups[index] == group else kind
            for index, kind in enumerate(node.outputs)
        ]


def _given(graph: Graph, each: Input) -> str:
    """The type at the beginning of the wire to an input; any type where there is none."""
    link = graph.links.get(each.link)
    if link is None:
        return ANY
    if link.origin == INPUT_NODE:
        slots = graph.inputs
        return slots[link.origin_slot].type if 0 <= link.origin_slot < len(slots) else ANY
    origin = graph.nodes.get(link.origin)
    return ANY if origin is None else _output_type(origin, link)


def _output_type(origin: Node, link: RawLink) -> str:
    outputs = origin.outputs
    return outputs[link.origin_slot] if 0 <= link.origin_slot < len(outputs) else ANY


def _type_before(graph: Graph, reroute: Node) -> str:
    """The type of what comes in before a row of reroutes; "" where that cannot be seen."""
    node, seen = reroute, set[str]()
    while node.node_id not in seen:
        seen.add(node.node_id)
        link_id = node.inputs[0].link if node.inputs else ""
        if not link_id:
            return ANY
        link = graph.links.get(link_id)
        origin = None if link is None else graph.nodes.get(link.origin)
        if link is None or origin is None:
            return ""
        if origin.type != _REROUTE or origin.role is not Role.WIRE:
            return _output_type(origin, link)
        node = origin
    return ANY


def _cut_misfits(graph: Graph, changed: set[str]) -> None:
    """Takes away the wires that do not fit the types of the nodes they come from; says so."""
    goals = {each.link: (node, each) for node in graph.nodes.values() for each in node.inputs}
    for link in [each for each in graph.links.values() if each.origin in changed]:
        given = _output_type(graph.nodes[link.origin], link)
        goal = goals.get(link.link_id)
        if goal is not None:
            node, each = goal
            if not connectable(given, each.type):
                each.link = ""
                text = _("The wire to %s does not fit where it comes from: ComfyUI takes it away.")
                node.remarks.append(text % each.name)
        elif link.target == OUTPUT_NODE and not _fits_output(graph, given, link.target_slot):
            del graph.links[link.link_id]


def _fits_output(graph: Graph, given: str, slot: int) -> bool:
    is_there = 0 <= slot < len(graph.outputs)
    return not is_there or connectable(given, graph.outputs[slot].type)


def common_type(types: list[str]) -> str | None:
    """The names that all `types` have in common, joined by commas; None where there are none."""
    lists = [each.split(",") for each in types if each != ANY]
    if not lists:
        return ANY
    names = [name for name in dict.fromkeys(lists[0]) if all(name in each for each in lists[1:])]
    return ",".join(names) if names else None
