"""Makes an InputSpec of what `object_info` says of one input, in both generations of ComfyUI.

Old classes leave unset keys out, new ones write them with null or false, so values are tested,
never presence. Anything that is not as it should be is left out: a schema is other people's text.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, nextafter
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.media_names import kind_of_file, kind_of_input

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runcomfy_desktop.domain.json_value import Json, JsonObject

DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"
AUTOGROW = "COMFY_AUTOGROW_V3"
DYNAMIC_SLOT = "COMFY_DYNAMICSLOT_V3"
MATCH_TYPE = "COMFY_MATCHTYPE_V3"
ANY_TYPE = "*"

SEED_NAMES = frozenset({"seed", "noise_seed"})
MAX_CHOICES = 100_000
_MAX_NOTE = 4_000
_MAX_LABEL = 200
_ENDLESS = 10**300
_WHITE = "#ffffff"

_K = InputKind
_Usual: TypeAlias = tuple[tuple[type, ...], float, float]
"""Types of which nothing is made, and the limits; no types where one has to look closer."""
_PLAIN: Mapping[str, tuple[type, ...]] = {
    "INT": (int,),
    "FLOAT": (int, float),
    "STRING": (str,),
    "BOOLEAN": (bool,),
}
_FARTHEST = sys.float_info.max
_UPLOADS = (
    ("image_upload", _K.IMAGE),
    ("animated_image_upload", _K.IMAGE),
    ("video_upload", _K.VIDEO),
    ("audio_upload", _K.AUDIO),
    ("file_upload", _K.MESH),
)
_SHAPES = {"COLOR": _K.COLOR, "BOUNDING_BOX": _K.BOX, "CURVE": _K.CURVE, "RANGE": _K.RANGE}


@dataclass(frozen=True)
class Declared:
    """One input as its class declares it: `type` is a name, or a list of choices."""

    class_type: str
    name: str
    type: str | list[Json]
    facts: JsonObject
    is_required: bool
    makes_masks: bool = False
    """Whether the class puts out a mask, so that a picture's alpha channel means something."""

    @property
    def listed(self) -> Json:
        """The choices as they stand in the schema; no list where there are none."""
        return self.facts.get("options", []) if self.type == "COMBO" else self.type

    def lists(self, value: Json) -> bool:
        """Whether `value` is one of the choices, of which there may be tens of thousands."""
        try:
            return value in self._quick
        except TypeError:
            return isinstance(self.listed, list) and value in self.listed

    def is_usual(self, value: Json) -> bool:
        """Whether a glance shows that nothing is wrong with `value`, as with most of them."""
        types, low, high = self._usual
        if type(value) not in types:
            return False
        if not isinstance(value, int | float):
            return True
        # An integer may lose its last digits as a float, which is what is compared.
        return low <= value <= high and (self.type != "FLOAT" or low <= float(value) <= high)

    @cached_property
    def _usual(self) -> _Usual:
        return _usual(self)

    @cached_property
    def _quick(self) -> frozenset[object]:
        listed = self.listed if isinstance(self.listed, list) else []
        return frozenset(each for each in listed if not isinstance(each, list | dict))

    @cached_property
    def spec(self) -> InputSpec:
        """How it is edited."""
        spec = _read(self)
        return replace(
            spec,
            tooltip=_text(self.facts, "tooltip", _MAX_NOTE),
            label=_text(self.facts, "display_name", _MAX_LABEL),
            is_required=self.is_required,
            is_advanced=self.facts.get("advanced") is True,
        )


def _usual(told: Declared) -> _Usual:
    types = _PLAIN.get(told.type, ()) if isinstance(told.type, str) else ()
    low, high = told.facts.get("min"), told.facts.get("max")
    if types in ((str,), (bool,)):
        return (types if low is None and high is None else ()), 0, 1
    low = -_FARTHEST if low is None else low
    high = _FARTHEST if high is None else high
    if isinstance(low, int | float) and isinstance(high, int | float):
        return types, max(low, -_FARTHEST), min(high, _FARTHEST)
    return (), 0, 0


def _read(told: Declared) -> InputSpec:
    facts = told.facts
    if isinstance(told.type, list):
        return _combo(told, told.type)
    if told.type == "COMBO":
        options = facts.get("options")
        return _combo(told, options if isinstance(options, list) else [])
    if told.type == DYNAMIC_COMBO:
        return _dynamic_combo(facts)
    if told.type in (MATCH_TYPE, DYNAMIC_SLOT, AUTOGROW):
        return InputSpec(_K.OTHER, type_name=_slot_type(told.type, facts))
    # What ComfyUI's editor shows in place of the type's own editor.
    kind = facts.get("widgetType")
    widget = kind if isinstance(kind, str) and kind else told.type
    if facts.get("forceInput") is True:
        return InputSpec(_K.OTHER, type_name=told.type)
    if widget in ("INT", "FLOAT"):
        return replace(_numeric(widget, told), type_name=told.type)
    if widget == "STRING":
        return replace(_string(told), type_name=told.type)
    if widget == "BOOLEAN":
        return replace(_boolean(facts), type_name=told.type)
    if widget in _SHAPES:
        return InputSpec(_SHAPES[widget], type_name=told.type, default=_shape(widget, facts))
    return InputSpec(_K.OTHER, type_name=told.type, default=facts.get("default"))


def _combo(told: Declared, raw: list[Json]) -> InputSpec:
    facts = told.facts
    choices = choices_of(raw)
    spec = InputSpec(
        _K.COMBO,
        choices=choices,
        placeholder=_text(facts, "placeholder", _MAX_LABEL),
        type_name="COMBO",
        is_remote=isinstance(facts.get("remote"), dict),
    )
    kind = _media_kind(told, choices)
    if kind is not None:
        takes_mask = kind is _K.IMAGE and told.makes_masks
        return replace(spec, kind=kind, type_name=kind.name, takes_mask=takes_mask)
    if facts.get("multiselect") is True or facts.get("multi_select") not in (None, False):
        return _several(spec, facts)
    if raw and all(isinstance(each, bool) for each in raw):
        return InputSpec(_K.BOOLEAN, type_name="COMBO", default=facts.get("default", raw[0]))
    if not choices:
        # Remote combos and empty model folders: the choices live in the container.
        return replace(spec, kind=_K.STRING, default=facts.get("default"))
    default = facts.get("default")
    return replace(spec, default=default if default in choices else choices[0])


def choices_of(raw: Iterable[Json]) -> tuple[str | int | float, ...]:
    """The choices that an editor can show, as many as anybody could look through."""
    found = (each for each in raw if isinstance(each, str | int | float))
    kept = tuple(each for each in found if not isinstance(each, bool))
    return kept[:MAX_CHOICES]


def _several(spec: InputSpec, facts: JsonObject) -> InputSpec:
    default = facts.get("default")
    several: list[Json] = default if isinstance(default, list) else []
    if isinstance(default, str | int | float):
        several = [default]
    if not spec.choices:
        return replace(spec, kind=_K.OTHER, default={"__value__": several})
    return replace(spec, kind=_K.MULTI, default={"__value__": several})


def _media_kind(told: Declared, choices: tuple[str | int | float, ...]) -> InputKind | None:
    for flag, flagged in _UPLOADS:
        if told.facts.get(flag) is True:
            return flagged
    kind = kind_of_input(told.class_type, told.name)
    first = choices[0] if choices else ""
    if kind is None and "Load" in told.class_type and isinstance(first, str):
        # Packs of nodes list the files of a folder without a word on uploading.
        return kind_of_file(told.name, first)
    return kind


def _dynamic_combo(facts: JsonObject) -> InputSpec:
    options = facts.get("options")
    keys = choices_of(
        option.get("key")
        for option in (options if isinstance(options, list) else ())
        if isinstance(option, dict)
    )
    if not keys:
        return InputSpec(_K.OTHER, type_name=DYNAMIC_COMBO)
    default = facts.get("default")
    return InputSpec(
        _K.COMBO,
        choices=keys,
        type_name="COMBO",
        default=default if default in keys else keys[0],
        is_dynamic=True,
    )


def _slot_type(kind: str, facts: JsonObject) -> str:
    """What may be linked to an input whose type is only a rule."""
    template = facts.get("template")
    if kind == MATCH_TYPE and isinstance(template, dict):
        return _text(template, "allowed_types", _MAX_NOTE) or ANY_TYPE
    return _text(facts, "slotType", _MAX_NOTE) or kind


def _string(told: Declared) -> InputSpec:
    facts = told.facts
    kind = kind_of_input(told.class_type, told.name)
    default = facts.get("default")
    return InputSpec(
        kind or (_K.TEXT if facts.get("multiline") is True else _K.STRING),
        placeholder=_text(facts, "placeholder", _MAX_NOTE),
        default=default if isinstance(default, str) else "",
    )


def _boolean(facts: JsonObject) -> InputSpec:
    return InputSpec(
        _K.BOOLEAN,
        label_on=_text(facts, "label_on", _MAX_LABEL),
        label_off=_text(facts, "label_off", _MAX_LABEL),
        default=facts.get("default") is True,
    )


def _numeric(kind: str, told: Declared) -> InputSpec:
    facts = told.facts
    low, high, step = (limit(facts, each) for each in ("min", "max", "step"))
    if low is not None and high is not None and low > high:
        low = high = None
    if kind == "FLOAT":
        low = None if low is None else nearest_float(low, is_max=False)
        high = None if high is None else nearest_float(high, is_max=True)
    round_to = limit(facts, "round")
    return InputSpec(
        _K.INT if kind == "INT" else _K.FLOAT,
        minimum=low,
        maximum=high,
        step=None if step is None else float(step),
        decimals=decimals_of(round_to, step),
        is_seed=kind == "INT"
        and (bool(facts.get("control_after_generate")) or told.name in SEED_NAMES),
        is_slider=facts.get("display") in ("slider", "gradientslider"),
        round_to=None if not round_to else float(round_to),
        default=_first_number(kind, limit(facts, "default"), low, high),
    )


def _first_number(
    kind: str, told: int | float | None, low: int | float | None, high: int | float | None
) -> int | float:
    """What ComfyUI's editor begins with: the default, else the allowed number nearest to 0."""
    value: int | float = 0 if told is None else told
    if told is None:
        value = max(value, low) if low is not None else value
        value = min(value, high) if high is not None else value
    return int(value) if kind == "INT" else float(value)


def _shape(widget: str, facts: JsonObject) -> Json:
    default = facts.get("default")
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
    """How many decimals an editor shows."""
    finest = min((each for each in (round_to, step) if each), default=0.01)
    text = f"{abs(finest):.10f}".rstrip("0")
    return min(max(len(text.partition(".")[2]), 1), 8)


def limit(facts: Mapping[str, Json], name: str) -> int | float | None:
    """A number; None for Infinity, which some nodes write where they have no limit."""
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < _ENDLESS else None


def nearest_float(limit: int | float, *, is_max: bool) -> int | float:
    """The float nearest to a limit that does not pass it; a limit that is a float is its own."""
    try:
        value = float(limit)
    except OverflowError:
        return limit
    is_beyond = value > limit if is_max else value < limit
    if is_beyond:
        return nextafter(value, -inf if is_max else inf)
    return limit if value == limit else value


def _text(facts: Mapping[str, Json], name: str, letters: int) -> str:
    value = facts.get(name)
    return value[:letters] if isinstance(value, str) else ""
