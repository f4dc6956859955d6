"""Reads preset files, whose authors are unknown.

Errors are reported as text for the user; unknown members are kept.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.chunked_json import (
    MAX_DIGITS,
    TooDeep,
    TooLong,
    TooMany,
    read_json,
)
from runcomfy_desktop.domain.base.json_value import (
    is_finite,
    is_integer,
    list_or_empty,
    object_or_empty,
    string_or_empty,
)
from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.drafts.pin import pins_from_json
from runcomfy_desktop.domain.presets import file_format
from runcomfy_desktop.domain.presets.graph_positions import MAX_FEATURE_CHARS, MAX_FEATURES
from runcomfy_desktop.domain.presets.media_members import SHA256, media_from_json
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.presets.writer import too_large_problem
from runcomfy_desktop.domain.workflow.workflow import (
    MAX_DEPTH,
    MAX_VALUES,
    InputKey,
    json_error_position,
)
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value

_MAX_SHOWN_CHARS = 60
_MODES = {mode.value: mode for mode in SeedMode}


class NewerPreset(Problem):
    """Raised for a preset written by a newer version of the program.

    Its file may be inspected and moved, but is never rewritten.
    """


class NotAPreset(Problem):
    """Raised for JSON of another kind, which does not claim to be a preset."""


class DamagedPreset(Problem):
    """Raised for data that is not JSON."""


def read_preset(data: bytes) -> Preset:
    """Returns the preset in a file's bytes.

    Raises Problem: NewerPreset, NotAPreset, DamagedPreset, or one that names the error.
    """
    return preset_from_json(parse_preset_json(data))


def parse_preset_json(data: bytes) -> Json:
    """Returns the JSON in a file's bytes, within the limits of presets. Raises Problem."""
    if len(data) > file_format.MAX_BYTES:
        raise too_large_problem(len(data))
    try:
        value = read_json(
            data.decode(json.detect_encoding(data)), max_depth=MAX_DEPTH, max_values=MAX_VALUES
        )
    except ValueError as error:
        raise _json_problem(error) from None
    if not is_finite(value):
        raise _preset_problem(_("It holds a number that JSON has no word for."))
    return value


def preset_from_json(value: Json) -> Preset:
    """Returns the preset in parsed JSON. Raises Problem like `read_preset`."""
    members = checked_members(value)
    inputs = list_or_empty(members["inputs"])
    pins = members.get("pins", [])
    if not isinstance(pins, list):
        raise _preset_problem(_("“pins” is no list."))
    if len(inputs) > file_format.MAX_ENTRIES:
        raise _preset_problem(_("It speaks of more than %d inputs.") % file_format.MAX_ENTRIES)
    extra = _unknown(members, file_format.TOP_MEMBERS)
    known = object_or_empty(members.get("deployment"))
    if unknown := _unknown(known, file_format.DEPLOYMENT_MEMBERS):
        extra["deployment"] = unknown
    deployment_id, deployment_name, workflow_version = (
        text_member(known, name) for name in file_format.DEPLOYMENT_MEMBERS
    )
    return Preset(
        text_member(members, "name"),
        _last_of_each(_entry(each, number) for number, each in enumerate(inputs, 1)),
        pins_from_json(pins),
        text_member(members, "note"),
        deployment_id,
        deployment_name,
        workflow_version,
        _files(members.get("files", {})),
        extra,
    )


def checked_members(value: Json) -> JsonObject:
    """Returns the members of a preset of a known format. Raises Problem."""
    if not is_preset(value):
        raise NotAPreset(
            _("This JSON file is not a preset."),
            _("It has no “format” and no list of “inputs”."),
            _("Choose a preset, the body of a request, a cURL command, or what a run left."),
        )
    assert isinstance(value, dict)
    found = value["format"]
    assert isinstance(found, int)
    if found > file_format.FORMAT:
        raise NewerPreset(
            _("This preset was written by a newer version of this program."),
            _("It has format %d; this version knows up to %d. It is left as it is.")
            % (found, file_format.FORMAT),
            _("Install the newer version to use it."),
            kind=ProblemKind.REJECTED,
        )
    if found < 1:
        raise _preset_problem(_("Its format is %d, which never was.") % found)
    if not isinstance(value.get("inputs"), list):
        raise _preset_problem(_("“inputs” is no list."))
    return value


def is_preset(value: Json) -> bool:
    """Returns True if JSON is meant to be a preset, of any format."""
    if not isinstance(value, dict):
        return False
    found = value.get("format")
    if not is_integer(found) or found.bit_length() > 31:
        return False
    return value.get("kind") == file_format.KIND or isinstance(value.get("inputs"), list)


def text_member(members: JsonObject, name: str) -> str:
    """Returns a string member, or "" if it is missing.

    Raises Problem if the member is not a string or is too long.
    """
    value = members.get(name, "")
    if not isinstance(value, str) or len(value) > file_format.MAX_TEXT_CHARS:
        raise _preset_problem(_("“%s” is no text, or a very long one.") % name)
    return value


def _entry(value: Json, number: int) -> PresetEntry:
    key, class_type, title, members = _read_key(value, _("input %d") % number)
    extra = _unknown(members, file_format.ENTRY_MEMBERS)
    has_value = "media" in members or "value" in members
    found: Value = members.get("value")
    if "media" in members:
        media = media_from_json(members["media"])
        if media is None:
            text = _("The file of %s is not described as it should be.")
            raise _preset_problem(text % _key_text(key))
        found = media
        known = (*file_format.MEDIA_MEMBERS, *file_format.OLD_MEDIA_MEMBERS)
        if unknown := _unknown(object_or_empty(members["media"]), known):
            extra["media"] = unknown
    position, expands = members.get("place", ""), members.get("expand", False)
    mode = _MODES.get(string_or_empty(members.get("seed_mode")))
    is_read = {"place": isinstance(position, str), "seed_mode": mode is not None}
    is_read["expand"] = isinstance(expands, bool)
    # Values of later versions must not be lost.
    extra |= {name: members[name] for name in is_read if name in members and not is_read[name]}
    features = _read_features(string_or_empty(position))
    return PresetEntry(
        key, class_type, title, found, has_value, mode, expands is True, extra, features
    )


def _read_features(position: str) -> tuple[str, ...]:
    """Returns the features of a node's position, which is stored with one feature per line."""
    lines = position[: MAX_FEATURES * (MAX_FEATURE_CHARS + 1)].split("\n")[:MAX_FEATURES]
    return tuple(each[:MAX_FEATURE_CHARS] for each in lines if each)


def _read_key(value: Json, what: str) -> tuple[InputKey, str, str, JsonObject]:
    """Returns the input's key, its node's class and title, and all members. Raises Problem."""
    if not isinstance(value, dict):
        raise _preset_problem(_("What it says as %s is no object.") % what)
    node_id, name = value.get("node"), value.get("input")
    if not (isinstance(node_id, str) and isinstance(name, str) and node_id and name):
        raise _preset_problem(_("What it says as %s names no node and input.") % what)
    if max(len(node_id), len(name)) > file_format.MAX_TEXT_CHARS:
        raise _preset_problem(_("What it says as %s has a name without end.") % what)
    return InputKey(node_id, name), text_member(value, "class"), text_member(value, "title"), value


def _last_of_each(found: Iterable[PresetEntry]) -> tuple[PresetEntry, ...]:
    """Returns the last entry for each input, just as the last of duplicate names in JSON counts."""
    return tuple({each.key: each for each in found}.values())


def _files(members: Json) -> dict[str, bytes]:
    if not isinstance(members, dict) or len(members) > file_format.MAX_FILES:
        why = _("“files” is no object of at most %d files.")
        raise _preset_problem(why % file_format.MAX_FILES)
    files: dict[str, bytes] = {}
    total_bytes = 0
    for sha, text in members.items():
        if not SHA256.fullmatch(sha) or not isinstance(text, str):
            raise _preset_problem(_("One of the files that it brings has no proper name."))
        try:
            files[sha] = base64.b64decode(text, validate=True)
        except ValueError:
            raise _preset_problem(_("One of the files that it brings is damaged.")) from None
        total_bytes += len(files[sha])
        if total_bytes > file_format.MAX_FILES_BYTES:
            raise too_large_problem(total_bytes * 4 // 3)
        if hashlib.sha256(files[sha]).hexdigest() != sha:
            raise _preset_problem(
                _("One of the files that it brings is not the one that it names.")
            )
    return files


def _unknown(members: JsonObject, known: Collection[str]) -> JsonObject:
    return {name: value for name, value in members.items() if name not in known}


def _key_text(key: InputKey) -> str:
    return f"#{one_line(key.node_id)[:_MAX_SHOWN_CHARS]} {one_line(key.name)[:_MAX_SHOWN_CHARS]}"


def _preset_problem(what: str) -> Problem:
    return Problem(
        _("This preset cannot be used."),
        what,
        _("Mend its file in an editor, or take an earlier copy of it."),
    )


def _json_problem(error: ValueError) -> Problem:
    match error:
        case TooDeep():
            return _preset_problem(_("It is nested more than %d levels deep.") % MAX_DEPTH)
        case TooMany():
            return _preset_problem(_("It has more than %d values.") % MAX_VALUES)
        case TooLong():
            return _preset_problem(_("It holds a number of more than %d digits.") % MAX_DIGITS)
    return DamagedPreset(
        _("This preset's file is damaged: it is not JSON."),
        json_error_position(error),
        _("Mend it in an editor, or take an earlier copy of it."),
        technical=str(error)[:300],
    )
