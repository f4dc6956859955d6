"""Infers the editor of an input from its value if the schema is missing or vague."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import is_number
from runcomfy_desktop.domain.schema.input_declaration import ANY_TYPE, decimals_of
from runcomfy_desktop.domain.schema.input_spec import InputKind, InputSpec
from runcomfy_desktop.domain.schema.media_inputs import kind_of_file, kind_of_input
from runcomfy_desktop.domain.workflow.workflow import SEED_NAMES

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

# A text editor takes seconds for more; a string this long is a picture in Base64, which is not
# edited.
MAX_EDITED_CHARS = 100_000

_MAX_LINE_CHARS = 80
_K = InputKind
_BOX_KEYS = frozenset({"x", "y", "width", "height"})
_PLAIN_TYPES = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN"})


def infer_spec(class_type: str, name: str, value: Json) -> InputSpec:
    """Returns the spec of an input that no schema describes."""
    if isinstance(value, bool):
        return InputSpec(_K.BOOLEAN, is_known=False)
    if isinstance(value, int):
        return InputSpec(_K.INT, is_seed=name in SEED_NAMES, is_known=False)
    if isinstance(value, float):
        return InputSpec(_K.FLOAT, decimals=decimals_of(None, value), is_known=False)
    if isinstance(value, str):
        return InputSpec(_kind_of_text(class_type, name, value), is_known=False)
    if isinstance(value, dict):
        return InputSpec(_kind_of_object(value), is_known=False)
    return InputSpec(_K.OTHER, is_known=False)


def refine_spec(spec: InputSpec, class_type: str, name: str, value: Json) -> InputSpec:
    """Returns `spec`, completed from the value if it leaves the kind open.

    If an input accepts any type or several types and holds a plain value, it is edited as a value
    of that kind.
    """
    if spec.kind is _K.OTHER and isinstance(value, bool | int | float | str):
        types = {each.strip() for each in spec.type_name.split(",")}
        if ANY_TYPE in types or (len(types) > 1 and types & _PLAIN_TYPES):
            inferred = infer_spec(class_type, name, value)
            return replace(spec, kind=inferred.kind, decimals=inferred.decimals)
    return spec


def fits_editor(kind: InputKind, value: Json) -> bool:
    """Returns True if the editor of `kind` can show `value` without changing it."""
    if kind is _K.BOOLEAN:
        return isinstance(value, bool)
    if kind in (_K.INT, _K.FLOAT):
        return is_number(value)
    if kind is _K.COMBO:
        return isinstance(value, str) or is_number(value)
    if kind in (_K.STRING, _K.TEXT):
        return isinstance(value, str) and len(value) <= MAX_EDITED_CHARS
    if kind.is_media or kind is _K.COLOR:
        return isinstance(value, str)
    if kind is _K.MULTI:
        return isinstance(value, dict) and isinstance(value.get("__value__"), list)
    if kind in (_K.BOX, _K.CURVE, _K.RANGE):
        return isinstance(value, dict) and _kind_of_object(value) is kind
    return True


def _kind_of_text(class_type: str, name: str, value: str) -> InputKind:
    kind = kind_of_input(class_type, name) or kind_of_file(name, value)
    if kind is not None:
        return kind
    return _K.TEXT if "\n" in value or len(value) > _MAX_LINE_CHARS else _K.STRING


def _kind_of_object(value: dict[str, Json]) -> InputKind:
    if value.keys() >= _BOX_KEYS and all(is_number(value[each]) for each in _BOX_KEYS):
        return _K.BOX
    points = value.get("points")
    if isinstance(points, list) and all(map(_is_point, points)):
        return _K.CURVE
    if is_number(value.get("min")) and is_number(value.get("max")):
        return _K.RANGE
    return _K.OTHER


def _is_point(value: Json) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(is_number, value))
