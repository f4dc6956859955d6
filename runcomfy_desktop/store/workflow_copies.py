"""Copies of the workflows that drafts were made from, stored next to the drafts.

If a file is moved or changed, or a deployment is deleted, the user's changes must still have their
inputs. There is one compressed copy per content, named after its hash and shared by all drafts with
that content.
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

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.workflow.workflow import (
    MAX_BYTES,
    Workflow,
    workflow_from_json,
    workflow_to_json,
)
from runcomfy_desktop.store.atomic_write import write_atomic
from runcomfy_desktop.store.small_file import set_aside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_TOTAL_BYTES = 512 * 1024 * 1024
"""Maximum size of all copies on the disk; the least recently used copies are removed first."""
# Every character of a workflow may be written as an escape sequence.
_MAX_UNCOMPRESSED_BYTES = 6 * MAX_BYTES
_COMPRESSION_LEVEL = 4
_HASH = re.compile(r"[0-9a-f]{64}")
_SUFFIX = ".workflow"

_log = logging.getLogger(__name__)


class WorkflowCopies:
    """Reads and writes one folder. Every method waits for the disk: call it on a worker thread.

    A copy read or written in this session stays in use until the program ends: a draft being
    written may need a copy that no list of drafts mentions yet.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_TOTAL_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._in_use: set[str] = set()
        # Held while a copy is checked and removed, so that it does not come into use in between.
        self._lock = threading.Lock()

    def save(self, workflow: Workflow) -> str:
        """Writes a copy unless one exists; returns its hash. Raises OSError."""
        data = json.dumps(workflow_to_json(workflow), separators=(",", ":")).encode()
        content_hash = hashlib.sha256(data).hexdigest()
        path = self._path(content_hash)
        self._mark_used(content_hash)
        if path.exists():
            with suppress(OSError):
                os.utime(path)
        else:
            write_atomic(path, zlib.compress(data, _COMPRESSION_LEVEL))
        return content_hash

    def read(self, content_hash: str) -> Workflow | None:
        """Returns the workflow stored under a hash; None if there is none or it cannot be read.

        A damaged copy is moved aside.
        """
        if not _HASH.fullmatch(content_hash):
            return None
        path = self._path(content_hash)
        self._mark_used(content_hash)
        try:
            with path.open("rb") as file:
                data = _decompress(file.read(self._max_bytes))
            if hashlib.sha256(data).hexdigest() != content_hash:
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

    def remove_unused(self, needed: frozenset[str]) -> None:
        """Removes copies that are neither needed nor in use, and those beyond the size limit."""
        remaining_bytes = self._max_bytes
        for path, size in self._newest_first():
            remaining_bytes -= size
            with self._lock, suppress(OSError):
                content_hash = path.name.removesuffix(_SUFFIX)
                if remaining_bytes < 0 or (
                    content_hash not in needed and content_hash not in self._in_use
                ):
                    path.unlink(missing_ok=True)

    def _mark_used(self, content_hash: str) -> None:
        with self._lock:
            self._in_use.add(content_hash)

    def _newest_first(self) -> Iterator[tuple[Path, int]]:
        found = []
        with suppress(OSError):
            for path in self._folder.glob(f"*{_SUFFIX}"):
                with suppress(OSError):
                    info = path.stat()
                    found.append((info.st_mtime, path, info.st_size))
        for _used_s, path, size in sorted(found, reverse=True):
            yield path, size

    def _path(self, content_hash: str) -> Path:
        return self._folder / f"{content_hash}{_SUFFIX}"


def _decompress(compressed: bytes) -> bytes:
    decompressor = zlib.decompressobj()
    data = decompressor.decompress(compressed, _MAX_UNCOMPRESSED_BYTES)
    if not decompressor.eof:
        raise ValueError("the end is missing, or there is too much")
    return data
