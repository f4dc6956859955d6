"""What is counted once of a workflow: how many inputs can be changed, and the longest name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.base.formatters import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from runcomfy_desktop.domain.schema.schema import InputSpec
    from runcomfy_desktop.domain.workflow.workflow import Node


class InputStats:
    """Counts when it is asked first; made anew for another workflow or schema."""

    def __init__(
        self,
        nodes: Iterable[Node],
        effective_names: Callable[[Node], tuple[str, ...]],
        spec_of: Callable[[InputKey], InputSpec],
    ) -> None:
        self._nodes = nodes
        self._effective_names = effective_names
        self._names: dict[str, tuple[str, ...]] = {}
        self._spec_of = spec_of
        self._editable_count: int | None = None
        self._editable_kinds: dict[tuple[str, str, type], bool] = {}
        self._longest_name: str | None = None

    def names_of(self, node: Node) -> tuple[str, ...]:
        """The inputs of a node; asked for thousands of nodes at every letter of a filter."""
        names = self._names.get(node.node_id)
        if names is None:
            names = self._names[node.node_id] = self._effective_names(node)
        return names

    def invalidate(self, node_id: str) -> None:
        """A node has other inputs now."""
        self._names.pop(node_id, None)
        self._editable_count = self._longest_name = None

    def editable_count(self) -> int:
        """How many inputs of the whole workflow can be changed."""
        if self._editable_count is None:
            self._editable_count = sum(map(self._count_editable, self._nodes))
        return self._editable_count

    def _count_editable(self, node: Node) -> int:
        """Asks once for each kind of value that an input of a class has: that decides it."""
        count = 0
        for name, value in node.inputs.items():
            kind = (node.class_type, name, value.__class__)
            is_editable = self._editable_kinds.get(kind)
            if is_editable is None:
                is_editable = self._spec_of(InputKey(node.node_id, name)).kind.is_editable
                self._editable_kinds[kind] = is_editable
            count += is_editable
        return count

    def longest_name(self) -> str:
        """The longest input name, to make room for it: also while a filter shows others only,
        for columns do not move while somebody types."""
        if self._longest_name is None:
            names = {name for node in self._nodes for name in self.names_of(node)}
            self._longest_name = one_line(max(names, key=len, default=""))
        return self._longest_name
