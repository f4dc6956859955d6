"""Follows the links of a workflow: from a node to its sources and to its consumers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow.workflow import InputKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    return UpstreamPath(
        node_id,
        frozenset(nodes),
        frozenset((source, target) for target in nodes for source in sources_of.get(target, ())),
    )


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
