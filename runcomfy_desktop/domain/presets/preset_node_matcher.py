"""Finds the nodes of a preset in a workflow, whose ids may have changed since.

An id alone proves nothing: after a renumbering, the negative prompt may have the former id of the
positive one. So a node counts as the same only if it has the id and the class, and no other node of
that class fits better by title and position. Any other match is a guess, and is marked as one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.domain.presets.graph_positions import (
    GraphPosition,
    GraphPositions,
    parse_position,
)
from runcomfy_desktop.domain.presets.preset import natural_id
from runcomfy_desktop.domain.workflow.node_matcher import NodeIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runcomfy_desktop.domain.presets.preset import PresetEntry
    from runcomfy_desktop.domain.workflow.workflow import Node, Workflow

MAX_CANDIDATES = 50
"""Maximum number of nodes that are offered if several match."""

# With more pairs, comparing each with each would take seconds.
_MAX_PAIRS = 60_000
_MIN_SIMILARITY = 1 / 3
_ORDER_WEIGHT = 0.25


class MatchKind(Enum):
    """Certainty that a node is the intended one."""

    SAME = "same"
    CHOSEN = "chosen"
    """The user chose it."""
    TITLE = "title"
    """Another id; the only node with this class and title."""
    POSITION = "position"
    """Another id; in the former node's position, or the only node of its class."""
    ID = "id"
    """Only the id matches: the preset does not have the node's class."""
    NONE = "none"

    @property
    def is_guess(self) -> bool:
        return self in (MatchKind.TITLE, MatchKind.POSITION, MatchKind.ID)


@dataclass(frozen=True, slots=True)
class PresetNode:
    """Node as stored in a preset."""

    node_id: str
    class_type: str
    title: str = ""
    position: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchedNode:
    """Result of a match: the node, "" if none or several match, and the candidates."""

    kind: MatchKind
    node_id: str = ""
    candidates: tuple[str, ...] = ()


_NO_MATCH = MatchedNode(MatchKind.NONE)


def preset_nodes(entries: Iterable[PresetEntry]) -> dict[tuple[str, str], PresetNode]:
    """Returns the distinct nodes of entries, by id and class."""
    nodes: dict[tuple[str, str], PresetNode] = {}
    for each in entries:
        key = each.key.node_id, each.class_type
        if key not in nodes or (each.position and not nodes[key].position):
            nodes[key] = PresetNode(each.key.node_id, each.class_type, each.title, each.position)
    return nodes


def match_nodes(
    nodes: Sequence[PresetNode], workflow: Workflow, *, trusts_ids: bool = False
) -> dict[PresetNode, MatchedNode]:
    """Returns the match of each of `nodes` in `workflow`.

    Two of `nodes` that have a class are never matched with the same node. `trusts_ids` means that
    the nodes come from this very workflow, so that an id without a class is enough.
    """
    return _PresetNodeMatcher(workflow, trusts_ids=trusts_ids).match(nodes)


class _SimilarNodes(NamedTuple):
    """Nodes of one class and title: the first for each set of neighbours, and for each order."""

    by_neighbours: dict[frozenset[str], Node]
    by_order: dict[str, Node]


class _PresetNodeMatcher:
    """Matches nodes with those of one workflow."""

    def __init__(self, workflow: Workflow, *, trusts_ids: bool) -> None:
        self._nodes = workflow.nodes
        self._index = NodeIndex(workflow)
        self._positions = GraphPositions(workflow)
        self._trusts_ids = trusts_ids
        self._similar: dict[tuple[str, str | None], _SimilarNodes] = {}

    def match(self, nodes: Sequence[PresetNode]) -> dict[PresetNode, MatchedNode]:
        found: dict[PresetNode, MatchedNode] = {}
        unmatched: dict[str, list[PresetNode]] = {}
        for each in nodes:
            if not each.class_type:
                found[each] = self._by_id(each)
            elif self._is_same(each):
                found[each] = MatchedNode(MatchKind.SAME, each.node_id, (each.node_id,))
            else:
                unmatched.setdefault(each.class_type, []).append(each)
        if any(self._is_id_reused(each) for some in unmatched.values() for each in some):
            # Ids have been given to other nodes, so ids are no longer reliable.
            found |= {each: self._rechecked(each, matched) for each, matched in found.items()}
        taken = {each.node_id for each in found.values()}
        for class_type, wanted in unmatched.items():
            free = [node for node in self._index.find(class_type) if node.node_id not in taken]
            found |= self._match_class(wanted, free)
        return {each: found[each] for each in nodes}

    def _by_id(self, node: PresetNode) -> MatchedNode:
        if node.node_id not in self._nodes:
            return _NO_MATCH
        match = MatchKind.SAME if self._trusts_ids else MatchKind.ID
        return MatchedNode(match, node.node_id, (node.node_id,))

    def _is_same(self, node: PresetNode) -> bool:
        """Returns True if the node with this id has the same class and no other one fits better."""
        there = self._nodes.get(node.node_id)
        if there is None or there.class_type != node.class_type:
            return False
        positions = ((), self._positions.features_of(node.node_id))
        if node.title == there.title and node.position in positions:
            return True
        fit = self._fit(node, there)
        return all(self._fit(node, each) <= fit for each in self._rivals(node))

    def _is_id_reused(self, node: PresetNode) -> bool:
        """Returns True if a node of another class has its id now."""
        there = self._nodes.get(node.node_id)
        return there is not None and there.class_type != node.class_type

    def _rechecked(self, each: PresetNode, matched: MatchedNode) -> MatchedNode:
        """Downgrades a SAME match to a guess if other nodes of its class have the same title."""
        if matched.kind is not MatchKind.SAME or not each.class_type:
            return matched
        there = self._nodes[each.node_id]
        namesakes = self._index.find(each.class_type, there.title)
        return matched if len(namesakes) < 2 else self._guess(each, there, namesakes)

    def _rivals(self, node: PresetNode) -> Iterator[Node]:
        """Yields the nodes of a class to compare with, but only one of those with equal positions.

        A class can have hundreds of nodes that do not differ otherwise.
        """
        for title in (None, node.title):
            yield from self._similar_nodes(node.class_type, title).by_neighbours.values()
        by_order = self._similar_nodes(node.class_type, None).by_order
        first = by_order.get(parse_position(node.position).order)
        yield from () if first is None else (first,)

    def _similar_nodes(self, class_type: str, title: str | None) -> _SimilarNodes:
        key = (class_type, title)
        if key not in self._similar:
            known = self._similar[key] = _SimilarNodes({}, {})
            for node in self._index.find(class_type, title):
                position = self._position(node)
                known.by_neighbours.setdefault(position.neighbours, node)
                known.by_order.setdefault(position.order, node)
        return self._similar[key]

    def _fit(self, node: PresetNode, there: Node) -> float:
        """Rates how well a node fits.

        The position counts more than the title; the order in its class only breaks ties.
        """
        fit = float(node.title == there.title)
        if not node.position:
            return fit
        position, found = parse_position(node.position), self._position(there)
        is_in_order = bool(position.order) and position.order == found.order
        return fit + 2 * position.similarity(found) + (_ORDER_WEIGHT if is_in_order else 0)

    def _position(self, node: Node) -> GraphPosition:
        return parse_position(self._positions.features_of(node.node_id))

    def _match_class(
        self, wanted: list[PresetNode], free: list[Node]
    ) -> dict[PresetNode, MatchedNode]:
        """Matches the wanted nodes of one class with the free ones."""
        found: dict[PresetNode, MatchedNode] = {}
        for each, node in self._exact_matches(wanted, free):
            found[each] = self._guess(each, node, free)
        rest = [each for each in wanted if each not in found]
        taken = {each.node_id for each in found.values()}
        free = [node for node in free if node.node_id not in taken]
        if len(rest) * len(free) <= _MAX_PAIRS:
            pairs = dict(self._best_matches(rest, free)) or dict(_in_order(rest, free))
            found |= {each: self._guess(each, node, free) for each, node in pairs.items()}
            taken |= {node.node_id for node in pairs.values()}
        free = [node for node in free if node.node_id not in taken]
        for each in rest:
            if each not in found:
                ranked = sorted(free[:MAX_CANDIDATES], key=lambda node: -self._fit(each, node))
                candidates = tuple(node.node_id for node in ranked)
                found[each] = MatchedNode(MatchKind.NONE, "", candidates)
        return found

    def _exact_matches(
        self, wanted: list[PresetNode], free: list[Node]
    ) -> Iterator[tuple[PresetNode, Node]]:
        """Yields the pairs whose title and position are equal and unique."""
        nodes_by_key: dict[object, list[Node]] = {}
        for node in free:
            key = (node.title, self._positions.features_of(node.node_id))
            nodes_by_key.setdefault(key, []).append(node)
        counts = Counter((each.title, each.position) for each in wanted)
        for each in wanted:
            key = (each.title, each.position)
            nodes = nodes_by_key.get(key, ()) if each.position else ()
            if len(nodes) == 1 and counts[key] == 1:
                yield each, nodes[0]

    def _best_matches(
        self, wanted: list[PresetNode], free: list[Node]
    ) -> Iterator[tuple[PresetNode, Node]]:
        """Yields the best pairs first; if two fit equally well, neither is matched."""
        is_only = len(wanted) == len(free) == 1
        similar = (p for p in product(wanted, free) if is_only or self._is_similar(*p))
        pairs = [(self._fit(each, node), each, node) for each, node in similar]
        pairs.sort(key=lambda pair: -pair[0])
        best: dict[object, list[tuple[float, PresetNode, Node]]] = {}
        for pair in pairs:
            best.setdefault(pair[1], []).append(pair)
            best.setdefault(pair[2].node_id, []).append(pair)
        settled: set[object] = set()
        for fit, each, node in pairs:
            if each in settled or node.node_id in settled:
                continue
            rivals = [
                pair
                for side in (each, node.node_id)
                for pair in best[side]
                if pair[0] == fit and pair[1] not in settled and pair[2].node_id not in settled
            ]
            for _fit, rival, rival_node in rivals:
                settled |= {rival, rival_node.node_id}
            # The pair itself is counted once on each side.
            if len(rivals) == 2:
                yield each, node

    def _is_similar(self, each: PresetNode, node: Node) -> bool:
        if each.title and each.title == node.title:
            return True
        if not each.position:
            return False
        return parse_position(each.position).similarity(self._position(node)) >= _MIN_SIMILARITY

    def _guess(self, each: PresetNode, node: Node, free: Sequence[Node]) -> MatchedNode:
        namesakes = self._index.find(each.class_type, each.title)
        is_title = bool(each.title) and len(namesakes) == 1 and namesakes[0] is node
        others = (other.node_id for other in free[:MAX_CANDIDATES] if other is not node)
        match = MatchKind.TITLE if is_title else MatchKind.POSITION
        return MatchedNode(match, node.node_id, (node.node_id, *others))


def _in_order(wanted: list[PresetNode], free: list[Node]) -> Iterator[tuple[PresetNode, Node]]:
    """Yields pairs in id order if no positions are known and the numbers of nodes are equal."""
    if len(wanted) == len(free) and not any(each.position for each in wanted):
        nodes = sorted(free, key=lambda node: natural_id(node.node_id))
        yield from zip(
            sorted(wanted, key=lambda each: natural_id(each.node_id)), nodes, strict=True
        )
