"""The older way to show inner widgets outside: a list of names, which becomes inputs on opening.

`properties.proxyWidgets` lists `[inner node, widget]`; the saved values stand in that order. Each
name that no input leads to becomes an input of the subgraph, for all nodes which stand for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.conversion.graph import Input, Node, Role, Slot
from runcomfy_desktop.domain.conversion.promotion import give, lent, source_of, targets
from runcomfy_desktop.domain.conversion.raw import INPUT_NODE, RawLink, property_list
from runcomfy_desktop.domain.shown import shown
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.conversion.graph import Graph
    from runcomfy_desktop.domain.json_value import Json

# The source of an entry that names an input of the subgraph itself.
_ITSELF = "-1"
_PREFIX = re.compile(r"\s*(\d+)\s*:\s*(.+)", re.DOTALL)
_MAX_ENTRIES = 2_000
_MAX_PREFIXES = 20
_LIMITS = ("min", "max", "step", "display")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One name of the list; `within` tells two of one name apart, `value` is None for none."""

    source: str
    name: str
    within: str
    value: Json


class Proxies:
    """Settles the lists of all nodes of one workflow."""

    def __init__(self, renamed: dict[str, dict[str, str]]) -> None:
        self._renamed = renamed
        # All nodes that stand for a definition so far: an input that it gains, they gain.
        self._standing: dict[int, list[Node]] = {}
        self._by_primitive: dict[tuple[int, str], str] = {}

    def settle(self, node: Node) -> None:
        assert node.inner is not None
        self._standing.setdefault(id(node.inner), []).append(node)
        _catch_up(node)
        waiting: dict[str, list[_Entry]] = {}
        own: list[_Entry] = []
        # What is to be done with each is settled before anything changes.
        known = _shown_sources(node)
        planned = [(each, known.get((each.source, each.name))) for each in self._entries(node)]
        for entry, linked in planned:
            inner = node.inner.nodes.get(entry.source)
            if entry.source == _ITSELF:
                own.append(entry)
            elif linked is not None:
                _set(linked, entry.value)
            elif inner is None:
                continue
            elif inner.role is Role.PRIMITIVE:
                waiting.setdefault(entry.source, []).append(entry)
            else:
                self._add(node, inner, entry)
        for source, entries in waiting.items():
            self._lift_primitive(node, node.inner.nodes[source], entries)
        for entry in own:
            _set_named(node, entry)

    def _entries(self, node: Node) -> list[_Entry]:
        values = node.raw.get("widgets_values")
        saved = values if isinstance(values, list) else []
        renamed = self._renamed.get(node.type, {})
        found = []
        for index, (source, name, *within) in enumerate(_listed(node)):
            source = renamed.get(source, source)
            value = saved[index] if index < len(saved) else None
            entry = _Entry(source, name, within[0] if within else "", value)
            found.append(entry if source == _ITSELF else _normal(node, entry))
        return found

    def _add(self, node: Node, inner: Node, entry: _Entry) -> None:
        """Makes the widget an input of the subgraph."""
        target = _socket(inner, entry)
        if target is None or lent(inner, target) is None:
            return
        assert node.inner is not None
        slot = _new_input(node.inner, entry.name, target.type)
        _wire(node.inner, slot, inner, target)
        self._tell(node)
        _set(node.inputs[len(node.inner.inputs) - 1], entry.value)

    def _lift_primitive(self, node: Node, primitive: Node, entries: list[_Entry]) -> None:
        """Puts an input of the subgraph where a primitive node was: it leads where that led."""
        graph = node.inner
        assert graph is not None
        known = self._by_primitive.get((id(graph), primitive.node_id))
        existing = next((each for each in node.inputs if each.name == known), None)
        if existing is not None:
            _set(existing, entries[0].value)
            return
        kind = primitive.outputs[0] if primitive.outputs else "*"
        goals = _goals(graph, primitive, kind)
        if not goals or len({each.name for each in entries}) > 1:
            return
        if not all(_alike(goals[0], each) for each in goals[1:]):
            # The editor has taken the wires away by the time it finds that out.
            for inner, each in goals:
                graph.links.pop(each.link, None)
                each.link = ""
                text = _("ComfyUI gives %s its own value: it cannot share one with other inputs.")
                inner.remarks.append(text % shown(each.name))
            return
        given = primitive.title
        name = given if given and given != primitive.type else entries[0].name
        slot = _new_input(graph, name, kind)
        for inner, each in goals:
            _wire(graph, slot, inner, each)
        self._by_primitive[id(graph), primitive.node_id] = slot.name
        self._tell(node)
        own = next((each.value for each in entries if each.value is not None), None)
        _set(node.inputs[len(graph.inputs) - 1], own)

    def _tell(self, node: Node) -> None:
        for each in self._standing[id(node.inner)]:
            _catch_up(each)


def _listed(node: Node) -> list[list[str]]:
    """The list; nothing when one entry of it is wrong, as the editor has it."""
    listed = property_list(node.raw, "proxyWidgets")
    found: list[list[str]] = []
    for each in listed[:_MAX_ENTRIES]:
        texts = [part for part in each if isinstance(part, str)] if isinstance(each, list) else []
        if len(texts) not in (2, 3) or texts != each:
            return []
        found.append(texts)
    return found


def _catch_up(node: Node) -> None:
    """Gives a node the inputs that its subgraph has gained since."""
    assert node.inner is not None
    for slot in node.inner.inputs[len(node.inputs) :]:
        source = source_of(node.inner, slot)
        shown = None if source is None else lent(*source)
        node.inputs.append(Input(slot.name, slot.type, "", "", shown))


def _normal(node: Node, entry: _Entry) -> _Entry:
    """The entry without the ids that older editors wrote before a widget's name."""
    assert node.inner is not None
    inner = node.inner.nodes.get(entry.source)
    if inner is not None and _socket(inner, entry) is not None:
        return entry
    name, within = entry.name, entry.within
    for _step in range(_MAX_PREFIXES):
        match = _PREFIX.fullmatch(name)
        if match is None:
            break
        within, name = match[1], match[2]
    return _Entry(entry.source, name, within, entry.value)


def _shown_sources(node: Node) -> dict[tuple[str, str], Input]:
    """The inputs of `node` by the inner nodes and widgets that they already lead to."""
    found: dict[tuple[str, str], Input] = {}
    inner = node.inner if _listed(node) else None
    for slot, each in zip([] if inner is None else inner.inputs, node.inputs, strict=False):
        source = None if inner is None else _first_source(inner, slot)
        if source is not None:
            found.setdefault((source[0].node_id, source[1]), each)
    return found


def _first_source(graph: Graph, slot: Slot) -> tuple[Node, str] | None:
    for inner, each in targets(graph, slot):
        if inner.role is Role.SUBGRAPH:
            return inner, each.name
        widget = inner.widget(each.widget) if each.widget else None
        if widget is not None:
            return inner, widget.name
    return None


def _socket(inner: Node, entry: _Entry) -> Input | None:
    """The inner node's input that belongs to the widget."""
    if inner.role is not Role.SUBGRAPH:
        return next((each for each in inner.inputs if each.widget == entry.name), None)
    assert inner.inner is not None
    for slot, each in zip(inner.inner.inputs, inner.inputs, strict=False):
        source = _first_source(inner.inner, slot)
        if entry.within:
            if source is not None and (source[0].node_id, source[1]) == (entry.within, entry.name):
                return each
        elif each.name == entry.name or (source is not None and source[1] == entry.name):
            return each
    return None


def _new_input(graph: Graph, name: str, kind: str) -> Slot:
    taken = {each.name for each in graph.inputs}
    own, number = name, 0
    while own in taken:
        number += 1
        own = f"{name}_{number}"
    slot = Slot(own, kind)
    graph.inputs.append(slot)
    return slot


def _wire(graph: Graph, slot: Slot, inner: Node, target: Input) -> None:
    link_id = graph.new_link_id()
    place = next(at for at, each in enumerate(inner.inputs) if each is target)
    origin_slot = next(at for at, each in enumerate(graph.inputs) if each is slot)
    graph.links[link_id] = RawLink(link_id, INPUT_NODE, origin_slot, inner.node_id, place)
    # What led there before is gone: an input has one link.
    graph.links.pop(target.link, None)
    target.link = link_id
    slot.links.append(link_id)


def _set(each: Input, value: Json) -> None:
    if value is not None:
        give(each, value)


def _set_named(node: Node, entry: _Entry) -> None:
    each = next((each for each in node.inputs if each.name == entry.name), None)
    if each is not None:
        _set(each, entry.value)


def _goals(graph: Graph, primitive: Node, kind: str) -> list[tuple[Node, Input]]:
    """The inputs that the editor takes for a primitive's goals; none when one does not fit.

    It goes by the places in the saved links, which may be those of an older class: an input before
    the right one may be taken. What it makes of a file is what its export holds.
    """
    found: list[tuple[Node, Input]] = []
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


def _alike(one: tuple[Node, Input], other: tuple[Node, Input]) -> bool:
    """Whether both widgets may hang on one input: of one kind, with the same limits."""
    widgets = [node.widget(each.widget) for node, each in (one, other) if each.widget]
    facts = [
        (each.definition.widget_type, *(each.definition.options.get(name) for name in _LIMITS))
        for each in widgets
        if each is not None
    ]
    return len(facts) < 2 or facts[0] == facts[1]
