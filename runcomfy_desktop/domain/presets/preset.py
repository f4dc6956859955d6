"""Preset: only what differs from the deployed workflow, with enough to find each input again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.drafts.draft import SeedMode, Value
    from runcomfy_desktop.domain.drafts.pin import Pin
    from runcomfy_desktop.domain.workflow.workflow import InputKey


@dataclass(frozen=True, slots=True)
class PresetEntry:
    """What a preset says of one input: the node's id, class and title, and the input's name tell
    where; the value, the seed's mode (None: nothing is said) and whether alternatives in the text
    are expanded, tell what. `has_value` is False where only the mode or the expanding is said.

    `extra` are members of its JSON that this program does not know; they are kept. `position` is
    where the node stands in its graph, as `places` tells it, () where that was not written down:
    by it the node is found again when ids have changed.
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
    """One preset as its file says it. `deployment_id`, `deployment_name` and `workflow_version`
    tell what it was made on; it can be applied to anything.

    `files` has, by SHA-256, the bytes of media that the preset brings itself.
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
    """What a list shows of a preset. `path` names it: its place in the person's folder with `/`
    between the parts, or `shipped:` and a name for one that came with the program.

    `problem` says why it cannot be used, "" when it can.
    """

    path: str
    name: str
    folder: str = ""
    count: int = 0
    """How many inputs it says something of."""
    deployment_id: str = ""
    deployment_name: str = ""
    note: str = ""
    modified_s: float = 0.0
    is_shipped: bool = False
    problem: str = ""
