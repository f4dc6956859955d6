"""Values that have no place in their workflow, as text to read and to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.difference_text import node_line
from runcomfy_desktop.domain.json_value import shown_json
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.workflow import Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.left_values import LeftValue

_SHOWN_LETTERS = 20_000


def left_text(values: Iterable[LeftValue], most_letters: int = _SHOWN_LETTERS) -> str:
    """Each with the node that it was for; `most_letters` of a value, whose line breaks stay."""
    lines: list[str] = []
    for each in values:
        head = f"{_node(each)} · {one_line(each.key.name)}:"
        value = _spelt(each.value, most_letters)
        lines += [head, value, ""] if "\n" in value else [f"{head} {value}"]
    return "\n".join(lines).rstrip("\n") + "\n"


def _node(left: LeftValue) -> str:
    node_id = left.key.node_id
    if not left.class_type:
        return f"#{one_line(node_id)}"
    return node_line(Node(node_id, left.class_type, left.title, {}))


def _spelt(value: Value, most_letters: int) -> str:
    if isinstance(value, MediaFile):
        return one_line(value.name)
    if not isinstance(value, str):
        return shown_json(value, most_letters)
    return value if len(value) <= most_letters else f"{value[:most_letters]}…"
