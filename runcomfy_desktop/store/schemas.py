"""Cache of deployments' node schemas; equal schemas are stored once.

A small record per deployment says which state of the deployment its schema belongs to. Schemas are
stored next to the records, compressed and named after their hash. Neither contains a token or the
download address, because addresses of storage hosts may be signed. Lost or damaged files are
downloaded again.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.lazy_json import lazy_object_from_chunks
from runcomfy_desktop.store.compressed_files import hash_of
from runcomfy_desktop.store.content_cache import RECORD_SUFFIX, ContentCache, is_hash
from runcomfy_desktop.store.small_file import DamagedFile

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.base.lazy_json import LazyJsonObject

MAX_BYTES = 64 * 1024 * 1024
"""Maximum size of all schemas on the disk: about two hundred different schemas."""
_MAX_UNCOMPRESSED_BYTES = 160 * 1024 * 1024
_FORMAT = 1


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
        self._service = service
        self._cache = ContentCache(
            folder,
            ".schema",
            ("content",),
            max_bytes=max_bytes,
            max_content_bytes=_MAX_UNCOMPRESSED_BYTES,
        )

    def load_record(self, deployment_id: str) -> SchemaRecord | None:
        """Returns a deployment's record; None if there is none. Raises OSError.

        A damaged record is moved aside and counts as missing.
        """
        name = self._record_name(deployment_id)
        found = self._cache.load_record(name, _record_from_json)
        if found is None or found.deployment_id != deployment_id:
            return None
        self._cache.touch_record(name)
        return found

    def read(self, content_hash: str) -> LazyJsonObject | None:
        """Returns the node classes stored under a hash; None if there are none. Raises OSError.

        Damaged content is moved aside and counts as missing.
        """
        return self._cache.load_content(content_hash, lazy_object_from_chunks)

    def save(self, record: SchemaRecord, classes: LazyJsonObject | None) -> None:
        """Writes a record, and its schema unless it is stored already; then enforces the limits.

        Raises OSError; the earlier record is then kept.
        """
        with self._cache.lock:
            if classes is not None:
                self._cache.save_content(record.content, classes.chunks())
            name = self._record_name(record.deployment_id)
            self._cache.save_record(name, {"format": _FORMAT, **asdict(record)})
            self._cache.enforce_limits()

    def _record_name(self, deployment_id: str) -> str:
        owner = f"{self._service}\n{deployment_id}".encode("utf-8", "surrogatepass")
        return hashlib.sha256(owner).hexdigest() + RECORD_SUFFIX


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
    if len(texts) != len(values) or not is_hash(texts["content"]):
        raise DamagedFile("no note of a schema")
    if isinstance(fetched_s, bool) or not isinstance(fetched_s, int | float):
        raise DamagedFile("no time in it")
    return SchemaRecord(fetched_s=float(fetched_s), **texts)
