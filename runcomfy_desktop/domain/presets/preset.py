"""Preset: only the differences from the deployed workflow, with data to find each input again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.drafts.draft import SeedMode, Value
    from runcomfy_desktop.domain.drafts.pin import Pin
    from runcomfy_desktop.domain.workflow.workflow import InputKey

_DIGITS = re.compile(r"(\d{1,18})")


@dataclass(frozen=True, slots=True)
class PresetEntry:
    """Entry of a preset for one input.

    The node's id, class and title and the input's name locate the input. The content is the value,
    the seed's mode (None: not specified) and whether dynamic prompts in the text are expanded.
    `has_value` is False if there is only a seed mode or an expansion. `extra` are members of the
    entry's JSON that this program does not know; they are kept. `position` has the node's features
    in its graph (see GraphPositions), () if they were not stored: the node is found by them when
    ids have changed.
    """

    key: InputKey
    class_type: str
    title: str
    value: Value = None
    has_value: bool = True
    seed_mode: SeedMode | None = None
    expands: bool = False
    extra: JsonObject = field(default_factory=dict)
    position: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preset:
    """Content of one preset file.

    `deployment_id`, `deployment_name` and `workflow_version` say where the preset was made; it can
    be applied to any workflow. `files` has the bytes of media that the preset contains itself, by
    SHA-256.
    """

    name: str
    entries: tuple[PresetEntry, ...] = ()
    pins: tuple[Pin, ...] = ()
    note: str = ""
    deployment_id: str = ""
    deployment_name: str = ""
    workflow_version: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    extra: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PresetSummary:
    """Summary of a preset for lists.

    `path` identifies the preset: its path in the user's folder with `/` between the parts, or
    `shipped:` and a name for a preset that came with the program. `problem` is the reason why the
    preset cannot be used, "" if it can.
    """

    path: str
    name: str
    folder: str = ""
    count: int = 0
    """Number of inputs with an entry."""
    deployment_id: str = ""
    deployment_name: str = ""
    note: str = ""
    modified_s: float = 0.0
    is_shipped: bool = False
    problem: str = ""


def natural_key(key: InputKey) -> tuple[list[tuple[int, int, str]], str]:
    """Returns a key to sort inputs in natural order: node 9 before 10, 57:3 after 57."""
    return natural_id(key.node_id), key.name


def natural_id(node_id: str) -> list[tuple[int, int, str]]:
    """Returns a key to sort the ids of nodes in natural order."""
    parts = _DIGITS.split(node_id)
    return [
        (0, int(part), part) if index % 2 else (1, 0, part)
        for index, part in enumerate(parts)
        if part
    ]
