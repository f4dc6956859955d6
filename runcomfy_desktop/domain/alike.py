"""Alike: the nodes of a workflow by class and title, where a node is to be found again that has
another id by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.workflow import Node, Workflow


class Alike:
    """Looks through the workflow once; nodes come in its order."""

    def __init__(self, workflow: Workflow) -> None:
        self._found: dict[tuple[str, str | None], list[Node]] = {}
        for node in workflow.nodes.values():
            for title in (None, node.title):
                self._found.setdefault((node.class_type, title), []).append(node)

    def of(self, class_type: str, title: str | None = None) -> Sequence[Node]:
        """The nodes of a class, or those of them that have this title."""
        return self._found.get((class_type, title), ())
