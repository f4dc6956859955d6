"""How many inputs of a workflow can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.workflow import InputKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.schema import InputSpec


def count_editable(draft: Draft, spec_of: Callable[[InputKey], InputSpec]) -> int:
    """Asks once for each kind of value that an input of a class has: that decides it."""
    known: dict[tuple[str, str, type], bool] = {}
    count = 0
    for node in draft.workflow.nodes.values():
        for name, value in node.inputs.items():
            kind = (node.class_type, name, value.__class__)
            is_editable = known.get(kind)
            if is_editable is None:
                is_editable = spec_of(InputKey(node.node_id, name)).kind.editable
                known[kind] = is_editable
            count += is_editable
    return count
