"""Checks one value against what its input may hold, as ComfyUI does: it converts, then compares."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.schema.input_declaration import DYNAMIC_COMBO, nearest_float
from runcomfy_desktop.domain.schema.input_spec import InputKind
from runcomfy_desktop.domain.schema.node_class import chosen_option
from runcomfy_desktop.domain.validation.custom_validation import unwrap_value
from runcomfy_desktop.domain.validation.input_issue import IssueKind
from runcomfy_desktop.domain.validation.validation_issue import ValidationIssue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.schema.input_declaration import InputDeclaration

_PLAIN_TYPES = ("INT", "FLOAT", "STRING", "BOOLEAN")


# Almost all values are of these, and nothing is to be said of them.
_PYTHON_TYPES = {"INT": int, "STRING": str, "BOOLEAN": bool}


def check_value(
    declaration: InputDeclaration, raw_value: Json, *, has_custom_validation: bool
) -> ValidationIssue | None:
    """What ComfyUI says of a value that is no link.

    `has_custom_validation` says that the class checks this input itself, so that limits do not
    count.
    """
    value = unwrap_value(raw_value) if isinstance(raw_value, dict) else raw_value
    if declaration.type in _PLAIN_TYPES:
        try:
            value = _convert(declaration.type, value)
        except (TypeError, ValueError, OverflowError):
            return ValidationIssue(declaration.name, IssueKind.INVALID_INPUT_TYPE, value)
    if has_custom_validation:
        return None
    return _check_limits(declaration, value) or _check_choices(declaration, value)


def _convert(kind: str | list[Json], value: Json) -> Json:
    if kind == "INT":
        return int(value)  # type: ignore[arg-type] # raises TypeError, as meant
    if kind == "FLOAT":
        return float(value)  # type: ignore[arg-type]
    # Any value can be a text or a truth; a long one need not be spelt out to know that.
    return bool(value) if kind == "BOOLEAN" else ""


def _check_limits(declaration: InputDeclaration, value: Json) -> ValidationIssue | None:
    for name, kind in (("min", IssueKind.BELOW_MINIMUM), ("max", IssueKind.ABOVE_MAXIMUM)):
        limit = declaration.attributes.get(name)
        if limit is None:
            continue
        try:
            is_beyond = value < limit if name == "min" else value > limit  # type: ignore[operator]
        except TypeError:
            return ValidationIssue(
                declaration.name, IssueKind.INVALID_INPUT_TYPE, value, limit, breaks_check=True
            )
        if is_beyond:
            # Where the limit itself is no float, the nearest one that is allowed is named.
            if declaration.type == "FLOAT" and isinstance(limit, int):
                limit = nearest_float(limit, is_max=name == "max")
            return ValidationIssue(declaration.name, kind, value, limit)
    return None


def _check_choices(declaration: InputDeclaration, value: Json) -> ValidationIssue | None:
    if not isinstance(declaration.raw_choices, list):
        return None
    if declaration.attributes.get("multiselect") and isinstance(value, list):
        unlisted = [each for each in value if not declaration.has_choice(each)]
    else:
        unlisted = [] if declaration.has_choice(value) else [value]
    if not unlisted:
        return None
    return ValidationIssue(declaration.name, IssueKind.NOT_IN_LIST, unlisted[0])


def accepted_issue(declaration: InputDeclaration, raw_value: Json) -> ValidationIssue | None:
    """What ComfyUI takes without a word, although it is plainly not what was meant."""
    if isinstance(declaration.type, str) and type(raw_value) is _PYTHON_TYPES.get(declaration.type):
        return None
    value = unwrap_value(raw_value)
    if declaration.type == DYNAMIC_COMBO:
        if chosen_option(declaration.attributes, raw_value) is not None:
            return None
        return ValidationIssue(declaration.name, IssueKind.NOT_IN_LIST, raw_value, is_accepted=True)
    if declaration.type in _PLAIN_TYPES:
        return _CONVERSION_CHECKS[str(declaration.type)](declaration, value)
    if value is not None and _wants_link(declaration):
        return ValidationIssue(
            declaration.name, IssueKind.RETURN_TYPE_MISMATCH, value, is_accepted=True
        )
    return None


def _check_text(declaration: InputDeclaration, value: Json) -> ValidationIssue | None:
    if isinstance(value, str) or (value is None and not declaration.is_required):
        return None
    return ValidationIssue(declaration.name, IssueKind.CONVERTED, value, is_accepted=True)


def _check_boolean(declaration: InputDeclaration, value: Json) -> ValidationIssue | None:
    if value in (0, 1):
        return None
    return ValidationIssue(
        declaration.name, IssueKind.CONVERTED, value, bool(value), is_accepted=True
    )


def _check_integer(declaration: InputDeclaration, value: Json) -> ValidationIssue | None:
    is_same = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    if is_same:
        return None
    try:
        converted = int(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return ValidationIssue(
        declaration.name, IssueKind.CONVERTED, value, converted, is_accepted=True
    )


def _check_float(declaration: InputDeclaration, value: Json) -> ValidationIssue | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not isinstance(value, float) or isfinite(value):
            return None
        return ValidationIssue(
            declaration.name, IssueKind.INVALID_INPUT_TYPE, value, is_accepted=True
        )
    try:
        converted = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return ValidationIssue(
        declaration.name, IssueKind.CONVERTED, value, converted, is_accepted=True
    )


_CONVERSION_CHECKS: Mapping[str, Callable[[InputDeclaration, Json], ValidationIssue | None]] = {
    "INT": _check_integer,
    "FLOAT": _check_float,
    "STRING": _check_text,
    "BOOLEAN": _check_boolean,
}


def _wants_link(declaration: InputDeclaration) -> bool:
    """Whether no editor makes a value for this input, so that only a link makes sense."""
    if declaration.spec.kind is not InputKind.OTHER or not isinstance(declaration.type, str):
        return False
    has_editor = declaration.attributes.get("widgetType") or declaration.attributes.get(
        "socketless"
    )
    if has_editor or "default" in declaration.attributes or declaration.type in _OWN_EDITORS:
        return False
    return not {"*", *_PLAIN_TYPES, "COMBO"} & {
        each.strip() for each in declaration.type.split(",")
    }


# Types whose editors only ComfyUI's own window has.
_OWN_EDITORS = frozenset(
    {
        "AUDIO_RECORD",
        "AUDIO_UI",
        "BOUNDING_BOXES",
        "COLORS",
        "COMBO",
        "COMPOSITOR",
        "IMAGECOMPARE",
        "LOAD3D_CAMERA",
        "LOAD3D_MODEL_INFO",
        "LOAD_3D",
        "LOAD_3D_ANIMATION",
        "PAINTER",
        "RESOLUTION_PREVIEW",
        "VIDEO_EDIT",
        "WEBCAM",
    }
)
