"""Cache of deployments' node schemas; equal schemas are stored once.

A small record per deployment says which state of the deployment its schema belongs to. Schemas are
stored next to the records, compressed and named after their hash. Neither contains a token or the
download address, because addresses of storage hosts may be signed. Lost or damaged files are
downloaded again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
import zlib
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.lazy_json import lazy_object_from_chunks
from runcomfy_desktop.store.atomic_write import write_atomic
from runcomfy_desktop.store.compressed_files import (
    compress,
    hash_of,
    last_used_s,
    read_compressed,
    size_of,
    touch,
)
from runcomfy_desktop.store.small_file import DamagedFile, read_object, set_aside

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.base.lazy_json import LazyJsonObject

MAX_BYTES = 64 * 1024 * 1024
"""Maximum size of all schemas on the disk: about two hundred different schemas."""
_MAX_RECORDS = 1000
_MAX_UNCOMPRESSED_BYTES = 160 * 1024 * 1024
_MAX_RECORD_BYTES = 64 * 1024
_FORMAT = 1
_HASH = re.compile(r"[0-9a-f]{64}")
_DAMAGED_PATTERN = "*.broken-*"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SchemaRecord:
    """Hash of a deployment's schema, and the state of the deployment to which the schema belongs.

    `fetched_s` is the time at which the host last confirmed this content. `etag` and
    `last_modified` are the host's identifiers for the content.
    """

    deployment_id: str
    workflow_version: str
    updated_at: str
    content: str
    fetched_s: float
    etag: str = ""
    last_modified: str = ""


class SchemaStore:
    """Reads and writes one folder. Every method waits for the disk: call it on a worker thread.

    Records belong to one `service`, because another service has other deployments; schemas are
    shared between services.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES, *, service: str = "") -> None:
        self._folder = folder
        self._service = service
        self._max_bytes = max_bytes
        # A schema that was just written is unreferenced until its record is written.
        self._lock = threading.Lock()

    def load_record(self, deployment_id: str) -> SchemaRecord | None:
        """Returns a deployment's record; None if there is none. Raises OSError.

        A damaged record is moved aside and counts as missing.
        """
        path = self._record_path(deployment_id)
        try:
            stored = read_object(path, _MAX_RECORD_BYTES)
            found = None if stored is None else _record_from_json(stored)
        except DamagedFile as damage:
            self._set_aside_damaged(path, damage)
            return None
        if found is None or found.deployment_id != deployment_id:
            return None
        touch(path)
        return found

    def read(self, content_hash: str) -> LazyJsonObject | None:
        """Returns the node classes stored under a hash; None if there are none. Raises OSError.

        Damaged content is moved aside and counts as missing.
        """
        path = self._content_path(content_hash)
        try:
            # The file is closed before it is moved aside: on some systems an open file cannot be
            # renamed.
            with closing(read_compressed(path, content_hash, _MAX_UNCOMPRESSED_BYTES)) as chunks:
                return lazy_object_from_chunks(chunks)
        except FileNotFoundError:
            return None
        except (ValueError, zlib.error) as error:
            self._set_aside_damaged(path, error)
            return None

    def save(self, record: SchemaRecord, classes: LazyJsonObject | None) -> None:
        """Writes a record, and its schema unless it is stored already; then enforces the limits.

        Raises OSError; the earlier record is then kept.
        """
        with self._lock:
            path = self._content_path(record.content)
            if classes is not None and not path.exists():
                write_atomic(path, compress(classes.chunks()))
            stored = {"format": _FORMAT, **asdict(record)}
            write_atomic(self._record_path(record.deployment_id), json.dumps(stored).encode())
            self._enforce_limits()

    def _enforce_limits(self) -> None:
        """Removes the least recently used data beyond the limits."""
        with suppress(OSError):
            record_paths = sorted(self._folder.glob("*.note.json"), key=last_used_s, reverse=True)
            remaining_bytes, used_hashes = self._max_bytes, set[str]()
            for count, each in enumerate(record_paths):
                content_hash = _hash_in_record(each)
                size = (
                    0 if content_hash in used_hashes else size_of(self._content_path(content_hash))
                )
                if (
                    size > remaining_bytes
                    or count >= _MAX_RECORDS
                    or not _HASH.fullmatch(content_hash)
                ):
                    each.unlink(missing_ok=True)
                    continue
                remaining_bytes -= size
                used_hashes.add(content_hash)
            for each in self._folder.glob("*.schema"):
                if each.name.partition(".")[0] not in used_hashes:
                    each.unlink(missing_ok=True)
            # One damaged file is kept for analysis.
            for each in sorted(self._folder.glob(_DAMAGED_PATTERN), key=last_used_s, reverse=True)[
                1:
            ]:
                each.unlink(missing_ok=True)

    def _set_aside_damaged(self, path: Path, error: Exception) -> None:
        _log.warning("The kept schema %s is damaged: %s", path.name, error)
        with suppress(OSError):
            set_aside(path)

    def _record_path(self, deployment_id: str) -> Path:
        owner = f"{self._service}\n{deployment_id}".encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(owner).hexdigest()
        return self._folder / f"{digest}.note.json"

    def _content_path(self, content_hash: str) -> Path:
        return self._folder / f"{content_hash}.schema"


def hash_of_classes(classes: LazyJsonObject) -> str:
    """Returns the hash that identifies equal classes. Takes time: call it on a worker thread."""
    return hash_of(classes.chunks())


def _record_from_json(stored: JsonObject) -> SchemaRecord | None:
    """Returns the record; None if it has another format. Raises DamagedFile."""
    if stored.get("format") != _FORMAT:
        return None
    values = {each.name: stored.get(each.name) for each in fields(SchemaRecord)}
    fetched_s = values.pop("fetched_s")
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    if len(texts) != len(values) or not _HASH.fullmatch(texts["content"]):
        raise DamagedFile("no note of a schema")
    if isinstance(fetched_s, bool) or not isinstance(fetched_s, int | float):
        raise DamagedFile("no time in it")
    return SchemaRecord(fetched_s=float(fetched_s), **texts)


def _hash_in_record(path: Path) -> str:
    """Returns the hash in a record; "" if it cannot be read."""
    try:
        stored = read_object(path, _MAX_RECORD_BYTES)
    except (DamagedFile, OSError):
        return ""
    content = None if stored is None else stored.get("content")
    return content if isinstance(content, str) else ""
