"""Primitive nodes: each gives its value to the widgets that it leads to, and is then gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.graph import Role
from runcomfy_desktop.domain.conversion.numbers import entered, limited, merged
from runcomfy_desktop.domain.conversion.raw import properties
from runcomfy_desktop.domain.conversion.texts import replaced
from runcomfy_desktop.domain.conversion.widgets import filled

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.graph import Graph, Node
    from runcomfy_desktop.domain.conversion.widgets import Widget
    from runcomfy_desktop.domain.json_value import Json


def give_values(graph: Graph) -> None:
    """Writes the values of all primitive nodes of one graph into the widgets they lead to."""
    goals: dict[str, list[Widget]] = {
        node.node_id: [] for node in graph.nodes.values() if node.role is Role.PRIMITIVE
    }
    if not goals:
        return
    widgets = {
        each.link: widget
        for node in graph.nodes.values()
        for each in node.inputs
        if each.link and each.widget and (widget := node.widget(each.widget)) is not None
    }
    for link in graph.links.values():
        if link.origin in goals and link.link_id in widgets:
            goals[link.origin].append(widgets[link.link_id])
    for node_id, targets in goals.items():
        if targets:
            value = _value(graph, graph.nodes[node_id], targets)
            for widget in targets:
                found = entered(value, widget.definition)
                widget.value = None if found != found else found


def _value(graph: Graph, primitive: Node, targets: list[Widget]) -> Json:
    """What is given to the `targets`: the saved value, as the node's own widget takes it."""
    values = primitive.raw.get("widgets_values")
    is_saved = isinstance(values, list) and bool(values)
    value = values[0] if is_saved and isinstance(values, list) else targets[0].value
    definition = targets[0].definition
    value = filled(definition, value)
    # The node's own widget has the limits that all of its targets have in common.
    for widget in targets:
        both = merged(definition, widget.definition)
        if both is not None:
            definition = replace(definition, options=both)
            value = entered(limited(value, definition), definition)
    if isinstance(value, str) and properties(primitive.raw).get("Run widget replace on values"):
        return replaced(graph, value)
    return value
