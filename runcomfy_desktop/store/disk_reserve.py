"""Disk space reserved for writing the id of an accepted run.

The id is the only reference to a run that is already being paid for, so it must be stored even on a
full disk.
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
    """Reserves disk space with a file that has no other use.

    Not thread-safe: it belongs to the database's thread.
    """

    def __init__(self, path: Path, size_bytes: int = SIZE_BYTES) -> None:
        self._path = path
        self._size_bytes = size_bytes
        self._is_held = False

    def hold(self) -> None:
        """Reserves the space unless it is held already. Raises OSError if there is not enough."""
        if self._is_held:
            return
        try:
            if _size_of(self._path) != self._size_bytes:
                with self._path.open("wb") as file:
                    # Random data, because a compressing file system would otherwise reserve
                    # nothing.
                    file.write(os.urandom(self._size_bytes))
                    file.flush()
                    os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            raise
        self._is_held = True

    def recheck(self) -> None:
        """Makes the next `hold` check the file again, because it may have been removed."""
        self._is_held = False

    def release(self) -> bool:
        """Frees the space; returns False if none was reserved."""
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
