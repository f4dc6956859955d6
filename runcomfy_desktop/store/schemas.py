"""What deployments' nodes look like, kept between starts: many deployments, one copy of the same.

A small file for each deployment says which state of it the content belongs to; contents lie beside
it under their hash, compressed. Neither has a token in it, nor the address it came from: addresses
of storage hosts may be signed. It is a cache: what is lost or damaged is fetched again.
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

from runcomfy_desktop.domain.json_members import members_from_pieces
from runcomfy_desktop.store.atomic import write_atomic
from runcomfy_desktop.store.packed import hash_of, packed, size_of, touch, unpacked, used_s
from runcomfy_desktop.store.small_file import Damaged, read_object, set_aside

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_members import Members
    from runcomfy_desktop.domain.json_value import JsonObject

MOST_BYTES = 64 * 1024 * 1024
"""Of all contents as they lie on the disk: about two hundred that differ."""
_MOST_NOTES = 1000
_MOST_UNPACKED = 160 * 1024 * 1024
_NOTE_BYTES = 64 * 1024
_FORMAT = 1
_HASH = re.compile(r"[0-9a-f]{64}")
_BROKEN = "*.broken-*"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SchemaNote:
    """What is kept of a deployment: the content's hash, and of which state of it that is.

    `fetched_s` is when its host last said that this is the content; `etag` and `last_modified` are
    how the host calls it.
    """

    deployment_id: str
    workflow_version: str
    updated_at: str
    content: str
    fetched_s: float
    etag: str = ""
    last_modified: str = ""


class SchemaStore:
    """Reads and writes one folder. Every method waits for the disk: for worker threads.

    Notes are those of one `service`, for its ids mean nothing to another one; contents are shared.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES, *, service: str = "") -> None:
        self._folder = folder
        self._service = service
        self._most_bytes = most_bytes
        # A content that is written is nobody's until its note is.
        self._lock = threading.Lock()

    def note(self, deployment_id: str) -> SchemaNote | None:
        """What is kept of a deployment; a damaged note is put aside. Raises OSError."""
        path = self._note_path(deployment_id)
        try:
            stored = read_object(path, _NOTE_BYTES)
            found = None if stored is None else _note_from(stored)
        except Damaged as damage:
            self._put_aside(path, damage)
            return None
        if found is None or found.deployment_id != deployment_id:
            return None
        touch(path)
        return found

    def read(self, content: str) -> Members | None:
        """The classes under a hash; None when they are not there. Raises OSError.

        What is damaged is put aside, as if it were not there.
        """
        path = self._content_path(content)
        try:
            # Closed before it is put aside: elsewhere an open file cannot be renamed.
            with closing(unpacked(path, content, _MOST_UNPACKED)) as pieces:
                return members_from_pieces(pieces)
        except FileNotFoundError:
            return None
        except (ValueError, zlib.error) as error:
            self._put_aside(path, error)
            return None

    def keep(self, note: SchemaNote, classes: Members | None) -> None:
        """Writes a note, and its content unless that is there already; then makes room.

        Raises OSError: then what was kept before still is.
        """
        with self._lock:
            path = self._content_path(note.content)
            if classes is not None and not path.exists():
                write_atomic(path, packed(classes.pieces()))
            written = {"format": _FORMAT, **asdict(note)}
            write_atomic(self._note_path(note.deployment_id), json.dumps(written).encode())
            self._make_room()

    def _make_room(self) -> None:
        """Lets go of what was not used for the longest time, beyond what may be kept."""
        with suppress(OSError):
            notes = sorted(self._folder.glob("*.note.json"), key=used_s, reverse=True)
            left, used = self._most_bytes, set[str]()
            for count, each in enumerate(notes):
                content = _content_of(each)
                size = 0 if content in used else size_of(self._content_path(content))
                if size > left or count >= _MOST_NOTES or not _HASH.fullmatch(content):
                    each.unlink(missing_ok=True)
                    continue
                left -= size
                used.add(content)
            for each in self._folder.glob("*.schema"):
                if each.name.partition(".")[0] not in used:
                    each.unlink(missing_ok=True)
            # One is kept, for whoever wants to know what happened.
            for each in sorted(self._folder.glob(_BROKEN), key=used_s, reverse=True)[1:]:
                each.unlink(missing_ok=True)

    def _put_aside(self, path: Path, error: Exception) -> None:
        _log.warning("The kept schema %s is damaged: %s", path.name, error)
        with suppress(OSError):
            set_aside(path)

    def _note_path(self, deployment_id: str) -> Path:
        whose = f"{self._service}\n{deployment_id}".encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(whose).hexdigest()
        return self._folder / f"{digest}.note.json"

    def _content_path(self, content: str) -> Path:
        return self._folder / f"{content}.schema"


def content_of(classes: Members) -> str:
    """The hash that equal classes share. Takes a while: for worker threads."""
    return hash_of(classes.pieces())


def _note_from(stored: JsonObject) -> SchemaNote | None:
    """None for one of a newer program. Raises Damaged."""
    if stored.get("format") != _FORMAT:
        return None
    facts = {each.name: stored.get(each.name) for each in fields(SchemaNote)}
    fetched_s = facts.pop("fetched_s")
    texts = {name: value for name, value in facts.items() if isinstance(value, str)}
    if len(texts) != len(facts) or not _HASH.fullmatch(texts["content"]):
        raise Damaged("no note of a schema")
    if isinstance(fetched_s, bool) or not isinstance(fetched_s, int | float):
        raise Damaged("no time in it")
    return SchemaNote(fetched_s=float(fetched_s), **texts)


def _content_of(path: Path) -> str:
    """The hash in a note, "" when it cannot be read."""
    try:
        stored = read_object(path, _NOTE_BYTES)
    except (Damaged, OSError):
        return ""
    content = None if stored is None else stored.get("content")
    return content if isinstance(content, str) else ""
