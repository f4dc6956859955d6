"""Primitive nodes: each gives its value to the widgets that it leads to, and is then gone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.graph import Role
from runcomfy_desktop.domain.conversion.numbers import entered, limited, merged
from runcomfy_desktop.domain.conversion.raw import properties, whole
from runcomfy_desktop.domain.conversion.specs import InputDef, is_widget_type
from runcomfy_desktop.domain.conversion.texts import NodeNames, replaced
from runcomfy_desktop.domain.conversion.widgets import Form, choose, opened
from runcomfy_desktop.domain.shown import shown
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.graph import Graph, Input, Node
    from runcomfy_desktop.domain.conversion.widgets import Widget
    from runcomfy_desktop.domain.json_value import Json


# No editor shows more of them behind the point.
_MAX_DIGITS = 100


@dataclass(frozen=True, slots=True)
class _Target:
    """An input that a primitive leads to; `widget` is None for one that is only a socket."""

    node: Node
    each: Input
    widget: Widget | None

    @property
    def definition(self) -> InputDef | None:
        """The definition of its widget, or of the one that it shows of a subgraph."""
        if self.widget is not None:
            return self.widget.definition
        return None if self.each.shown is None else self.each.shown.definition


def give_values(graph: Graph) -> None:
    """Writes the values of all primitive nodes of one graph into the widgets they lead to."""
    primitives = [node for node in graph.nodes.values() if node.role is Role.PRIMITIVE]
    if not primitives:
        return
    ends = {
        each.link: (node, each)
        for node in graph.nodes.values()
        for each in node.inputs
        if each.link
    }
    names = NodeNames(graph)
    lost = {each for node in graph.nodes.values() for each in node.lost_links}
    for primitive in primitives:
        wires = [each for each in primitive.links_from(0) if each not in lost]
        targets = [_target(graph, ends, link_id) for link_id in wires]
        # Where the first wire leads decides what the node's own widget is, and whether it has one.
        if targets and targets[0] is not None:
            _give(names, primitive, [each for each in targets if each is not None])


def _target(graph: Graph, ends: dict[str, tuple[Node, Input]], link_id: str) -> _Target | None:
    """The input at the end of a wire; by the place that was saved where no input has the wire."""
    link = graph.links.get(link_id)
    if link is None:
        return None
    if link_id in ends:
        node, each = ends[link_id]
    else:
        found = graph.nodes.get(link.target)
        if found is None or not 0 <= link.target_slot < len(found.inputs):
            return None
        node, each = found, found.inputs[link.target_slot]
    return _Target(node, each, node.widget(each.widget) if each.widget else None)


def _give(names: NodeNames, primitive: Node, targets: list[_Target]) -> None:
    first = targets[0]
    runs_on = any(target.node.role is Role.WIRE for target in targets)
    for target in targets if runs_on else ():
        if target.widget is not None:
            text = _("ComfyUI may take another value for %s: what gives it also runs on.")
            target.node.remarks.append(text % shown(target.widget.name))
    if first.widget is not None and first.node.role is Role.CLASS:
        definition = first.widget.definition
    elif first.widget is None and not first.each.widget and is_widget_type(first.each.type):
        definition = InputDef(first.each.name, first.each.type, {})
    else:
        return
    value = _value(names, primitive, definition, targets)
    for target in targets:
        if target.widget is not None:
            found = entered(value, _as_set_up(target.node, target.widget))
            is_none = isinstance(found, float) and not math.isfinite(found)
            _set(target, None if is_none else found)


def _value(names: NodeNames, primitive: Node, definition: InputDef, targets: list[_Target]) -> Json:
    """The value for the `targets`: the saved one, as the node's own widget takes it."""
    saved, own = primitive.raw.get("widgets_values"), targets[0].widget
    value = own.value if own is not None else definition.default
    value = opened(definition, saved[0] if isinstance(saved, list) and saved else value)
    # The node's own widget has the limits that all of its targets have in common.
    for target in targets:
        both = None if target.definition is None else merged(definition, target.definition)
        if both is not None:
            definition = replace(definition, options=both)
            value = entered(limited(value, definition), definition)
    if isinstance(value, str) and properties(primitive.raw).get("Run widget replace on values"):
        return replaced(names, value)
    return value


def _as_set_up(node: Node, widget: Widget) -> InputDef:
    """The definition of a widget; of nodes for a single number the user sets the limits."""
    definition, wanted = widget.definition, properties(node.raw)
    least, most = wanted.get("min"), wanted.get("max")
    if node.type == "PrimitiveInt":
        limits: dict[str, Json] = {"min": -(2**63) if least is None else least, "max": most}
        limits["step"] = wanted.get("step") or 1
    elif node.type == "PrimitiveFloat":
        digits = whole(wanted.get("precision"), 1)
        step = 10.0 ** -(digits if digits <= _MAX_DIGITS else 1)
        limits = {"min": -math.inf if least is None else least, "step": step}
        limits |= {"max": math.inf if most is None else most, "round": wanted.get("round") or step}
    else:
        return definition
    return replace(definition, options={**definition.options, **limits})


def _set(target: _Target, value: Json) -> None:
    """Sets a widget; one that decides about others brings these."""
    node, widget = target.node, target.widget
    assert widget is not None
    form = Form(node.widgets)
    choose(form, widget, value)
    prefix = f"{widget.name}."
    names = {each.name for each in form.widgets} | {each.name for each in form.sockets}
    node.inputs = [
        each for each in node.inputs if not each.name.startswith(prefix) or each.name in names
    ]
