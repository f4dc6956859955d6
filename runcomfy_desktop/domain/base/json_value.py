"""JSON as Python values, and the equality of two values of a workflow input."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"


def string_or_empty(value: object) -> str:
    """Returns a value that is a string, and "" for any other one."""
    return value if isinstance(value, str) else ""


def object_or_empty(value: Json) -> JsonObject:
    """Returns a value that is an object, and {} for any other one."""
    return value if isinstance(value, dict) else {}


def list_or_empty(value: Json) -> list[Json]:
    """Returns a value that is a list, and [] for any other one."""
    return value if isinstance(value, list) else []


def objects_in(value: Json) -> list[JsonObject]:
    """Returns the objects in a list; [] for any other value."""
    return [each for each in list_or_empty(value) if isinstance(each, dict)]


def is_integer(value: object) -> TypeGuard[int]:
    """Returns True for a whole number; True and False, which are integers in Python, are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> TypeGuard[int | float]:
    """Returns True for a number of JSON; True and False, which are integers in Python, are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_finite(value: Json) -> bool:
    """Returns True if JSON can express the value: Python also knows NaN and infinities."""
    if isinstance(value, dict):
        return all(map(is_finite, value.values()))
    if isinstance(value, list):
        return all(map(is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def json_preview(value: Json, max_chars: int) -> str:
    """Returns the beginning of `value` as JSON; the rest of a large value is not serialized."""
    text = ""
    for chunk in _json_chunks(value, max_chars):
        text += chunk
        if len(text) >= max_chars:
            break
    return text[:max_chars]


def _json_chunks(value: Json, max_chars: int) -> Iterator[str]:
    if isinstance(value, dict):
        yield "{"
        for index, (name, inner) in enumerate(value.items()):
            yield f"{', ' if index else ''}{_dump(name[:max_chars])}: "
            yield from _json_chunks(inner, max_chars)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for index, inner in enumerate(value):
            yield ", " if index else ""
            yield from _json_chunks(inner, max_chars)
        yield "]"
    else:
        yield _dump(value[:max_chars] if isinstance(value, str) else value)


def _dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def same_json(a: Json, b: Json) -> bool:
    """Returns True if ComfyUI would see no difference between two values.

    Unlike `==`, this distinguishes True from 1, because a BOOLEAN input that holds 1 was written
    differently from one that holds true. 1 and 1.0 are the same number. An object equals itself,
    even NaN, which some files contain.
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
