"""One user's preset preferences: favourites, and the default preset of each deployment.

They are stored with the user's own data, because the preset folder may be shared by a team.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.store.delayed_writer import DelayedWriter
from runcomfy_desktop.store.small_file import (
    DamagedFile,
    read_data,
    read_object,
    set_aside,
    try_set_aside,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json

_FORMAT = 1
_MAX_BYTES = 16 * 1024 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PresetPreferences:
    """Preset preferences of one user.

    `favourites` are preset paths. `defaults` has each deployment's default preset by deployment id.
    `content_hashes` has, by preset path, the hash of the preset's bytes when it was last applied or
    written here.
    """

    favourites: frozenset[str] = frozenset()
    defaults: Mapping[str, str] = field(default_factory=dict)
    content_hashes: Mapping[str, str] = field(default_factory=dict)

    def merged_with(self, later: PresetPreferences) -> PresetPreferences:
        """Returns these preferences with the later ones added."""
        return PresetPreferences(
            self.favourites | later.favourites,
            {**self.defaults, **later.defaults},
            {**self.content_hashes, **later.content_hashes},
        )


class PresetPreferencesFile:
    """Reads preferences from `path` and writes them shortly after each change.

    A file written by a newer program stays as it is: changes then last until the program ends. A
    file that could not be read is read again before a write, and moved aside if that fails.
    """

    def __init__(self, path: Path, on_failure: Callable[[Exception], object]) -> None:
        self._path = path
        self._writer = DelayedWriter(on_failure)
        self._is_newer = False
        self.is_unreadable = False
        """True if the file could not be read; it may be intact."""

    def load(self) -> PresetPreferences:
        """Reads the preferences on a worker thread; empty ones if there is no usable file.

        Raises OSError if the file cannot be read.
        """
        self.is_unreadable = True
        found = self._read()
        self.is_unreadable = False
        return found

    def save(self, preferences: PresetPreferences) -> None:
        """Schedules a write and returns at once."""
        if not self._is_newer:
            self._writer.schedule(self._path, lambda: self._encoded_content(preferences))

    async def close(self) -> None:
        """Writes everything pending."""
        await self._writer.close()

    def _read(self) -> PresetPreferences:
        try:
            stored = read_object(self._path, _MAX_BYTES) or {}
        except DamagedFile as damage:
            _copy, technical = try_set_aside(self._path, str(damage))
            _log.warning("The marks of presets are damaged: %s", technical)
            return PresetPreferences()
        format_version = stored.get("format", _FORMAT)
        self._is_newer = not isinstance(format_version, int) or format_version > _FORMAT
        favourites = stored.get("favourites")
        return PresetPreferences(
            frozenset(_texts(favourites)) if isinstance(favourites, list) else frozenset(),
            _pairs(stored.get("defaults")),
            _pairs(stored.get("stamps")),
        )

    def _encoded_content(self, preferences: PresetPreferences) -> bytes:
        """Returns the content to write; called on a worker thread. Raises OSError."""
        if not self.is_unreadable:
            return _encode(preferences)
        with suppress(OSError):
            stored = self._read()
            if self._is_newer and (content := read_data(self._path, _MAX_BYTES)) is not None:
                return content
            # The file stays marked as unread: the owner of `preferences` does not know its content.
            return _encode(stored.merged_with(preferences))
        with suppress(FileNotFoundError):
            set_aside(self._path)
        self.is_unreadable = False
        return _encode(preferences)


def _encode(preferences: PresetPreferences) -> bytes:
    content = {
        "format": _FORMAT,
        "favourites": sorted(preferences.favourites),
        "defaults": dict(sorted(preferences.defaults.items())),
        "stamps": dict(preferences.content_hashes),
    }
    return json.dumps(content, indent=1).encode()


def _pairs(values: Json) -> dict[str, str]:
    members = values.items() if isinstance(values, dict) else ()
    return {name: text for name, text in members if isinstance(text, str)}


def _texts(values: list[Json]) -> list[str]:
    return [each for each in values if isinstance(each, str)]
