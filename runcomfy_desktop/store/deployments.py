"""Cache of the account's deployments, so that they can be used offline.

One file holds the list. A small file per deployment holds its record and the time of its last read.
Workflows and readmes are stored next to them, compressed and named after their hash. No file
contains a key or the address of a storage host, because such addresses may be signed. Lost or
damaged files count as never cached.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.domain.base.chunked_json import read_json
from runcomfy_desktop.domain.deployments.deployment import (
    Deployment,
    DeploymentKind,
    DeploymentPayload,
)
from runcomfy_desktop.domain.workflow.workflow import MAX_DEPTH, MAX_VALUES
from runcomfy_desktop.store.compressed_files import hash_of
from runcomfy_desktop.store.content_cache import RECORD_SUFFIX, ContentCache, is_hash
from runcomfy_desktop.store.small_file import DamagedFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject

MAX_BYTES = 64 * 1024 * 1024
"""Maximum size of all workflows and readmes on the disk; a large workflow takes about 30 KB."""
_MAX_LISTED = 2000
_MAX_UNCOMPRESSED_BYTES = 64 * 1024 * 1024
_MAX_LIST_BYTES = 16 * 1024 * 1024
_FORMAT = 1
# A stored payload has two more levels than a workflow, and two parts, each up to a workflow's size.
_PAYLOAD_DEPTH, _PAYLOAD_VALUES = MAX_DEPTH + 2, 2 * MAX_VALUES
_TEXT_FIELDS = ("deployment_id", "name", "workflow_id", "workflow_version", "status")
_TIME_FIELDS = ("created_at", "updated_at")
_COUNT_FIELDS = ("min_instances", "max_instances", "queue_size", "keep_warm_s")

# The year 5138.
_MAX_TIME_S = 1e11


@dataclass(frozen=True, slots=True)
class CachedDeploymentList:
    """Deployments as listed at the time `saved_s`; `kinds` has the known kinds by deployment id."""

    deployments: tuple[Deployment, ...]
    saved_s: float
    kinds: dict[str, DeploymentKind]


@dataclass(frozen=True, slots=True)
class CachedDeployment:
    """Deployment with its payload and readme, as read at the time `saved_s`."""

    deployment: Deployment
    saved_s: float


@dataclass(frozen=True, slots=True)
class _DeploymentRecord:
    """Cached data of a deployment; `seen_hash` identifies the content that the user saw last."""

    deployment: Deployment
    saved_s: float
    content_hash: str
    readme_hash: str = ""
    seen_hash: str = ""


class DeploymentStore:
    """Reads and writes the cache folder of one service.

    Every method waits for the disk; call them on worker threads, one at a time.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES, *, service: str = "") -> None:
        self._cache = ContentCache(
            folder,
            ".kept",
            ("content", "readme", "seen"),
            max_bytes=max_bytes,
            max_content_bytes=_MAX_UNCOMPRESSED_BYTES,
        )
        self._prefix = _digest(service)[:16]
        self._list_name = f"{self._prefix}.list.json"

    # The list

    def save_list(self, deployments: Sequence[Deployment], saved_s: float) -> None:
        """Saves the list, and removes cached data beyond the limits.

        Raises OSError; the earlier list is then kept.
        """
        records: list[Json] = [_to_json(each) for each in deployments[:_MAX_LISTED]]
        written = {"format": _FORMAT, "kept_s": saved_s, "deployments": records}
        with self._cache.lock:
            self._cache.save_record(self._list_name, written)
            self._cache.enforce_limits()

    def load_list(self) -> CachedDeploymentList | None:
        """Returns the saved list; None if there is none. Raises OSError."""
        found = self._cache.load_record(self._list_name, _list_from_json, _MAX_LIST_BYTES)
        if found is None:
            return None
        rows, saved_s = found
        saved = {row.deployment_id: self._record(row.deployment_id) for row in rows}
        # If the deployment was edited since then, its cached kind may be wrong.
        kinds = {
            row.deployment_id: DeploymentKind.COMFYUI
            if record.content_hash
            else DeploymentKind.OTHER
            for row in rows
            if (record := saved[row.deployment_id]) is not None
            and record.deployment.updated_at == row.updated_at
        }
        return CachedDeploymentList(rows, saved_s, kinds)

    # One deployment

    def save(self, deployment: Deployment, saved_s: float) -> None:
        """Saves a deployment read with its payload; without a readme the earlier one is kept.

        Does nothing without a payload. Raises OSError; the earlier record is then kept.
        """
        payload = deployment.payload
        if payload is None:
            return
        with self._cache.lock:
            earlier = self._record(deployment.deployment_id)
            content_hash = ""
            if payload.workflow is not None:
                content_hash = self._write_content(_payload_chunks(payload))
            readme_hash = earlier.readme_hash if earlier is not None else ""
            if deployment.readme:
                readme_hash = self._write_content([deployment.readme.encode("utf-8", "replace")])
            record = replace(deployment, payload=None, readme="")
            seen_hash = earlier.seen_hash if earlier is not None else ""
            self._save_record(
                _DeploymentRecord(record, saved_s, content_hash, readme_hash, seen_hash)
            )

    def read(self, deployment_id: str) -> CachedDeployment | None:
        """Returns the cached deployment; None if there is none.

        Its payload is None if the cached payload is lost or damaged. Raises OSError.
        """
        record = self._record(deployment_id)
        if record is None:
            return None
        payload = (
            self._payload(record.content_hash) if record.content_hash else DeploymentPayload(None)
        )
        self._cache.touch_record(self._record_name(deployment_id))
        deployment = replace(
            record.deployment, payload=payload, readme=self._readme(record.readme_hash)
        )
        return CachedDeployment(deployment, record.saved_s)

    def mark_seen(self, deployment_id: str) -> DeploymentPayload | None:
        """Marks the cached content as seen by the user.

        Returns the content that the user saw before; None if it is unchanged or unknown.
        """
        with self._cache.lock:
            record = self._record(deployment_id)
            if record is None or record.seen_hash == record.content_hash:
                return None
            earlier = self._payload(record.seen_hash) if record.seen_hash else None
            self._save_record(replace(record, seen_hash=record.content_hash))
            return earlier

    def changed_since_seen(self, deployment_ids: Iterable[str]) -> frozenset[str]:
        """Returns the ids whose workflow has changed since the user last saw it.

        Deployments that the user never saw are not included. Raises OSError.
        """
        records = {each: self._record(each) for each in deployment_ids}
        return frozenset(
            each
            for each, record in records.items()
            if record is not None and record.seen_hash and record.seen_hash != record.content_hash
        )

    def forget(self, deployment_id: str = "") -> None:
        """Removes all cached data of a deployment, or of all deployments if "". Raises OSError."""
        with self._cache.lock:
            if deployment_id:
                names = [self._record_name(deployment_id)]
            else:
                records = self._cache.folder.glob(f"{self._prefix}-*{RECORD_SUFFIX}")
                names = [self._list_name, *(each.name for each in records)]
            for name in names:
                (self._cache.folder / name).unlink(missing_ok=True)
            self._cache.enforce_limits()

    # Private methods

    def _record(self, deployment_id: str) -> _DeploymentRecord | None:
        record = self._cache.load_record(self._record_name(deployment_id), _record_from_json)
        is_match = record is not None and record.deployment.deployment_id == deployment_id
        return record if is_match else None

    def _save_record(self, record: _DeploymentRecord) -> None:
        stored = {
            "format": _FORMAT,
            "kept_s": record.saved_s,
            "record": _to_json(record.deployment),
            "content": record.content_hash,
            "readme": record.readme_hash,
            "seen": record.seen_hash,
        }
        self._cache.save_record(self._record_name(record.deployment.deployment_id), stored)

    def _write_content(self, chunks: list[bytes]) -> str:
        content_hash = hash_of(chunks)
        self._cache.save_content(content_hash, chunks)
        return content_hash

    def _payload(self, content_hash: str) -> DeploymentPayload | None:
        return self._cache.load_content(content_hash, _payload_from_chunks)

    def _readme(self, content_hash: str) -> str:
        return (self._cache.load_content(content_hash, _text) or "") if content_hash else ""

    def _record_name(self, deployment_id: str) -> str:
        return f"{self._prefix}-{_digest(deployment_id)}{RECORD_SUFFIX}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _payload_chunks(payload: DeploymentPayload) -> list[bytes]:
    """Returns the workflow and the example values as JSON, one node per chunk.

    Encoding a large workflow in one call would block the window.
    """
    return [
        b'{"workflow":',
        *_object_chunks(payload.workflow or {}),
        b',"overrides":',
        *_object_chunks(payload.overrides),
        b"}",
    ]


def _object_chunks(value: JsonObject) -> Iterator[bytes]:
    begin = "{"
    for name, member in value.items():
        yield f"{begin}{json.dumps(name)}:{json.dumps(member)}".encode()
        begin = ","
    yield b"}" if begin == "," else b"{}"


def _payload_from_chunks(chunks: Iterable[bytes]) -> DeploymentPayload | None:
    stored = read_json(_text(chunks), max_depth=_PAYLOAD_DEPTH, max_values=_PAYLOAD_VALUES)
    workflow = stored.get("workflow") if isinstance(stored, dict) else None
    overrides = stored.get("overrides") if isinstance(stored, dict) else None
    if not isinstance(workflow, dict):
        return None
    return DeploymentPayload(workflow, overrides if isinstance(overrides, dict) else {})


def _text(chunks: Iterable[bytes]) -> str:
    return b"".join(chunks).decode()


def _to_json(record: Deployment) -> JsonObject:
    values: JsonObject = {
        name: getattr(record, name) for name in (*_TEXT_FIELDS, *_TIME_FIELDS, *_COUNT_FIELDS)
    }
    return {**values, "hardware": list(record.hardware), "is_enabled": record.is_enabled}


def _from_json(stored: Json) -> Deployment:
    """Returns the deployment in a stored record. Raises DamagedFile."""
    if not isinstance(stored, dict):
        raise DamagedFile("no record")
    values: dict[str, Any] = {}
    for each in fields(Deployment):
        if each.name in ("payload", "readme"):
            continue
        value = values[each.name] = stored.get(each.name)
        if each.name == "hardware":
            is_valid = isinstance(value, list) and all(isinstance(sku, str) for sku in value)
            values[each.name] = tuple(value) if isinstance(value, list) else ()
        elif each.name in _COUNT_FIELDS:
            is_valid = isinstance(value, int) and not isinstance(value, bool)
        else:
            is_valid = isinstance(value, bool if each.name == "is_enabled" else str)
        if not is_valid:
            raise DamagedFile(f"no {each.name}")
    return Deployment(**values)


def _list_from_json(stored: JsonObject) -> tuple[tuple[Deployment, ...], float] | None:
    """Returns the listed deployments and the time of saving; None if a newer program wrote them.

    Raises DamagedFile.
    """
    if stored.get("format") != _FORMAT:
        return None
    records = stored.get("deployments")
    rows = tuple(map(_from_json, records if isinstance(records, list) else ()))
    return rows, _saved_time(stored)


def _record_from_json(stored: JsonObject) -> _DeploymentRecord | None:
    """Returns the record; None if a newer program wrote it. Raises DamagedFile."""
    if stored.get("format") != _FORMAT:
        return None
    hashes = [stored.get(name) for name in ("content", "readme", "seen")]
    known = [each for each in hashes if isinstance(each, str) and (not each or is_hash(each))]
    if len(known) != len(hashes):
        raise DamagedFile("no hash")
    return _DeploymentRecord(_from_json(stored.get("record")), _saved_time(stored), *known)


def _saved_time(stored: JsonObject) -> float:
    """Returns the time at which the list or record was saved. Raises DamagedFile."""
    saved_s = stored.get("kept_s")
    if isinstance(saved_s, bool) or not isinstance(saved_s, int | float):
        raise DamagedFile("no time in it")
    # Python's JSON parser accepts NaN and infinite numbers.
    if not 0 <= saved_s < _MAX_TIME_S:
        raise DamagedFile("no time that there is")
    return float(saved_s)
