"""Thumbnails of large pictures on the disk, named by the content of the picture."""

from __future__ import annotations

import hashlib
import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from runcomfy_desktop.store.atomic_write import write_atomic
from runcomfy_desktop.store.compressed_files import last_used_s, size_of, touch

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 128 * 1024 * 1024
# A thumbnail of 512 pixels that covers a long picture takes less.
_MAX_FILE_BYTES = 8 * 1024 * 1024
# The limit is enforced each time when such a share of it was written.
_CLEANING_SHARE = 8

_log = logging.getLogger(__name__)


class ThumbnailFiles:
    """Folder of encoded thumbnails; the least recently used ones beyond the limit are removed.

    The folder is only a cache: a disk that fails costs a log line. Every method waits for the disk:
    call it on a worker thread. Several threads may call it at once.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        # The folder may hold too much from earlier runs.
        self._uncleaned_bytes = max_bytes

    def key_of(self, picture: Path, shape: str) -> str:
        """Returns the key of a picture's thumbnail, "" if the picture cannot be read.

        `shape` describes the size of the thumbnail.
        """
        try:
            with picture.open("rb") as file:
                return f"{hashlib.file_digest(file, 'sha256').hexdigest()}-{shape}"
        except OSError:
            return ""

    def load(self, key: str) -> bytes | None:
        """Returns the stored bytes, which are untrusted; None if there are none."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                data = file.read(_MAX_FILE_BYTES + 1)
        except OSError:
            return None
        touch(path)
        return data if len(data) <= _MAX_FILE_BYTES else None

    def save(self, key: str, data: bytes) -> None:
        """Stores a thumbnail."""
        if not 0 < len(data) <= _MAX_FILE_BYTES:
            return
        try:
            write_atomic(self._path(key), data, is_durable=False)
        except OSError as error:
            _log.warning("A thumbnail could not be stored: %s", error)
            return
        with self._lock:
            self._uncleaned_bytes += len(data)
            if self._uncleaned_bytes >= self._max_bytes // _CLEANING_SHARE:
                self._uncleaned_bytes = 0
                self._enforce_limit()

    def remove(self, key: str) -> None:
        """Removes a thumbnail that turned out to be damaged."""
        with suppress(OSError):
            self._path(key).unlink(missing_ok=True)

    def _enforce_limit(self) -> None:
        remaining_bytes = self._max_bytes
        with suppress(OSError):
            for each in sorted(self._folder.glob("*.png"), key=last_used_s, reverse=True):
                remaining_bytes -= size_of(each)
                if remaining_bytes < 0:
                    each.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.png"
