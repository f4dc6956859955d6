"""Tells saved values apart for a class that nothing is known of, as far as the file names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.conversion.editor_graph import EditorInput

_SEED_NAMES = ("seed", "noise_seed")
_MODES = ("fixed", "increment", "decrement", "randomize")
# Widgets of the editor alone, which every node may have.
_NOT_SENT = ("control_after_generate", "control_filter_list", "upload")


def named_values(inputs: list[EditorInput], values: Json) -> tuple[dict[str, Json], bool]:
    """The values by their names, and whether none was left over.

    An object names them itself. In a list they follow the inputs which belong to widgets, with a
    seed's mode after the seed; a list that does not fit this is not guessed at.
    """
    if isinstance(values, dict):
        return {name: each for name, each in values.items() if name not in _NOT_SENT}, True
    if not isinstance(values, list):
        return {}, not values
    names = [each.widget for each in inputs if each.widget]
    unnamed = _without_modes(names, values)
    if unnamed is None:
        return {}, False
    return dict(zip(names, unnamed, strict=True)), True


def _without_modes(names: list[str], values: list[Json]) -> list[Json] | None:
    """As many values as names, without seeds' modes; None when they do not fit."""
    found: list[Json] = []
    for index, value in enumerate(values):
        before = names[len(found) - 1] if 0 < len(found) <= len(names) else ""
        follows_seed = before.rpartition(".")[2] in _SEED_NAMES
        if follows_seed and value in _MODES and values[index - 1] not in _MODES:
            continue
        found.append(value)
    # An upload button is saved last, and is no input.
    if len(found) == len(names) + 1 and found[-1] in ("image", "", None):
        found.pop()
    return found if len(found) == len(names) else None
