"""Copies files into the media folder, named by their hash.

A file is only copied if the target input accepts it. Call the functions and methods on worker
threads.
"""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, TypeAlias

from runcomfy_desktop.core.base.file_access import hash_of, open_file, read_problem
from runcomfy_desktop.core.media import media_refusals as refusals
from runcomfy_desktop.core.media.media_info import MediaInfo, read_media_info
from runcomfy_desktop.core.media.media_refusals import MAX_BYTES, MAX_PIXELS
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.media_checks import accepts
from runcomfy_desktop.domain.media.media_types import (
    HEAD_BYTES,
    OTHER,
    FileType,
    MediaFamily,
    extension_of,
    sniff,
)
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.store.atomic_write import disk_problem, sync_folder
from runcomfy_desktop.store.media_files import mark_used

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ProgressCallback: TypeAlias = "Callable[[str, int, int], object]"
"""Called with a file's name, the amount copied and the total."""

_CHUNK_BYTES = 1024 * 1024
_MIN_PROGRESS_BYTES = 8 * _CHUNK_BYTES
_INCOMING_PREFIX = "incoming-"


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """Options for copying one file.

    `kind` is the kind of the target input, `check_cancelled` raises an exception if the copy is no
    longer needed, and `report_progress` reports the progress of a large file.
    """

    kind: InputKind
    check_cancelled: Callable[[str], object]
    report_progress: ProgressCallback | None = None


class MediaCopier:
    """Copies files into the media folder; all methods raise Problem."""

    def __init__(self, folder: Path, measure: Callable[[Path], tuple[int, int] | None]) -> None:
        self._folder = folder
        self._measure = measure
        self._prepare_lock = threading.Lock()
        self._is_cleaned = False

    def store_file(self, path: Path, options: CopyOptions) -> MediaFile:
        """Stores a copy of a file, with the path and time of the original."""
        source, size_bytes = _open(path)
        with source:
            if size_bytes > MAX_BYTES:
                raise refusals.too_large(path.name)
            before = os.fstat(source.fileno())
            stored = self.store(source, path.name, options, size_bytes)
            after = os.fstat(source.fileno())
            if (after.st_mtime_ns, after.st_size) != (before.st_mtime_ns, before.st_size):
                raise refusals.being_written(path.name)
        return replace(stored, path=str(path.absolute()), mtime_ns=before.st_mtime_ns)

    def store(
        self, source: IO[bytes], name: str, options: CopyOptions, total_bytes: int = 0
    ) -> MediaFile:
        """Stores everything that can be read from `source`."""
        head = _read(source, HEAD_BYTES, name)
        kind = _type_of(head, name, options.kind)
        incoming = self._folder / f"{_INCOMING_PREFIX}{uuid.uuid4().hex}.{kind.extension}"
        try:
            self._prepare_folder()
            with incoming.open("xb") as copy:
                sha256, size_bytes = _copy(source, copy, name, options, head, total_bytes)
                # A draft that refers to the file is on disk within a second, so the file must be
                # there before.
                copy.flush()
                os.fsync(copy.fileno())
            media_info = self._media_info_of(incoming, name, kind, options.kind)
            stored = self._folder / f"{sha256}.{kind.extension}"
            # A file with the same bytes may exist already, and be open in a view.
            if not (mark_used(stored) and _is_intact(stored, size_bytes, sha256)):
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
            media_info.width,
            media_info.height,
            length_s=media_info.length_s,
        )

    def recheck(self, file: MediaFile) -> MediaFile:
        """Returns a stored file for reuse, with the kind and size that its bytes show.

        The values in `file` are not trusted.
        """
        path = self._folder / file.stored_name
        mark_used(path)
        source, size_bytes = _open(path)
        with source:
            head = _read(source, HEAD_BYTES, file.name)
        kind = _type_of(head, file.stored_name, InputKind.MESH)
        try:
            media_info = self._media_info_of(path, file.name, kind, InputKind.MESH)
        except OSError as error:
            raise disk_problem(error, self._folder) from None
        return replace(
            file,
            mime=kind.mime,
            size_bytes=size_bytes,
            width=media_info.width,
            height=media_info.height,
            length_s=media_info.length_s,
        )

    def _prepare_folder(self) -> None:
        """Creates the folder; the first call removes incomplete copies of earlier sessions."""
        with self._prepare_lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not self._is_cleaned:
                self._is_cleaned = True
                for leftover in self._folder.glob(f"{_INCOMING_PREFIX}*"):
                    leftover.unlink(missing_ok=True)

    def _media_info_of(
        self, path: Path, name: str, file_type: FileType, input_kind: InputKind
    ) -> MediaInfo:
        if file_type.family is not MediaFamily.IMAGE:
            with path.open("rb") as file:
                return read_media_info(file, file_type)
        size = self._measure(path)
        if size is None or min(size) < 1:
            if input_kind is InputKind.MESH:
                # This kind of input takes any file, so the file need not be a readable picture.
                return MediaInfo()
            raise refusals.damaged(name)
        if size[0] * size[1] > MAX_PIXELS:
            raise refusals.too_many_pixels(name, size)
        return MediaInfo(*size)


def probe_file(path: Path, input_kind: InputKind) -> tuple[int, FileType]:
    """Returns a file's size and type. Raises Problem if this kind of input does not take it."""
    with suppress(OSError):  # reported below
        if path.is_dir():
            raise refusals.folder_given(path.name)
    source, size_bytes = _open(path)
    with source:
        head = _read(source, HEAD_BYTES, path.name)
    return size_bytes, _type_of(head, path.name, input_kind)


def _open(path: Path) -> tuple[IO[bytes], int]:
    try:
        return open_file(path)
    except Problem as problem:
        raise refusals.unreadable_file(problem) from None


def _type_of(head: bytes, name: str, input_kind: InputKind) -> FileType:
    if not head:
        raise refusals.empty_file(name, input_kind)
    kind = sniff(head, name)
    if kind is None and input_kind is InputKind.MESH:
        return replace(OTHER, extension=extension_of(name) or OTHER.extension)
    if kind is None:
        raise refusals.unknown_kind(name, input_kind)
    if not accepts(input_kind, kind):
        raise refusals.other_kind(name, kind, input_kind)
    return kind


def _copy(
    source: IO[bytes],
    copy: IO[bytes],
    name: str,
    options: CopyOptions,
    head: bytes,
    total_bytes: int,
) -> tuple[str, int]:
    """Copies in chunks; returns hash and size."""
    digest, size_bytes, chunk = hashlib.sha256(), 0, head
    while chunk:
        size_bytes += len(chunk)
        if size_bytes > MAX_BYTES:
            raise refusals.too_large(name)
        if 0 < total_bytes < size_bytes:
            raise refusals.being_written(name)
        options.check_cancelled(name)
        digest.update(chunk)
        copy.write(chunk)
        if options.report_progress is not None and total_bytes >= _MIN_PROGRESS_BYTES:
            options.report_progress(name, size_bytes, total_bytes)
        chunk = _read(source, _CHUNK_BYTES, name)
    return digest.hexdigest(), size_bytes


def _is_intact(path: Path, size_bytes: int, sha256: str) -> bool:
    """Reports whether the copy is intact; a damaged copy is replaced by the next equal file."""
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
        raise refusals.unreadable_file(read_problem(name, error)) from None
