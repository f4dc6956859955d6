"""Whether a value may stand in an input: for the gateway, in the words of the API, and for ComfyUI,
which converts what it can before it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runcomfy_desktop.emulator.schema import DYNAMIC_COMBO

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.schema import InputRule
    from runcomfy_desktop.emulator.wire import Json

_Fault = tuple[str, str]
_SHOWN_CHOICES = 20
_SHOWN_LETTERS = 100
_MATCHTYPE = "COMFY_MATCHTYPE_V3"


def check_value(value: Json, rule: InputRule) -> _Fault | None:
    """(message, kind) of what is wrong with a literal value; None when nothing is."""
    if rule.is_link:
        return None if rule.kind == "*" else ("expected a link to a node", "type_error.link")
    check = _CHECKS.get(rule.kind)
    return None if check is None else check(value, rule)


def _integer(value: Json, rule: InputRule) -> _Fault | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        return "value is not a valid integer", "type_error.integer"
    return _in_range(value, rule)


def _float(value: Json, rule: InputRule) -> _Fault | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "value is not a valid float", "type_error.float"
    return _in_range(value, rule)


def _in_range(value: float, rule: InputRule) -> _Fault | None:
    low, high = rule.options.get("min"), rule.options.get("max")
    if isinstance(low, int | float) and value < low:
        return (
            f"ensure this value is greater than or equal to {low}",
            "value_error.number.not_ge",
        )
    if isinstance(high, int | float) and value > high:
        return f"ensure this value is less than or equal to {high}", "value_error.number.not_le"
    return None


def _string(value: Json, _rule: InputRule) -> _Fault | None:
    return None if isinstance(value, str) else ("str type expected", "type_error.str")


def _boolean(value: Json, _rule: InputRule) -> _Fault | None:
    if isinstance(value, bool):
        return None
    return "value could not be parsed to a boolean", "type_error.bool"


def _choice(value: Json, rule: InputRule) -> _Fault | None:
    if rule.options.get("multiselect") is True and isinstance(value, dict):
        picked = value.get("__value__")
        values = picked if isinstance(picked, list) else []
        return next((fault for each in values if (fault := _one_choice(each, rule))), None)
    return _one_choice(value, rule)


def _one_choice(value: Json, rule: InputRule) -> _Fault | None:
    if not rule.choices and "remote" in rule.options:
        return None
    if any(value == each and type(value) is type(each) for each in rule.choices):
        return None
    some = ", ".join(f"'{each}'" for each in rule.choices[:_SHOWN_CHOICES])
    more = ", ..." if len(rule.choices) > _SHOWN_CHOICES else ""
    message = f"value is not a valid enumeration member; permitted: {some}{more}"
    return message, "type_error.enum"


_CHECKS: dict[str, Callable[[Json, InputRule], _Fault | None]] = {
    "INT": _integer,
    "FLOAT": _float,
    "STRING": _string,
    "BOOLEAN": _boolean,
    "COMBO": _choice,
    DYNAMIC_COMBO: _choice,
    "COLOR": _string,
}


def converted_fault(value: Json, rule: InputRule) -> _Fault | None:
    """(kind, message) of what ComfyUI says of a literal value; None when it takes it."""
    if isinstance(value, dict) and "__value__" in value:
        value = value["__value__"]
    convert = _CONVERTERS.get(rule.type) if isinstance(rule.type, str) else None
    if convert is not None:
        try:
            value = convert(value)
        except (ValueError, TypeError, OverflowError) as error:
            return "invalid_input_type", f"{_begin(value)} is no {rule.type}: {error}"
    beyond = _beyond(value, rule)
    if beyond is not None:
        return beyond
    if rule.kind != "COMBO" or "remote" in rule.options:
        return None
    values = value if isinstance(value, list) else [value]
    wrong = next((each for each in values if each not in rule.choices), None)
    if all(each in rule.choices for each in values):
        return None
    return "value_not_in_list", f"{_begin(wrong)!r} not in {list(rule.choices[:_SHOWN_CHOICES])}"


def fits_type(received: Json, wanted: Json) -> bool:
    """Whether an output of one type may lead into an input of another."""
    if received == wanted or "*" in (received, wanted):
        return True
    if _MATCHTYPE in (received, wanted) or (isinstance(received, list) and wanted == "COMBO"):
        return True
    if not isinstance(received, str) or not isinstance(wanted, str):
        return False
    ours, theirs = ({name.strip() for name in each.split(",")} for each in (received, wanted))
    return "*" in ours | theirs or bool(ours & theirs)


def _beyond(value: Json, rule: InputRule) -> _Fault | None:
    if not isinstance(value, int | float):
        return None
    low, high = rule.options.get("min"), rule.options.get("max")
    if isinstance(low, int | float) and value < low:
        return "value_smaller_than_min", f"{value} smaller than min of {low}"
    if isinstance(high, int | float) and value > high:
        return "value_bigger_than_max", f"{value} bigger than max of {high}"
    return None


def _begin(value: Json) -> str:
    return str(value)[:_SHOWN_LETTERS]


_CONVERTERS: dict[str, Callable[[Any], Json]] = {
    "INT": int,
    "FLOAT": float,
    "STRING": str,
    "BOOLEAN": bool,
}
