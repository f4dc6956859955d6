"""Follows wires to where a value really comes from: through reroutes, subgraphs, bypassed nodes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from runcomfy_desktop.domain.conversion.graph import (
    BYPASSED,
    MUTED,
    Graph,
    Input,
    Node,
    Role,
    connectable,
)
from runcomfy_desktop.domain.conversion.named_wires import name_of, senders
from runcomfy_desktop.domain.conversion.raw import INPUT_NODE

if TYPE_CHECKING:
    from runcomfy_desktop.domain.json_value import Json

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Place:
    """One node as it is run: `path` has the nodes that stand for the subgraphs around it."""

    path: tuple[Node, ...]
    node: Node
    graph: Graph

    @property
    def full_id(self) -> str:
        return ":".join([*(each.node_id for each in self.path), self.node.node_id])

    def outside(self, root: Graph) -> Place:
        """The node that stands for the subgraph which this one is in."""
        around = self.path[-2].inner if len(self.path) > 1 else root
        assert around is not None
        return Place(self.path[:-1], self.path[-1], around)


@dataclass(frozen=True, slots=True)
class Output:
    """A value that another node makes."""

    full_id: str
    slot: int


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was entered on a subgraph's node; the editor may take another one."""

    value: Json
    in_doubt: bool = False
    is_unset: bool = False
    """There is no value, which counts all the same: the input is not sent."""


@dataclass(frozen=True, slots=True)
class Broken:
    """`why` is a key of the texts that the export has for it."""

    why: str


Found = Output | Value | Broken | None
# The way to a node, its id, whether an input or an output, its place, and the type wanted there.
_Key: TypeAlias = "tuple[tuple[str, ...], str, bool, int, str]"


@dataclass(frozen=True, slots=True)
class _Step:
    """Where the search is: at an input or an output; `type` is what the end of the wire takes."""

    place: Place
    is_input: bool
    slot: int
    type: str


class Resolver:
    """Follows the wires of one workflow."""

    def __init__(self, root: Graph) -> None:
        self._root = root
        self._senders: dict[int, dict[str, Node]] = {}
        # Where the wires end that were followed once: many may run along the same row.
        self._known: dict[_Key, Found] = {}

    def source(self, place: Place, slot: int) -> Found:
        """Where the value of an input comes from; None where nothing is connected."""
        at = _Step(place, True, slot, place.node.inputs[slot].type)
        seen: dict[_Key, None] = {}
        while True:
            path = tuple(each.node_id for each in at.place.path)
            key = (path, at.place.node.node_id, at.is_input, at.slot, at.type)
            if key in self._known:
                found = self._known[key]
                break
            if key in seen:
                found = Broken("circle")
                break
            seen[key] = None
            step = self._from_input(at) if at.is_input else self._from_output(at)
            if not isinstance(step, _Step):
                found = step
                break
            at = step
        self._known.update(dict.fromkeys(seen, found))
        return found

    def _from_input(self, at: _Step) -> _Step | Found:
        place = at.place
        each = _item(place.node.inputs, at.slot)
        if each is None or not each.link:
            return None
        link = place.graph.links.get(each.link)
        if link is None:
            return Broken("link")
        if place.path and link.origin == INPUT_NODE:
            return self._from_outside(at, link.origin_slot)
        origin = place.graph.nodes.get(link.origin)
        if origin is None:
            return Broken("node")
        return _Step(replace(place, node=origin), False, link.origin_slot, at.type)

    def _from_outside(self, at: _Step, slot: int) -> _Step | Found:
        around = at.place.outside(self._root)
        each = _item(around.node.inputs, slot)
        if each is None:
            return Broken("slot")
        if each.link:
            return _Step(around, True, slot, each.type)
        return _own_value(each)

    def _from_output(self, at: _Step) -> _Step | Found:
        place, node = at.place, at.place.node
        if node.mode == MUTED:
            return None
        if node.mode == BYPASSED:
            slot = _way_through(node, at.slot, at.type)
            return None if slot < 0 else _Step(place, True, slot, node.inputs[slot].type)
        if node.role is Role.SUBGRAPH:
            return self._from_inside(at)
        if node.role is Role.RECEIVER:
            return self._from_sender(at)
        if node.role.is_virtual:
            return _Step(place, True, at.slot, at.type) if at.slot < len(node.inputs) else None
        return Output(place.full_id, at.slot)

    def _from_sender(self, at: _Step) -> _Step | Found:
        """What goes into the sender of the same name: in this graph, or in one around it."""
        name, place = name_of(at.place.node), at.place
        while True:
            known = self._senders.get(id(place.graph))
            if known is None:
                known = self._senders[id(place.graph)] = senders(place.graph)
            sender = known.get(name)
            if sender is not None:
                return _Step(replace(place, node=sender), True, 0, at.type)
            if not place.path:
                return Broken("node")
            place = place.outside(self._root)

    def _from_inside(self, at: _Step) -> _Step | Found:
        inner = at.place.node.inner
        assert inner is not None
        slot = _item(inner.outputs, at.slot)
        if slot is None:
            return Broken("slot")
        link = next((inner.links[each] for each in slot.links if each in inner.links), None)
        if link is None:
            return None
        path = (*at.place.path, at.place.node)
        if link.origin == INPUT_NODE:
            # Straight through: from an input of the subgraph to one of its outputs.
            around = at.place.node.inputs
            each = _item(around, link.origin_slot)
            if each is not None and each.link:
                return _Step(at.place, True, link.origin_slot, at.type)
            return None if each is None else _own_value(each)
        origin = inner.nodes.get(link.origin)
        if origin is None:
            return Broken("node")
        return _Step(Place(path, origin, inner), False, link.origin_slot, at.type)


def _own_value(each: Input) -> Value | None:
    """The value that was entered at an input of a subgraph."""
    shown = each.shown
    return None if shown is None else Value(shown.value, shown.in_doubt, shown.is_unset)


def _way_through(node: Node, slot: int, kind: str) -> int:
    """The input that a bypassed node passes on at an output; -1 for none."""
    made = _item(node.outputs, slot) or ""
    if kind in ("*", ""):
        if not node.inputs:
            return -1
        return slot if slot < len(node.inputs) else 0

    def fits(each: Input) -> bool:
        return connectable(each.type, made) and connectable(each.type, kind)

    opposite = _item(node.inputs, slot)
    if opposite is not None and fits(opposite):
        return slot
    exact = next((i for i, each in enumerate(node.inputs) if each.type == kind), -1)
    if exact >= 0:
        return exact
    return next((i for i, each in enumerate(node.inputs) if fits(each)), -1)


def _item(items: list[_Item], index: int) -> _Item | None:
    return items[index] if 0 <= index < len(items) else None
