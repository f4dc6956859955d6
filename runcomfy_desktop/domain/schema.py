"""Reads `object_info`: what kind of value an input takes, its limits and its choices.

Follows ComfyUI's `GET /object_info`, both generations: old classes leave unset keys out, new
ones write them with null or false, so values are tested, never presence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.json_members import Members
from runcomfy_desktop.domain.workflow import Node, link_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runcomfy_desktop.domain.json_value import Json, JsonObject

_SEED_NAMES = frozenset({"seed", "noise_seed"})
_IMAGE_CLASSES = frozenset({"LoadImage", "LoadImageMask"})
_IMAGE_NAME = re.compile(r"\.(png|jpe?g|webp|gif|bmp|tiff?)(\s*\[\w+\])?$", re.IGNORECASE)
_ENDLESS = 10**300
# A text editor takes seconds for more; such a text is a picture in Base64, and nobody types in it.
MAX_EDITED_LETTERS = 100_000
_SIMPLE_KINDS = ("INT", "FLOAT", "STRING", "BOOLEAN")


class InputKind(Enum):
    """Which editor an input gets. LINK and OTHER are read-only."""

    INT = "int"
    FLOAT = "float"
    STRING = "string"
    TEXT = "text"
    """STRING of many lines."""
    BOOLEAN = "boolean"
    COMBO = "combo"
    MULTI = "multi"
    """Several of the choices: `{"__value__": [...]}`, as a bare list would be taken for a link."""
    COLOR = "color"
    """`#rrggbb`."""
    BOX = "box"
    """`{x, y, width, height}`."""
    CURVE = "curve"
    """`{points, interpolation}`."""
    RANGE = "range"
    """`{min, max, ...}`."""
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    MESH = "mesh"
    """A 3D model, or any other file that a node takes."""
    LINK = "link"
    OTHER = "other"

    @property
    def editable(self) -> bool:
        return self not in (InputKind.LINK, InputKind.OTHER)

    @property
    def is_media(self) -> bool:
        """Whether the value is a file: sent along, by address, or one of the container's own."""
        return self in _MEDIA_KINDS


_MEDIA_KINDS = frozenset({InputKind.IMAGE, InputKind.VIDEO, InputKind.AUDIO, InputKind.MESH})


@dataclass(frozen=True, slots=True)
class InputSpec:
    """How one input is edited and what is allowed.

    `minimum`/`maximum` are None where there is no limit; `step`, `decimals` and `round_to` are for
    editors only, ComfyUI checks none. `choices` is non-empty for COMBO and MULTI, and informative
    for media (names of files in the deployment's container). `default` is what the class names for
    an input that is not saved. `is_dynamic` says that the choice decides which other inputs there
    are, `is_remote` that the choices come from the instance while it runs. `label` is the class's
    own name for people, "" for none. `known` is false when no schema told us.
    """

    kind: InputKind
    minimum: int | float | None = None
    maximum: int | float | None = None
    step: float | None = None
    decimals: int = 2
    choices: tuple[str | int | float, ...] = ()
    label_on: str = ""
    label_off: str = ""
    placeholder: str = ""
    tooltip: str = ""
    is_seed: bool = False
    type_name: str = ""
    known: bool = True
    is_slider: bool = False
    round_to: float | None = None
    default: Json = None
    is_required: bool = False
    is_remote: bool = False
    is_dynamic: bool = False
    takes_mask: bool = False
    is_advanced: bool = False
    label: str = ""


class Schema:
    """The node classes of one deployment's container; reads a class when it is first asked for."""

    def __init__(self, object_info: Mapping[str, Json]) -> None:
        self._raw = object_info
        self._specs: dict[tuple[str, str], InputSpec | None] = {}

    @property
    def classes(self) -> Mapping[str, Json]:
        """The classes as `object_info` has them."""
        return self._raw

    def __contains__(self, class_type: str) -> bool:
        return isinstance(self._raw.get(class_type), dict)

    def read_ahead(self, class_types: Iterable[str]) -> None:
        """Reads these classes now, on a worker thread, so that nobody has to wait for them."""
        if isinstance(self._raw, Members):
            self._raw.read_ahead(class_types)

    def display_name(self, class_type: str) -> str:
        """The class's label; "" when it has none or is unknown."""
        raw = self._raw.get(class_type)
        name = raw.get("display_name") if isinstance(raw, dict) else None
        return name if isinstance(name, str) else ""

    def spec(self, class_type: str, name: str) -> InputSpec | None:
        """What `object_info` says of an input, None when it says nothing."""
        key = (class_type, name)
        if key not in self._specs:
            self._specs[key] = self._read(class_type, name)
        return self._specs[key]

    def _read(self, class_type: str, name: str) -> InputSpec | None:
        raw = self._raw.get(class_type)
        groups = raw.get("input") if isinstance(raw, dict) else None
        if not isinstance(groups, dict):
            return None
        for group in ("required", "optional"):
            inputs = groups.get(group)
            if isinstance(inputs, dict) and isinstance(inputs.get(name), list):
                entry = inputs[name]
                assert isinstance(entry, list)
                return _spec_from(class_type, name, entry)
        return None


def input_spec(schema: Schema | None, node: Node, name: str) -> InputSpec:
    """How `name` of `node` is edited: by its schema, else by the type of the saved value."""
    value = node.inputs.get(name)
    if link_of(value) is not None:
        return InputSpec(InputKind.LINK)
    spec = None if schema is None else schema.spec(node.class_type, name)
    if spec is None:
        spec = _spec_by_value(node.class_type, name, value)
    # A saved value the typed editor could not show without changing it stays as it is.
    if _fits(spec.kind, value):
        return spec
    return InputSpec(InputKind.OTHER, type_name=spec.type_name, known=spec.known)


def _spec_from(class_type: str, name: str, entry: list[Json]) -> InputSpec | None:
    if not entry:
        return None
    kind, options = entry[0], entry[1] if len(entry) > 1 else None
    facts = options if isinstance(options, dict) else {}
    if isinstance(kind, list):
        return _combo(class_type, name, kind, facts)
    if kind == "COMBO":
        choices = facts.get("options")
        return _combo(class_type, name, choices if isinstance(choices, list) else [], facts)
    if not isinstance(kind, str):
        return None
    if facts.get("forceInput") is True or kind not in _SIMPLE_KINDS:
        return InputSpec(InputKind.OTHER, tooltip=_text(facts, "tooltip"), type_name=kind)
    return _simple(kind, name, facts)


def _combo(class_type: str, name: str, raw: list[Json], facts: JsonObject) -> InputSpec:
    choices = tuple(
        each for each in raw if isinstance(each, str | int | float) and not isinstance(each, bool)
    )
    tooltip = _text(facts, "tooltip")
    if facts.get("image_upload") is True or (class_type in _IMAGE_CLASSES and name == "image"):
        return InputSpec(InputKind.IMAGE, choices=choices, tooltip=tooltip, type_name="IMAGE")
    uploads = any(
        facts.get(flag) is True for flag in ("video_upload", "audio_upload", "file_upload")
    )
    if uploads or facts.get("multiselect") is True:
        return InputSpec(InputKind.OTHER, choices=choices, tooltip=tooltip, type_name="COMBO")
    if not choices:
        # Remote combos and empty model folders: the choices live in the container.
        return InputSpec(InputKind.STRING, tooltip=tooltip, type_name="COMBO")
    return InputSpec(InputKind.COMBO, choices=choices, tooltip=tooltip, type_name="COMBO")


def _simple(kind: str, name: str, facts: JsonObject) -> InputSpec:
    tooltip = _text(facts, "tooltip")
    if kind == "STRING":
        many = facts.get("multiline") is True
        return InputSpec(
            InputKind.TEXT if many else InputKind.STRING,
            placeholder=_text(facts, "placeholder"),
            tooltip=tooltip,
            type_name=kind,
        )
    if kind == "BOOLEAN":
        return InputSpec(
            InputKind.BOOLEAN,
            label_on=_text(facts, "label_on"),
            label_off=_text(facts, "label_off"),
            tooltip=tooltip,
            type_name=kind,
        )
    step = _number(facts, "step")
    return InputSpec(
        InputKind.INT if kind == "INT" else InputKind.FLOAT,
        minimum=_number(facts, "min"),
        maximum=_number(facts, "max"),
        step=None if step is None else float(step),
        decimals=_decimals(_number(facts, "round"), step),
        tooltip=tooltip,
        is_seed=kind == "INT"
        and (bool(facts.get("control_after_generate")) or name in _SEED_NAMES),
        type_name=kind,
    )


def _spec_by_value(class_type: str, name: str, value: Json) -> InputSpec:
    if isinstance(value, bool):
        return InputSpec(InputKind.BOOLEAN, known=False)
    if isinstance(value, int):
        return InputSpec(InputKind.INT, is_seed=name in _SEED_NAMES, known=False)
    if isinstance(value, float):
        return InputSpec(InputKind.FLOAT, decimals=_decimals(None, value), known=False)
    if isinstance(value, str):
        return InputSpec(_kind_of_text(class_type, name, value), known=False)
    return InputSpec(InputKind.OTHER, known=False)


def _kind_of_text(class_type: str, name: str, value: str) -> InputKind:
    names_image = name == "image" and _IMAGE_NAME.search(value) is not None
    if names_image or (class_type in _IMAGE_CLASSES and name == "image"):
        return InputKind.IMAGE
    return InputKind.TEXT if "\n" in value or len(value) > 80 else InputKind.STRING


def _fits(kind: InputKind, value: Json) -> bool:
    if kind is InputKind.BOOLEAN:
        return isinstance(value, bool)
    if kind in (InputKind.INT, InputKind.FLOAT):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is InputKind.COMBO:
        return isinstance(value, str | int | float) and not isinstance(value, bool)
    if kind in (InputKind.STRING, InputKind.TEXT):
        return isinstance(value, str) and len(value) <= MAX_EDITED_LETTERS
    if kind is InputKind.IMAGE:
        return isinstance(value, str)
    return True


def _decimals(round_to: int | float | None, step: int | float | None) -> int:
    finest = min((each for each in (round_to, step) if each), default=0.01)
    text = f"{abs(finest):.10f}".rstrip("0")
    return min(max(len(text.partition(".")[2]), 1), 8)


def _text(facts: Mapping[str, Json], name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""


def _number(facts: Mapping[str, Json], name: str) -> int | float | None:
    """A limit; None for Infinity, which some nodes write where they have none."""
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < _ENDLESS else None
