"""Clipboard format for values copied between inputs, nodes and drafts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.chunked_json import read_json
from runcomfy_desktop.domain.base.json_value import (
    is_finite,
    object_or_empty,
    objects_in,
    string_or_empty,
)
from runcomfy_desktop.domain.drafts.draft import Value, changes_from_json, changes_to_json
from runcomfy_desktop.domain.media.local_path import local_path
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.node_matcher import find_matches
from runcomfy_desktop.domain.workflow.workflow import MAX_DEPTH, MAX_VALUES, InputKey, link_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.workflow.workflow import Node, Workflow

MIME = "application/x-runcomfy-desktop-values+json"
MAX_BYTES = 32 * 1024 * 1024

_FORMAT = 1
_MAX_SIZE = 2**53
_MAX_NAME_CHARS = 4000
# A stored file is named after its hash; any other name was not written by this program.
_STORED_NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class CopiedValue:
    """Copied value and its origin: the node's id, class and title, the input's name."""

    node_id: str
    class_type: str
    title: str
    name: str
    value: Value


def copied_values(
    node: Node, names: Iterable[str], value_of: Callable[[InputKey], Value]
) -> list[CopiedValue]:
    """Returns the values of a node's inputs for copying, without links."""
    items = []
    for name in names:
        value = value_of(InputKey(node.node_id, name))
        if isinstance(value, MediaFile) or link_of(value) is None:
            items.append(CopiedValue(node.node_id, node.class_type, node.title, name, value))
    return items


def encode_values(items: Sequence[CopiedValue]) -> bytes:
    """Returns copied values as bytes for the clipboard."""
    values: list[Json] = [
        {
            "node": item.node_id,
            "class": item.class_type,
            "title": item.title,
            "input": item.name,
            "value": _to_json(item.value),
        }
        for item in items
    ]
    return json.dumps({"format": _FORMAT, "values": values}).encode()


def decode_values(data: bytes) -> tuple[CopiedValue, ...]:
    """Returns the copied values; () for data that `encode_values` did not write."""
    if len(data) > MAX_BYTES:
        return ()
    try:
        document = read_json(data.decode(), max_depth=MAX_DEPTH + 4, max_values=MAX_VALUES)
    except ValueError:
        return ()
    members = object_or_empty(document)
    if members.get("format") != _FORMAT:
        return ()
    items = map(_copied_value, objects_in(members.get("values")))
    return tuple(item for item in items if item is not None)


def locate_values(
    items: Sequence[CopiedValue], workflow: Workflow, names_of: Callable[[Node], Collection[str]]
) -> tuple[dict[InputKey, Value], int]:
    """Returns the copied values by the inputs that they belong to, and the number of other values.

    A node is found by its id and class; otherwise by its class and title, otherwise by its class,
    if only one node has these. `names_of` returns the names of the inputs that a node has.
    """
    located: dict[InputKey, Value] = {}
    targets = find_matches(items, workflow)
    for item in items:
        target = targets[item.node_id]
        node = None if target is None else workflow.nodes[target]
        if (
            node is not None
            and node.class_type == item.class_type
            and item.name in names_of(node)
            and link_of(node.inputs.get(item.name)) is None
        ):
            located[InputKey(node.node_id, item.name)] = item.value
    return located, len(items) - len(located)


def _to_json(value: Value) -> Json:
    return object_or_empty(changes_to_json({InputKey("", ""): value})[""])[""]


def _copied_value(entry: JsonObject) -> CopiedValue | None:
    if "value" not in entry:
        return None
    node_id, class_type, title, name = (
        string_or_empty(entry.get(n)) for n in ("node", "class", "title", "input")
    )
    value = changes_from_json({"": {"": entry["value"]}})[InputKey("", "")]
    if isinstance(value, MediaFile):
        if not _is_stored_file(value):
            return None
        # Looking up an untrusted path might contact another computer.
        value = replace(value, path=local_path(value.path))
    elif link_of(value) is not None or not is_finite(value):
        return None
    return CopiedValue(node_id, class_type, title, name, value)


def _is_stored_file(media: MediaFile) -> bool:
    """Returns True if the data is valid for a file in this program's media store."""
    sizes = (media.size_bytes, media.width, media.height)
    return (
        _STORED_NAME.fullmatch(media.stored_name) is not None
        and media.stored_name.partition(".")[0] == media.sha256
        and media.size_bytes > 0
        and all(0 <= size <= _MAX_SIZE for size in sizes)
        and len(media.name) <= _MAX_NAME_CHARS
    )
