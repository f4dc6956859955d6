"""What a text means as the value of an input: written by a screen reader, or pasted on a row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.input_by_value import fits
from runcomfy_desktop.domain.json_value import same_json
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.schema import InputKind, InputSpec
from runcomfy_desktop.ui.inputs import texts
from runcomfy_desktop.ui.inputs.numbers import read_number

if TYPE_CHECKING:
    from runcomfy_desktop.domain.draft import Value

_COLOUR = re.compile(r"#?([0-9a-fA-F]{6})")
_SHORT = re.compile(r"#?([0-9a-fA-F]{3})")
_NUMBERS = (InputKind.INT, InputKind.FLOAT)
_TEXTS = (InputKind.STRING, InputKind.TEXT)
_MEDIA = {InputKind.VIDEO: "video", InputKind.AUDIO: "audio", InputKind.MESH: "model"}
_YES, _NO = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


def written_value(text: str, spec: InputSpec) -> Value:
    """The value, None when the text is none for such an input."""
    if spec.kind in _NUMBERS:
        return read_number(text, spec.kind)
    if spec.kind in _TEXTS:
        return text
    word = text.strip()
    if spec.kind is InputKind.COMBO:
        return next((each for each in spec.choices if str(each) == word), None)
    if spec.kind is InputKind.COLOR:
        return read_colour(word)
    if spec.kind is InputKind.BOOLEAN:
        word = word.casefold()
        for value, words in ((True, _YES), (False, _NO)):
            if word in words or word == texts.boolean_text(value, spec).casefold():
                return value
    return None


def takes(spec: InputSpec, value: Value) -> bool:
    """Whether an input takes `value` as it is."""
    if isinstance(value, MediaFile):
        return spec.kind.is_media and value.mime.partition("/")[0] == _MEDIA.get(spec.kind, "image")
    if spec.kind is InputKind.BOOLEAN:
        return isinstance(value, bool)
    if spec.kind in _NUMBERS:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole or (spec.kind is InputKind.FLOAT and isinstance(value, float))
    if spec.kind is InputKind.COMBO:
        return any(same_json(value, each) for each in spec.choices)
    if spec.kind in _TEXTS or spec.kind.is_media:
        return isinstance(value, str)
    if spec.kind is InputKind.COLOR:
        return isinstance(value, str) and read_colour(value) == value
    return spec.kind.editable and fits(spec.kind, value)


def read_colour(text: str) -> str | None:
    """The colour meant by its digits, as ComfyUI writes it."""
    whole, short = _COLOUR.fullmatch(text.strip()), _SHORT.fullmatch(text.strip())
    if whole is not None:
        return f"#{whole.group(1)}"
    return None if short is None else "#" + "".join(2 * each for each in short.group(1))
