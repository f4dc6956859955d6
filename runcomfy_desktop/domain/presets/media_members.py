"""Description of a user's file in a preset: by its hash, never by its location in this program."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import is_integer, string_or_empty
from runcomfy_desktop.domain.drafts.draft import same_value
from runcomfy_desktop.domain.media.local_path import local_path
from runcomfy_desktop.domain.media.media import MediaFile, length_from_json
from runcomfy_desktop.domain.media.media_types import OTHER, extension_of, type_of
from runcomfy_desktop.domain.presets.file_format import MEDIA_MEMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.presets.preset import Preset

SHA256 = re.compile(r"[0-9a-f]{64}")
_OPTIONAL = ("length_s", "path")
_MAX_SIZE = 2**53
_MAX_TEXT_CHARS = 4000


def media_to_json(media: MediaFile) -> JsonObject:
    """Returns the members that describe the file; an unknown length or path is left out."""
    members = {name: getattr(media, name) for name in MEDIA_MEMBERS}
    return {name: members[name] for name in members if members[name] or name not in _OPTIONAL}


def media_from_json(members: Json) -> MediaFile | None:
    """Returns the described file, or None if the description is unusable.

    A path that might lead to other computers is left out: looking it up would contact them.
    """
    if not isinstance(members, dict):
        return None
    sha256, mime, name = (string_or_empty(members.get(each)) for each in ("sha256", "mime", "name"))
    size_bytes, width, height = (
        _size(members.get(each)) for each in ("size_bytes", "width", "height")
    )
    is_valid = SHA256.fullmatch(sha256) and size_bytes > 0 and min(width, height) >= 0
    if not is_valid or max(len(mime), len(name)) > _MAX_TEXT_CHARS:
        return None
    stored_name = f"{sha256}.{_extension(mime, name)}"
    return MediaFile(
        name,
        stored_name,
        sha256,
        mime,
        size_bytes,
        width,
        height,
        path=local_path(string_or_empty(members.get("path"))),
        length_s=length_from_json(members.get("length_s")),
    )


def sends_same(one: Value, other: Value) -> bool:
    """Returns True if a run would send the same for both; for files, only the bytes count."""
    if isinstance(one, MediaFile) and isinstance(other, MediaFile):
        return one.sha256 == other.sha256
    return same_value(one, other)


def with_files(preset: Preset, files: Mapping[str, MediaFile]) -> Preset:
    """Returns the preset with its files replaced by those in `files`, by SHA-256.

    `files` are the files found in the media store.
    """
    entries = tuple(
        replace(each, value=files[each.value.sha256])
        if isinstance(each.value, MediaFile) and each.value.sha256 in files
        else each
        for each in preset.entries
    )
    return replace(preset, entries=entries)


def _extension(mime: str, name: str) -> str:
    """Returns the extension under which the program stores such a file."""
    kind = type_of(mime)
    return (extension_of(name) or OTHER.extension) if kind is OTHER else kind.extension


def _size(value: Json) -> int:
    """Returns a size, 0 if it is missing; -1 if the value is not a size."""
    if value is None:
        return 0
    return value if is_integer(value) and 0 <= value <= _MAX_SIZE else -1
