"""Matches stored references to nodes with the nodes of a workflow whose ids have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.workflow.workflow import Node, Workflow


class NodeIdentity(Protocol):
    """Identity of a node that was stored elsewhere, such as in a pin."""

    @property
    def node_id(self) -> str: ...

    @property
    def class_type(self) -> str: ...

    @property
    def title(self) -> str: ...


class NodeIndex:
    """Index of a workflow's nodes by class and title, in the workflow's order; built once."""

    def __init__(self, workflow: Workflow) -> None:
        self._by_class_and_title: dict[tuple[str, str | None], list[Node]] = {}
        for node in workflow.nodes.values():
            for title in (None, node.title):
                self._by_class_and_title.setdefault((node.class_type, title), []).append(node)

    def find(self, class_type: str, title: str | None = None) -> Sequence[Node]:
        """Returns the nodes of a class, or those of them that have this title."""
        return self._by_class_and_title.get((class_type, title), ())


def find_matches(identities: Sequence[NodeIdentity], workflow: Workflow) -> dict[str, str | None]:
    """Returns the node of a workflow that matches each stored node, by id; None if there is none.

    A node is found by id and class; else by class and title, else by class, if only one node has
    these. A node that still exists matches itself. Any other node is used for one match only.
    """
    nodes, index = workflow.nodes, NodeIndex(workflow)
    matches: dict[str, str | None] = {
        each.node_id: each.node_id
        for each in identities
        if each.node_id in nodes and nodes[each.node_id].class_type == each.class_type
    }
    taken = set(matches)
    for each in identities:
        if each.node_id not in matches:
            found = _only_match(each, index)
            matches[each.node_id] = None if found in taken else found
            taken.update(() if found is None else (found,))
    return matches


def _only_match(identity: NodeIdentity, index: NodeIndex) -> str | None:
    """Returns the only node that it can be, whether or not that is taken; None if there is none."""
    for title in (identity.title, None):
        similar = index.find(identity.class_type, title)
        if len(similar) == 1:
            return similar[0].node_id
    return None
