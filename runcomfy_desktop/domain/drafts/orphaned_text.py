"""Orphaned values, which have no input in their workflow, as text to read and to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import json_preview
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.drafts.difference_text import node_line
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.drafts.orphaned_values import OrphanedValue

_MAX_SHOWN_CHARS = 20_000


def orphaned_text(values: Iterable[OrphanedValue], max_chars: int = _MAX_SHOWN_CHARS) -> str:
    """Returns each value with the node that it was for, cut to `max_chars`.

    Line breaks of values are kept.
    """
    lines: list[str] = []
    for each in values:
        head = f"{_node(each)} · {one_line(each.key.name)}:"
        value = _value_text(each.value, max_chars)
        lines += [head, value, ""] if "\n" in value else [f"{head} {value}"]
    return "\n".join(lines).rstrip("\n") + "\n"


def _node(orphaned: OrphanedValue) -> str:
    node_id = orphaned.key.node_id
    if not orphaned.class_type:
        return f"#{one_line(node_id)}"
    return node_line(Node(node_id, orphaned.class_type, orphaned.title, {}))


def _value_text(value: Value, max_chars: int) -> str:
    if isinstance(value, MediaFile):
        return one_line(value.name)
    if not isinstance(value, str):
        return json_preview(value, max_chars)
    return value if len(value) <= max_chars else f"{value[:max_chars]}…"
