"""The account's deployments as they were read last, kept so that they can be worked on offline.

One file has the list, a small one for each deployment its record and since when it is known;
workflows and readmes lie beside them under their hash, compressed. No key is in any of them, nor
the address of a storage host: such addresses may be signed. What is lost or damaged is as if it
had never been kept.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
import zlib
from contextlib import closing, suppress
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.domain.deployment import Deployment, Kind, Payload
from runcomfy_desktop.domain.json_pieces import read_json
from runcomfy_desktop.domain.workflow import MAX_DEPTH, MAX_VALUES
from runcomfy_desktop.store.atomic import write_atomic
from runcomfy_desktop.store.packed import hash_of, packed, size_of, touch, unpacked, used_s
from runcomfy_desktop.store.small_file import Damaged, read_object, set_aside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import Json, JsonObject

MOST_BYTES = 64 * 1024 * 1024
"""Of all workflows and readmes as they lie on the disk; a large workflow takes about 30 KB."""
_MOST_NOTES = 1000
_MOST_LISTED = 2000
_MOST_UNPACKED = 64 * 1024 * 1024
_NOTE_BYTES = 64 * 1024
_LIST_BYTES = 16 * 1024 * 1024
_FORMAT = 1
_HASH = re.compile(r"[0-9a-f]{64}")
# A payload has two members more, each with all that a workflow may have.
_DEPTH, _VALUES = MAX_DEPTH + 2, 2 * MAX_VALUES
_TEXTS = ("deployment_id", "name", "workflow_id", "workflow_version", "status")
_TIMES = ("created_at", "updated_at")
_COUNTS = ("min_instances", "max_instances", "queue_size", "keep_warm_s")

# The year 5138.
_LAST_S = 1e11
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptList:
    """The list of deployments as it was at `kept_s`, and what each of them runs where known."""

    deployments: tuple[Deployment, ...]
    kept_s: float
    kinds: dict[str, Kind]


@dataclass(frozen=True, slots=True)
class KeptDeployment:
    """A record with its payload and readme, as they were at `kept_s`."""

    deployment: Deployment
    kept_s: float


@dataclass(frozen=True, slots=True)
class _Note:
    """What is kept of a deployment. `seen` is the content that the person saw last."""

    record: Deployment
    kept_s: float
    content: str
    readme: str = ""
    seen: str = ""


class DeploymentStore:
    """Reads and writes one folder, for one service. Every method waits for the disk: for worker
    threads, one at a time."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES, *, service: str = "") -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._prefix = _digest(service)[:16]
        self._lock = threading.Lock()

    # The list

    def keep_list(self, deployments: Sequence[Deployment], kept_s: float) -> None:
        """Keeps the list, and lets go of what is beyond the bounds.

        Raises OSError: then what was kept before still is.
        """
        records: list[Json] = [_to_json(each) for each in deployments[:_MOST_LISTED]]
        written = {"format": _FORMAT, "kept_s": kept_s, "deployments": records}
        with self._lock:
            write_atomic(self._list_path(), json.dumps(written).encode())
            self._make_room()

    def listed(self) -> KeptList | None:
        """None when there is none. Raises OSError."""
        path = self._list_path()
        try:
            stored = read_object(path, _LIST_BYTES)
            if stored is None or stored.get("format") != _FORMAT:
                return None
            records = stored.get("deployments")
            rows = tuple(map(_from_json, records if isinstance(records, list) else ()))
            kept_s = _moment(stored)
        except Damaged as damage:
            self._put_aside(path, damage)
            return None
        notes = {row.deployment_id: self._note(row.deployment_id) for row in rows}
        # Of one that was edited since, what was kept says nothing.
        kinds = {
            row.deployment_id: Kind.COMFYUI if note.content else Kind.OTHER
            for row in rows
            if (note := notes[row.deployment_id]) is not None
            and note.record.updated_at == row.updated_at
        }
        return KeptList(rows, kept_s, kinds)

    # One deployment

    def keep(self, deployment: Deployment, kept_s: float) -> None:
        """Keeps a record that was read with its payload; one without a readme keeps the earlier.

        Raises OSError: then what was kept before still is.
        """
        payload = deployment.payload
        if payload is None:
            return
        with self._lock:
            earlier = self._note(deployment.deployment_id)
            content = ""
            if payload.workflow is not None:
                content = self._write(_payload_pieces(payload))
            readme = earlier.readme if earlier is not None else ""
            if deployment.readme:
                readme = self._write([deployment.readme.encode("utf-8", "replace")])
            record = replace(deployment, payload=None, readme="")
            seen = earlier.seen if earlier is not None else ""
            self._keep_note(_Note(record, kept_s, content, readme, seen))

    def read(self, deployment_id: str) -> KeptDeployment | None:
        """What is kept of a deployment, without its payload where that is damaged; None for
        nothing. Raises OSError."""
        note = self._note(deployment_id)
        if note is None:
            return None
        payload = self._payload(note.content) if note.content else Payload(None)
        touch(self._note_path(deployment_id))
        whole = replace(note.record, payload=payload, readme=self._readme(note.readme))
        return KeptDeployment(whole, note.kept_s)

    def see(self, deployment_id: str) -> Payload | None:
        """The person sees what is kept of it now; what was seen last, if that was another one."""
        with self._lock:
            note = self._note(deployment_id)
            if note is None or note.seen == note.content:
                return None
            earlier = self._payload(note.seen) if note.seen else None
            self._keep_note(replace(note, seen=note.content))
            return earlier

    def unseen(self, deployment_ids: Iterable[str]) -> frozenset[str]:
        """Those that run another workflow by now than the person saw last. Raises OSError."""
        notes = {each: self._note(each) for each in deployment_ids}
        return frozenset(
            each
            for each, note in notes.items()
            if note is not None and note.seen and note.seen != note.content
        )

    def forget(self, deployment_id: str = "") -> None:
        """Removes all that is kept of a deployment, or of all of them. Raises OSError."""
        with self._lock:
            if deployment_id:
                self._note_path(deployment_id).unlink(missing_ok=True)
            else:
                self._list_path().unlink(missing_ok=True)
                for each in self._folder.glob(f"{self._prefix}-*.note.json"):
                    each.unlink(missing_ok=True)
            self._make_room()

    # Inside

    def _note(self, deployment_id: str) -> _Note | None:
        path = self._note_path(deployment_id)
        try:
            stored = read_object(path, _NOTE_BYTES)
            note = None if stored is None else _note_from(stored)
        except Damaged as damage:
            self._put_aside(path, damage)
            return None
        is_it = note is not None and note.record.deployment_id == deployment_id
        return note if is_it else None

    def _keep_note(self, note: _Note) -> None:
        written = {
            "format": _FORMAT,
            "kept_s": note.kept_s,
            "record": _to_json(note.record),
            "content": note.content,
            "readme": note.readme,
            "seen": note.seen,
        }
        path = self._note_path(note.record.deployment_id)
        write_atomic(path, json.dumps(written).encode())

    def _write(self, pieces: list[bytes]) -> str:
        content = hash_of(pieces)
        path = self._content_path(content)
        if not path.exists():
            write_atomic(path, packed(pieces))
        return content

    def _payload(self, content: str) -> Payload | None:
        text = self._text(content)
        if text is None:
            return None
        try:
            stored = read_json(text, depth=_DEPTH, values=_VALUES)
        except ValueError as error:
            self._put_aside(self._content_path(content), error)
            return None
        workflow = stored.get("workflow") if isinstance(stored, dict) else None
        overrides = stored.get("overrides") if isinstance(stored, dict) else None
        if not isinstance(workflow, dict):
            return None
        return Payload(workflow, overrides if isinstance(overrides, dict) else {})

    def _readme(self, content: str) -> str:
        return (self._text(content) or "") if content else ""

    def _text(self, content: str) -> str | None:
        path = self._content_path(content)
        try:
            with closing(unpacked(path, content, _MOST_UNPACKED)) as pieces:
                return b"".join(pieces).decode()
        except FileNotFoundError:
            return None
        except (ValueError, zlib.error) as error:
            self._put_aside(path, error)
            return None

    def _make_room(self) -> None:
        """Lets go of what was not used for the longest time, beyond what may be kept."""
        with suppress(OSError):
            notes = sorted(self._folder.glob("*.note.json"), key=used_s, reverse=True)
            left, used = self._most_bytes, set[str]()
            for count, each in enumerate(notes):
                mine = _contents_of(each) - used
                size = sum(size_of(self._content_path(content)) for content in mine)
                if size > left or count >= _MOST_NOTES:
                    each.unlink(missing_ok=True)
                    continue
                left -= size
                used |= mine
            for each in self._folder.glob("*.kept"):
                if each.name.partition(".")[0] not in used:
                    each.unlink(missing_ok=True)
            # One is kept, for whoever wants to know what happened.
            for each in sorted(self._folder.glob("*.broken-*"), key=used_s, reverse=True)[1:]:
                each.unlink(missing_ok=True)

    def _put_aside(self, path: Path, error: Exception) -> None:
        _log.warning("What is kept of a deployment, %s, is damaged: %s", path.name, error)
        with suppress(OSError):
            set_aside(path)

    def _list_path(self) -> Path:
        return self._folder / f"{self._prefix}.list.json"

    def _note_path(self, deployment_id: str) -> Path:
        return self._folder / f"{self._prefix}-{_digest(deployment_id)}.note.json"

    def _content_path(self, content: str) -> Path:
        return self._folder / f"{content}.kept"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _payload_pieces(payload: Payload) -> list[bytes]:
    """The workflow and the example values as JSON, a node at a time: encoding a large one in one
    go would hold up the window."""
    return [
        b'{"workflow":',
        *_object_pieces(payload.workflow or {}),
        b',"overrides":',
        *_object_pieces(payload.overrides),
        b"}",
    ]


def _object_pieces(value: JsonObject) -> Iterator[bytes]:
    begin = "{"
    for name, member in value.items():
        yield f"{begin}{json.dumps(name)}:{json.dumps(member)}".encode()
        begin = ","
    yield b"}" if begin == "," else b"{}"


def _to_json(record: Deployment) -> JsonObject:
    facts: JsonObject = {name: getattr(record, name) for name in (*_TEXTS, *_TIMES, *_COUNTS)}
    return {**facts, "hardware": list(record.hardware), "is_enabled": record.is_enabled}


def _from_json(stored: Json) -> Deployment:
    """Raises Damaged."""
    if not isinstance(stored, dict):
        raise Damaged("no record")
    facts: dict[str, Any] = {}
    for each in fields(Deployment):
        if each.name in ("payload", "readme"):
            continue
        value = facts[each.name] = stored.get(each.name)
        if each.name == "hardware":
            is_right = isinstance(value, list) and all(isinstance(sku, str) for sku in value)
            facts[each.name] = tuple(value) if isinstance(value, list) else ()
        elif each.name in _COUNTS:
            is_right = isinstance(value, int) and not isinstance(value, bool)
        else:
            is_right = isinstance(value, bool if each.name == "is_enabled" else str)
        if not is_right:
            raise Damaged(f"no {each.name}")
    return Deployment(**facts)


def _note_from(stored: JsonObject) -> _Note | None:
    """None for one of a newer program. Raises Damaged."""
    if stored.get("format") != _FORMAT:
        return None
    hashes = [stored.get(name) for name in ("content", "readme", "seen")]
    known = [each for each in hashes if isinstance(each, str) and (not each or _is_hash(each))]
    if len(known) != len(hashes):
        raise Damaged("no hash")
    return _Note(_from_json(stored.get("record")), _moment(stored), *known)


def _is_hash(text: str) -> bool:
    return _HASH.fullmatch(text) is not None


def _moment(stored: JsonObject) -> float:
    """Raises Damaged."""
    kept_s = stored.get("kept_s")
    if isinstance(kept_s, bool) or not isinstance(kept_s, int | float):
        raise Damaged("no time in it")
    # JSON as Python reads it has NaN and numbers without end.
    if not 0 <= kept_s < _LAST_S:
        raise Damaged("no time that there is")
    return float(kept_s)


def _contents_of(path: Path) -> set[str]:
    """The hashes in a note; none when it cannot be read."""
    try:
        stored = read_object(path, _NOTE_BYTES)
    except (Damaged, OSError):
        return set()
    found = [stored.get(name) for name in ("content", "readme", "seen")] if stored else []
    return {each for each in found if isinstance(each, str) and _is_hash(each)}
