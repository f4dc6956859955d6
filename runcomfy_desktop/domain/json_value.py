"""JSON as Python values, and what "the same value" means for a workflow input."""

from __future__ import annotations

from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"


def same_json(a: Json, b: Json) -> bool:
    """Whether ComfyUI would see no difference.

    Unlike `==` this tells True from 1, because a BOOLEAN input that holds 1 was written
    differently from one that holds true; 1 and 1.0 stay the same number. A value is the same as
    itself, NaN included, which some files hold.
    """
    if a is b:
        return True
    if isinstance(a, bool) or isinstance(b, bool):
        return isinstance(a, bool) and isinstance(b, bool) and a is b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same_json, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same_json(a[key], b[key]) for key in a)
    return a == b
