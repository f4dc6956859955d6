"""Follows links to the real source of a value, through reroutes, subgraphs and bypassed nodes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.conversion.editor_graph import (
    BYPASSED,
    MUTED,
    EditorGraph,
    EditorInput,
    EditorNode,
    NodeRole,
    types_connect,
)
from runcomfy_desktop.domain.conversion.editor_json import INPUT_NODE, item_at
from runcomfy_desktop.domain.conversion.virtual_nodes import channel_name, set_nodes

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json


@dataclass(frozen=True, slots=True)
class NodePath:
    """Node as it is run; `path` has the nodes that stand for the subgraphs around it."""

    path: tuple[EditorNode, ...]
    node: EditorNode
    graph: EditorGraph

    @property
    def full_id(self) -> str:
        return ":".join([*(each.node_id for each in self.path), self.node.node_id])

    def parent(self, root: EditorGraph) -> NodePath:
        """Returns the node that stands for the subgraph around this node."""
        parent_graph = self.path[-2].inner_graph if len(self.path) > 1 else root
        return NodePath(self.path[:-1], self.path[-1], parent_graph)


@dataclass(frozen=True, slots=True)
class OutputRef:
    """Reference to a value that another node produces."""

    full_id: str
    slot: int


@dataclass(frozen=True, slots=True)
class PromotedValue:
    """Value that was entered on a subgraph's node.

    `is_uncertain` is true if the editor may use another value.
    """

    value: Json
    is_uncertain: bool = False
    is_unset: bool = False
    """True if there is no value; then the input is not sent."""


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """Link without a source; `reason` selects the text of the remark about it."""

    reason: str


InputSource = OutputRef | PromotedValue | BrokenLink | None
# Path to a node, its id, True for an input, the slot, and the type wanted there.
_StepKey: TypeAlias = "tuple[tuple[str, ...], str, bool, int, str]"


@dataclass(frozen=True, slots=True)
class _ResolverStep:
    """Position of the search, an input or an output; `type` is the type wanted there."""

    node_path: NodePath
    is_input: bool
    slot: int
    type: str

    @property
    def key(self) -> _StepKey:
        path = tuple(each.node_id for each in self.node_path.path)
        return path, self.node_path.node.node_id, self.is_input, self.slot, self.type


class LinkResolver:
    """Resolves the links of one workflow."""

    def __init__(self, root: EditorGraph) -> None:
        self._root = root
        self._set_nodes: dict[int, dict[str, EditorNode]] = {}
        # Results of the links followed so far: many links may run through the same reroutes.
        self._cache: dict[_StepKey, InputSource] = {}

    def source(self, node_path: NodePath, slot: int) -> InputSource:
        """Returns the source of an input's value; None if nothing is connected."""
        current = _ResolverStep(node_path, True, slot, node_path.node.inputs[slot].type)
        visited: dict[_StepKey, None] = {}
        while True:
            key = current.key
            if key in self._cache:
                found = self._cache[key]
                break
            if key in visited:
                found = BrokenLink("circle")
                break
            visited[key] = None
            step = self._from_input(current) if current.is_input else self._from_output(current)
            if not isinstance(step, _ResolverStep):
                found = step
                break
            current = step
        self._cache.update(dict.fromkeys(visited, found))
        return found

    def _from_input(self, step: _ResolverStep) -> _ResolverStep | InputSource:
        node_path = step.node_path
        each = item_at(node_path.node.inputs, step.slot)
        if each is None or not each.link:
            return None
        link = node_path.graph.links.get(each.link)
        if link is None:
            return BrokenLink("link")
        if node_path.path and link.origin == INPUT_NODE:
            return self._from_outside(step, link.origin_slot)
        origin = node_path.graph.nodes.get(link.origin)
        if origin is None:
            return BrokenLink("node")
        return _ResolverStep(replace(node_path, node=origin), False, link.origin_slot, step.type)

    def _from_outside(self, step: _ResolverStep, slot: int) -> _ResolverStep | InputSource:
        parent = step.node_path.parent(self._root)
        each = item_at(parent.node.inputs, slot)
        if each is None:
            return BrokenLink("slot")
        if each.link:
            return _ResolverStep(parent, True, slot, each.type)
        return _promoted_value(each)

    def _from_output(self, step: _ResolverStep) -> _ResolverStep | InputSource:
        node_path, node = step.node_path, step.node_path.node
        if node.mode == MUTED:
            return None
        if node.mode == BYPASSED:
            slot = _bypass_slot(node, step.slot, step.type)
            if slot < 0:
                return None
            return _ResolverStep(node_path, True, slot, node.inputs[slot].type)
        if node.role is NodeRole.SUBGRAPH:
            return self._from_inside(step)
        if node.role is NodeRole.GET_NODE:
            return self._from_set_node(step)
        if node.role.is_virtual:
            return replace(step, is_input=True) if step.slot < len(node.inputs) else None
        return OutputRef(node_path.full_id, step.slot)

    def _from_set_node(self, step: _ResolverStep) -> _ResolverStep | InputSource:
        """Continues at the set node of the same name, in this graph or in one around it.

        Returns a BrokenLink if there is none.
        """
        name, node_path = channel_name(step.node_path.node), step.node_path
        while True:
            known = self._set_nodes.get(id(node_path.graph))
            if known is None:
                known = self._set_nodes[id(node_path.graph)] = set_nodes(node_path.graph)
            set_node = known.get(name)
            if set_node is not None:
                return _ResolverStep(replace(node_path, node=set_node), True, 0, step.type)
            if not node_path.path:
                return BrokenLink("node")
            node_path = node_path.parent(self._root)

    def _from_inside(self, step: _ResolverStep) -> _ResolverStep | InputSource:
        inner = step.node_path.node.inner_graph
        slot = item_at(inner.outputs, step.slot)
        if slot is None:
            return BrokenLink("slot")
        link = next((inner.links[each] for each in slot.links if each in inner.links), None)
        if link is None:
            return None
        if link.origin == INPUT_NODE:
            # Straight through: from an input of the subgraph to one of its outputs.
            each = item_at(step.node_path.node.inputs, link.origin_slot)
            if each is not None and each.link:
                return _ResolverStep(step.node_path, True, link.origin_slot, step.type)
            return None if each is None else _promoted_value(each)
        origin = inner.nodes.get(link.origin)
        if origin is None:
            return BrokenLink("node")
        path = (*step.node_path.path, step.node_path.node)
        return _ResolverStep(NodePath(path, origin, inner), False, link.origin_slot, step.type)


def _promoted_value(each: EditorInput) -> PromotedValue | None:
    """Returns the value entered at an input of a subgraph; None if no widget is shown there."""
    promoted = each.promoted
    if promoted is None:
        return None
    return PromotedValue(promoted.value, promoted.is_uncertain, promoted.is_unset)


def _bypass_slot(node: EditorNode, slot: int, kind: str) -> int:
    """Returns the slot of the input that a bypassed node passes on to an output; -1 for none."""
    output_type = item_at(node.outputs, slot) or ""
    if kind in ("*", ""):
        if not node.inputs:
            return -1
        return slot if slot < len(node.inputs) else 0

    def fits(each: EditorInput) -> bool:
        return types_connect(each.type, output_type) and types_connect(each.type, kind)

    opposite = item_at(node.inputs, slot)
    if opposite is not None and fits(opposite):
        return slot
    exact = (at for at, each in enumerate(node.inputs) if each.type == kind)
    fitting = (at for at, each in enumerate(node.inputs) if fits(each))
    return next(chain(exact, fitting), -1)
