"""Draft: a workflow with the user's changes to it; everything that a run needs."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.base.json_value import (
    Json,
    JsonObject,
    is_integer,
    object_or_empty,
    same_json,
    string_or_empty,
)
from runcomfy_desktop.domain.drafts.prompt_inputs import PromptInputs
from runcomfy_desktop.domain.media.media import MediaFile, length_from_json
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.drafts.orphaned_values import OrphanedValue

Value: TypeAlias = "Json | MediaFile"
Changes: TypeAlias = "Mapping[InputKey, Value]"

_MEDIA_KEY = "$media"
# Wraps an external value that looks like one of these markers but is not a file of this program.
_PLAIN_KEY = "$plain"
_ID_PREFIX = "draft:"
# Stored files are all in one folder; no name that matches leads out of it.
_STORED_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}\.[A-Za-z0-9]{1,8}")


class SeedMode(Enum):
    """Change to a seed at each run; the API has no such feature, so the client does it."""

    KEEP = "keep"
    RANDOM = "random"
    COUNT_UP = "count_up"


@dataclass(frozen=True, slots=True)
class DraftSource:
    """Origin of a draft's workflow: a deployment (`path` is "") or a file.

    `content` is the hash of the file's content as it was read.
    """

    name: str
    path: str = ""
    workflow_version: str = ""
    content: str = ""

    @property
    def is_file(self) -> bool:
        return bool(self.path)


@dataclass(frozen=True, slots=True)
class Draft:
    """Workflow with the user's changes, and the deployment that a run would go to.

    `runs_file` is true if a run sends this very workflow, in place of the deployment's own. Five
    fields are determined for a run: `is_reshaped` (the sent workflow is the saved one with inputs
    added or removed), `has_partner_nodes` (some nodes are billed to a separate key),
    `large_picture_inputs` (inputs with large pictures), `shrinkable_picture_inputs` (those large
    pictures that may be sent smaller, see LargeMedia) and `prompt_inputs`. `draft_id` is "" for the
    first draft of a deployment or file; each further draft has its own id and `title`. `preset` is
    the path of the preset that was applied last, "" for none. `dynamic_prompt_inputs` are the
    inputs in whose text `{a|b}` and `__wildcard__` are expanded for each run. `orphaned` are values
    for inputs that the workflow no longer has: they are kept, do not count as changes, and are
    never sent.
    """

    workflow: Workflow
    source: DraftSource
    deployment_id: str = ""
    changes: Changes = field(default_factory=dict)
    seed_modes: Mapping[InputKey, SeedMode] = field(default_factory=dict)
    runs_file: bool = False
    is_reshaped: bool = False
    has_partner_nodes: bool = False
    large_picture_inputs: frozenset[InputKey] = frozenset()
    shrinkable_picture_inputs: frozenset[InputKey] = frozenset()
    prompt_inputs: PromptInputs = field(default_factory=PromptInputs)
    draft_id: str = ""
    title: str = ""
    preset: str = ""
    dynamic_prompt_inputs: frozenset[InputKey] = frozenset()
    orphaned: tuple[OrphanedValue, ...] = ()

    @property
    def key(self) -> str:
        """Unique name of the draft: one per deployment, one per file, and one per further draft."""
        if self.draft_id:
            return f"{_ID_PREFIX}{self.draft_id}"
        return f"file:{self.source.path}" if self.source.is_file else self.deployment_id

    def value(self, key: InputKey) -> Value:
        """Returns the value that a run would send."""
        return self.changes[key] if key in self.changes else self.workflow.value(key)

    def with_values(self, values: Changes) -> Draft:
        """Returns the draft with new values; values equal to the workflow's own are not changes."""
        changes = dict(self.changes)
        for key, value in values.items():
            if same_value(value, self.workflow.value(key)):
                changes.pop(key, None)
            else:
                changes[key] = value
        return replace(self, changes=changes)

    def with_seed_mode(self, key: InputKey, mode: SeedMode, *others: InputKey) -> Draft:
        """Returns the draft with a seed mode; `others` are seeds that get the same mode."""
        modes = dict(self.seed_modes)
        for each in (key, *others):
            if mode is SeedMode.KEEP:
                modes.pop(each, None)
            else:
                modes[each] = mode
        return replace(self, seed_modes=modes)


def draft_id_from_key(key: str) -> str:
    """Returns the `draft_id` in a draft's key, or "" for a first draft."""
    return key.removeprefix(_ID_PREFIX) if key.startswith(_ID_PREFIX) else ""


def is_edited(draft: Draft) -> bool:
    """Returns True if the user changed anything about the draft's inputs."""
    return bool(draft.changes or draft.seed_modes or draft.dynamic_prompt_inputs or draft.runs_file)


def is_worth_keeping(draft: Draft) -> bool:
    """Returns True if the draft has anything that reopening its workflow would not restore."""
    is_named = draft.draft_id or draft.title or draft.preset
    return bool(is_edited(draft) or draft.orphaned or is_named)


def media_files(draft: Draft) -> list[MediaFile]:
    """Returns the local files that a run of the draft would send."""
    return [value for value in draft.changes.values() if isinstance(value, MediaFile)]


def same_value(a: Value, b: Value) -> bool:
    """Returns True if two values are equal; like `same_json`, but also for media files."""
    if isinstance(a, MediaFile) or isinstance(b, MediaFile):
        return a == b
    return same_json(a, b)


def same_draft(a: Draft, b: Draft) -> bool:
    """Returns True if both drafts would run identically; unlike `==`, True differs from 1."""
    return a == b and all(same_value(value, b.changes[key]) for key, value in a.changes.items())


def changes_to_json(changes: Changes) -> JsonObject:
    """Returns `{node_id: {input: value}}`; a media file becomes a small object, never its bytes."""
    tree: dict[str, Json] = {}
    for (node_id, name), value in changes.items():
        inputs = tree.setdefault(node_id, {})
        assert isinstance(inputs, dict)
        inputs[name] = _value_to_json(value)
    return tree


def changes_from_json(tree: Json) -> dict[InputKey, Value]:
    """Reverses `changes_to_json`; leaves out anything that is not in its form."""
    return {
        InputKey(node_id, name): _value_from_json(value)
        for node_id, inputs in object_or_empty(tree).items()
        for name, value in object_or_empty(inputs).items()
    }


def _value_to_json(value: Value) -> Json:
    if not isinstance(value, MediaFile):
        return {_PLAIN_KEY: value} if _needs_escape(value) else value
    # The names of the fields are part of the format of stored drafts and jobs.
    return {_MEDIA_KEY: asdict(value)}


def _needs_escape(value: Json) -> bool:
    if not isinstance(value, dict):
        return False
    return isinstance(value.get(_MEDIA_KEY), dict) or value.keys() == {_PLAIN_KEY}


def _value_from_json(value: Json) -> Value:
    if isinstance(value, dict) and value.keys() == {_PLAIN_KEY}:
        return value[_PLAIN_KEY]
    fields = object_or_empty(value).get(_MEDIA_KEY)
    if not isinstance(fields, dict):
        return value
    stored_name = str(fields.get("stored_name", ""))
    return MediaFile(
        name=str(fields.get("name", "")),
        stored_name=stored_name if _STORED_NAME.fullmatch(stored_name) else "",
        sha256=str(fields.get("sha256", "")),
        mime=str(fields.get("mime", "")),
        size_bytes=_int(fields.get("size_bytes")),
        width=_int(fields.get("width")),
        height=_int(fields.get("height")),
        path=string_or_empty(fields.get("path")),
        mtime_ns=_int(fields.get("mtime_ns")),
        length_s=length_from_json(fields.get("length_s")),
    )


def _int(value: Json) -> int:
    return value if is_integer(value) else 0
