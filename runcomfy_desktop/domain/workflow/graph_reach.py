"""Finds the nodes that a run reaches, starting at those that make results, and cycles of links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class GraphReach:
    """Nodes that a run reaches; `cycles` maps each node of a cycle to that cycle."""

    nodes: frozenset[str]
    cycles: Mapping[str, tuple[str, ...]]


def find_reach(roots: Iterable[str], sources: Mapping[str, Sequence[str]]) -> GraphReach:
    """Returns the nodes that are reached from `roots`, and the cycles among them.

    `sources` has the nodes that each node is linked to.
    """
    done: set[str] = set()
    cycles: dict[str, tuple[str, ...]] = {}
    for root in roots:
        if root in done or root not in sources:
            continue
        # The current path, and the next link to follow in each of its nodes.
        path, positions, depth_of = [root], [0], {root: 0}
        while path:
            node_id, position = path[-1], positions[-1]
            links = sources[node_id]
            if position >= len(links):
                path.pop()
                positions.pop()
                del depth_of[node_id]
                done.add(node_id)
                continue
            positions[-1] += 1
            source = links[position]
            if source in depth_of:
                cycle = tuple(path[depth_of[source] :])
                cycles.update(dict.fromkeys(cycle, cycle))
            elif source not in done and source in sources:
                depth_of[source] = len(path)
                path.append(source)
                positions.append(0)
    return GraphReach(frozenset(done), cycles)
