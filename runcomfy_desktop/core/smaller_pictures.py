"""Makes smaller copies of pictures above the recommended size; the files stay as they are."""

from __future__ import annotations

import asyncio
import io
import logging
from typing import TYPE_CHECKING

from runcomfy_desktop.core.shelf_copy import Order
from runcomfy_desktop.domain.media_types import sniff
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.schema import InputKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.core.shelf_copy import Keeper
    from runcomfy_desktop.domain.media import MediaFile

_log = logging.getLogger(__name__)


class SmallerPictures:
    """Keeps the copies beside the originals. `shrink` makes the bytes of one within the recommended
    size, b"" where that is impossible; it is called on a worker thread with what tells whether
    nobody wants it any more."""

    def __init__(
        self,
        folder: Path,
        keeper: Keeper,
        shrink: Callable[[Path, Callable[[], bool]], bytes],
        is_closing: Callable[[], bool],
    ) -> None:
        self._folder = folder
        self._keeper = keeper
        self._shrink = shrink
        self._is_closing = is_closing
        self._made: dict[str, MediaFile] = {}
        # One at a time: each takes a processor and the memory of a whole picture.
        self._turn = asyncio.Lock()

    async def of(self, file: MediaFile) -> MediaFile:
        """A smaller copy of a picture; the picture itself where none can be made. That fails no
        run: nothing but a recommendation is missed."""
        async with self._turn:
            made = self._made.get(file.stored_name)
            if made is None:
                made = await asyncio.to_thread(self._make, file)
                if made is not file:
                    self._made[file.stored_name] = made
            return made

    # On a worker thread

    def _make(self, file: MediaFile) -> MediaFile:
        data = self._shrink(self._folder / file.stored_name, self._is_closing)
        kind = sniff(data, file.name) if data else None
        if kind is None or len(data) >= file.size_bytes:
            return file
        name = f"{file.name.rpartition('.')[0] or file.name}.{kind.ending}"
        try:
            order = Order(InputKind.IMAGE, lambda _name: None)
            return self._keeper.keep(io.BytesIO(data), name, order)
        except Problem as problem:
            _log.warning("A smaller picture cannot be kept: %s", problem.technical)
            return file
