"""Matches stored references to nodes with the nodes of a workflow whose ids have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

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


class NodeMatcher:
    """Finds stored nodes in one workflow.

    A node is found by id and class; else by class and title, else by class, if only one node has
    these.
    """

    def __init__(self, workflow: Workflow) -> None:
        self._nodes = workflow.nodes
        self._index = NodeIndex(workflow)

    def find_matches(self, identities: Iterable[NodeIdentity]) -> dict[str, str | None]:
        """Returns the matching node for each given id; None if there is none.

        A node that still exists matches itself. Any other node is used for one match only.
        """
        identities = tuple(identities)
        matches: dict[str, str | None] = {}
        matches |= {each.node_id: each.node_id for each in identities if self._is_same(each)}
        taken = set(matches)
        for each in identities:
            if each.node_id not in matches:
                matched = self._only_match(each, excluded=taken)
                matches[each.node_id] = None if matched is None else matched.node_id
                taken.update(() if matched is None else (matched.node_id,))
        return matches

    def _is_same(self, identity: NodeIdentity) -> bool:
        """Returns True if the workflow still has the node: a node with the same id and class."""
        same = self._nodes.get(identity.node_id)
        return same is not None and same.class_type == identity.class_type

    def _only_match(self, identity: NodeIdentity, excluded: Collection[str]) -> Node | None:
        """Returns the only node that it can be; None if there is none, or if it is excluded."""
        for title in (identity.title, None):
            similar = self._index.find(identity.class_type, title)
            if len(similar) == 1:
                return None if similar[0].node_id in excluded else similar[0]
        return None
