"""Summary of a preset for lists, read without the files that the preset contains."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.chunked_json import skip_blanks
from runcomfy_desktop.domain.base.json_value import list_or_empty, object_or_empty, string_or_empty
from runcomfy_desktop.domain.presets import file_format
from runcomfy_desktop.domain.presets.preset import PresetSummary
from runcomfy_desktop.domain.presets.reader import NewerPreset, checked_members, parse_preset_json
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

SUMMARY_BYTES = 256 * 1024
"""Size of the part of a large file that is read first; presets without files are far smaller."""

_KIND_PATTERN = re.compile(rb'"kind"\s*:\s*"' + re.escape(file_format.KIND.encode()) + rb'"')
_KIND_SEARCH_BYTES = 4096
_MAX_NOTE_CHARS = 300


def summary_of(data: bytes, path: str, *, is_whole: bool) -> PresetSummary | None:
    """Returns the summary from the bytes, or the first bytes, of a preset.

    Returns None if the whole file is needed. `problem` in the summary is the reason why the preset
    cannot be used. Raises Problem: NotAPreset for other JSON, DamagedPreset if it is not JSON.
    """
    value = _parse_whole(data) if is_whole else _parse_beginning(data)
    if value is None and not is_whole:
        return None
    folder, _slash, file = path.rpartition("/")
    stem = file.removesuffix(".json")
    problem = ""
    try:
        members = checked_members(value)
    except NewerPreset as newer:
        problem = newer.title
        assert isinstance(value, dict)
        members = value
    known = object_or_empty(members.get("deployment"))
    return PresetSummary(
        path,
        string_or_empty(members.get("name")).strip()[: file_format.MAX_NAME_CHARS] or stem,
        folder,
        len(list_or_empty(members.get("inputs"))),
        string_or_empty(known.get("id")),
        string_or_empty(known.get("name")),
        string_or_empty(members.get("note"))[:_MAX_NOTE_CHARS],
        problem=problem,
    )


def was_preset(data: bytes) -> bool:
    """Returns True if damaged data has the marker of this program's presets near its start."""
    return _KIND_PATTERN.search(data[:_KIND_SEARCH_BYTES]) is not None


def unreadable_summary(path: str, problem: str) -> PresetSummary:
    """Returns the summary of a file that cannot be read, with the reason."""
    folder, _slash, file = path.rpartition("/")
    return PresetSummary(path, file.removesuffix(".json"), folder, problem=problem)


def unreadable_text(reason: str) -> str:
    """Returns the message for a file that the system cannot read."""
    return _("It cannot be read: %s.") % reason


def _parse_whole(data: bytes) -> Json:
    """Parses the whole file; a small one is only checked to be JSON, as there may be thousands."""
    if len(data) <= SUMMARY_BYTES:
        with suppress(ValueError, RecursionError):
            value: Json = json.loads(data)
            return value
    return parse_preset_json(data)


def _parse_beginning(data: bytes) -> JsonObject | None:
    """Returns the members before the files; None if the inputs are not complete among them."""
    text = data.decode("utf-8-sig", "ignore")
    decode = json.JSONDecoder().raw_decode
    members: dict[str, Json] = {}
    at = skip_blanks(text, 0)
    if text[at : at + 1] != "{":
        return None
    try:
        while True:
            name, at = decode(text, skip_blanks(text, at + 1))
            at = skip_blanks(text, at)
            if name == "files" or not isinstance(name, str) or text[at : at + 1] != ":":
                break
            members[name], at = decode(text, skip_blanks(text, at + 1))
            at = skip_blanks(text, at)
            if text[at : at + 1] != ",":
                break
    except (ValueError, RecursionError):
        pass
    return members if "inputs" in members and "format" in members else None
