"""DiskReserve: room on the disk that is held back, so that the id of an accepted run can always be
written: on a full disk it would be the only thing that leads to what is being paid for.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SIZE_BYTES = 1024 * 1024

_log = logging.getLogger(__name__)


class DiskReserve:
    """A file of no use but its size. Not thread-safe: it belongs to the database's thread."""

    def __init__(self, path: Path, size_bytes: int = SIZE_BYTES) -> None:
        self._path = path
        self._size_bytes = size_bytes
        self._is_held = False

    def hold(self) -> None:
        """Takes the room, unless it is held already. Raises OSError when there is not so much."""
        if self._is_held:
            return
        try:
            if _size_of(self._path) != self._size_bytes:
                with self._path.open("wb") as file:
                    # Random, because a file system that compresses would hold nothing back.
                    file.write(os.urandom(self._size_bytes))
                    file.flush()
                    os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            raise
        self._is_held = True

    def recheck(self) -> None:
        """The file may be gone: the next `hold` looks."""
        self._is_held = False

    def release(self) -> bool:
        """Makes the room free; false when there was none."""
        self._is_held = False
        try:
            self._path.unlink()
        except OSError:
            return False
        _log.warning("The disk is full: the room held back in %s is used now", self._path)
        return True


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1
