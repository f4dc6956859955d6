"""Where a node stands in its graph, in words that outlive its id: what feeds it, what it feeds, and
which of the nodes of its class it is.

Written beside what a preset says of the node, so that it is found again in a workflow whose ids
have changed; a title seldom tells two nodes of one class apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.workflow import Link, link_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.domain.workflow import Node, Workflow

MOST_MARKS = 24
"""As many are written down of one node; more tell nothing new."""
MOST_LETTERS = 160

_NAME_LETTERS = 60
_ORDER = re.compile(r"\d+/\d+")


class Places:
    """The places of a workflow's nodes, found when they are first asked for."""

    def __init__(self, workflow: Workflow) -> None:
        self._nodes = workflow.nodes
        self._fed: dict[str, list[str]] = {}
        self._orders: dict[str, str] = {}
        self._known: dict[str, tuple[str, ...]] = {}
        self._is_read = False

    def of(self, node_id: str) -> tuple[str, ...]:
        """`clip<CheckpointLoaderSimple`, `>KSampler.positive`, `1/2`: its marks, in a fixed order;
        () for a node that is not there."""
        if node_id not in self._nodes:
            return ()
        found = self._known.get(node_id)
        if found is None:
            self._read()
            node = self._nodes[node_id]
            feeding = sorted({f"{_short(name)}<{self._class(link)}" for name, link in _links(node)})
            fed = sorted(set(self._fed.get(node_id, ())))
            marks = [*feeding[: MOST_MARKS // 2], *fed[: MOST_MARKS // 2 - 1]]
            if node_id in self._orders:
                marks.append(self._orders[node_id])
            found = self._known[node_id] = tuple(marks)
        return found

    def _class(self, link: Link) -> str:
        source = self._nodes.get(link.node_id)
        return "" if source is None else _short(source.class_type)

    def _read(self) -> None:
        if self._is_read:
            return
        self._is_read = True
        for node in self._nodes.values():
            for name, link in _links(node):
                mark = f">{_short(node.class_type)}.{_short(name)}"
                self._fed.setdefault(link.node_id, []).append(mark)
        alike: dict[str, list[str]] = {}
        for node_id in self._walk():
            alike.setdefault(self._nodes[node_id].class_type, []).append(node_id)
        for ids in alike.values():
            for number, node_id in enumerate(ids if len(ids) > 1 else (), 1):
                self._orders[node_id] = f"{number}/{len(ids)}"

    def _walk(self) -> Iterator[str]:
        """All nodes, from what feeds nobody up along the links: other ids, the same order."""
        seen: set[str] = set()
        ends = [node_id for node_id in self._nodes if node_id not in self._fed]
        for end in (*ends, *self._nodes):
            waiting = [end]
            while waiting:
                node_id = waiting.pop()
                if node_id in seen or node_id not in self._nodes:
                    continue
                seen.add(node_id)
                yield node_id
                links = [link.node_id for _name, link in _links(self._nodes[node_id])]
                waiting.extend(reversed(links))


@dataclass(frozen=True, slots=True)
class Place:
    """A place, read for comparing: what is around the node, and which of its class it is."""

    around: frozenset[str] = frozenset()
    order: str = ""

    def likeness(self, other: Place) -> float:
        """How much two have in common around them, from 0 to 1."""
        if self.around == other.around:
            return 1.0
        return len(self.around & other.around) / len(self.around | other.around)


def read_place(marks: tuple[str, ...]) -> Place:
    """The place that marks tell."""
    order = marks[-1] if marks and _ORDER.fullmatch(marks[-1]) else ""
    return Place(frozenset(marks) - {order}, order)


def _links(node: Node) -> Iterator[tuple[str, Link]]:
    for name, value in node.inputs.items():
        link = link_of(value)
        if link is not None:
            yield name, link


def _short(name: str) -> str:
    return one_line(name[: 4 * _NAME_LETTERS])[:_NAME_LETTERS]
