"""Widgets of inner nodes that are shown on the node which stands for their subgraph.

An input of a subgraph that leads to a widget is such a widget: where nothing is linked from
outside, its value belongs to that one node and goes to all inner inputs the input leads to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.editor_graph import EditorInput, NodeRole, PromotedWidget
from runcomfy_desktop.domain.conversion.editor_json import property_list
from runcomfy_desktop.domain.conversion.widgets import filled_value

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.conversion.editor_graph import (
        EditorGraph,
        EditorNode,
        SubgraphSlot,
    )


def promote_widgets(node: EditorNode) -> None:
    """Finds the widgets that `node` shows, with the values that are saved with it."""
    assert node.subgraph is not None
    for slot, each in zip(node.subgraph.inputs, node.inputs, strict=False):
        source = promoted_source(node.subgraph, slot)
        if source is not None:
            each.promoted = promoted_widget(*source)
    _restore_saved(node)


def promoted_source(
    graph: EditorGraph, slot: SubgraphSlot
) -> tuple[EditorNode, EditorInput] | None:
    """The first inner node, and its input, that lends a widget to an input of the subgraph."""
    for inner, each in inner_targets(graph, slot):
        if promoted_widget(inner, each) is not None:
            return inner, each
    return None


def inner_targets(graph: EditorGraph, slot: SubgraphSlot) -> list[tuple[EditorNode, EditorInput]]:
    """The inner inputs that an input of the subgraph leads to."""
    found = []
    ends: dict[str, dict[str, EditorInput]] = {}
    for link_id in slot.links:
        link = graph.links.get(link_id)
        inner = None if link is None else graph.nodes.get(link.target)
        if inner is None:
            continue
        if inner.node_id not in ends:
            ends[inner.node_id] = {each.link: each for each in reversed(inner.inputs)}
        each = ends[inner.node_id].get(link_id)
        if each is not None:
            found.append((inner, each))
    return found


def promoted_widget(inner: EditorNode, each: EditorInput) -> PromotedWidget | None:
    """The widget of an inner input, as it is lent to the outside."""
    if inner.role is NodeRole.SUBGRAPH:
        # A null that is handed on is no value at all.
        promoted = each.promoted
        return None if promoted is None else replace(promoted, is_unset=promoted.value is None)
    widget = inner.widget(each.widget) if each.widget else None
    if widget is None:
        return None
    return PromotedWidget(widget.value, widget.definition, widget.is_unset, inner.is_class_unknown)


def _restore_saved(node: EditorNode) -> None:
    values = node.raw.get("widgets_values")
    saved = values if isinstance(values, list) else []
    quarantined = _quarantined_values(node)
    inputs = [(each, each.promoted) for each in node.inputs if each.promoted is not None]
    if len(saved) < len(inputs):
        # Where the editor did not know a class either, it saved no values for its widgets.
        known = [(each, promoted) for each, promoted in inputs if not promoted.is_class_unknown]
        inputs = known if len(saved) == len(known) else inputs
    follows_foreign = False
    for index, (each, promoted) in enumerate(inputs):
        if each.name in quarantined:
            set_promoted_value(each, quarantined[each.name])
        elif index < len(saved):
            set_promoted_value(
                each, saved[index], is_uncertain=follows_foreign and not promoted.is_class_unknown
            )
        follows_foreign = follows_foreign or promoted.is_class_unknown


def set_promoted_value(each: EditorInput, value: Json, *, is_uncertain: bool = False) -> None:
    """Sets the value that a subgraph's input has of its own."""
    if each.promoted is not None:
        value = filled_value(each.promoted.definition, value)
        each.promoted = replace(
            each.promoted, value=value, is_unset=False, is_uncertain=is_uncertain
        )


def _quarantined_values(node: EditorNode) -> dict[str, Json]:
    """Values that an editor put aside when it could not place them, by the inputs' names."""
    found: dict[str, Json] = {}
    for entry in property_list(node.raw, "proxyWidgetErrorQuarantine"):
        match entry:
            case {"originalEntry": ["-1", str() as name, *_], "hostValue": value, **rest}:
                if rest.get("attemptedAtVersion") == 1 and value is not None:
                    found.setdefault(name, value)
    return found
