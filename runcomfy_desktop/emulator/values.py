"""Whether a value may stand in an input: type, range and choice, in the words of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.schema import DYNAMIC_COMBO

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.emulator.schema import InputRule
    from runcomfy_desktop.emulator.wire import Json

_Fault = tuple[str, str]
_SHOWN_CHOICES = 20


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
