"""Numbers as the editor takes them when they are entered: kept in limits and on steps.

Values that are merely opened stay as they were saved; those that a primitive node hands on are
entered. Arithmetic and rounding are those of the editor's language, which has floats only.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.conversion.class_defs import InputDef

_LIMITS = ("min", "max", "step")
# What may differ between two inputs that share one value.
_IGNORED_OPTIONS = frozenset(
    {
        "default",
        "forceInput",
        "defaultInput",
        "control_after_generate",
        "multiline",
        "tooltip",
        "dynamicPrompts",
        *_LIMITS,
    }
)
_RADIX = re.compile(r"0[xX][0-9a-fA-F]{1,400}|0[bB][01]{1,400}|0[oO][0-7]{1,400}")
_DECIMAL = re.compile(r"[+-]?(Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)", re.ASCII)
_FALLBACK_MIN, _FALLBACK_MAX = 0, 2048


def merge_options(one: InputDef, other: InputDef) -> JsonObject | None:
    """The options that two inputs of numbers have in common; None where they cannot share."""
    if one.widget_type not in ("INT", "FLOAT") or one.type != other.type:
        return None
    first, second = one.options, other.options
    names = (first.keys() | second.keys()) - _IGNORED_OPTIONS
    minimum = max(_number(first.get("min"), -math.inf), _number(second.get("min"), -math.inf))
    maximum = min(_number(first.get("max"), math.inf), _number(second.get("max"), math.inf))
    if minimum > maximum or any(first.get(name) != second.get(name) for name in names):
        return None
    steps = _step(first.get("step"), 1), _step(second.get("step"), 1)
    common: JsonObject = {"min": minimum, "max": maximum, "step": _common_multiple(*steps)}
    return {**first, **second, **common}


def clamp(value: Json, definition: InputDef) -> Json:
    """The value, or the limit that it is beyond."""
    number = _to_number(value)
    if number is None:
        return value
    minimum, maximum = definition.options.get("min"), definition.options.get("max")
    if number < _number(minimum, _FALLBACK_MIN):
        return minimum
    return maximum if number > _number(maximum, _FALLBACK_MAX) else value


def coerce_number(value: Json, definition: InputDef) -> Json:
    """The value as an input takes it from the user; values of other kinds stay as they are.

    What is no number becomes one that is none (NaN), which the editor sends as null.
    """
    kind = definition.widget_type
    if kind not in ("INT", "FLOAT") or isinstance(value, list | dict):
        return value
    number = _to_number(value)
    if number is None or not _is_finite(number):
        return math.nan
    return (
        _snap_to_step(number, definition) if kind == "INT" else _rounded(number, value, definition)
    )


def _snap_to_step(number: float, definition: InputDef) -> Json:
    step = _step(definition.options.get("step"), 1)
    if step == 1:
        # An integer of more digits than a float has keeps them.
        return number if isinstance(number, int) else _round_half_up(number)
    minimum = _number(definition.options.get("min"), 0)
    try:
        offset = math.fmod(minimum, step)
        return int(_round_half_up((number - offset) / step) * step + offset)
    except (OverflowError, ValueError):  # an integer that no float can hold, a step from nowhere
        return number


def _rounded(number: float, value: Json, definition: InputDef) -> Json:
    options = definition.options
    digits = max(0, -math.floor(math.log10(_step(options.get("step"), 0.5))))
    given = _step(options.get("round"), 0)
    precision = 10.0**-digits if digits and not given else given
    if not precision:
        return value
    minimum = _number(options.get("min"), _FALLBACK_MIN)
    maximum = _number(options.get("max"), _FALLBACK_MAX)
    try:
        found = float(f"{_round_half_up(number / precision) * precision:.{min(digits, 100)}f}")
    except (OverflowError, ValueError):
        return value
    return min(max(found, minimum), maximum)


def _to_number(value: Json) -> float | None:
    """The number that a value counts as; None for what is none."""
    if value is None:
        return 0
    if isinstance(value, bool | int | float):
        return int(value) if isinstance(value, bool) else value
    return _parse_number(value.strip()) if isinstance(value, str) else None


def _parse_number(text: str) -> float | None:
    """The number in a text, as the editor's language reads it; None for none."""
    if not text:
        return 0
    if _RADIX.fullmatch(text):
        return int(text, 0)
    return float(text) if _DECIMAL.fullmatch(text) else None


def _round_half_up(number: float) -> int:
    """The nearest integer, the higher one of two."""
    low = math.floor(number)
    return low + (number - low >= 0.5)


def _is_finite(number: float) -> bool:
    """An integer always is, however many digits it has."""
    return isinstance(number, int) or math.isfinite(number)


def _number(value: Json, default: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return default
    return value


def _step(value: Json, default: float) -> float:
    number = _number(value, default)
    return number if _is_finite(number) and number > 0 else default


def _common_multiple(one: float, other: float) -> float:
    """The least common multiple of two steps, which may be fractions."""
    if one == other:
        return one
    first, second = abs(one), abs(other)
    for _step in range(100):
        if second <= 1e-10:
            break
        first, second = second, math.fmod(first, second)
    return abs(one * other) / first if first else 1
