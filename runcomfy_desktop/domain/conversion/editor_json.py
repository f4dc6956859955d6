"""Tolerant reader of the editor's JSON: any field may be missing, mistyped or wrong."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.domain.base.chunked_json import read_json
from runcomfy_desktop.domain.base.json_value import is_integer, list_or_empty, object_or_empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

_Item = TypeVar("_Item")

# Ids of the nodes inside a subgraph that stand for its inputs and outputs.
INPUT_NODE = "-10"
OUTPUT_NODE = "-20"
# Limits of a list that is written as a JSON string.
_MAX_DEPTH, _MAX_VALUES = 20, 20_000


@dataclass(slots=True)
class EditorLink:
    """Link from an output to an input of one graph."""

    link_id: str
    origin: str
    origin_slot: int
    target: str
    target_slot: int


class GroupDefinition(dict[str, "Json"]):
    """Subgraph definition made from a group node; a file never contains this type."""


class NamedValues(dict[str, "Json"]):
    """Values by widget name, written by this program; a file never contains this type."""


def item_at(items: Sequence[_Item], index: int) -> _Item | None:
    """Returns an item by its index; None for an index that does not exist."""
    return items[index] if 0 <= index < len(items) else None


def as_id(value: Json) -> str:
    """Returns the id of a node or link as text; "" if the value is not an id."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value == value and abs(value) < 2**53 and value == int(value):
        return str(int(value))
    return str(value) if is_integer(value) else ""


def as_slot(value: Json, default: int = -1) -> int:
    """Returns a slot number; `default` if the value is not one."""
    text = as_id(value)
    return int(text) if text.isdecimal() and len(text) < 10 else default


def as_text(value: Json) -> str:
    """Returns a value as a string: "COMBO" for a list, "" if it is neither text nor an id."""
    if isinstance(value, list):
        return "COMBO"
    if isinstance(value, str):
        return value
    return as_id(value)


def read_links(graph: JsonObject) -> dict[str, EditorLink]:
    """Returns the links of a graph by id, whether written as lists or as objects."""
    found = {}
    for raw in list_or_empty(graph.get("links")):
        link = _link(raw)
        if link is not None:
            found[link.link_id] = link
    return found


def _link(raw: Json) -> EditorLink | None:
    if isinstance(raw, dict):
        names = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
        parts = [raw.get(name) for name in names]
    elif isinstance(raw, list) and len(raw) >= 5:
        parts = raw[:5]
    else:
        return None
    link_id, origin, target = as_id(parts[0]), as_id(parts[1]), as_id(parts[3])
    if not (link_id and origin and target):
        return None
    return EditorLink(link_id, origin, as_slot(parts[2]), target, as_slot(parts[4]))


def properties(node: JsonObject) -> JsonObject:
    return object_or_empty(node.get("properties"))


def property_list(node: JsonObject, name: str) -> list[Json]:
    """Returns a list from a node's properties, or [] if there is none.

    The list may be written as a JSON string.
    """
    value = properties(node).get(name)
    if isinstance(value, str):
        with suppress(ValueError):
            value = read_json(value, max_depth=_MAX_DEPTH, max_values=_MAX_VALUES)
    return list_or_empty(value)
