"""Values on their way between inputs, nodes and drafts: what the clipboard holds of them."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import Value, changes_from_json, changes_to_json
from runcomfy_desktop.domain.json_pieces import TooDeep, TooMany, read_json
from runcomfy_desktop.domain.local_path import local_path
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.twins import Twins
from runcomfy_desktop.domain.workflow import MAX_DEPTH, MAX_VALUES, InputKey, link_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from runcomfy_desktop.domain.json_value import Json, JsonObject
    from runcomfy_desktop.domain.workflow import Node, Workflow

MIME = "application/x-runcomfy-desktop-values+json"
MAX_BYTES = 32 * 1024 * 1024

_FORMAT = 1
_MOST = 2**53
_MOST_LETTERS = 4000
# A kept file is named after its bytes; anything else was not written by this program.
_STORED = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Clip:
    """One copied value, and where it stood: the node's id, class and title, the input's name."""

    node_id: str
    class_type: str
    title: str
    name: str
    value: Value


def clips_of(node: Node, names: Iterable[str], value_of: Callable[[InputKey], Value]) -> list[Clip]:
    """What is copied of a node's inputs; links stay where they are."""
    clips = []
    for name in names:
        value = value_of(InputKey(node.node_id, name))
        if isinstance(value, MediaFile) or link_of(value) is None:
            clips.append(Clip(node.node_id, node.class_type, node.title, name, value))
    return clips


def write_clips(clips: Sequence[Clip]) -> bytes:
    """The clips as the clipboard takes them."""
    values: list[Json] = [
        {
            "node": clip.node_id,
            "class": clip.class_type,
            "title": clip.title,
            "input": clip.name,
            "value": _to_json(clip.value),
        }
        for clip in clips
    ]
    return json.dumps({"format": _FORMAT, "values": values}).encode()


def read_clips(data: bytes) -> tuple[Clip, ...]:
    """The clips in the clipboard's bytes; () for anything that `write_clips` did not write."""
    if len(data) > MAX_BYTES:
        return ()
    try:
        found = read_json(data.decode(), depth=MAX_DEPTH + 4, values=MAX_VALUES)
    except (ValueError, TooDeep, TooMany):
        return ()
    values = found.get("values") if isinstance(found, dict) else None
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        return ()
    entries = values if isinstance(values, list) else []
    return tuple(clip for clip in map(_clip, entries) if clip is not None)


def place_clips(
    clips: Sequence[Clip], workflow: Workflow, names_of: Callable[[Node], Collection[str]]
) -> tuple[dict[InputKey, Value], int]:
    """Where the values of whole nodes belong in a workflow, and how many have no place there.

    A node is found again by its id and class; else by its class and title, else by its class,
    where only one node has these. `names_of` tells the inputs that a node has.
    """
    placed: dict[InputKey, Value] = {}
    goals = Twins(workflow).goals(clips)
    for clip in clips:
        goal = goals[clip.node_id]
        node = None if goal is None else workflow.nodes[goal]
        if (
            node is not None
            and node.class_type == clip.class_type
            and clip.name in names_of(node)
            and link_of(node.inputs.get(clip.name)) is None
        ):
            placed[InputKey(node.node_id, clip.name)] = clip.value
    return placed, len(clips) - len(placed)


def _to_json(value: Value) -> Json:
    tree = changes_to_json({InputKey("", ""): value})[""]
    assert isinstance(tree, dict)
    return tree[""]


def _from_json(value: Json) -> Value:
    return changes_from_json({"": {"": value}})[InputKey("", "")]


def _clip(entry: Json) -> Clip | None:
    if not isinstance(entry, dict) or "value" not in entry:
        return None
    node_id, class_type, title, name = (
        _text(entry, n) for n in ("node", "class", "title", "input")
    )
    value = _from_json(entry["value"])
    if isinstance(value, MediaFile):
        if not _is_kept_file(value):
            return None
        # To look there whether the file is still the same might tell a stranger's computer.
        value = replace(value, path=local_path(value.path))
    elif link_of(value) is not None or not _is_finite(value):
        return None
    return Clip(node_id, class_type, title, name, value)


def _is_kept_file(media: MediaFile) -> bool:
    """Whether this is what the program itself says of a file on its shelf."""
    sizes = (media.size_bytes, media.width, media.height)
    return (
        _STORED.fullmatch(media.stored_name) is not None
        and media.stored_name.partition(".")[0] == media.sha256
        and media.size_bytes > 0
        and all(0 <= size <= _MOST for size in sizes)
        and len(media.name) <= _MOST_LETTERS
    )


def _is_finite(value: Json) -> bool:
    """Whether JSON can say it: Python reads and writes numbers that it has no word for."""
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _text(entry: JsonObject, name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
