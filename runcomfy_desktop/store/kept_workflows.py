"""The workflows that drafts were made from, kept beside them: a file may be moved or changed, a
deployment deleted, and what was typed must still have its place.

One compressed copy for each content, named by its hash and shared by all drafts of it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import threading
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.workflow import (
    MAX_BYTES,
    Workflow,
    workflow_from_json,
    workflow_to_json,
)
from runcomfy_desktop.store.atomic import write_atomic
from runcomfy_desktop.store.small_file import set_aside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_BYTES = 512 * 1024 * 1024
"""Of all copies as they lie on the disk; what was not used for the longest time goes first."""
# Every text of a workflow may be spelt in escapes.
_MOST_UNPACKED = 6 * MAX_BYTES
_LEVEL = 4
_HASH = re.compile(r"[0-9a-f]{64}")
_ENDING = ".workflow"

_log = logging.getLogger(__name__)


class KeptWorkflows:
    """Reads and writes one folder. Every method waits for the disk: for worker threads.

    What was read or kept in this life is in use as long as it lasts: a draft that is being written
    may need a copy of which no list of drafts knows yet.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._in_use: set[str] = set()
        # Nothing comes in use between the look whether it is, and its end.
        self._lock = threading.Lock()

    def keep(self, workflow: Workflow) -> str:
        """Writes a copy unless there is one; returns its hash. Raises OSError."""
        data = json.dumps(workflow_to_json(workflow), separators=(",", ":")).encode()
        content = hashlib.sha256(data).hexdigest()
        path = self._path(content)
        self._use(content)
        if path.exists():
            with suppress(OSError):
                os.utime(path)
        else:
            write_atomic(path, zlib.compress(data, _LEVEL))
        return content

    def read(self, content: str) -> Workflow | None:
        """The workflow under a hash; None when there is none. What is damaged is put aside."""
        if not _HASH.fullmatch(content):
            return None
        path = self._path(content)
        self._use(content)
        try:
            with path.open("rb") as file:
                data = _unpacked(file.read(self._most_bytes))
            if hashlib.sha256(data).hexdigest() != content:
                raise ValueError("the hash is another one")
            return workflow_from_json(json.loads(data))
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("The kept workflow %s cannot be read: %s", path.name, error)
        except (ValueError, zlib.error, RecursionError, Problem) as error:
            _log.warning("The kept workflow %s is damaged: %s", path.name, error)
            with suppress(OSError):
                set_aside(path)
        return None

    def tidy(self, needed: frozenset[str]) -> None:
        """Removes what is neither needed nor in use, and what is beyond the room for all."""
        left = self._most_bytes
        for path, size in self._newest_first():
            left -= size
            with self._lock, suppress(OSError):
                content = path.name.removesuffix(_ENDING)
                if left < 0 or (content not in needed and content not in self._in_use):
                    path.unlink(missing_ok=True)

    def _use(self, content: str) -> None:
        with self._lock:
            self._in_use.add(content)

    def _newest_first(self) -> Iterator[tuple[Path, int]]:
        found = []
        with suppress(OSError):
            for path in self._folder.glob(f"*{_ENDING}"):
                with suppress(OSError):
                    about = path.stat()
                    found.append((about.st_mtime, path, about.st_size))
        for _used_s, path, size in sorted(found, reverse=True):
            yield path, size

    def _path(self, content: str) -> Path:
        return self._folder / f"{content}{_ENDING}"


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(packed, _MOST_UNPACKED)
    if not unpacker.eof:
        raise ValueError("the end is missing, or there is too much")
    return data
