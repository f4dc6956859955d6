"""What a person typed into inputs that the workflow has no more: kept with the draft, never sent.

A deployment's workflow changes under its drafts, and a file is edited elsewhere. What was typed
there waits until its place is back, or until the person lets it go.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.draft import SeedMode, changes_from_json, changes_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.workflow.workflow import InputKey

MAX_ORPHANED = 20_000
"""As many inputs as the largest workflows have: all of them may be replaced at once."""
MAX_CHARS = 32 * 1024 * 1024
"""Of all that one draft keeps; what was left first goes first. A picture that is written into an
input has 27 MB."""
# Of a number.
_NUMBER_CHARS = 64


@dataclass(frozen=True, slots=True)
class OrphanedValue:
    """A value and what was chosen for it; `class_type` is "" when nobody knows what its node was,
    as `title` is when it had none."""

    key: InputKey
    value: Value
    class_type: str = ""
    title: str = ""
    seed_mode: SeedMode = SeedMode.KEEP
    expands: bool = False


def within_limits(values: Sequence[OrphanedValue]) -> tuple[OrphanedValue, ...]:
    """As many of the last ones as are kept."""
    kept: list[OrphanedValue] = []
    remaining = MAX_CHARS
    for each in reversed(values[-MAX_ORPHANED:]):
        chars = _char_count(each)
        if chars <= remaining:
            remaining -= chars
            kept.append(each)
    return tuple(reversed(kept))


def orphaned_to_json(values: Iterable[OrphanedValue]) -> Json:
    """How they are written down."""
    return [_to_json(each) for each in values]


def orphaned_from_json(tree: Json) -> tuple[OrphanedValue, ...]:
    """The opposite; whatever does not fit is left out."""
    if not isinstance(tree, list):
        return ()
    found = [each for stored in tree[-MAX_ORPHANED:] for each in _from_json(stored)]
    return within_limits(found)


def _char_count(orphaned: OrphanedValue) -> int:
    """Roughly; a text of megabytes need not be spelt for that."""
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
    if not isinstance(stored, dict):
        return
    modes = {mode.value: mode for mode in SeedMode}
    mode_value = stored.get("seed_mode")
    for key, value in changes_from_json(stored.get("values")).items():
        yield OrphanedValue(
            key,
            value,
            _text(stored, "class_type"),
            _text(stored, "title"),
            modes.get(mode_value, SeedMode.KEEP) if isinstance(mode_value, str) else SeedMode.KEEP,
            stored.get("expands") is True,
        )


def _text(stored: JsonObject, name: str) -> str:
    value = stored.get(name)
    return value if isinstance(value, str) else ""
