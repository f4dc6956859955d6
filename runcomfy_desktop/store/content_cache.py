"""Cache folder with small JSON records, which name larger contents by their hashes.

Contents are stored next to the records, compressed and named after their hash: equal contents are
stored once. Lost or damaged files count as never cached.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import zlib
from contextlib import closing, suppress
from typing import TYPE_CHECKING, TypeVar

from runcomfy_desktop.store.atomic_write import write_atomic
from runcomfy_desktop.store.compressed_files import (
    compress,
    last_used_s,
    read_compressed,
    size_of,
    touch,
)
from runcomfy_desktop.store.small_file import DamagedFile, read_object, try_set_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

T = TypeVar("T")
MAX_RECORD_BYTES = 64 * 1024
RECORD_SUFFIX = ".note.json"
_MAX_RECORDS = 1000
_HASH = re.compile(r"[0-9a-f]{64}")

_log = logging.getLogger(__name__)


class ContentCache:
    """Reads and writes the records and contents in `folder`. Every method waits for the disk.

    `hash_fields` are the fields of a record that hold hashes of contents, `suffix` is the file name
    suffix of contents. Contents may take `max_bytes` on the disk together, and one content may take
    `max_content_bytes` uncompressed.
    """

    def __init__(
        self,
        folder: Path,
        suffix: str,
        hash_fields: tuple[str, ...],
        *,
        max_bytes: int,
        max_content_bytes: int,
    ) -> None:
        self.folder = folder
        self._suffix = suffix
        self._hash_fields = hash_fields
        self._max_bytes = max_bytes
        self._max_content_bytes = max_content_bytes
        self.lock = threading.Lock()
        """Held by the user from writing a content until its record is written: `enforce_limits`
        removes contents that no record names."""

    def load_record(
        self,
        name: str,
        parse: Callable[[JsonObject], T | None],
        max_bytes: int = MAX_RECORD_BYTES,
    ) -> T | None:
        """Returns the parsed record in the file `name`; None if there is none. Raises OSError.

        A damaged record is moved aside and counts as missing; `parse` may raise DamagedFile.
        """
        path = self.folder / name
        try:
            stored = read_object(path, max_bytes)
            return None if stored is None else parse(stored)
        except DamagedFile as damage:
            self._set_aside(path, damage)
            return None

    def save_record(self, name: str, record: Mapping[str, object]) -> None:
        """Writes a record. Raises OSError; the earlier record is then kept."""
        write_atomic(self.folder / name, json.dumps(record).encode())

    def touch_record(self, name: str) -> None:
        """Marks a record, and so the contents it names, as used now."""
        touch(self.folder / name)

    def load_content(self, content_hash: str, parse: Callable[[Iterator[bytes]], T]) -> T | None:
        """Returns the parsed content; None if there is none. Raises OSError.

        Damaged content is moved aside and counts as missing; `parse` may raise ValueError.
        """
        path = self._content_path(content_hash)
        try:
            # The file is closed before it is moved aside: on some systems an open file cannot be
            # renamed.
            with closing(read_compressed(path, content_hash, self._max_content_bytes)) as chunks:
                return parse(chunks)
        except FileNotFoundError:
            return None
        except (ValueError, zlib.error) as error:
            self._set_aside(path, error)
            return None

    def save_content(self, content_hash: str, chunks: Iterable[bytes]) -> None:
        """Writes a content unless it is stored already. Raises OSError."""
        path = self._content_path(content_hash)
        if not path.exists():
            write_atomic(path, compress(chunks))

    def enforce_limits(self) -> None:
        """Removes the least recently used data beyond the limits."""
        with suppress(OSError):
            remaining_bytes, used_hashes = self._max_bytes, set[str]()
            for count, record in enumerate(self._newest_first(f"*{RECORD_SUFFIX}")):
                hashes = self._hashes_in(record) - used_hashes
                size = sum(size_of(self._content_path(content_hash)) for content_hash in hashes)
                if size > remaining_bytes or count >= _MAX_RECORDS:
                    record.unlink(missing_ok=True)
                    continue
                remaining_bytes -= size
                used_hashes |= hashes
            for content in self.folder.glob(f"*{self._suffix}"):
                if content.name.partition(".")[0] not in used_hashes:
                    content.unlink(missing_ok=True)
            # One damaged file is kept for analysis.
            for damaged in self._newest_first("*.broken-*")[1:]:
                damaged.unlink(missing_ok=True)

    def _hashes_in(self, path: Path) -> set[str]:
        """Returns the hashes in a record; an empty set if it cannot be read."""
        try:
            stored = read_object(path, MAX_RECORD_BYTES) or {}
        except (DamagedFile, OSError):
            return set()
        found = [stored.get(name) for name in self._hash_fields]
        return {each for each in found if isinstance(each, str) and is_hash(each)}

    def _newest_first(self, pattern: str) -> list[Path]:
        return sorted(self.folder.glob(pattern), key=last_used_s, reverse=True)

    def _set_aside(self, path: Path, error: Exception) -> None:
        _copy, technical = try_set_aside(path, str(error))
        _log.warning("The cached file %s is damaged: %s", path, technical)

    def _content_path(self, content_hash: str) -> Path:
        return self.folder / f"{content_hash}{self._suffix}"


def is_hash(text: str) -> bool:
    return _HASH.fullmatch(text) is not None
