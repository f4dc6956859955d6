"""Primitive nodes: each gives its value to the widgets that it leads to, and is then gone."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.graph import Role
from runcomfy_desktop.domain.conversion.raw import properties
from runcomfy_desktop.domain.conversion.texts import replaced

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.graph import Graph, Node
    from runcomfy_desktop.domain.conversion.widgets import Widget
    from runcomfy_desktop.domain.json_value import Json


def give_values(graph: Graph) -> None:
    """Writes the values of all primitive nodes of one graph into the widgets they lead to."""
    primitives = {
        node.node_id: node for node in graph.nodes.values() if node.role is Role.PRIMITIVE
    }
    if not primitives:
        return
    inputs = {
        each.link: (node, each)
        for node in graph.nodes.values()
        for each in node.inputs
        if each.link and each.widget
    }
    for link in graph.links.values():
        primitive = primitives.get(link.origin)
        goal = inputs.get(link.link_id)
        if primitive is None or goal is None:
            continue
        values = primitive.raw.get("widgets_values")
        widget = goal[0].widget(goal[1].widget)
        if widget is not None and isinstance(values, list) and values:
            widget.value = fitted(widget, _value(graph, primitive, values[0]))


def _value(graph: Graph, primitive: Node, value: Json) -> Json:
    wanted = properties(primitive.raw).get("Run widget replace on values")
    return replaced(graph, value) if wanted and isinstance(value, str) else value


def fitted(widget: Widget, value: Json) -> Json:
    """The value as a widget of numbers takes it when it is entered: on its steps."""
    options, kind = widget.definition.options, widget.definition.widget_type
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        return value
    if kind == "INT":
        step = _number(options.get("step"), 1) or 1
        least = _number(options.get("min"), 0)
        offset = 0.0 if step == 1 else math.fmod(least, step)
        if isinstance(value, int) and step == 1:
            return value
        with suppress(OverflowError):  # an integer that no float can hold
            return int(math.floor((value - offset) / step + 0.5) * step + offset)
    return value


def _number(value: Json, default: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return value if _is_finite(value) else default


def _is_finite(value: float) -> bool:
    """An integer always is, however many digits it has."""
    return isinstance(value, int) or math.isfinite(value)
