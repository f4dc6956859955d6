"""Follows the links of a workflow: from a node in both directions, and to all a run reaches."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow.workflow import InputKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from runcomfy_desktop.domain.workflow.workflow import Workflow


@dataclass(frozen=True, slots=True)
class UpstreamPath:
    """All nodes that lead to a node, itself included; a link is a pair of nodes."""

    node_id: str
    nodes: frozenset[str]
    links: frozenset[tuple[str, str]]


def workflow_links(workflow: Workflow) -> Iterator[tuple[str, InputKey]]:
    """Yields each link as its source node and its target input; both are in the workflow."""
    for node in workflow.nodes.values():
        for name, link in node.links():
            if link.node_id in workflow.nodes:
                yield link.node_id, InputKey(node.node_id, name)


def linked_nodes(workflow: Workflow) -> dict[tuple[str, str], None]:
    """Returns the directly linked pairs of nodes, each once, in the file's order."""
    return {(source, target.node_id): None for source, target in workflow_links(workflow)}


def upstream(workflow: Workflow, node_id: str) -> UpstreamPath:
    """Returns all that leads to a node, over any number of links; cycles are followed once."""
    sources_of: dict[str, list[str]] = {}
    for source, target in linked_nodes(workflow):
        sources_of.setdefault(target, []).append(source)
    nodes = _reachable(node_id, sources_of)
    links = ((source, target) for target in nodes for source in sources_of.get(target, ()))
    return UpstreamPath(node_id, frozenset(nodes), frozenset(links))


def consumers(workflow: Workflow, node_id: str) -> list[InputKey]:
    """Returns the inputs that receive a value from a node."""
    return [target for source, target in workflow_links(workflow) if source == node_id]


def _reachable(start: str, edges: Mapping[str, list[str]]) -> set[str]:
    visited, pending = {start}, [start]
    while pending:
        for each in edges.get(pending.pop(), ()):
            if each not in visited:
                visited.add(each)
                pending.append(each)
    return visited


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
        # The nodes of the current path, each with its links that are still to be followed.
        path = {root: iter(sources[root])}
        while path:
            source = next(path[next(reversed(path))], None)
            if source is None:
                done.add(path.popitem()[0])
            elif source in path:
                after_source = [*takewhile(source.__ne__, reversed(path))][::-1]
                cycle = (source, *after_source)
                cycles.update(dict.fromkeys(cycle, cycle))
            elif source not in done and source in sources:
                path[source] = iter(sources[source])
    return GraphReach(frozenset(done), cycles)
