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

from runcomfy_desktop.domain.preset.places import Place, Places, read_place
from runcomfy_desktop.domain.twins import Alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runcomfy_desktop.domain.preset.preset import Entry
    from runcomfy_desktop.domain.workflow import Node, Workflow

MOST_CANDIDATES = 50
"""As many nodes are offered where several can be meant."""

# Beyond that, comparing each with each would take seconds.
_MOST_PAIRS = 60_000
_LEAST_LIKE = 1 / 3
_ORDER_COUNTS = 0.25
_DIGITS = re.compile(r"(\d+)")


class Match(Enum):
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
        return self in (Match.TITLE, Match.POSITION, Match.ID)


@dataclass(frozen=True, slots=True)
class Sought:
    """A node as a preset remembers it."""

    node_id: str
    class_type: str
    title: str = ""
    place: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it: the node, "" where none or several can be meant, and those that can."""

    match: Match
    node_id: str = ""
    candidates: tuple[str, ...] = ()


_NOWHERE = Found(Match.NONE)


def sought_by(entries: Iterable[Entry]) -> dict[tuple[str, str], Sought]:
    """The nodes that entries speak of, each once, by id and class."""
    nodes: dict[tuple[str, str], Sought] = {}
    for each in entries:
        key = each.key.node_id, each.class_type
        if key not in nodes or (each.place and not nodes[key].place):
            nodes[key] = Sought(each.key.node_id, each.class_type, each.title, each.place)
    return nodes


def match_nodes(
    nodes: Sequence[Sought], workflow: Workflow, *, trusts_ids: bool = False
) -> dict[Sought, Found]:
    """Where each of `nodes` is in `workflow`; no two of them are at the same one.

    `trusts_ids` says that they come from this very workflow, so that an id without a class is
    enough.
    """
    return _Matching(workflow, trusts_ids=trusts_ids).of(nodes)


class _Kinds(NamedTuple):
    """Nodes of one class and title: the first of each surroundings, and by their order."""

    around: dict[frozenset[str], Node]
    order: dict[str, Node]


class _Matching:
    """One search."""

    def __init__(self, workflow: Workflow, *, trusts_ids: bool) -> None:
        self._nodes = workflow.nodes
        self._alike = Alike(workflow)
        self._places = Places(workflow)
        self._trusts_ids = trusts_ids
        self._read_places: dict[str, Place] = {}
        self._kinds: dict[tuple[str, str | None], _Kinds] = {}

    def of(self, nodes: Sequence[Sought]) -> dict[Sought, Found]:
        found: dict[Sought, Found] = {}
        left: dict[str, list[Sought]] = {}
        for each in nodes:
            if not each.class_type:
                found[each] = self._by_id(each)
            elif self._is_same(each):
                found[each] = Found(Match.SAME, each.node_id, (each.node_id,))
            else:
                left.setdefault(each.class_type, []).append(each)
        if any(self._is_another(each) for some in left.values() for each in some):
            # Ids have been given to other nodes, so that no id says much any more.
            found |= {each: self._doubted(each, what) for each, what in found.items()}
        taken = {each.node_id for each in found.values()}
        for class_type, wanted in left.items():
            free = [node for node in self._alike.of(class_type) if node.node_id not in taken]
            found |= self._among(wanted, free)
        return {each: found[each] for each in nodes}

    def _by_id(self, node: Sought) -> Found:
        if node.node_id not in self._nodes:
            return _NOWHERE
        match = Match.SAME if self._trusts_ids else Match.ID
        return Found(match, node.node_id, (node.node_id,))

    def _is_same(self, node: Sought) -> bool:
        """Whether the node with the id has the class, and none of that class fits better."""
        there = self._nodes.get(node.node_id)
        if there is None or there.class_type != node.class_type:
            return False
        if node.title == there.title and node.place in ((), self._places.of(node.node_id)):
            return True
        fit = self._fit(node, there)
        return all(self._fit(node, each) <= fit for each in self._rivals(node))

    def _is_another(self, node: Sought) -> bool:
        """Whether its id is that of a node of another class now."""
        there = self._nodes.get(node.node_id)
        return there is not None and there.class_type != node.class_type

    def _doubted(self, each: Sought, what: Found) -> Found:
        """What was taken for the same, where another node of its class is called like it."""
        if what.match is not Match.SAME or not each.class_type:
            return what
        there = self._nodes[each.node_id]
        namesakes = self._alike.of(each.class_type, there.title)
        return what if len(namesakes) < 2 else self._guess(each, there, namesakes)

    def _rivals(self, node: Sought) -> Iterator[Node]:
        """The nodes of a class, of those that stand alike only one: a class can have hundreds of
        nodes that differ in nothing else."""
        for title in (None, node.title):
            yield from self._kinds_of(node.class_type, title).around.values()
        first = self._kinds_of(node.class_type, None).order.get(_read(node.place).order)
        yield from () if first is None else (first,)

    def _kinds_of(self, class_type: str, title: str | None) -> _Kinds:
        known = self._kinds.get((class_type, title))
        if known is None:
            known = self._kinds[class_type, title] = _Kinds({}, {})
            for node in self._alike.of(class_type, title):
                place = self._place(node)
                known.around.setdefault(place.around, node)
                known.order.setdefault(place.order, node)
        return known

    def _fit(self, node: Sought, there: Node) -> float:
        """How well a node fits; where it stands counts for more than what it is called, and which
        of its class it is only where all else is equal."""
        fit = float(node.title == there.title)
        if not node.place:
            return fit
        place, found = _read(node.place), self._place(there)
        is_in_order = bool(place.order) and place.order == found.order
        return fit + 2 * place.likeness(found) + (_ORDER_COUNTS if is_in_order else 0)

    def _place(self, node: Node) -> Place:
        place = self._read_places.get(node.node_id)
        if place is None:
            place = self._read_places[node.node_id] = read_place(self._places.of(node.node_id))
        return place

    def _among(self, wanted: list[Sought], free: list[Node]) -> dict[Sought, Found]:
        """The nodes of one class: who is found among those that nobody has taken."""
        found: dict[Sought, Found] = {}
        for each, node in self._exactly(wanted, free):
            found[each] = self._guess(each, node, free)
        rest = [each for each in wanted if each not in found]
        taken = {each.node_id for each in found.values()}
        free = [node for node in free if node.node_id not in taken]
        if len(rest) * len(free) <= _MOST_PAIRS:
            pairs = dict(self._by_fit(rest, free)) or dict(_in_order(rest, free))
            found |= {each: self._guess(each, node, free) for each, node in pairs.items()}
            taken |= {node.node_id for node in pairs.values()}
        free = [node for node in free if node.node_id not in taken]
        for each in rest:
            if each not in found:
                found[each] = Found(Match.NONE, "", self._offered(each, free))
        return found

    def _exactly(self, wanted: list[Sought], free: list[Node]) -> Iterator[tuple[Sought, Node]]:
        """Those of which title and place are the very same, and nobody else's."""
        there: dict[object, list[Node]] = {}
        for node in free:
            there.setdefault((node.title, self._places.of(node.node_id)), []).append(node)
        asked: dict[object, int] = {}
        for each in wanted:
            asked[each.title, each.place] = asked.get((each.title, each.place), 0) + 1
        for each in wanted:
            nodes = there.get((each.title, each.place), ()) if each.place else ()
            if len(nodes) == 1 and asked[each.title, each.place] == 1:
                yield each, nodes[0]

    def _by_fit(self, wanted: list[Sought], free: list[Node]) -> Iterator[tuple[Sought, Node]]:
        """The best pairs first; where two fit equally well, none is taken."""
        is_only = len(wanted) == len(free) == 1
        pairs = [
            (self._fit(each, node), each, node)
            for each in wanted
            for node in free
            if is_only or self._may_be(each, node)
        ]
        pairs.sort(key=lambda pair: -pair[0])
        best: dict[object, list[tuple[float, Sought, Node]]] = {}
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
            for _fit, rival, place in rivals:
                settled |= {rival, place.node_id}
            # Each side has met the pair itself once.
            if len(rivals) == 2:
                yield each, node

    def _may_be(self, each: Sought, node: Node) -> bool:
        has_title = bool(each.title) and each.title == node.title
        return has_title or (
            bool(each.place) and _read(each.place).likeness(self._place(node)) >= _LEAST_LIKE
        )

    def _guess(self, each: Sought, node: Node, free: Sequence[Node]) -> Found:
        namesakes = self._alike.of(each.class_type, each.title)
        is_title = bool(each.title) and len(namesakes) == 1 and namesakes[0] is node
        others = (other.node_id for other in free[:MOST_CANDIDATES] if other is not node)
        match = Match.TITLE if is_title else Match.POSITION
        return Found(match, node.node_id, (node.node_id, *others))

    def _offered(self, each: Sought, free: Sequence[Node]) -> tuple[str, ...]:
        some = sorted(free[:MOST_CANDIDATES], key=lambda node: -self._fit(each, node))
        return tuple(node.node_id for node in some)


@lru_cache(maxsize=4096)
def _read(marks: tuple[str, ...]) -> Place:
    return read_place(marks)


def _in_order(wanted: list[Sought], free: list[Node]) -> Iterator[tuple[Sought, Node]]:
    """One after the other, where nothing is known of their places and none is missing."""
    if len(wanted) == len(free) and not any(each.place for each in wanted):
        nodes = sorted(free, key=lambda node: _natural(node.node_id))
        yield from zip(sorted(wanted, key=lambda each: _natural(each.node_id)), nodes, strict=True)


def _natural(node_id: str) -> list[tuple[int, int | str]]:
    """Ids in the order a person would put them: 9 before 10."""
    pieces = _DIGITS.split(node_id[:200])
    return [(0, int(each)) if each.isdigit() else (1, each) for each in pieces if each]
