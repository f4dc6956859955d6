"""Smaller copies of pictures above the recommended size; the originals stay unchanged."""

from __future__ import annotations

import asyncio
import io
import logging
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.core.media.media_copier import CopyOptions
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.media.media_types import sniff
from runcomfy_desktop.domain.schema.schema import InputKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.core.media.media_copier import MediaCopier
    from runcomfy_desktop.domain.media.media import MediaFile

_log = logging.getLogger(__name__)

ShrinkFile: TypeAlias = "Callable[[Path, Callable[[], bool]], bytes]"
"""Returns a picture as bytes within the recommended size, b"" if that is impossible.

Called on a worker thread, with a function that returns True once the result is not needed.
"""


def shrink_nothing(_path: Path, _is_cancelled: Callable[[], bool]) -> bytes:
    """Returns b"", so that all pictures are sent unchanged."""
    return b""


class PictureShrinker:
    """Makes smaller copies of pictures and stores them next to the originals."""

    def __init__(
        self,
        folder: Path,
        copier: MediaCopier,
        shrink: ShrinkFile,
        is_closing: Callable[[], bool],
    ) -> None:
        self._folder = folder
        self._copier = copier
        self._shrink = shrink
        self._is_closing = is_closing
        self._copies: dict[str, MediaFile] = {}
        # One at a time: each uses a processor and the memory of a whole picture.
        self._lock = asyncio.Lock()

    async def shrunk(self, file: MediaFile, earlier: MediaFile | None = None) -> MediaFile:
        """Returns a smaller copy of a picture: `earlier`, if its file still exists, or a new one.

        Returns the picture itself if it cannot be shrunk. This does not fail a run, since only a
        recommendation is missed.
        """
        # A picture with an existing copy does not wait for copies in progress.
        found = await self._existing_copy(file, earlier)
        if found is not None:
            return found
        async with self._lock:
            # The copy may have been made during the wait.
            found = await self._existing_copy(file, earlier)
            if found is None:
                found = await asyncio.to_thread(self._make_copy, file)
            return found

    async def _existing_copy(self, file: MediaFile, earlier: MediaFile | None) -> MediaFile | None:
        known = [each for each in (earlier, self._copies.get(file.stored_name)) if each is not None]
        if not known:
            return None
        return await asyncio.to_thread(lambda: next(filter(self._exists, known), None))

    # On a worker thread

    def _exists(self, file: MediaFile) -> bool:
        try:
            return (self._folder / file.stored_name).stat().st_size == file.size_bytes
        except OSError:
            return False

    def _make_copy(self, file: MediaFile) -> MediaFile:
        data = self._shrink(self._folder / file.stored_name, self._is_closing)
        kind = sniff(data, file.name) if data else None
        if kind is None or len(data) >= file.size_bytes:
            copy = file
        else:
            name = f"{file.name.rpartition('.')[0] or file.name}.{kind.extension}"
            try:
                options = CopyOptions(InputKind.IMAGE, lambda _name: None)
                copy = self._copier.store(io.BytesIO(data), name, options)
            except Problem as problem:
                _log.warning("A smaller picture cannot be kept: %s", problem.technical)
                return file
        if self._exists(copy) and not self._is_closing():
            self._copies[file.stored_name] = copy
        return copy
