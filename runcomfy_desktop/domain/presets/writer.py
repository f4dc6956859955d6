"""Writes a preset as a readable file.

Equal presets give equal bytes, so that version control shows only what the user changed.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import object_or_empty
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.pin import pin_to_json
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.signed_urls import strip_signatures
from runcomfy_desktop.domain.presets import file_format
from runcomfy_desktop.domain.presets.media_members import media_to_json
from runcomfy_desktop.domain.presets.preset import natural_key
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry

# Surrogates, which JSON can contain and UTF-8 cannot.
_SURROGATE = re.compile("[\ud800-\udfff]")


def write_preset(preset: Preset) -> bytes:
    """Returns the bytes of a preset's file.

    Raises Problem if the preset is too large, or has a number that JSON cannot express.
    """
    return encode_json(preset_to_json(preset))


def write_presets(presets: Iterable[Preset]) -> bytes:
    """Returns several presets as a JSON list of their files' contents. Raises Problem."""
    return encode_json([preset_to_json(each) for each in presets])


def encode_json(value: Json) -> bytes:
    """Returns the bytes of JSON, formatted as in preset files. Raises Problem."""
    try:
        text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise Problem(
            _("This preset holds a value that a file cannot hold."),
            _("Nothing was written."),
            _("Reset inputs whose value is no usual number, then save it again."),
            technical=f"{type(error).__name__}: {error}",
        ) from None
    text = _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    data = f"{text}\n".encode()
    if len(data) > file_format.MAX_BYTES:
        raise too_large_problem(len(data))
    return data


def preset_to_json(preset: Preset) -> JsonObject:
    """Returns the content of a preset's file, with members in their fixed order."""
    members: JsonObject = {"format": file_format.FORMAT, "kind": file_format.KIND}
    members["name"] = preset.name
    if preset.note:
        members["note"] = preset.note
    texts = (preset.deployment_id, preset.deployment_name, preset.workflow_version)
    named = zip(file_format.DEPLOYMENT_MEMBERS, texts, strict=True)
    about: JsonObject = {name: text for name, text in named if text}
    if about:
        members["deployment"] = about
    ordered = sorted(preset.entries, key=lambda entry: natural_key(entry.key))
    members["inputs"] = list(_entries(ordered))
    if preset.pins:
        # Pins keep their order, which is also the order in the form.
        members["pins"] = [pin_to_json(each) for each in preset.pins]
    if preset.files:
        members["files"] = _files(preset.files)
    return object_or_empty(strip_signatures(_with_extra(members, preset.extra)))


def too_large_problem(size_bytes: int) -> Problem:
    """Returns the problem for data that exceeds the maximum size of a preset."""
    megabyte = 1024 * 1024
    return Problem(
        _("This is larger than a preset can be."),
        _("It has %d MB; a preset has at most %d MB.")
        % (-(-size_bytes // megabyte), file_format.MAX_BYTES // megabyte),
        _("Keep large files beside it, without bringing them in the preset."),
    )


def _entries(entries: Iterable[PresetEntry]) -> Iterator[JsonObject]:
    """Yields the entries; a node's position is written with its first input only."""
    written: set[str] = set()
    for entry in entries:
        is_first = bool(entry.position) and entry.key.node_id not in written
        if is_first:
            written.add(entry.key.node_id)
        yield _entry(entry, "\n".join(entry.position) if is_first else "")


def _entry(entry: PresetEntry, position: str) -> JsonObject:
    members: JsonObject = {"node": entry.key.node_id, "class": entry.class_type}
    if entry.title:
        members["title"] = entry.title
    if position:
        members["place"] = position
    members["input"] = entry.key.name
    value = entry.value
    if entry.has_value and isinstance(value, MediaFile):
        members["media"] = media_to_json(value)
    elif entry.has_value and not isinstance(value, MediaFile):
        members["value"] = value
    if entry.seed_mode is not None:
        members["seed_mode"] = entry.seed_mode.value
    if entry.expands:
        members["expand"] = True
    return _with_extra(members, entry.extra)


def _files(files: Mapping[str, bytes]) -> JsonObject:
    total_bytes = sum(map(len, files.values()))
    if total_bytes > file_format.MAX_FILES_BYTES:
        raise too_large_problem(total_bytes * 4 // 3)
    return {sha: base64.b64encode(files[sha]).decode("ascii") for sha in sorted(files)}


def _with_extra(members: JsonObject, extra: JsonObject) -> JsonObject:
    """Returns the known members followed by the unknown ones, sorted by name.

    Objects on both sides are merged.
    """
    for name in sorted(extra):
        known, other = members.get(name), extra[name]
        if isinstance(known, dict) and isinstance(other, dict):
            members[name] = _with_extra(known, other)
        else:
            members.setdefault(name, other)
    return members
