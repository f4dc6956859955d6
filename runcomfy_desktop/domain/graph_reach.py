"""Which nodes a run reaches, from those that make results, and which go round in circles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Reach:
    """`nodes` are run; `cycles` gives for a node the way on which it comes back to itself."""

    nodes: frozenset[str]
    cycles: Mapping[str, tuple[str, ...]]


def reach(roots: Iterable[str], sources: Mapping[str, Sequence[str]]) -> Reach:
    """Follows `sources`, the nodes each node is linked to, from every one of `roots`."""
    done: set[str] = set()
    cycles: dict[str, tuple[str, ...]] = {}
    for root in roots:
        if root in done or root not in sources:
            continue
        # The way down, and where in each node's links it has got to.
        way, places, at = [root], [0], {root: 0}
        while way:
            node_id, place = way[-1], places[-1]
            links = sources[node_id]
            if place >= len(links):
                way.pop()
                places.pop()
                del at[node_id]
                done.add(node_id)
                continue
            places[-1] += 1
            source = links[place]
            if source in at:
                circle = tuple(way[at[source] :])
                cycles.update(dict.fromkeys(circle, circle))
            elif source not in done and source in sources:
                at[source] = len(way)
                way.append(source)
                places.append(0)
    return Reach(frozenset(done), cycles)
