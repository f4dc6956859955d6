"""What a person typed into inputs that the workflow has no more: kept with the draft, never sent.

A deployment's workflow changes under its drafts, and a file is edited elsewhere. What was typed
there waits until its place is back, or until the person lets it go.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import SeedMode, changes_from_json, changes_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.json_value import Json, JsonObject
    from runcomfy_desktop.domain.workflow import InputKey

MOST_LEFT = 20_000
"""As many inputs as the largest workflows have: all of them may be replaced at once."""
MOST_LETTERS = 32 * 1024 * 1024
"""Of all that one draft keeps; what was left first goes first. A picture that is written into an
input has 27 MB."""
# Of a number.
_SHORT = 64


@dataclass(frozen=True, slots=True)
class LeftValue:
    """A value and what was chosen for it; `class_type` is "" when nobody knows what its node was,
    as `title` is when it had none."""

    key: InputKey
    value: Value
    class_type: str = ""
    title: str = ""
    seed_mode: SeedMode = SeedMode.KEEP
    expands: bool = False


def within_bounds(values: Sequence[LeftValue]) -> tuple[LeftValue, ...]:
    """As many of the last ones as are kept."""
    kept: list[LeftValue] = []
    room = MOST_LETTERS
    for each in reversed(values[-MOST_LEFT:]):
        letters = _letters(each)
        if letters <= room:
            room -= letters
            kept.append(each)
    return tuple(reversed(kept))


def left_to_json(values: Iterable[LeftValue]) -> Json:
    """How they are written down."""
    return [_to_json(each) for each in values]


def left_from_json(tree: Json) -> tuple[LeftValue, ...]:
    """The opposite; whatever does not fit is left out."""
    if not isinstance(tree, list):
        return ()
    found = [each for stored in tree[-MOST_LEFT:] for each in _from_json(stored)]
    return within_bounds(found)


def _letters(left: LeftValue) -> int:
    """Roughly; a text of megabytes need not be spelt for that."""
    value = left.value
    if value is None or isinstance(value, int | float):
        return _SHORT
    return len(value) if isinstance(value, str) else len(json.dumps(_to_json(left)))


def _to_json(left: LeftValue) -> JsonObject:
    return {
        "class_type": left.class_type,
        "title": left.title,
        "seed_mode": left.seed_mode.value,
        "expands": left.expands,
        "values": changes_to_json({left.key: left.value}),
    }


def _from_json(stored: Json) -> Iterator[LeftValue]:
    if not isinstance(stored, dict):
        return
    words = {mode.value: mode for mode in SeedMode}
    word = stored.get("seed_mode")
    for key, value in changes_from_json(stored.get("values")).items():
        yield LeftValue(
            key,
            value,
            _text(stored, "class_type"),
            _text(stored, "title"),
            words.get(word, SeedMode.KEEP) if isinstance(word, str) else SeedMode.KEEP,
            stored.get("expands") is True,
        )


def _text(stored: JsonObject, name: str) -> str:
    value = stored.get(name)
    return value if isinstance(value, str) else ""
