"""The fields of a deployment that can be sent, and what each of them takes."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.http_messages import error_detail, validation_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.emulator.http_messages import Json, JsonObject

    _FieldCheck = Callable[[Json], tuple[str, str] | None]

SKUS = (
    "TURING_16",
    "AMPERE_24",
    "AMPERE_48",
    "ADA_48_PLUS",
    "AMPERE_80",
    "ADA_80_PLUS",
    "HOPPER_141",
)


def check_fields(body: JsonObject, rules: Mapping[str, _FieldCheck]) -> JsonObject:
    """The fields that are set. Raises ApiError 422001 with every mistake in `detail`.

    Of CREATE every field has to be there; of PATCH, any. Null means "not there".
    """
    content: JsonObject = {name: value for name, value in body.items() if value is not None}
    errors = [
        error_detail(["body", name], "extra fields not permitted", "value_error.extra")
        for name in content
        if name not in rules
    ]
    for name, rule in rules.items():
        if name in content:
            error = rule(content[name])
            if error is not None:
                errors.append(error_detail(["body", name], *error))
        elif rules is CREATE_FIELDS:
            errors.append(error_detail(["body", name], "field required", "value_error.missing"))
    if errors:
        raise validation_error(*errors)
    return content


def _check_text(value: Json) -> tuple[str, str] | None:
    if not isinstance(value, str):
        return "str type expected", "type_error.str"
    if not value.strip():
        return "ensure this value has at least 1 character", "value_error.any_str.min_length"
    return None


def _check_uuid(value: Json) -> tuple[str, str] | None:
    try:
        uuid.UUID(str(value))
    except ValueError:
        return "value is not a valid uuid", "type_error.uuid"
    return None if isinstance(value, str) else ("str type expected", "type_error.str")


def _check_hardware(value: Json) -> tuple[str, str] | None:
    if not isinstance(value, list):
        return "value is not a valid list", "type_error.list"
    if len(value) != 1:
        return "exactly one hardware is expected", "value_error.list.length"
    if value[0] not in SKUS:
        message = f"value is not a valid enumeration member; permitted: {', '.join(SKUS)}"
        return message, "type_error.enum"
    return None


def _check_boolean(value: Json) -> tuple[str, str] | None:
    if isinstance(value, bool):
        return None
    return "value could not be parsed to a boolean", "type_error.bool"


def _whole_number(low: int, high: int | None = None) -> _FieldCheck:
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
_SETTINGS: dict[str, _FieldCheck] = {
    "name": _check_text,
    "workflow_version": _check_text,
    "hardware": _check_hardware,
    "min_instances": _whole_number(0, 30),
    "max_instances": _whole_number(1, 60),
    "queue_size": _whole_number(0),
    "keep_warm_duration_in_seconds": _whole_number(0),
}
CREATE_FIELDS: Mapping[str, _FieldCheck] = {**_SETTINGS, "workflow_id": _check_uuid}
PATCH_FIELDS: Mapping[str, _FieldCheck] = {**_SETTINGS, "is_enabled": _check_boolean}
