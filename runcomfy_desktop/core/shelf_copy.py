"""Copies a file into the media folder under its hash, if an input takes it; for worker threads."""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, TypeAlias

from runcomfy_desktop.core import shelf_refusals as refusals
from runcomfy_desktop.core.media_facts import Facts, read_facts
from runcomfy_desktop.core.reading import hash_of, open_file, unreadable
from runcomfy_desktop.core.shelf_refusals import MAX_BYTES, MAX_PIXELS
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.media_checks import takes
from runcomfy_desktop.domain.media_types import (
    HEAD_BYTES,
    OTHER,
    Family,
    FileType,
    ending_of,
    sniff,
)
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.store.atomic import disk_problem, sync_folder
from runcomfy_desktop.store.media_files import use

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Tell: TypeAlias = "Callable[[str, int, int], object]"
"""Hears a name, how much of it is done and how much there is."""

_PIECE_BYTES = 1024 * 1024
_TOLD_FROM_BYTES = 8 * _PIECE_BYTES
_UNFINISHED = "incoming-"


@dataclass(frozen=True, slots=True)
class Order:
    """How one file is to be kept: what takes it, `heed` which raises when nobody wants it any
    more, and `tell` which hears how far a large one has come."""

    kind: InputKind
    heed: Callable[[str], object]
    tell: Tell | None = None


class Keeper:
    """Owns how files lie in the media folder. Everything raises Problem."""

    def __init__(self, folder: Path, measure: Callable[[Path], tuple[int, int] | None]) -> None:
        self._folder = folder
        self._measure = measure
        self._preparing = threading.Lock()
        self._swept = False

    def keep_file(self, path: Path, order: Order) -> MediaFile:
        """Keeps a copy of an original, and remembers which one it was."""
        source, size_bytes = _open(path)
        with source:
            if size_bytes > MAX_BYTES:
                raise refusals.too_large(path.name)
            before = os.fstat(source.fileno())
            kept = self.keep(source, path.name, order, size_bytes)
            after = os.fstat(source.fileno())
            if (after.st_mtime_ns, after.st_size) != (before.st_mtime_ns, before.st_size):
                raise refusals.changing(path.name)
        return replace(kept, path=str(path.absolute()), mtime_ns=before.st_mtime_ns)

    def keep(self, source: IO[bytes], name: str, order: Order, whole_bytes: int = 0) -> MediaFile:
        """Keeps what can be read from `source`."""
        head = _read(source, HEAD_BYTES, name)
        kind = _type_of(head, name, order.kind)
        incoming = self._folder / f"{_UNFINISHED}{uuid.uuid4().hex}.{kind.ending}"
        try:
            self._prepare_folder()
            with incoming.open("xb") as copy:
                sha256, size_bytes = _copy(source, copy, name, order, head, whole_bytes)
                # A draft that names it is on the disk within a second: so is this, and first.
                copy.flush()
                os.fsync(copy.fileno())
            facts = self._facts_of(incoming, name, kind, order.kind)
            stored = self._folder / f"{sha256}.{kind.ending}"
            # The same bytes may be there already, and open in a view.
            if not (use(stored) and _holds(stored, size_bytes, sha256)):
                incoming.replace(stored)
                sync_folder(self._folder)
        except OSError as error:
            raise disk_problem(error, self._folder) from None
        finally:
            with suppress(OSError):
                incoming.unlink(missing_ok=True)
        return MediaFile(
            name,
            stored.name,
            sha256,
            kind.mime,
            size_bytes,
            facts.width,
            facts.height,
            length_s=facts.length_s,
        )

    def look_again(self, file: MediaFile) -> MediaFile:
        """A kept file that is used once more, as its bytes say that it is, whatever is said."""
        path = self._folder / file.stored_name
        use(path)
        source, size_bytes = _open(path)
        with source:
            head = _read(source, HEAD_BYTES, file.name)
        kind = _type_of(head, file.stored_name, InputKind.MESH)
        try:
            facts = self._facts_of(path, file.name, kind, InputKind.MESH)
        except OSError as error:
            raise disk_problem(error, self._folder) from None
        return replace(
            file,
            mime=kind.mime,
            size_bytes=size_bytes,
            width=facts.width,
            height=facts.height,
            length_s=facts.length_s,
        )

    def _prepare_folder(self) -> None:
        """Makes the folder, and once removes what an earlier program left unfinished in it."""
        with self._preparing:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._swept:
                self._swept = True
                for left in self._folder.glob(f"{_UNFINISHED}*"):
                    left.unlink(missing_ok=True)

    def _facts_of(self, path: Path, name: str, kind: FileType, wanted: InputKind) -> Facts:
        if kind.family is not Family.IMAGE:
            with path.open("rb") as file:
                return read_facts(file, kind)
        size = self._measure(path)
        if size is None or min(size) < 1:
            if wanted is InputKind.MESH:
                # Any file may go there, so nobody said that this one can be looked at.
                return Facts()
            raise refusals.damaged(name)
        if size[0] * size[1] > MAX_PIXELS:
            raise refusals.too_many_pixels(name, size)
        return Facts(*size)


def look_at(path: Path, wanted: InputKind) -> tuple[int, FileType]:
    """Size and kind of a file that an input of this kind takes. Raises Problem."""
    with suppress(OSError):  # told below
        if path.is_dir():
            raise refusals.folder(path.name)
    source, size_bytes = _open(path)
    with source:
        head = _read(source, HEAD_BYTES, path.name)
    return size_bytes, _type_of(head, path.name, wanted)


def _open(path: Path) -> tuple[IO[bytes], int]:
    try:
        return open_file(path)
    except Problem as problem:
        raise refusals.unopened(problem) from None


def _type_of(head: bytes, name: str, wanted: InputKind) -> FileType:
    if not head:
        raise refusals.empty(name, wanted)
    kind = sniff(head, name)
    if kind is None and wanted is InputKind.MESH:
        return replace(OTHER, ending=ending_of(name) or OTHER.ending)
    if kind is None:
        raise refusals.unknown_kind(name, wanted)
    if not takes(wanted, kind):
        raise refusals.other_kind(name, kind, wanted)
    return kind


def _copy(
    source: IO[bytes], copy: IO[bytes], name: str, order: Order, head: bytes, whole_bytes: int
) -> tuple[str, int]:
    """Copies in pieces; returns hash and size."""
    digest, size_bytes, piece = hashlib.sha256(), 0, head
    while piece:
        size_bytes += len(piece)
        if size_bytes > MAX_BYTES:
            raise refusals.too_large(name)
        if 0 < whole_bytes < size_bytes:
            raise refusals.changing(name)
        order.heed(name)
        digest.update(piece)
        copy.write(piece)
        if order.tell is not None and whole_bytes >= _TOLD_FROM_BYTES:
            order.tell(name, size_bytes, whole_bytes)
        piece = _read(source, _PIECE_BYTES, name)
    return digest.hexdigest(), size_bytes


def _holds(path: Path, size_bytes: int, sha256: str) -> bool:
    """Whether the copy is there; one that a power cut spoilt is mended by the next equal file."""
    try:
        if path.stat().st_size != size_bytes:
            return False
    except FileNotFoundError:
        return False
    return hash_of(path) == sha256


def _read(source: IO[bytes], size_bytes: int, name: str) -> bytes:
    try:
        return source.read(size_bytes)
    except OSError as error:
        raise refusals.unopened(unreadable(name, error)) from None
