"""Finds the nodes that a preset speaks of in a workflow, whose ids may have changed since.

An id alone proves nothing: after a renumbering the negative prompt may have the id that the
positive one had. So a node is the same only when it has the id and the class, and no other node of
that class fits better by its title and its place. Everything else is a guess, and is called one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.domain.presets.graph_positions import (
    GraphPosition,
    GraphPositions,
    parse_position,
)
from runcomfy_desktop.domain.workflow.node_matcher import NodeIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runcomfy_desktop.domain.presets.preset import PresetEntry
    from runcomfy_desktop.domain.workflow.workflow import Node, Workflow

MAX_CANDIDATES = 50
"""As many nodes are offered where several can be meant."""

# Beyond that, comparing each with each would take seconds.
_MAX_PAIRS = 60_000
_MIN_SIMILARITY = 1 / 3
_ORDER_WEIGHT = 0.25
_DIGITS = re.compile(r"(\d+)")


class MatchKind(Enum):
    """How sure it is that a node is the one which was meant."""

    SAME = "same"
    CHOSEN = "chosen"
    """The person said so."""
    TITLE = "title"
    """Another id; the only one with this class and title."""
    POSITION = "position"
    """Another id; it stands where that node stood, or is the only one of its class."""
    ID = "id"
    """The id alone says so: the preset does not tell what kind of node was meant."""
    NONE = "none"

    @property
    def is_guess(self) -> bool:
        return self in (MatchKind.TITLE, MatchKind.POSITION, MatchKind.ID)


@dataclass(frozen=True, slots=True)
class PresetNode:
    """A node as a preset remembers it."""

    node_id: str
    class_type: str
    title: str = ""
    position: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchedNode:
    """What came of it: the node, "" where none or several can be meant, and those that can."""

    kind: MatchKind
    node_id: str = ""
    candidates: tuple[str, ...] = ()


_NO_MATCH = MatchedNode(MatchKind.NONE)


def preset_nodes(entries: Iterable[PresetEntry]) -> dict[tuple[str, str], PresetNode]:
    """The nodes that entries speak of, each once, by id and class."""
    nodes: dict[tuple[str, str], PresetNode] = {}
    for each in entries:
        key = each.key.node_id, each.class_type
        if key not in nodes or (each.position and not nodes[key].position):
            nodes[key] = PresetNode(each.key.node_id, each.class_type, each.title, each.position)
    return nodes


def match_nodes(
    nodes: Sequence[PresetNode], workflow: Workflow, *, trusts_ids: bool = False
) -> dict[PresetNode, MatchedNode]:
    """Where each of `nodes` is in `workflow`; no two of them are at the same one.

    `trusts_ids` says that they come from this very workflow, so that an id without a class is
    enough.
    """
    return _PresetNodeMatcher(workflow, trusts_ids=trusts_ids).match(nodes)


class _SimilarNodes(NamedTuple):
    """Nodes of one class and title: the first of each surroundings, and by their order."""

    by_neighbours: dict[frozenset[str], Node]
    by_order: dict[str, Node]


class _PresetNodeMatcher:
    """One search."""

    def __init__(self, workflow: Workflow, *, trusts_ids: bool) -> None:
        self._nodes = workflow.nodes
        self._index = NodeIndex(workflow)
        self._positions = GraphPositions(workflow)
        self._trusts_ids = trusts_ids
        self._parsed_positions: dict[str, GraphPosition] = {}
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
            # Ids have been given to other nodes, so that no id says much any more.
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
        """Whether the node with the id has the class, and none of that class fits better."""
        there = self._nodes.get(node.node_id)
        if there is None or there.class_type != node.class_type:
            return False
        if node.title == there.title and node.position in (
            (),
            self._positions.features_of(node.node_id),
        ):
            return True
        fit = self._fit(node, there)
        return all(self._fit(node, each) <= fit for each in self._rivals(node))

    def _is_id_reused(self, node: PresetNode) -> bool:
        """Whether its id is that of a node of another class now."""
        there = self._nodes.get(node.node_id)
        return there is not None and there.class_type != node.class_type

    def _rechecked(self, each: PresetNode, matched: MatchedNode) -> MatchedNode:
        """What was taken for the same, where another node of its class is called like it."""
        if matched.kind is not MatchKind.SAME or not each.class_type:
            return matched
        there = self._nodes[each.node_id]
        namesakes = self._index.find(each.class_type, there.title)
        return matched if len(namesakes) < 2 else self._guess(each, there, namesakes)

    def _rivals(self, node: PresetNode) -> Iterator[Node]:
        """The nodes of a class, of those that stand alike only one: a class can have hundreds of
        nodes that differ in nothing else."""
        for title in (None, node.title):
            yield from self._similar_nodes(node.class_type, title).by_neighbours.values()
        first = self._similar_nodes(node.class_type, None).by_order.get(
            _parsed_position(node.position).order
        )
        yield from () if first is None else (first,)

    def _similar_nodes(self, class_type: str, title: str | None) -> _SimilarNodes:
        known = self._similar.get((class_type, title))
        if known is None:
            known = self._similar[class_type, title] = _SimilarNodes({}, {})
            for node in self._index.find(class_type, title):
                position = self._position(node)
                known.by_neighbours.setdefault(position.neighbours, node)
                known.by_order.setdefault(position.order, node)
        return known

    def _fit(self, node: PresetNode, there: Node) -> float:
        """How well a node fits; where it stands counts for more than what it is called, and which
        of its class it is only where all else is equal."""
        fit = float(node.title == there.title)
        if not node.position:
            return fit
        position, found = _parsed_position(node.position), self._position(there)
        is_in_order = bool(position.order) and position.order == found.order
        return fit + 2 * position.similarity(found) + (_ORDER_WEIGHT if is_in_order else 0)

    def _position(self, node: Node) -> GraphPosition:
        position = self._parsed_positions.get(node.node_id)
        if position is None:
            position = self._parsed_positions[node.node_id] = parse_position(
                self._positions.features_of(node.node_id)
            )
        return position

    def _match_class(
        self, wanted: list[PresetNode], free: list[Node]
    ) -> dict[PresetNode, MatchedNode]:
        """The nodes of one class: who is found among those that nobody has taken."""
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
                found[each] = MatchedNode(MatchKind.NONE, "", self._candidates(each, free))
        return found

    def _exact_matches(
        self, wanted: list[PresetNode], free: list[Node]
    ) -> Iterator[tuple[PresetNode, Node]]:
        """Those of which title and place are the very same, and nobody else's."""
        nodes_by_key: dict[object, list[Node]] = {}
        for node in free:
            nodes_by_key.setdefault(
                (node.title, self._positions.features_of(node.node_id)), []
            ).append(node)
        wanted_counts: dict[object, int] = {}
        for each in wanted:
            wanted_counts[each.title, each.position] = (
                wanted_counts.get((each.title, each.position), 0) + 1
            )
        for each in wanted:
            nodes = nodes_by_key.get((each.title, each.position), ()) if each.position else ()
            if len(nodes) == 1 and wanted_counts[each.title, each.position] == 1:
                yield each, nodes[0]

    def _best_matches(
        self, wanted: list[PresetNode], free: list[Node]
    ) -> Iterator[tuple[PresetNode, Node]]:
        """The best pairs first; where two fit equally well, none is taken."""
        is_only = len(wanted) == len(free) == 1
        pairs = [
            (self._fit(each, node), each, node)
            for each in wanted
            for node in free
            if is_only or self._is_similar(each, node)
        ]
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
            # Each side has met the pair itself once.
            if len(rivals) == 2:
                yield each, node

    def _is_similar(self, each: PresetNode, node: Node) -> bool:
        has_title = bool(each.title) and each.title == node.title
        return has_title or (
            bool(each.position)
            and _parsed_position(each.position).similarity(self._position(node)) >= _MIN_SIMILARITY
        )

    def _guess(self, each: PresetNode, node: Node, free: Sequence[Node]) -> MatchedNode:
        namesakes = self._index.find(each.class_type, each.title)
        is_title = bool(each.title) and len(namesakes) == 1 and namesakes[0] is node
        others = (other.node_id for other in free[:MAX_CANDIDATES] if other is not node)
        match = MatchKind.TITLE if is_title else MatchKind.POSITION
        return MatchedNode(match, node.node_id, (node.node_id, *others))

    def _candidates(self, each: PresetNode, free: Sequence[Node]) -> tuple[str, ...]:
        ranked = sorted(free[:MAX_CANDIDATES], key=lambda node: -self._fit(each, node))
        return tuple(node.node_id for node in ranked)


@lru_cache(maxsize=4096)
def _parsed_position(features: tuple[str, ...]) -> GraphPosition:
    return parse_position(features)


def _in_order(wanted: list[PresetNode], free: list[Node]) -> Iterator[tuple[PresetNode, Node]]:
    """One after the other, where nothing is known of their places and none is missing."""
    if len(wanted) == len(free) and not any(each.position for each in wanted):
        nodes = sorted(free, key=lambda node: _natural(node.node_id))
        yield from zip(sorted(wanted, key=lambda each: _natural(each.node_id)), nodes, strict=True)


def _natural(node_id: str) -> list[tuple[int, int | str]]:
    """Ids in the order a person would put them: 9 before 10."""
    parts = _DIGITS.split(node_id[:200])
    return [(0, int(each)) if each.isdigit() else (1, each) for each in parts if each]
