"""What one person thinks of presets: favourites, and which one belongs to which deployment.

It is kept with the person's own data, for the folder of the presets themselves may be a team's.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runcomfy_desktop.store.late_writer import LateWriter
from runcomfy_desktop.store.small_file import Damaged, read_object, set_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import Json

_FORMAT = 1
_MAX_BYTES = 16 * 1024 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Marks:
    """Favourites by path, for each deployment the path of its default, and by path what the bytes
    of a preset were when it was taken over or written here last."""

    favourites: frozenset[str] = frozenset()
    defaults: Mapping[str, str] = field(default_factory=dict)
    stamps: Mapping[str, str] = field(default_factory=dict)

    def with_later(self, later: Marks) -> Marks:
        """These, and what was marked since."""
        return Marks(
            self.favourites | later.favourites,
            {**self.defaults, **later.defaults},
            {**self.stamps, **later.stamps},
        )


class MarksFile:
    """Reads the marks in `path` and writes them a moment after each change.

    What a newer program wrote is not written over: changes then last until the program ends. Nor
    is what the disk did not give: it is read again before a write, and set aside where that fails.
    """

    def __init__(self, path: Path, on_failure: Callable[[Exception], object]) -> None:
        self._path = path
        self._writer = LateWriter(on_failure)
        self._is_newer = False
        self.is_unread = False
        """Whether the disk did not give what it may have, as a whole."""

    def load(self) -> Marks:
        """For a worker thread; none where nothing usable is kept. Raises OSError: the disk does
        not give it."""
        self.is_unread = True
        found = self._read()
        self.is_unread = False
        return found

    def save(self, marks: Marks) -> None:
        """Has them written soon; returns at once."""
        if not self._is_newer:
            self._writer.put(self._path, lambda: self._content(marks))

    async def close(self) -> None:
        """Writes what still waits."""
        await self._writer.close()

    def _read(self) -> Marks:
        try:
            stored = read_object(self._path, _MAX_BYTES) or {}
        except Damaged as damage:
            _log.warning("The marks of presets are damaged: %s", damage)
            try:
                set_aside(self._path)
            except OSError as error:
                _log.warning("They cannot be set aside: %s", error)
            return Marks()
        form = stored.get("format", _FORMAT)
        self._is_newer = not isinstance(form, int) or form > _FORMAT
        favourites = stored.get("favourites")
        return Marks(
            frozenset(_texts(favourites)) if isinstance(favourites, list) else frozenset(),
            _pairs(stored.get("defaults")),
            _pairs(stored.get("stamps")),
        )

    def _content(self, marks: Marks) -> bytes:
        """What is written, on a worker thread. Raises OSError."""
        if not self.is_unread:
            return _encode(marks)
        with suppress(OSError):
            kept = self._read()
            if not self._is_newer:
                # It stays unread: who has `marks` does not know of these.
                return _encode(kept.with_later(marks))
        with suppress(FileNotFoundError):
            set_aside(self._path)
        self.is_unread = self._is_newer = False
        return _encode(marks)


def _encode(marks: Marks) -> bytes:
    content = {
        "format": _FORMAT,
        "favourites": sorted(marks.favourites),
        "defaults": dict(sorted(marks.defaults.items())),
        "stamps": dict(marks.stamps),
    }
    return json.dumps(content, indent=1).encode()


def _pairs(values: Json) -> dict[str, str]:
    members = values.items() if isinstance(values, dict) else ()
    return {name: text for name, text in members if isinstance(text, str)}


def _texts(values: list[Json]) -> list[str]:
    return [each for each in values if isinstance(each, str)]
