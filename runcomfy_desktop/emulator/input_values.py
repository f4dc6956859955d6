"""Checks of input values: as RunComfy's gateway words them, and as ComfyUI does.

ComfyUI converts a value to the input's type, if possible, before it checks the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runcomfy_desktop.emulator.node_classes import DYNAMIC_COMBO

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.http_messages import Json
    from runcomfy_desktop.emulator.node_classes import InputRule

_InputError = tuple[str, str]
_MAX_SHOWN_CHOICES = 20
_MAX_SHOWN_CHARS = 100
_MATCHTYPE = "COMFY_MATCHTYPE_V3"


def check_value(value: Json, rule: InputRule) -> _InputError | None:
    """Returns (message, kind) of a literal value's mistake; None if there is none."""
    if rule.is_link:
        return None if rule.kind == "*" else ("expected a link to a node", "type_error.link")
    check = _CHECKS.get(rule.kind)
    return None if check is None else check(value, rule)


def _integer(value: Json, rule: InputRule) -> _InputError | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        return "value is not a valid integer", "type_error.integer"
    return _in_range(value, rule)


def _float(value: Json, rule: InputRule) -> _InputError | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "value is not a valid float", "type_error.float"
    return _in_range(value, rule)


def _in_range(value: float, rule: InputRule) -> _InputError | None:
    minimum, maximum = rule.options.get("min"), rule.options.get("max")
    if isinstance(minimum, int | float) and value < minimum:
        return (
            f"ensure this value is greater than or equal to {minimum}",
            "value_error.number.not_ge",
        )
    if isinstance(maximum, int | float) and value > maximum:
        return f"ensure this value is less than or equal to {maximum}", "value_error.number.not_le"
    return None


def _string(value: Json, _rule: InputRule) -> _InputError | None:
    return None if isinstance(value, str) else ("str type expected", "type_error.str")


def _boolean(value: Json, _rule: InputRule) -> _InputError | None:
    if isinstance(value, bool):
        return None
    return "value could not be parsed to a boolean", "type_error.bool"


def _choice(value: Json, rule: InputRule) -> _InputError | None:
    if rule.options.get("multiselect") is True and isinstance(value, dict):
        picked = value.get("__value__")
        values = picked if isinstance(picked, list) else []
        return next((error for each in values if (error := _one_choice(each, rule))), None)
    return _one_choice(value, rule)


def _one_choice(value: Json, rule: InputRule) -> _InputError | None:
    if not rule.choices and "remote" in rule.options:
        return None
    if any(value == each and type(value) is type(each) for each in rule.choices):
        return None
    some = ", ".join(f"'{each}'" for each in rule.choices[:_MAX_SHOWN_CHOICES])
    more = ", ..." if len(rule.choices) > _MAX_SHOWN_CHOICES else ""
    message = f"value is not a valid enumeration member; permitted: {some}{more}"
    return message, "type_error.enum"


_CHECKS: dict[str, Callable[[Json, InputRule], _InputError | None]] = {
    "INT": _integer,
    "FLOAT": _float,
    "STRING": _string,
    "BOOLEAN": _boolean,
    "COMBO": _choice,
    DYNAMIC_COMBO: _choice,
    "COLOR": _string,
}


def conversion_error(value: Json, rule: InputRule) -> _InputError | None:
    """Returns (kind, message) of ComfyUI's error for a literal value; None if it is accepted."""
    if isinstance(value, dict) and "__value__" in value:
        value = value["__value__"]
    convert = _CONVERTERS.get(rule.type) if isinstance(rule.type, str) else None
    if convert is not None:
        try:
            value = convert(value)
        except (ValueError, TypeError, OverflowError) as error:
            return "invalid_input_type", f"{_shortened(value)} is no {rule.type}: {error}"
    range_error = _range_error(value, rule)
    if range_error is not None:
        return range_error
    if rule.kind != "COMBO" or "remote" in rule.options:
        return None
    values = value if isinstance(value, list) else [value]
    unknown_value = next((each for each in values if each not in rule.choices), None)
    if all(each in rule.choices for each in values):
        return None
    return (
        "value_not_in_list",
        f"{_shortened(unknown_value)!r} not in {list(rule.choices[:_MAX_SHOWN_CHOICES])}",
    )


def fits_type(received: Json, wanted: Json) -> bool:
    """Returns True if an output of type `received` can be linked to an input of type `wanted`."""
    if received == wanted or "*" in (received, wanted):
        return True
    if _MATCHTYPE in (received, wanted) or (isinstance(received, list) and wanted == "COMBO"):
        return True
    if not isinstance(received, str) or not isinstance(wanted, str):
        return False
    received_types, wanted_types = (
        {name.strip() for name in each.split(",")} for each in (received, wanted)
    )
    return "*" in received_types | wanted_types or bool(received_types & wanted_types)


def _range_error(value: Json, rule: InputRule) -> _InputError | None:
    if not isinstance(value, int | float):
        return None
    minimum, maximum = rule.options.get("min"), rule.options.get("max")
    if isinstance(minimum, int | float) and value < minimum:
        return "value_smaller_than_min", f"{value} smaller than min of {minimum}"
    if isinstance(maximum, int | float) and value > maximum:
        return "value_bigger_than_max", f"{value} bigger than max of {maximum}"
    return None


def _shortened(value: Json) -> str:
    return str(value)[:_MAX_SHOWN_CHARS]


_CONVERTERS: dict[str, Callable[[Any], Json]] = {
    "INT": int,
    "FLOAT": float,
    "STRING": str,
    "BOOLEAN": bool,
}
