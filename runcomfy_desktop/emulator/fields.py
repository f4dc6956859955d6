"""The fields of a deployment that can be sent, and what each of them takes."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.wire import fault_at, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.emulator.wire import Json, JsonObject

    _Check = Callable[[Json], tuple[str, str] | None]

SKUS = (
    "TURING_16",
    "AMPERE_24",
    "AMPERE_48",
    "ADA_48_PLUS",
    "AMPERE_80",
    "ADA_80_PLUS",
    "HOPPER_141",
)


def check(body: JsonObject, rules: Mapping[str, _Check]) -> JsonObject:
    """The fields that are set. Raises ApiError 422001 with every mistake in `detail`.

    Of CREATE every field has to be there; of PATCH, any. Null means "not there".
    """
    content: JsonObject = {name: value for name, value in body.items() if value is not None}
    faults = [
        fault_at(["body", name], "extra fields not permitted", "value_error.extra")
        for name in content
        if name not in rules
    ]
    for name, rule in rules.items():
        if name in content:
            wrong = rule(content[name])
            if wrong is not None:
                faults.append(fault_at(["body", name], *wrong))
        elif rules is CREATE:
            faults.append(fault_at(["body", name], "field required", "value_error.missing"))
    if faults:
        raise invalid(*faults)
    return content


def _text(value: Json) -> tuple[str, str] | None:
    if not isinstance(value, str):
        return "str type expected", "type_error.str"
    if not value.strip():
        return "ensure this value has at least 1 character", "value_error.any_str.min_length"
    return None


def _uuid(value: Json) -> tuple[str, str] | None:
    try:
        uuid.UUID(str(value))
    except ValueError:
        return "value is not a valid uuid", "type_error.uuid"
    return None if isinstance(value, str) else ("str type expected", "type_error.str")


def _hardware(value: Json) -> tuple[str, str] | None:
    if not isinstance(value, list):
        return "value is not a valid list", "type_error.list"
    if len(value) != 1:
        return "exactly one hardware is expected", "value_error.list.length"
    if value[0] not in SKUS:
        message = f"value is not a valid enumeration member; permitted: {', '.join(SKUS)}"
        return message, "type_error.enum"
    return None


def _boolean(value: Json) -> tuple[str, str] | None:
    if isinstance(value, bool):
        return None
    return "value could not be parsed to a boolean", "type_error.bool"


def _whole(low: int, high: int | None = None) -> _Check:
    def check_whole(value: Json) -> tuple[str, str] | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return "value is not a valid integer", "type_error.integer"
        if value < low:
            message = f"ensure this value is greater than or equal to {low}"
            return message, "value_error.number.not_ge"
        if high is not None and value > high:
            return f"ensure this value is less than or equal to {high}", "value_error.number.not_le"
        return None

    return check_whole


# The bounds of the newest documents; older ones had 3 and 10.
_SETTINGS: dict[str, _Check] = {
    "name": _text,
    "workflow_version": _text,
    "hardware": _hardware,
    "min_instances": _whole(0, 30),
    "max_instances": _whole(1, 60),
    "queue_size": _whole(0),
    "keep_warm_duration_in_seconds": _whole(0),
}
CREATE: Mapping[str, _Check] = {**_SETTINGS, "workflow_id": _uuid}
PATCH: Mapping[str, _Check] = {**_SETTINGS, "is_enabled": _boolean}
