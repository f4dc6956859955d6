"""Favourites and defaults of one person, kept in step with presets that move."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from runcomfy_desktop.store.preset_marks import Marks, MarksFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path


class Marking:
    """Owns the marks in the file `path`. What is marked may be away for a while, with a folder
    that is not mounted: its mark stays, and is only not shown."""

    def __init__(self, path: Path, on_failure: Callable[[Exception], object]) -> None:
        self._file = MarksFile(path, on_failure)
        self._marks = Marks()

    async def load(self) -> None:
        """Reads what is kept."""
        self._marks = await asyncio.to_thread(self._file.load)

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
        self._set(Marks(frozenset(favourites), defaults))

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
