"""Checks one value against what its input may hold, as ComfyUI does: it converts, then compares."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.fault import FaultKind
from runcomfy_desktop.domain.input_reading import DYNAMIC_COMBO, nearest_float
from runcomfy_desktop.domain.input_spec import InputKind
from runcomfy_desktop.domain.node_class import chosen_option
from runcomfy_desktop.domain.verdict.finding import Finding
from runcomfy_desktop.domain.verdict.own_checks import unwrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runcomfy_desktop.domain.input_reading import Declared
    from runcomfy_desktop.domain.json_value import Json

_CONVERTED = ("INT", "FLOAT", "STRING", "BOOLEAN")


# Almost all values are of these, and nothing is to be said of them.
_USUAL = {"INT": int, "STRING": str, "BOOLEAN": bool}


def check_value(told: Declared, given: Json, *, has_own_check: bool) -> Finding | None:
    """What ComfyUI says of a value that is no link.

    `has_own_check` says that the class checks this input itself, so that limits do not count.
    """
    value = unwrapped(given) if isinstance(given, dict) else given
    if told.type in _CONVERTED:
        try:
            value = _convert(told.type, value)
        except (TypeError, ValueError, OverflowError):
            return Finding(told.name, FaultKind.INVALID_INPUT_TYPE, value)
    if has_own_check:
        return None
    return _beyond(told, value) or _unlisted(told, value)


def _convert(kind: str | list[Json], value: Json) -> Json:
    if kind == "INT":
        return int(value)  # type: ignore[arg-type] # raises TypeError, as meant
    if kind == "FLOAT":
        return float(value)  # type: ignore[arg-type]
    # Any value can be a text or a truth; a long one need not be spelt out to know that.
    return bool(value) if kind == "BOOLEAN" else ""


def _beyond(told: Declared, value: Json) -> Finding | None:
    for name, kind in (("min", FaultKind.BELOW_MINIMUM), ("max", FaultKind.ABOVE_MAXIMUM)):
        limit = told.facts.get(name)
        if limit is None:
            continue
        try:
            is_beyond = value < limit if name == "min" else value > limit  # type: ignore[operator]
        except TypeError:
            return Finding(told.name, FaultKind.INVALID_INPUT_TYPE, value, limit, raises=True)
        if is_beyond:
            # Where the limit itself is no float, the nearest one that is allowed is named.
            if told.type == "FLOAT" and isinstance(limit, int):
                limit = nearest_float(limit, is_max=name == "max")
            return Finding(told.name, kind, value, limit)
    return None


def _unlisted(told: Declared, value: Json) -> Finding | None:
    if not isinstance(told.listed, list):
        return None
    if told.facts.get("multiselect") and isinstance(value, list):
        strangers = [each for each in value if not told.lists(each)]
    else:
        strangers = [] if told.lists(value) else [value]
    if not strangers:
        return None
    return Finding(told.name, FaultKind.NOT_IN_LIST, strangers[0])


def remark(told: Declared, given: Json) -> Finding | None:
    """What ComfyUI takes without a word, although it is plainly not what was meant."""
    if isinstance(told.type, str) and type(given) is _USUAL.get(told.type):
        return None
    value = unwrapped(given)
    if told.type == DYNAMIC_COMBO:
        if chosen_option(told.facts, given) is not None:
            return None
        return Finding(told.name, FaultKind.NOT_IN_LIST, given, accepted=True)
    if told.type in _CONVERTED:
        return _MADE[str(told.type)](told, value)
    if value is not None and _wants_link(told):
        return Finding(told.name, FaultKind.RETURN_TYPE_MISMATCH, value, accepted=True)
    return None


def _made_text(told: Declared, value: Json) -> Finding | None:
    if isinstance(value, str) or (value is None and not told.is_required):
        return None
    return Finding(told.name, FaultKind.CONVERTED, value, accepted=True)


def _made_truth(told: Declared, value: Json) -> Finding | None:
    if value in (0, 1):
        return None
    return Finding(told.name, FaultKind.CONVERTED, value, bool(value), accepted=True)


def _made_whole(told: Declared, value: Json) -> Finding | None:
    is_same = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    if is_same:
        return None
    try:
        made = int(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return Finding(told.name, FaultKind.CONVERTED, value, made, accepted=True)


def _made_number(told: Declared, value: Json) -> Finding | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not isinstance(value, float) or isfinite(value):
            return None
        return Finding(told.name, FaultKind.INVALID_INPUT_TYPE, value, accepted=True)
    try:
        made = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return Finding(told.name, FaultKind.CONVERTED, value, made, accepted=True)


_MADE: Mapping[str, Callable[[Declared, Json], Finding | None]] = {
    "INT": _made_whole,
    "FLOAT": _made_number,
    "STRING": _made_text,
    "BOOLEAN": _made_truth,
}


def _wants_link(told: Declared) -> bool:
    """Whether no editor makes a value for this input, so that only a link makes sense."""
    if told.spec.kind is not InputKind.OTHER or not isinstance(told.type, str):
        return False
    has_editor = told.facts.get("widgetType") or told.facts.get("socketless")
    if has_editor or "default" in told.facts or told.type in _OWN_EDITORS:
        return False
    return not {"*", *_CONVERTED, "COMBO"} & {each.strip() for each in told.type.split(",")}


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
