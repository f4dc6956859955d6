"""Parses text, written by a screen reader or pasted on a row, into input values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import same_json
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec
from runcomfy_desktop.domain.schema.spec_inference import fits_editor
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.number_values import parse_number

if TYPE_CHECKING:
    from runcomfy_desktop.domain.drafts.draft import Value

_COLOUR = re.compile(r"#?([0-9a-fA-F]{6})")
_SHORT_COLOUR = re.compile(r"#?([0-9a-fA-F]{3})")
# A file in a folder of ComfyUI, optionally followed by the folder's name: `cats/one.png [output]`.
_FILE_NAME = re.compile(r"[^\r\n]*\.\w{2,6}(\s*\[\w+\])?")
_MAX_NAME_CHARS = 1000
_NUMBER_KINDS = (InputKind.INT, InputKind.FLOAT)
TEXT_KINDS = (InputKind.STRING, InputKind.TEXT)
_MIME_MAJOR_TYPES = {InputKind.VIDEO: "video", InputKind.AUDIO: "audio", InputKind.MESH: "model"}
_TRUE_WORDS, _FALSE_WORDS = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


def parse_value(text: str, spec: InputSpec) -> Value:
    """Returns the value; None if the text is not valid for the input."""
    if spec.kind in _NUMBER_KINDS:
        return parse_number(text, spec.kind)
    if spec.kind in TEXT_KINDS:
        return text
    stripped = text.strip()
    if spec.kind is InputKind.COMBO and not spec.choices:
        # The deployment fetches the list, so its contents are unknown here.
        return stripped or None
    if spec.kind is InputKind.COMBO:
        return next((each for each in spec.choices if str(each) == stripped), None)
    if spec.kind is InputKind.COLOR:
        return parse_colour(stripped)
    if spec.kind is InputKind.BOOLEAN:
        stripped = stripped.casefold()
        for value, words in ((True, _TRUE_WORDS), (False, _FALSE_WORDS)):
            if stripped in words or stripped == texts.boolean_text(value, spec).casefold():
                return value
    return None


def accepts(spec: InputSpec, value: Value) -> bool:
    """Reports whether an input accepts `value` unchanged."""
    if isinstance(value, MediaFile):
        return spec.kind.is_media and value.mime.partition("/")[0] == _MIME_MAJOR_TYPES.get(
            spec.kind, "image"
        )
    if spec.kind is InputKind.COMBO and spec.choices:
        return any(same_json(value, each) for each in spec.choices)
    if spec.kind is InputKind.COLOR:
        return isinstance(value, str) and parse_colour(value) == value
    if spec.kind.is_media:
        return isinstance(value, str) and _is_file_name(value, spec)
    if spec.kind in TEXT_KINDS:
        # Includes strings too long to be typed, such as a pasted picture in Base64.
        return isinstance(value, str)
    if spec.kind is InputKind.INT and isinstance(value, float):
        return False
    return spec.kind.is_editable and fits_editor(spec.kind, value)


def _is_file_name(value: str, spec: InputSpec) -> bool:
    """Reports whether a string can be the value of a media input, unlike a copied prompt."""
    if texts.is_address(value) or texts.is_data_address(value) or value in spec.choices:
        return True
    return len(value) <= _MAX_NAME_CHARS and _FILE_NAME.fullmatch(value) is not None


def parse_colour(text: str) -> str | None:
    """Returns the colour in ComfyUI's notation; None if the text is not a colour."""
    whole, short = _COLOUR.fullmatch(text.strip()), _SHORT_COLOUR.fullmatch(text.strip())
    if whole is not None:
        return f"#{whole.group(1)}"
    return None if short is None else "#" + "".join(2 * each for each in short.group(1))
