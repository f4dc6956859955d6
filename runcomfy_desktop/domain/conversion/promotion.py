"""Widgets of inner nodes that are shown on the node which stands for their subgraph.

An input of a subgraph that leads to a widget is such a widget: where nothing is linked from
outside, its value belongs to that one node and goes to all inner inputs the input leads to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.graph import Input, Role, Shown
from runcomfy_desktop.domain.conversion.raw import property_list
from runcomfy_desktop.domain.conversion.widgets import filled

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.graph import Graph, Node, Slot
    from runcomfy_desktop.domain.json_value import Json


def show_widgets(node: Node) -> None:
    """Finds the widgets that `node` shows, with the values that are saved with it."""
    assert node.inner is not None
    for slot, each in zip(node.inner.inputs, node.inputs, strict=False):
        source = source_of(node.inner, slot)
        if source is not None:
            each.shown = lent(*source)
    _give_saved(node)


def source_of(graph: Graph, slot: Slot) -> tuple[Node, Input] | None:
    """The first inner node, and its input, that lends a widget to an input of the subgraph."""
    for inner, each in targets(graph, slot):
        if lent(inner, each) is not None:
            return inner, each
    return None


def targets(graph: Graph, slot: Slot) -> list[tuple[Node, Input]]:
    """The inner inputs that an input of the subgraph leads to."""
    found = []
    ends: dict[str, dict[str, Input]] = {}
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


def lent(inner: Node, each: Input) -> Shown | None:
    """The widget of an inner input, as it is lent to the outside."""
    if inner.role is Role.SUBGRAPH:
        # A null that is handed on is no value at all.
        shown = each.shown
        return None if shown is None else replace(shown, is_unset=shown.value is None)
    widget = inner.widget(each.widget) if each.widget else None
    if widget is None:
        return None
    return Shown(widget.value, widget.definition, widget.is_unset, inner.is_foreign)


def _give_saved(node: Node) -> None:
    values = node.raw.get("widgets_values")
    saved = values if isinstance(values, list) else []
    kept = _kept_values(node)
    inputs = [(each, each.shown) for each in node.inputs if each.shown is not None]
    if len(saved) < len(inputs):
        # Where the editor did not know a class either, it saved no values for its widgets.
        known = [(each, shown) for each, shown in inputs if not shown.is_foreign]
        inputs = known if len(saved) == len(known) else inputs
    follows_foreign = False
    for index, (each, shown) in enumerate(inputs):
        if each.name in kept:
            give(each, kept[each.name])
        elif index < len(saved):
            give(each, saved[index], in_doubt=follows_foreign and not shown.is_foreign)
        follows_foreign = follows_foreign or shown.is_foreign


def give(each: Input, value: Json, *, in_doubt: bool = False) -> None:
    """Sets the value that a subgraph's input has of its own."""
    if each.shown is not None:
        value = filled(each.shown.definition, value)
        each.shown = replace(each.shown, value=value, is_unset=False, in_doubt=in_doubt)


def _kept_values(node: Node) -> dict[str, Json]:
    """Values that an editor put aside when it could not place them, by the inputs' names."""
    found: dict[str, Json] = {}
    for entry in property_list(node.raw, "proxyWidgetErrorQuarantine"):
        match entry:
            case {"originalEntry": ["-1", str() as name, *_], "hostValue": value, **rest}:
                if rest.get("attemptedAtVersion") == 1 and value is not None:
                    found.setdefault(name, value)
    return found
