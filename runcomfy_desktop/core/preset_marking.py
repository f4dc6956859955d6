"""What one person thinks and knows of presets, kept in step with presets that move."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.preset_marks import Marks, MarksFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path


_MOST_STAMPS = 1000

_log = logging.getLogger(__name__)


class Marking:
    """Owns the marks in the file `path`. What is marked may be away for a while, with a folder
    that is not mounted: its mark stays, and is only not shown."""

    def __init__(self, path: Path, on_failure: Callable[[Exception], object]) -> None:
        self._file = MarksFile(path, on_failure)
        self._on_failure = on_failure
        self._marks = Marks()
        self._sights: dict[str, str] = {}

    async def load(self) -> None:
        """Reads what is kept; what was marked meanwhile counts, too. That the disk does not give
        it is said once."""
        was_unread = self._file.is_unread
        try:
            kept = await asyncio.to_thread(self._file.load)
        except OSError as error:
            if not was_unread:
                self._on_failure(_unreadable(error))
            return
        self._marks, now = kept, self._marks
        self._set(kept.with_later(now))

    async def catch_up(self) -> bool:
        """Reads them again, where the disk did not give them so far; whether it does now."""
        if not self._file.is_unread:
            return False
        await self.load()
        return not self._file.is_unread

    async def close(self) -> None:
        """All of it is on disk when this returns, unless the disk refuses it."""
        await self._file.close()

    def set_favourite(self, path: str, *, on: bool) -> None:
        favourites = self._marks.favourites - {path}
        self._set(replace(self._marks, favourites=favourites | {path} if on else favourites))

    def set_default(self, deployment_id: str, path: str) -> None:
        """ "" for none."""
        defaults = {**self._marks.defaults, deployment_id: path}
        self._set(replace(self._marks, defaults={k: v for k, v in defaults.items() if v}))

    def follow(self, old: str, new: str) -> None:
        """A preset goes on under another path."""
        favourites = {new if path == old else path for path in self._marks.favourites}
        defaults = {k: new if v == old else v for k, v in self._marks.defaults.items()}
        stamps = {new if path == old else path: each for path, each in self._marks.stamps.items()}
        if old in self._sights:
            self._sights[new] = self._sights.pop(old)
        self._set(Marks(frozenset(favourites), defaults, stamps))

    def follow_all(self, moved: Iterable[tuple[str, str]]) -> None:
        """The same for those that somebody else has moved."""
        for old, new in moved:
            self.follow(old, new)

    def saw(self, path: str, stamp: str) -> None:
        """A preset was looked at; what it was at the first sight is what an update is one of."""
        self._sights.setdefault(path, stamp)

    def took(self, path: str, stamp: str) -> None:
        """A preset was taken over, or written: an update is one of that, also after a restart."""
        stamps = {**self._marks.stamps}
        stamps.pop(path, None)
        kept = dict([*stamps.items(), (path, stamp)][-_MOST_STAMPS:])
        self._set(replace(self._marks, stamps=kept))

    def stamp(self, path: str) -> str:
        """What the bytes of a preset were, as far as the person knows; "" when that is unknown."""
        return self._marks.stamps.get(path, "") or self._sights.get(path, "")

    def forget_stamps(self) -> None:
        """Another folder is looked at, where the same paths are other presets."""
        self._sights = {}
        self._set(replace(self._marks, stamps={}))

    def on(self, paths: Collection[str]) -> Marks:
        """The marks on what is there."""
        return Marks(
            frozenset(self._marks.favourites.intersection(paths)),
            {k: v for k, v in self._marks.defaults.items() if v in paths},
        )

    def _set(self, marks: Marks) -> None:
        if marks != self._marks:
            self._marks = marks
            self._file.save(marks)


def _unreadable(error: OSError) -> Problem:
    _log.warning("The marks of presets cannot be read: %s", error)
    return Problem(
        _("Your favourite and default presets could not be read."),
        _("None are marked for now. The file is tried again every few seconds, and stays."),
        technical=str(error),
    )
