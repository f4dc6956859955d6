"""Primitive nodes: each gives its value to the widgets that it leads to, and is then gone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.inline_text import inline_text
from runcomfy_desktop.domain.conversion.class_defs import InputDef, is_widget_type
from runcomfy_desktop.domain.conversion.editor_graph import NodeRole
from runcomfy_desktop.domain.conversion.editor_json import as_slot, properties
from runcomfy_desktop.domain.conversion.number_widgets import clamp, coerce_number, merge_options
from runcomfy_desktop.domain.conversion.text_substitution import NodeNames, substitute_names
from runcomfy_desktop.domain.conversion.widgets import NodeWidgets, opened_value, set_widget
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.conversion.editor_graph import EditorGraph, EditorInput, EditorNode
    from runcomfy_desktop.domain.conversion.widgets import Widget


# No editor shows more of them behind the point.
_MAX_DIGITS = 100


@dataclass(frozen=True, slots=True)
class _PrimitiveTarget:
    """An input that a primitive leads to; `widget` is None for one that is only a socket."""

    node: EditorNode
    editor_input: EditorInput
    widget: Widget | None

    @property
    def definition(self) -> InputDef | None:
        """The definition of its widget, or of the one that it shows of a subgraph."""
        if self.widget is not None:
            return self.widget.definition
        return None if self.editor_input.promoted is None else self.editor_input.promoted.definition


def apply_primitives(graph: EditorGraph) -> None:
    """Writes the values of all primitive nodes of one graph into the widgets they lead to."""
    primitives = [node for node in graph.nodes.values() if node.role is NodeRole.PRIMITIVE]
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
        link_ids = [each for each in primitive.links_from(0) if each not in lost]
        targets = [_find_target(graph, ends, link_id) for link_id in link_ids]
        # Where the first wire leads decides what the node's own widget is, and whether it has one.
        if targets and targets[0] is not None:
            _apply_primitive(names, primitive, [each for each in targets if each is not None])


def _find_target(
    graph: EditorGraph, ends: dict[str, tuple[EditorNode, EditorInput]], link_id: str
) -> _PrimitiveTarget | None:
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
    return _PrimitiveTarget(node, each, node.widget(each.widget) if each.widget else None)


def _apply_primitive(
    names: NodeNames, primitive: EditorNode, targets: list[_PrimitiveTarget]
) -> None:
    first = targets[0]
    also_reroutes = any(target.node.role is NodeRole.REROUTE for target in targets)
    for target in targets if also_reroutes else ():
        if target.widget is not None:
            text = _("ComfyUI may take another value for %s: what gives it also runs on.")
            target.node.remarks.append(text % inline_text(target.widget.name))
    if first.widget is not None and first.node.role is NodeRole.CLASS:
        definition = first.widget.definition
    elif (
        first.widget is None
        and not first.editor_input.widget
        and is_widget_type(first.editor_input.type)
    ):
        definition = InputDef(first.editor_input.name, first.editor_input.type, {})
    else:
        return
    value = _primitive_value(names, primitive, definition, targets)
    for target in targets:
        if target.widget is not None:
            found = coerce_number(value, _configured_definition(target.node, target.widget))
            is_none = isinstance(found, float) and not math.isfinite(found)
            _set_target(target, None if is_none else found)


def _primitive_value(
    names: NodeNames, primitive: EditorNode, definition: InputDef, targets: list[_PrimitiveTarget]
) -> Json:
    """The value for the `targets`: the saved one, as the node's own widget takes it."""
    saved, own = primitive.raw.get("widgets_values"), targets[0].widget
    value = own.value if own is not None else definition.default
    value = opened_value(definition, saved[0] if isinstance(saved, list) and saved else value)
    # The node's own widget has the limits that all of its targets have in common.
    for target in targets:
        shared = None if target.definition is None else merge_options(definition, target.definition)
        if shared is not None:
            definition = replace(definition, options=shared)
            value = coerce_number(clamp(value, definition), definition)
    if isinstance(value, str) and properties(primitive.raw).get("Run widget replace on values"):
        return substitute_names(names, value)
    return value


def _configured_definition(node: EditorNode, widget: Widget) -> InputDef:
    """The definition of a widget; of nodes for a single number the user sets the limits."""
    definition, node_properties = widget.definition, properties(node.raw)
    minimum, maximum = node_properties.get("min"), node_properties.get("max")
    if node.type == "PrimitiveInt":
        limits: dict[str, Json] = {"min": -(2**63) if minimum is None else minimum, "max": maximum}
        limits["step"] = node_properties.get("step") or 1
    elif node.type == "PrimitiveFloat":
        digits = as_slot(node_properties.get("precision"), 1)
        step = 10.0 ** -(digits if digits <= _MAX_DIGITS else 1)
        limits = {"min": -math.inf if minimum is None else minimum, "step": step}
        limits |= {
            "max": math.inf if maximum is None else maximum,
            "round": node_properties.get("round") or step,
        }
    else:
        return definition
    return replace(definition, options={**definition.options, **limits})


def _set_target(target: _PrimitiveTarget, value: Json) -> None:
    """Sets a widget; one that decides about others brings these."""
    node, widget = target.node, target.widget
    assert widget is not None
    node_widgets = NodeWidgets(node.widgets)
    set_widget(node_widgets, widget, value)
    prefix = f"{widget.name}."
    names = {each.name for each in node_widgets.widgets} | {
        each.name for each in node_widgets.sockets
    }
    node.inputs = [
        each for each in node.inputs if not each.name.startswith(prefix) or each.name in names
    ]
