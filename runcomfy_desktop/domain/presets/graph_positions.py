"""Position of a node in its graph, described without ids: its sources, its consumers and its order.

The order is the node's number among the nodes of its class. The position is stored with a preset's
entry, so that the node is found again in a workflow with other ids; a title seldom distinguishes
two nodes of one class.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.workflow.workflow import Workflow

MAX_FEATURES = 24
"""Maximum number of features stored for one node; more would give no new information."""
MAX_FEATURE_CHARS = 160

_MAX_NAME_CHARS = 60
_ORDER = re.compile(r"\d+/\d+")


class GraphPositions:
    """Positions of a workflow's nodes, computed on first access."""

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        self._nodes = workflow.nodes
        self._cache: dict[str, tuple[str, ...]] = {}

    def features_of(self, node_id: str) -> tuple[str, ...]:
        """Returns the features of a node in a fixed order; () for a node that does not exist.

        Examples: `clip<CheckpointLoaderSimple`, `>KSampler.positive`, `1/2`.
        """
        if node_id not in self._nodes:
            return ()
        found = self._cache.get(node_id)
        if found is None:
            links = self._nodes[node_id].links()
            sources = ((name, self._workflow.node(link.node_id)) for name, link in links)
            inputs = sorted({f"{_short(name)}<{_short(node.class_type)}" for name, node in sources})
            consumers = sorted(set(self._consumers.get(node_id, ())))
            features = [*inputs[: MAX_FEATURES // 2], *consumers[: MAX_FEATURES // 2 - 1]]
            if node_id in self._orders:
                features.append(self._orders[node_id])
            found = self._cache[node_id] = tuple(features)
        return found

    @cached_property
    def _consumers(self) -> dict[str, list[str]]:
        """Features of the nodes that use each node."""
        found: dict[str, list[str]] = {}
        for node in self._nodes.values():
            for name, link in node.links():
                feature = f">{_short(node.class_type)}.{_short(name)}"
                found.setdefault(link.node_id, []).append(feature)
        return found

    @cached_property
    def _orders(self) -> dict[str, str]:
        """Number of each node among those of its class, if there are several."""
        ids_by_class: dict[str, list[str]] = {}
        for node_id in self._walk():
            ids_by_class.setdefault(self._nodes[node_id].class_type, []).append(node_id)
        several = [ids for ids in ids_by_class.values() if len(ids) > 1]
        return {each: f"{at}/{len(ids)}" for ids in several for at, each in enumerate(ids, 1)}

    def _walk(self) -> Iterator[str]:
        """Yields all nodes, first those without consumers, each followed by its sources.

        The order does not depend on ids.
        """
        visited: set[str] = set()
        ends = [node_id for node_id in self._nodes if node_id not in self._consumers]
        for end in (*ends, *self._nodes):
            stack = [end]
            while stack:
                node_id = stack.pop()
                if node_id in visited or node_id not in self._nodes:
                    continue
                visited.add(node_id)
                yield node_id
                links = [link.node_id for _name, link in self._nodes[node_id].links()]
                stack.extend(reversed(links))


@dataclass(frozen=True, slots=True)
class GraphPosition:
    """Parsed position for comparison: a node's neighbours, and its order in its class."""

    neighbours: frozenset[str] = frozenset()
    order: str = ""

    def similarity(self, other: GraphPosition) -> float:
        """Returns the share of common neighbours of two positions, from 0 to 1."""
        if self.neighbours == other.neighbours:
            return 1.0
        return len(self.neighbours & other.neighbours) / len(self.neighbours | other.neighbours)


@lru_cache(maxsize=8192)
def parse_position(features: tuple[str, ...]) -> GraphPosition:
    """Returns the position that features describe."""
    order = features[-1] if features and _ORDER.fullmatch(features[-1]) else ""
    return GraphPosition(frozenset(features) - {order}, order)


def _short(name: str) -> str:
    return one_line(name[: 4 * _MAX_NAME_CHARS])[:_MAX_NAME_CHARS]
