"""Builds an InputSpec from an input's entry in `object_info`, for old and new classes of ComfyUI.

Old classes leave unset keys out, new ones write them with null or false, so values are tested,
never presence. Malformed parts are left out, because a schema is untrusted.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from math import inf, nextafter
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.base.json_value import (
    is_number,
    list_or_empty,
    objects_in,
    string_or_empty,
)
from runcomfy_desktop.domain.schema.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.schema.media_inputs import kind_of_file, kind_of_input
from runcomfy_desktop.domain.workflow.workflow import SEED_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"
AUTOGROW = "COMFY_AUTOGROW_V3"
DYNAMIC_SLOT = "COMFY_DYNAMICSLOT_V3"
MATCH_TYPE = "COMFY_MATCHTYPE_V3"
ANY_TYPE = "*"

MAX_CHOICES = 100_000
_MAX_TEXT_CHARS = 4_000
_MAX_LABEL_CHARS = 200
_LIMIT_BOUND = 10**300
_WHITE = "#ffffff"

_K = InputKind
_QuickCheck: TypeAlias = tuple[tuple[type, ...], float, float]
"""Types that need no conversion, and the limits; no types if only the full check can decide."""
_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {
    "INT": (int,),
    "FLOAT": (int, float),
    "STRING": (str,),
    "BOOLEAN": (bool,),
}
_MAX_FLOAT = sys.float_info.max
_UPLOADS = (
    ("image_upload", _K.IMAGE),
    ("animated_image_upload", _K.IMAGE),
    ("video_upload", _K.VIDEO),
    ("audio_upload", _K.AUDIO),
    ("file_upload", _K.MESH),
)
_OBJECT_KINDS = {"COLOR": _K.COLOR, "BOUNDING_BOX": _K.BOX, "CURVE": _K.CURVE, "RANGE": _K.RANGE}


@dataclass(frozen=True)
class InputDeclaration:
    """Input as its class declares it; `type` is a name, or a list of choices."""

    class_type: str
    name: str
    type: str | list[Json]
    attributes: JsonObject
    is_required: bool
    makes_masks: bool = False
    """True if the class outputs a mask, so that a picture's alpha channel matters."""

    @property
    def raw_choices(self) -> Json:
        """Choices as written in the schema; not a list if there are none."""
        return self.attributes.get("options", []) if self.type == "COMBO" else self.type

    def has_choice(self, value: Json) -> bool:
        """Returns True if `value` is one of the choices; there may be tens of thousands."""
        try:
            return value in self._choice_set
        except TypeError:
            return isinstance(self.raw_choices, list) and value in self.raw_choices

    def is_plainly_valid(self, value: Json) -> bool:
        """Returns True if a quick check shows that `value` is valid, as most values are."""
        types, low, high = self._quick_check
        if type(value) not in types:
            return False
        if not isinstance(value, int | float):
            return True
        # For a FLOAT input the float is compared, and an integer may lose its last digits as a
        # float.
        return low <= value <= high and (self.type != "FLOAT" or low <= float(value) <= high)

    @cached_property
    def _quick_check(self) -> _QuickCheck:
        return _quick_check_of(self)

    @cached_property
    def _choice_set(self) -> frozenset[object]:
        choices = list_or_empty(self.raw_choices)
        return frozenset(each for each in choices if not isinstance(each, list | dict))

    @cached_property
    def spec(self) -> InputSpec:
        """Spec for editing the input."""
        spec = _read_spec(self)
        return replace(
            spec,
            tooltip=_text(self.attributes, "tooltip", _MAX_TEXT_CHARS),
            label=_text(self.attributes, "display_name", _MAX_LABEL_CHARS),
            is_required=self.is_required,
            is_advanced=self.attributes.get("advanced") is True,
        )


def _quick_check_of(declaration: InputDeclaration) -> _QuickCheck:
    types = _PYTHON_TYPES.get(declaration.type, ()) if isinstance(declaration.type, str) else ()
    low, high = declaration.attributes.get("min"), declaration.attributes.get("max")
    if types in ((str,), (bool,)):
        return (types if low is None and high is None else ()), 0, 1
    low = -_MAX_FLOAT if low is None else low
    high = _MAX_FLOAT if high is None else high
    if isinstance(low, int | float) and isinstance(high, int | float):
        return types, max(low, -_MAX_FLOAT), min(high, _MAX_FLOAT)
    return (), 0, 0


def _read_spec(declaration: InputDeclaration) -> InputSpec:
    attributes = declaration.attributes
    if isinstance(declaration.type, list):
        return _combo(declaration, declaration.type)
    if declaration.type == "COMBO":
        return _combo(declaration, list_or_empty(attributes.get("options")))
    if declaration.type == DYNAMIC_COMBO:
        return _dynamic_combo(attributes)
    if declaration.type in (MATCH_TYPE, DYNAMIC_SLOT, AUTOGROW):
        return InputSpec(_K.OTHER, type_name=_slot_type(declaration.type, attributes))
    # The widget that ComfyUI's editor shows instead of the type's own widget.
    widget = string_or_empty(attributes.get("widgetType")) or declaration.type
    if attributes.get("forceInput") is True:
        return InputSpec(_K.OTHER, type_name=declaration.type)
    if widget in ("INT", "FLOAT"):
        spec = _numeric(widget, declaration)
    elif widget == "STRING":
        spec = _string(declaration)
    elif widget == "BOOLEAN":
        spec = _boolean(attributes)
    elif widget in _OBJECT_KINDS:
        spec = InputSpec(_OBJECT_KINDS[widget], default=_object_default(widget, attributes))
    else:
        spec = InputSpec(_K.OTHER, default=attributes.get("default"))
    return replace(spec, type_name=declaration.type)


def _combo(declaration: InputDeclaration, raw: list[Json]) -> InputSpec:
    attributes = declaration.attributes
    choices = choices_of(raw)
    spec = InputSpec(
        _K.COMBO,
        choices=choices,
        placeholder=_text(attributes, "placeholder", _MAX_LABEL_CHARS),
        type_name="COMBO",
        is_remote=isinstance(attributes.get("remote"), dict),
    )
    kind = _media_kind(declaration, choices)
    if kind is not None:
        takes_mask = kind is _K.IMAGE and declaration.makes_masks
        return replace(spec, kind=kind, type_name=kind.name, takes_mask=takes_mask)
    if attributes.get("multiselect") is True or attributes.get("multi_select") not in (None, False):
        return _multi(spec, attributes)
    if raw and all(isinstance(each, bool) for each in raw):
        return InputSpec(_K.BOOLEAN, type_name="COMBO", default=attributes.get("default", raw[0]))
    if not choices:
        # Remote combos and empty model folders: the choices are in the container.
        return replace(spec, kind=_K.STRING, default=attributes.get("default"))
    default = attributes.get("default")
    return replace(spec, default=default if default in choices else choices[0])


def choices_of(raw: Iterable[Json]) -> tuple[str | int | float, ...]:
    """Returns the choices that an editor can show, at most MAX_CHOICES."""
    found = (each for each in raw if isinstance(each, str | int | float))
    kept = (each for each in found if not isinstance(each, bool))
    return tuple(islice(kept, MAX_CHOICES))


def _multi(spec: InputSpec, attributes: JsonObject) -> InputSpec:
    default = attributes.get("default")
    is_one = isinstance(default, str | int | float)
    selected: list[Json] = [default] if is_one else list_or_empty(default)
    kind = _K.MULTI if spec.choices else _K.OTHER
    return replace(spec, kind=kind, default={"__value__": selected})


def _media_kind(
    declaration: InputDeclaration, choices: tuple[str | int | float, ...]
) -> InputKind | None:
    for flag, flagged in _UPLOADS:
        if declaration.attributes.get(flag) is True:
            return flagged
    kind = kind_of_input(declaration.class_type, declaration.name)
    first = choices[0] if choices else ""
    if kind is None and "Load" in declaration.class_type and isinstance(first, str):
        # Some node packs list the files of a folder without an upload flag.
        return kind_of_file(declaration.name, first)
    return kind


def _dynamic_combo(attributes: JsonObject) -> InputSpec:
    keys = choices_of(option.get("key") for option in objects_in(attributes.get("options")))
    if not keys:
        return InputSpec(_K.OTHER, type_name=DYNAMIC_COMBO)
    default = attributes.get("default")
    return InputSpec(
        _K.COMBO,
        choices=keys,
        type_name="COMBO",
        default=default if default in keys else keys[0],
        is_dynamic=True,
    )


def _slot_type(kind: str, attributes: JsonObject) -> str:
    """Returns the type that can be linked to an input whose type is a rule."""
    template = attributes.get("template")
    if kind == MATCH_TYPE and isinstance(template, dict):
        return _text(template, "allowed_types", _MAX_TEXT_CHARS) or ANY_TYPE
    return _text(attributes, "slotType", _MAX_TEXT_CHARS) or kind


def _string(declaration: InputDeclaration) -> InputSpec:
    attributes = declaration.attributes
    kind = kind_of_input(declaration.class_type, declaration.name)
    return InputSpec(
        kind or (_K.TEXT if attributes.get("multiline") is True else _K.STRING),
        placeholder=_text(attributes, "placeholder", _MAX_TEXT_CHARS),
        default=string_or_empty(attributes.get("default")),
    )


def _boolean(attributes: JsonObject) -> InputSpec:
    return InputSpec(
        _K.BOOLEAN,
        label_on=_text(attributes, "label_on", _MAX_LABEL_CHARS),
        label_off=_text(attributes, "label_off", _MAX_LABEL_CHARS),
        default=attributes.get("default") is True,
    )


def _numeric(kind: str, declaration: InputDeclaration) -> InputSpec:
    attributes = declaration.attributes
    low, high, step = (numeric_limit(attributes, each) for each in ("min", "max", "step"))
    if low is not None and high is not None and low > high:
        low = high = None
    if kind == "FLOAT":
        low = None if low is None else nearest_float(low, is_max=False)
        high = None if high is None else nearest_float(high, is_max=True)
    round_to = numeric_limit(attributes, "round")
    return InputSpec(
        _K.INT if kind == "INT" else _K.FLOAT,
        minimum=low,
        maximum=high,
        step=None if step is None else float(step),
        decimals=decimals_of(round_to, step),
        is_seed=kind == "INT"
        and (bool(attributes.get("control_after_generate")) or declaration.name in SEED_NAMES),
        is_slider=attributes.get("display") in ("slider", "gradientslider"),
        round_to=None if not round_to else float(round_to),
        default=_initial_number(kind, numeric_limit(attributes, "default"), low, high),
    )


def _initial_number(
    kind: str, default: int | float | None, low: int | float | None, high: int | float | None
) -> int | float:
    """Returns the editor's initial value: the default, else the allowed number nearest to 0."""
    value: int | float = 0 if default is None else default
    if default is None:
        value = max(value, low) if low is not None else value
        value = min(value, high) if high is not None else value
    return int(value) if kind == "INT" else float(value)


def _object_default(widget: str, attributes: JsonObject) -> Json:
    default = attributes.get("default")
    if widget == "COLOR":
        return default if isinstance(default, str) else _WHITE
    if isinstance(default, dict):
        return default
    if widget == "BOUNDING_BOX":
        return {"x": 0, "y": 0, "width": 512, "height": 512}
    if widget == "CURVE":
        return {"points": [[0.0, 0.0], [1.0, 1.0]], "interpolation": "monotone_cubic"}
    return {"min": 0.0, "max": 1.0}


def decimals_of(round_to: int | float | None, step: int | float | None) -> int:
    """Returns the number of decimals that an editor shows."""
    finest = min((each for each in (round_to, step) if each), default=0.01)
    text = f"{abs(finest):.10f}".rstrip("0")
    return min(max(len(text.partition(".")[2]), 1), 8)


def numeric_limit(attributes: Mapping[str, Json], name: str) -> int | float | None:
    """Returns a number; None for Infinity, which some nodes write if they have no limit."""
    value = attributes.get(name)
    if not is_number(value):
        return None
    return value if abs(value) < _LIMIT_BOUND else None


def nearest_float(limit: int | float, *, is_max: bool) -> int | float:
    """Returns the float nearest to a limit, but within it; a limit that is a float is unchanged."""
    try:
        value = float(limit)
    except OverflowError:
        return limit
    is_beyond = value > limit if is_max else value < limit
    if is_beyond:
        return nextafter(value, -inf if is_max else inf)
    return limit if value == limit else value


def _text(attributes: Mapping[str, Json], name: str, max_chars: int) -> str:
    return string_or_empty(attributes.get(name))[:max_chars]
