"""Finds the nodes that something kept of a workflow is meant for, when their ids have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from runcomfy_desktop.domain.workflow import Node, Workflow


class Marked(Protocol):
    """What is known of a node that was somewhere else."""

    @property
    def node_id(self) -> str: ...

    @property
    def class_type(self) -> str: ...

    @property
    def title(self) -> str: ...


class Alike:
    """The nodes of a workflow by class and title, in its order; it is looked through once."""

    def __init__(self, workflow: Workflow) -> None:
        self._found: dict[tuple[str, str | None], list[Node]] = {}
        for node in workflow.nodes.values():
            for title in (None, node.title):
                self._found.setdefault((node.class_type, title), []).append(node)

    def of(self, class_type: str, title: str | None = None) -> Sequence[Node]:
        """The nodes of a class, or those of them that have this title."""
        return self._found.get((class_type, title), ())


class Twins:
    """Finds the nodes of one workflow: by id and class; else by class and title, else by class,
    where only one node has these."""

    def __init__(self, workflow: Workflow) -> None:
        self._nodes = workflow.nodes
        self._alike = Alike(workflow)

    def goals(self, marks: Iterable[Marked]) -> dict[str, str | None]:
        """For each id that is named, the node that it means here; None where there is none.

        Who is there himself needs no twin, and a twin stands for one node.
        """
        marks = tuple(marks)
        goals: dict[str, str | None] = {}
        goals |= {each.node_id: each.node_id for each in marks if self._is_same(each)}
        taken = set(goals)
        for each in marks:
            if each.node_id not in goals:
                twin = self._of(each, but=taken)
                goals[each.node_id] = None if twin is None else twin.node_id
                taken.update(() if twin is None else (twin.node_id,))
        return goals

    def _is_same(self, mark: Marked) -> bool:
        """Whether the node itself is there."""
        same = self._nodes.get(mark.node_id)
        return same is not None and same.class_type == mark.class_type

    def _of(self, mark: Marked, but: Collection[str]) -> Node | None:
        """The only other node that it can be."""
        for title in (mark.title, None):
            alike = self._alike.of(mark.class_type, title)
            if len(alike) == 1:
                return None if alike[0].node_id in but else alike[0]
        return None
