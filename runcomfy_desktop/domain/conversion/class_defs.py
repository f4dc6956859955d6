"""Node classes of `object_info` as the editor reads them to build nodes: sockets and widgets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import (
    list_or_empty,
    object_or_empty,
    objects_in,
    string_or_empty,
)
from runcomfy_desktop.domain.conversion.editor_json import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"
AUTOGROW = "COMFY_AUTOGROW_V3"
MATCH_TYPE = "COMFY_MATCHTYPE_V3"

# Types that the editor has a widget for; any other type is a socket.
_WIDGET_TYPES = frozenset(
    {
        "INT",
        "FLOAT",
        "BOOLEAN",
        "STRING",
        "MARKDOWN",
        "COMBO",
        "IMAGEUPLOAD",
        "COLOR",
        "IMAGECOMPARE",
        "BOUNDING_BOX",
        "BOUNDING_BOXES",
        "CHART",
        "GALLERIA",
        "PAINTER",
        "COMPOSITOR",
        "TEXTAREA",
        "CURVE",
        "RANGE",
        "COLORS",
        "VIDEO_EDIT",
        "WEBCAM",
        "AUDIO_UI",
        "AUDIOUPLOAD",
        "AUDIO_RECORD",
        "LOAD_3D",
        "LOAD_3D_ADVANCED",
        "PREVIEW_3D",
        DYNAMIC_COMBO,
    }
)


def is_widget_type(kind: str) -> bool:
    """Returns True if the editor has a widget for values of this type."""
    return kind in _WIDGET_TYPES


@dataclass(frozen=True, slots=True)
class InputDef:
    """Input of a class; `type` is COMBO for a list of choices."""

    name: str
    type: str
    options: JsonObject
    choices: tuple[Json, ...] = ()

    @property
    def widget_type(self) -> str:
        """Type of the widget that the editor makes for the input; "" if it is only a socket."""
        if self.options.get("forceInput"):
            return ""
        kind = string_or_empty(self.options.get("widgetType")) or self.type
        return kind if is_widget_type(kind) else ""

    @property
    def default(self) -> Json:
        return self.options.get("default")


@dataclass(frozen=True, slots=True)
class ClassDef:
    """Node class; its inputs are in the order of the editor's widgets.

    `output_groups` has one entry for each output: the group of inputs that decide its type, or "".
    """

    name: str
    title: str
    inputs: tuple[InputDef, ...]
    outputs: tuple[str, ...]
    output_groups: tuple[str, ...] = ()


@dataclass(slots=True)
class ClassDefs:
    """Classes of one container; each is parsed on first access."""

    raw: Mapping[str, Json]
    _read: dict[str, ClassDef | None] = field(default_factory=dict)

    def get(self, name: str) -> ClassDef | None:
        if name not in self._read:
            raw = self.raw.get(name)
            self._read[name] = _class_def(name, raw) if isinstance(raw, dict) else None
        return self._read[name]


def _class_def(name: str, raw: JsonObject) -> ClassDef:
    groups, order = object_or_empty(raw.get("input")), object_or_empty(raw.get("input_order"))
    inputs: list[InputDef] = []
    for group in ("required", "optional"):
        members = object_or_empty(groups.get(group))
        named = list_or_empty(order.get(group))
        names = [each for each in named if isinstance(each, str) and each in members]
        names += [each for each in members if each not in names]
        inputs += [input_def(each, members[each]) for each in names]
    return ClassDef(
        name,
        string_or_empty(raw.get("display_name")) or name,
        tuple(inputs),
        tuple(map(as_text, list_or_empty(raw.get("output")))),
        tuple(map(as_text, list_or_empty(raw.get("output_matchtypes")))),
    )


def input_def(name: str, entry: Json) -> InputDef:
    """Returns an input read from its entry in `object_info`: `[type]` or `[type, options]`."""
    parts = entry if isinstance(entry, list) else [entry]
    kind = parts[0] if parts else None
    options = object_or_empty(parts[1]) if len(parts) > 1 else {}
    if isinstance(kind, list):
        return InputDef(name, "COMBO", options, tuple(kind))
    choices = list_or_empty(options.get("options")) if kind == "COMBO" else ()
    return InputDef(name, kind if isinstance(kind, str) else "*", options, tuple(choices))


def prefixed_inputs(group: Json, prefix: str) -> list[InputDef]:
    """Returns the inputs of a `{required, optional}` object, with `prefix` before their names."""
    groups = (object_or_empty(group).get(kind) for kind in ("required", "optional"))
    entries = (each for inputs in groups for each in object_or_empty(inputs).items())
    return [input_def(f"{prefix}{name}", entry) for name, entry in entries]


def option_inputs(definition: InputDef, chosen: Json) -> list[InputDef]:
    """Returns the inputs of a dynamic choice's chosen option; 7 chooses "7", as in the editor."""
    key = json.dumps(chosen) if isinstance(chosen, int) else chosen
    for option in objects_in(definition.options.get("options")):
        if option.get("key") == key:
            return prefixed_inputs(option.get("inputs"), f"{definition.name}.")
    return []


def option_keys(definition: InputDef) -> list[Json]:
    return [each.get("key") for each in objects_in(definition.options.get("options"))]


def first_choice(definition: InputDef) -> Json:
    """Returns the first choice, which replaces a missing value.

    Returns None if the input has no choices, or if several can be selected.
    """
    if definition.widget_type == DYNAMIC_COMBO:
        keys = option_keys(definition)
        return keys[0] if keys else None
    if definition.widget_type != "COMBO" or definition.options.get("multi_select"):
        return None
    return definition.choices[0] if definition.choices else None
