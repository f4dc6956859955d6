"""Shows widgets of inner nodes on the node that stands for their subgraph.

If an input of a subgraph leads to a widget, the outer node shows that widget. If nothing is linked
from outside, the widget's value belongs to that one outer node and goes to all inner inputs that
the subgraph's input leads to.

Older files have a list of names instead, which is converted to inputs on opening.
`properties.proxyWidgets` lists `[inner node, widget]`; the saved values are in the order of that
list. Each name that no input leads to becomes an input of the subgraph, for all nodes that stand
for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import list_or_empty
from runcomfy_desktop.domain.base.plain_text import inline_text
from runcomfy_desktop.domain.conversion.editor_graph import (
    EditorInput,
    EditorNode,
    NodeRole,
    PromotedWidget,
    SubgraphSlot,
)
from runcomfy_desktop.domain.conversion.editor_json import INPUT_NODE, EditorLink, property_list
from runcomfy_desktop.domain.conversion.widgets import filled_value
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.conversion.editor_graph import EditorGraph

# The source of an entry that names an input of the subgraph itself.
_ITSELF = "-1"
_PREFIX = re.compile(r"\s*(\d+)\s*:\s*(.+)", re.DOTALL)
_MAX_ENTRIES = 2_000
_MAX_PREFIXES = 20
_LIMITS = ("min", "max", "step", "display")


def promote_widgets(node: EditorNode) -> None:
    """Sets the widgets that `node` shows, with the values saved for them."""
    for slot, each in zip(node.inner_graph.inputs, node.inputs, strict=False):
        each.promoted = first_promoted(node.inner_graph, slot)
    _restore_saved(node)


def first_promoted(graph: EditorGraph, slot: SubgraphSlot) -> PromotedWidget | None:
    """Returns the first inner widget that a subgraph's input leads to; None if there is none."""
    widgets = (promoted_widget(inner, each) for inner, each in inner_targets(graph, slot))
    return next((each for each in widgets if each is not None), None)


def inner_targets(graph: EditorGraph, slot: SubgraphSlot) -> list[tuple[EditorNode, EditorInput]]:
    """Returns the inner inputs that an input of the subgraph leads to."""
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
    """Returns the widget of an inner input, as it is shown on the outer node."""
    if inner.role is NodeRole.SUBGRAPH:
        # A null that is passed on counts as no value.
        promoted = each.promoted
        return None if promoted is None else replace(promoted, is_unset=promoted.value is None)
    widget = inner.widget(each.widget) if each.widget else None
    if widget is None:
        return None
    return PromotedWidget(widget.value, widget.definition, widget.is_unset, inner.is_class_unknown)


def _restore_saved(node: EditorNode) -> None:
    saved = list_or_empty(node.raw.get("widgets_values"))
    quarantined = _quarantined_values(node)
    inputs = [(each, each.promoted) for each in node.inputs if each.promoted is not None]
    if len(saved) < len(inputs):
        # If the editor did not know a class either, it saved no values for the widgets of that
        # class.
        known = [(each, promoted) for each, promoted in inputs if not promoted.is_class_unknown]
        inputs = known if len(saved) == len(known) else inputs
    follows_foreign = False
    for index, (each, promoted) in enumerate(inputs):
        if each.name in quarantined:
            set_promoted_value(each, quarantined[each.name])
        elif index < len(saved):
            is_uncertain = follows_foreign and not promoted.is_class_unknown
            set_promoted_value(each, saved[index], is_uncertain=is_uncertain)
        follows_foreign = follows_foreign or promoted.is_class_unknown


def set_promoted_value(each: EditorInput, value: Json, *, is_uncertain: bool = False) -> None:
    """Sets the outer node's own value of a promoted widget."""
    if each.promoted is not None:
        value = filled_value(each.promoted.definition, value)
        each.promoted = replace(
            each.promoted, value=value, is_unset=False, is_uncertain=is_uncertain
        )


def _quarantined_values(node: EditorNode) -> dict[str, Json]:
    """Returns values that the editor quarantined because it could not place them, by input name."""
    found: dict[str, Json] = {}
    for entry in property_list(node.raw, "proxyWidgetErrorQuarantine"):
        match entry:
            case {"originalEntry": ["-1", str() as name, *_], "hostValue": value, **rest}:
                if rest.get("attemptedAtVersion") == 1 and value is not None:
                    found.setdefault(name, value)
    return found


@dataclass(frozen=True, slots=True)
class _ProxyWidget:
    """Entry of a proxy list.

    `inner_id` distinguishes entries of the same name; `value` is None if none was saved.
    """

    source: str
    name: str
    inner_id: str
    value: Json


class ProxyWidgets:
    """Converts the proxy lists of older files to inputs, for all nodes of one workflow."""

    def __init__(self, renamed: dict[str, dict[str, str]]) -> None:
        self._renamed = renamed
        # All nodes found so far that stand for each definition: they get every input added to it.
        self._instances: dict[int, list[EditorNode]] = {}
        self._by_primitive: dict[tuple[int, str], str] = {}

    def resolve(self, node: EditorNode) -> None:
        self._instances.setdefault(id(node.inner_graph), []).append(node)
        _sync_inputs(node)
        by_primitive: dict[str, list[_ProxyWidget]] = {}
        own_entries: list[_ProxyWidget] = []
        # The action for each entry is decided before anything changes.
        known = _promoted_sources(node)
        planned = [(each, known.get((each.source, each.name))) for each in self._entries(node)]
        for entry, linked in planned:
            inner = node.inner_graph.nodes.get(entry.source)
            if entry.source == _ITSELF:
                own_entries.append(entry)
            elif linked is not None:
                _set_value(linked, entry.value)
            elif inner is None:
                continue
            elif inner.role is NodeRole.PRIMITIVE:
                by_primitive.setdefault(entry.source, []).append(entry)
            else:
                self._add(node, inner, entry)
        for source, entries in by_primitive.items():
            self._promote_primitive(node, node.inner_graph.nodes[source], entries)
        for entry in own_entries:
            _set_value(node.input(entry.name), entry.value)

    def _entries(self, node: EditorNode) -> list[_ProxyWidget]:
        saved = list_or_empty(node.raw.get("widgets_values"))
        renamed = self._renamed.get(node.type, {})
        found = []
        for index, (source, name, *inner_ids) in enumerate(_listed_widgets(node)):
            source = renamed.get(source, source)
            value = saved[index] if index < len(saved) else None
            entry = _ProxyWidget(source, name, inner_ids[0] if inner_ids else "", value)
            found.append(entry if source == _ITSELF else _without_prefixes(node, entry))
        return found

    def _add(self, node: EditorNode, inner: EditorNode, entry: _ProxyWidget) -> None:
        """Turns the widget into an input of the subgraph."""
        target = _find_input(inner, entry)
        if target is None or promoted_widget(inner, target) is None:
            return
        slot = _new_input(node.inner_graph, entry.name, target.type)
        _connect(node.inner_graph, slot, inner, target)
        self._update_instances(node)
        _set_value(node.inputs[len(node.inner_graph.inputs) - 1], entry.value)

    def _promote_primitive(
        self, node: EditorNode, primitive: EditorNode, entries: list[_ProxyWidget]
    ) -> None:
        """Replaces a primitive node with an input of the subgraph that has the same targets."""
        graph = node.inner_graph
        known = self._by_primitive.get((id(graph), primitive.node_id))
        existing = None if known is None else node.input(known)
        if existing is not None:
            _set_value(existing, entries[0].value)
            return
        kind = primitive.outputs[0] if primitive.outputs else "*"
        targets = _primitive_targets(graph, primitive, kind)
        if not targets or len({each.name for each in entries}) > 1:
            return
        if not all(_can_share(targets[0], each) for each in targets[1:]):
            # The editor has already removed the links when it detects this.
            for inner, each in targets:
                graph.links.pop(each.link, None)
                each.link = ""
                text = _("ComfyUI gives %s its own value: it cannot share one with other inputs.")
                inner.remarks.append(text % inline_text(each.name))
            return
        title = primitive.title
        name = title if title and title != primitive.type else entries[0].name
        slot = _new_input(graph, name, kind)
        for inner, each in targets:
            _connect(graph, slot, inner, each)
        self._by_primitive[id(graph), primitive.node_id] = slot.name
        self._update_instances(node)
        value = next((each.value for each in entries if each.value is not None), None)
        _set_value(node.inputs[len(graph.inputs) - 1], value)

    def _update_instances(self, node: EditorNode) -> None:
        for each in self._instances[id(node.inner_graph)]:
            _sync_inputs(each)


def _listed_widgets(node: EditorNode) -> list[list[str]]:
    """Returns the entries of a node's proxy list; [] if any is invalid, as in the editor."""
    listed = property_list(node.raw, "proxyWidgets")
    found: list[list[str]] = []
    for each in listed[:_MAX_ENTRIES]:
        texts = [part for part in list_or_empty(each) if isinstance(part, str)]
        if len(texts) not in (2, 3) or texts != each:
            return []
        found.append(texts)
    return found


def _sync_inputs(node: EditorNode) -> None:
    """Adds to a node those inputs of its subgraph that the node does not have yet."""
    for slot in node.inner_graph.inputs[len(node.inputs) :]:
        promoted = first_promoted(node.inner_graph, slot)
        node.inputs.append(EditorInput(slot.name, slot.type, "", "", promoted))


def _without_prefixes(node: EditorNode, entry: _ProxyWidget) -> _ProxyWidget:
    """Returns the entry without the ids that older editors wrote before a widget's name."""
    inner = node.inner_graph.nodes.get(entry.source)
    if inner is not None and _find_input(inner, entry) is not None:
        return entry
    name, inner_id = entry.name, entry.inner_id
    for _step in range(_MAX_PREFIXES):
        match = _PREFIX.fullmatch(name)
        if match is None:
            break
        inner_id, name = match[1], match[2]
    return _ProxyWidget(entry.source, name, inner_id, entry.value)


def _promoted_sources(node: EditorNode) -> dict[tuple[str, str], EditorInput]:
    """Returns the inputs of `node` by the inner nodes and widgets that they already lead to."""
    found: dict[tuple[str, str], EditorInput] = {}
    inner = node.inner_graph if _listed_widgets(node) else None
    for slot, each in zip([] if inner is None else inner.inputs, node.inputs, strict=False):
        source = None if inner is None else _first_source(inner, slot)
        if source is not None:
            found.setdefault(source, each)
    return found


def _first_source(graph: EditorGraph, slot: SubgraphSlot) -> tuple[str, str] | None:
    """Returns the first inner node and widget that a subgraph's input leads to."""
    for inner, each in inner_targets(graph, slot):
        if inner.role is NodeRole.SUBGRAPH:
            return inner.node_id, each.name
        widget = inner.widget(each.widget) if each.widget else None
        if widget is not None:
            return inner.node_id, widget.name
    return None


def _find_input(inner: EditorNode, entry: _ProxyWidget) -> EditorInput | None:
    """Returns the inner node's input that belongs to the widget; None if there is none."""
    if inner.role is not NodeRole.SUBGRAPH:
        return next((each for each in inner.inputs if each.widget == entry.name), None)
    for slot, each in zip(inner.inner_graph.inputs, inner.inputs, strict=False):
        source = _first_source(inner.inner_graph, slot)
        if entry.inner_id:
            if source == (entry.inner_id, entry.name):
                return each
        elif each.name == entry.name or (source is not None and source[1] == entry.name):
            return each
    return None


def _new_input(graph: EditorGraph, name: str, kind: str) -> SubgraphSlot:
    taken = {each.name for each in graph.inputs}
    own, number = name, 0
    while own in taken:
        number += 1
        own = f"{name}_{number}"
    slot = SubgraphSlot(own, kind)
    graph.inputs.append(slot)
    return slot


def _connect(
    graph: EditorGraph, slot: SubgraphSlot, inner: EditorNode, target: EditorInput
) -> None:
    link_id = graph.new_link_id()
    input_slot = next(at for at, each in enumerate(inner.inputs) if each is target)
    origin_slot = next(at for at, each in enumerate(graph.inputs) if each is slot)
    graph.links[link_id] = EditorLink(link_id, INPUT_NODE, origin_slot, inner.node_id, input_slot)
    # An input has one link: the previous one is removed.
    graph.links.pop(target.link, None)
    target.link = link_id
    slot.links.append(link_id)


def _set_value(each: EditorInput | None, value: Json) -> None:
    if each is not None and value is not None:
        set_promoted_value(each, value)


def _primitive_targets(
    graph: EditorGraph, primitive: EditorNode, kind: str
) -> list[tuple[EditorNode, EditorInput]]:
    """Returns the inputs that the editor takes for a primitive's targets; [] if one does not fit.

    The editor uses the slots in the saved links, which may be those of an older class, so it may
    take an input before the right one. This function does the same, so that the result matches the
    editor's export.
    """
    found: list[tuple[EditorNode, EditorInput]] = []
    for link_id in primitive.links_from(0):
        link = graph.links.get(link_id)
        inner = None if link is None else graph.nodes.get(link.target)
        if link is None or inner is None or not 0 <= link.target_slot < len(inner.inputs):
            return []
        each = inner.inputs[link.target_slot]
        if each.type != kind and "*" not in (each.type, kind):
            return []
        found.append((inner, each))
    return found


def _can_share(one: tuple[EditorNode, EditorInput], other: tuple[EditorNode, EditorInput]) -> bool:
    """Returns True if both widgets can share one input: same type, same limits."""
    widgets = [node.widget(each.widget) for node, each in (one, other) if each.widget]
    constraints = [
        (each.definition.widget_type, *(each.definition.options.get(name) for name in _LIMITS))
        for each in widgets
        if each is not None
    ]
    return len(constraints) < 2 or constraints[0] == constraints[1]
