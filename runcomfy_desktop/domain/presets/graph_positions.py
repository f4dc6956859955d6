"""Where a node stands in its graph, in words that outlive its id: what feeds it, what it feeds, and
which of the nodes of its class it is.

Written beside what a preset says of the node, so that it is found again in a workflow whose ids
have changed; a title seldom tells two nodes of one class apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.workflow.workflow import NodeLink, link_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.workflow.workflow import Node, Workflow

MAX_FEATURES = 24
"""As many are written down of one node; more tell nothing new."""
MAX_FEATURE_CHARS = 160

_MAX_NAME_CHARS = 60
_ORDER = re.compile(r"\d+/\d+")


class GraphPositions:
    """The places of a workflow's nodes, found when they are first asked for."""

    def __init__(self, workflow: Workflow) -> None:
        self._nodes = workflow.nodes
        self._consumers: dict[str, list[str]] = {}
        self._orders: dict[str, str] = {}
        self._cache: dict[str, tuple[str, ...]] = {}
        self._is_scanned = False

    def features_of(self, node_id: str) -> tuple[str, ...]:
        """`clip<CheckpointLoaderSimple`, `>KSampler.positive`, `1/2`: its marks, in a fixed order;
        () for a node that is not there."""
        if node_id not in self._nodes:
            return ()
        found = self._cache.get(node_id)
        if found is None:
            self._scan()
            node = self._nodes[node_id]
            inputs = sorted({f"{_short(name)}<{self._class(link)}" for name, link in _links(node)})
            consumers = sorted(set(self._consumers.get(node_id, ())))
            features = [*inputs[: MAX_FEATURES // 2], *consumers[: MAX_FEATURES // 2 - 1]]
            if node_id in self._orders:
                features.append(self._orders[node_id])
            found = self._cache[node_id] = tuple(features)
        return found

    def _class(self, link: NodeLink) -> str:
        source = self._nodes.get(link.node_id)
        return "" if source is None else _short(source.class_type)

    def _scan(self) -> None:
        if self._is_scanned:
            return
        self._is_scanned = True
        for node in self._nodes.values():
            for name, link in _links(node):
                feature = f">{_short(node.class_type)}.{_short(name)}"
                self._consumers.setdefault(link.node_id, []).append(feature)
        ids_by_class: dict[str, list[str]] = {}
        for node_id in self._walk():
            ids_by_class.setdefault(self._nodes[node_id].class_type, []).append(node_id)
        for ids in ids_by_class.values():
            for number, node_id in enumerate(ids if len(ids) > 1 else (), 1):
                self._orders[node_id] = f"{number}/{len(ids)}"

    def _walk(self) -> Iterator[str]:
        """All nodes, from what feeds nobody up along the links: other ids, the same order."""
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
                links = [link.node_id for _name, link in _links(self._nodes[node_id])]
                stack.extend(reversed(links))


@dataclass(frozen=True, slots=True)
class GraphPosition:
    """A place, read for comparing: what is around the node, and which of its class it is."""

    neighbours: frozenset[str] = frozenset()
    order: str = ""

    def similarity(self, other: GraphPosition) -> float:
        """How much two have in common around them, from 0 to 1."""
        if self.neighbours == other.neighbours:
            return 1.0
        return len(self.neighbours & other.neighbours) / len(self.neighbours | other.neighbours)


def parse_position(features: tuple[str, ...]) -> GraphPosition:
    """The place that marks tell."""
    order = features[-1] if features and _ORDER.fullmatch(features[-1]) else ""
    return GraphPosition(frozenset(features) - {order}, order)


def _links(node: Node) -> Iterator[tuple[str, NodeLink]]:
    for name, value in node.inputs.items():
        link = link_of(value)
        if link is not None:
            yield name, link


def _short(name: str) -> str:
    return one_line(name[: 4 * _MAX_NAME_CHARS])[:_MAX_NAME_CHARS]
