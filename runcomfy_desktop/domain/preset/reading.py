"""Reads a preset's file. Nobody knows who wrote it: what is wrong with it is said in words, what is
only unknown is kept."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.draft import SeedMode
from runcomfy_desktop.domain.json_pieces import MAX_DIGITS, TooDeep, TooLong, TooMany, read_json
from runcomfy_desktop.domain.pin import pins_from_json
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.preset import form
from runcomfy_desktop.domain.preset.media_members import SHA, media_from_json
from runcomfy_desktop.domain.preset.places import MOST_LETTERS, MOST_MARKS
from runcomfy_desktop.domain.preset.preset import Entry, Preset
from runcomfy_desktop.domain.preset.writing import is_finite, too_large
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.domain.workflow import MAX_DEPTH, MAX_VALUES, InputKey
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.json_value import Json, JsonObject

_SHOWN = 60
_MODES = {mode.value: mode for mode in SeedMode}


class NewerPreset(Problem):
    """The preset was written by a newer program: it may be looked at and moved, never rewritten."""


class NoPreset(Problem):
    """JSON of another kind: nobody claimed that it is a preset."""


class Broken(Problem):
    """No JSON at all."""


def read_preset(data: bytes) -> Preset:
    """The preset in a file's bytes. Raises Problem: NewerPreset, NoPreset, Broken, or one that
    names what is wrong in it."""
    return preset_from_json(parsed(data))


def parsed(data: bytes) -> Json:
    """The JSON in a file's bytes, within the limits of presets. Raises Problem."""
    if len(data) > form.MAX_BYTES:
        raise too_large(len(data))
    try:
        value = read_json(
            data.decode(json.detect_encoding(data)), depth=MAX_DEPTH, values=MAX_VALUES
        )
    except TooDeep:
        raise _wrong(_("It is nested more than %d levels deep.") % MAX_DEPTH) from None
    except TooMany:
        raise _wrong(_("It has more than %d values.") % MAX_VALUES) from None
    except TooLong:
        raise _wrong(_("It holds a number of more than %d digits.") % MAX_DIGITS) from None
    except ValueError as error:
        raise _broken(error) from None
    if not is_finite(value):
        raise _wrong(_("It holds a number that JSON has no word for."))
    return value


def preset_from_json(value: Json) -> Preset:
    """The preset in parsed JSON. Raises Problem as `read_preset`."""
    members = checked_head(value)
    inputs = members["inputs"]
    assert isinstance(inputs, list)
    pins = members.get("pins", [])
    if not isinstance(pins, list):
        raise _wrong(_("“pins” is no list."))
    if len(inputs) > form.MAX_ENTRIES:
        raise _wrong(_("It speaks of more than %d inputs.") % form.MAX_ENTRIES)
    extra = _unknown(members, form.TOP)
    about = members.get("deployment")
    known = about if isinstance(about, dict) else {}
    if unknown := _unknown(known, form.DEPLOYMENT):
        extra["deployment"] = unknown
    deployment_id, deployment_name, workflow_version = (
        text_of(known, name) for name in form.DEPLOYMENT
    )
    return Preset(
        text_of(members, "name"),
        _once(_entry(each, number) for number, each in enumerate(inputs, 1)),
        pins_from_json(pins),
        text_of(members, "note"),
        deployment_id,
        deployment_name,
        workflow_version,
        _files(members.get("files", {})),
        extra,
    )


def checked_head(value: Json) -> JsonObject:
    """The object that a preset is, of a format that is known. Raises Problem."""
    if not is_preset(value):
        raise NoPreset(
            _("This JSON file is not a preset."),
            _("It has no “format” and no list of “inputs”."),
            _("Choose a preset, the body of a request, a cURL command, or what a run left."),
        )
    assert isinstance(value, dict)
    found = value["format"]
    assert isinstance(found, int)
    if found > form.FORMAT:
        raise NewerPreset(
            _("This preset was written by a newer version of this program."),
            _("It has format %d; this version knows up to %d. It is left as it is.")
            % (found, form.FORMAT),
            _("Install the newer version to use it."),
            kind=ProblemKind.REJECTED,
        )
    if found < 1:
        raise _wrong(_("Its format is %d, which never was.") % found)
    if not isinstance(value.get("inputs"), list):
        raise _wrong(_("“inputs” is no list."))
    return value


def is_preset(value: Json) -> bool:
    """Whether JSON means to be a preset, of whatever format."""
    if not isinstance(value, dict):
        return False
    found = value.get("format")
    if not isinstance(found, int) or isinstance(found, bool) or found.bit_length() > 31:
        return False
    return value.get("kind") == form.KIND or isinstance(value.get("inputs"), list)


def text_of(members: JsonObject, name: str) -> str:
    """A text, "" where none is said. Raises Problem for what is no text."""
    value = members.get(name, "")
    if not isinstance(value, str) or len(value) > form.MAX_TEXT:
        raise _wrong(_("“%s” is no text, or a very long one.") % name)
    return value


def _entry(value: Json, number: int) -> Entry:
    key, class_type, title, members = _where(value, _("input %d") % number)
    extra = _unknown(members, form.ENTRY)
    has_value = "media" in members or "value" in members
    found: Value = members.get("value")
    if "media" in members:
        media = media_from_json(members["media"])
        if media is None:
            raise _wrong(_("The file of %s is not described as it should be.") % _named(key))
        found = media
        about = members["media"]
        if isinstance(about, dict) and (unknown := _unknown(about, (*form.MEDIA, *form.OLD_MEDIA))):
            extra["media"] = unknown
    word, expands = members.get("seed_mode"), members.get("expand", False)
    place = members.get("place", "")
    if not isinstance(place, str):
        extra["place"] = place
    mode = _MODES.get(word) if isinstance(word, str) else None
    # What a later program says there is none of ours to forget.
    if "seed_mode" in members and mode is None:
        extra["seed_mode"] = word
    if not isinstance(expands, bool):
        extra["expand"] = expands
    marks = _marks(place) if isinstance(place, str) else ()
    return Entry(key, class_type, title, found, has_value, mode, expands is True, extra, marks)


def _marks(place: str) -> tuple[str, ...]:
    """Where the node stands, a mark in each line."""
    lines = place[: MOST_MARKS * (MOST_LETTERS + 1)].split("\n")[:MOST_MARKS]
    return tuple(each[:MOST_LETTERS] for each in lines if each)


def _where(value: Json, what: str) -> tuple[InputKey, str, str, JsonObject]:
    """Which input it is about: its key, its node's class and title."""
    if not isinstance(value, dict):
        raise _wrong(_("What it says as %s is no object.") % what)
    node_id, name = value.get("node"), value.get("input")
    if not (isinstance(node_id, str) and isinstance(name, str) and node_id and name):
        raise _wrong(_("What it says as %s names no node and input.") % what)
    if max(len(node_id), len(name)) > form.MAX_TEXT:
        raise _wrong(_("What it says as %s has a name without end.") % what)
    return InputKey(node_id, name), text_of(value, "class"), text_of(value, "title"), value


def _once(found: Iterable[Entry]) -> tuple[Entry, ...]:
    """What comes twice counts as it came last, as names in JSON do."""
    return tuple({each.key: each for each in found}.values())


def _files(members: Json) -> dict[str, bytes]:
    if not isinstance(members, dict) or len(members) > form.MAX_FILES:
        raise _wrong(_("“files” is no object of at most %d files.") % form.MAX_FILES)
    files: dict[str, bytes] = {}
    whole = 0
    for sha, text in members.items():
        if not SHA.fullmatch(sha) or not isinstance(text, str):
            raise _wrong(_("One of the files that it brings has no proper name."))
        try:
            files[sha] = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise _wrong(_("One of the files that it brings is damaged.")) from None
        whole += len(files[sha])
        if whole > form.MAX_FILES_BYTES:
            raise too_large(whole * 4 // 3)
        if hashlib.sha256(files[sha]).hexdigest() != sha:
            raise _wrong(_("One of the files that it brings is not the one that it names."))
    return files


def _unknown(members: JsonObject, known: Collection[str]) -> JsonObject:
    return {name: value for name, value in members.items() if name not in known}


def _named(key: InputKey) -> str:
    return f"#{one_line(key.node_id)[:_SHOWN]} {one_line(key.name)[:_SHOWN]}"


def _wrong(what: str) -> Problem:
    return Problem(
        _("This preset cannot be used."),
        what,
        _("Mend its file in an editor, or take an earlier copy of it."),
    )


def _broken(error: ValueError) -> Problem:
    where = ""
    if isinstance(error, json.JSONDecodeError):
        where = _("Reading stopped in line %d, column %d.") % (error.lineno, error.colno)
    return Broken(
        _("This preset's file is damaged: it is not JSON."),
        where,
        _("Mend it in an editor, or take an earlier copy of it."),
        technical=str(error)[:300],
    )
