"""Orphaned values: user values of inputs that the workflow no longer has; kept, never sent.

A deployment's workflow may change while drafts of it exist, and a file may be edited elsewhere. The
user's values stay with the draft until their inputs are back, or until the user discards them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import list_or_empty, object_or_empty, string_or_empty
from runcomfy_desktop.domain.drafts.draft import SeedMode, changes_from_json, changes_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey

MAX_ORPHANED = 20_000
"""Maximum number per draft: all inputs of the largest workflows may be replaced at once."""
MAX_CHARS = 32 * 1024 * 1024
"""Maximum characters of all orphaned values of a draft; the oldest are dropped first.

A picture embedded in an input can have 27 MB.
"""
# Assumed length of a number.
_NUMBER_CHARS = 64


@dataclass(frozen=True, slots=True)
class OrphanedValue:
    """Value whose input is gone, with the settings of that input.

    `class_type` is "" if the class of its node is unknown, `title` if the node had none.
    """

    key: InputKey
    value: Value
    class_type: str = ""
    title: str = ""
    seed_mode: SeedMode = SeedMode.KEEP
    expands: bool = False


def within_limits(values: Sequence[OrphanedValue]) -> tuple[OrphanedValue, ...]:
    """Returns the most recent values that fit within the limits."""
    kept: list[OrphanedValue] = []
    remaining = MAX_CHARS
    for each in reversed(values[-MAX_ORPHANED:]):
        chars = _char_count(each)
        if chars <= remaining:
            remaining -= chars
            kept.append(each)
    return tuple(reversed(kept))


def orphaned_to_json(values: Iterable[OrphanedValue]) -> Json:
    """Returns the values as JSON for storage."""
    return [_to_json(each) for each in values]


def orphaned_from_json(tree: Json) -> tuple[OrphanedValue, ...]:
    """Reverses `orphaned_to_json`; leaves out anything that is not in its form."""
    stored = list_or_empty(tree)[-MAX_ORPHANED:]
    return within_limits([each for members in stored for each in _from_json(members)])


def _char_count(orphaned: OrphanedValue) -> int:
    """Returns the approximate length; does not serialize a string of megabytes to find it."""
    value = orphaned.value
    if value is None or isinstance(value, int | float):
        return _NUMBER_CHARS
    return len(value) if isinstance(value, str) else len(json.dumps(_to_json(orphaned)))


def _to_json(orphaned: OrphanedValue) -> JsonObject:
    return {
        "class_type": orphaned.class_type,
        "title": orphaned.title,
        "seed_mode": orphaned.seed_mode.value,
        "expands": orphaned.expands,
        "values": changes_to_json({orphaned.key: orphaned.value}),
    }


def _from_json(stored: Json) -> Iterator[OrphanedValue]:
    members = object_or_empty(stored)
    modes = {mode.value: mode for mode in SeedMode}
    for key, value in changes_from_json(members.get("values")).items():
        yield OrphanedValue(
            key,
            value,
            string_or_empty(members.get("class_type")),
            string_or_empty(members.get("title")),
            modes.get(string_or_empty(members.get("seed_mode")), SeedMode.KEEP),
            members.get("expands") is True,
        )
