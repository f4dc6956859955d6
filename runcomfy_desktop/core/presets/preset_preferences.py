"""The user's preferences for presets (favourites, defaults, known versions), updated on moves."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.preset_preferences import PresetPreferences, PresetPreferencesFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path


_MAX_HASHES = 1000

_log = logging.getLogger(__name__)


class PresetPreferencesManager:
    """Owns the preferences in the file `path`.

    A preset may be missing temporarily, for example in an unmounted folder: its preferences are
    kept but not shown.
    """

    def __init__(self, path: Path, on_failure: Callable[[Exception], object]) -> None:
        self._file = PresetPreferencesFile(path, on_failure)
        self._on_failure = on_failure
        self._preferences = PresetPreferences()
        self._read_hashes: dict[str, str] = {}

    async def load(self) -> None:
        """Reads the stored preferences and merges changes that were made meanwhile.

        A reading error is reported once.
        """
        was_unread = self._file.is_unreadable
        try:
            stored = await asyncio.to_thread(self._file.load)
        except OSError as error:
            if not was_unread:
                self._on_failure(_unreadable(error))
            return
        self._preferences, current = stored, self._preferences
        self._set(stored.merged_with(current))

    async def retry_load(self) -> bool:
        """Tries again after a reading error; returns True if the preferences could be read now."""
        if not self._file.is_unreadable:
            return False
        await self.load()
        return not self._file.is_unreadable

    async def close(self) -> None:
        """Writes everything to the disk, unless the disk refuses it."""
        await self._file.close()

    def set_favourite(self, path: str, *, on: bool) -> None:
        favourites = self._preferences.favourites - {path}
        self._set(replace(self._preferences, favourites=favourites | {path} if on else favourites))

    def set_default(self, deployment_id: str, path: str) -> None:
        """Sets the default preset of a deployment; "" for none."""
        defaults = {**self._preferences.defaults, deployment_id: path}
        self._set(replace(self._preferences, defaults={k: v for k, v in defaults.items() if v}))

    def update_path(self, old: str, new: str) -> None:
        """Updates the preferences of a preset that was moved."""
        preferences, moved = self._preferences, {old: new}
        favourites = {moved.get(path, path) for path in preferences.favourites}
        defaults = {k: moved.get(path, path) for k, path in preferences.defaults.items()}
        hashes = {moved.get(path, path): each for path, each in preferences.content_hashes.items()}
        if old in self._read_hashes:
            self._read_hashes[new] = self._read_hashes.pop(old)
        self._set(PresetPreferences(frozenset(favourites), defaults, hashes))

    def record_read(self, path: str, content_hash: str) -> None:
        """Records the hash of a preset that was read, unless one is known for its path already."""
        self._read_hashes.setdefault(path, content_hash)

    def record_applied(self, path: str, content_hash: str) -> None:
        """Records the hash of a preset that was applied or written.

        The next update is based on this version, even after a restart.
        """
        hashes = {**self._preferences.content_hashes}
        hashes.pop(path, None)
        newest = dict([*hashes.items(), (path, content_hash)][-_MAX_HASHES:])
        self._set(replace(self._preferences, content_hashes=newest))

    def known_hash(self, path: str) -> str:
        """Returns the hash of the version that the user's next update is based on.

        That is the version last applied or written, else the first one read; "" if there is none.
        """
        return self._preferences.content_hashes.get(path, "") or self._read_hashes.get(path, "")

    def clear_hashes(self) -> None:
        """Forgets all hashes: in the folder used now, the same paths are other presets."""
        self._read_hashes = {}
        self._set(replace(self._preferences, content_hashes={}))

    def for_paths(self, paths: Collection[str]) -> PresetPreferences:
        """Returns the preferences of the presets that exist."""
        return PresetPreferences(
            frozenset(self._preferences.favourites.intersection(paths)),
            {k: v for k, v in self._preferences.defaults.items() if v in paths},
        )

    def _set(self, preferences: PresetPreferences) -> None:
        if preferences != self._preferences:
            self._preferences = preferences
            self._file.save(preferences)


def _unreadable(error: OSError) -> Problem:
    _log.warning("The marks of presets cannot be read: %s", error)
    return Problem(
        _("Your favourite and default presets could not be read."),
        _("None are marked for now. The file is tried again every few seconds, and stays."),
        technical=str(error),
    )
