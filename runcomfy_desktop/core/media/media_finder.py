"""Finds the files of a preset's inputs by content if they are no longer at their old paths.

A preset identifies a file by its hash. The file may be in the media store, embedded in the preset,
at its old path, or in a folder nearby; the user is only asked for files found nowhere.
"""

from __future__ import annotations

import asyncio
import io
import os
import stat
import threading
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.file_access import hash_of
from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.media import media_refusals as refusals
from runcomfy_desktop.core.media.media_copier import CopyOptions
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.media.local_path import local_path
from runcomfy_desktop.domain.schema.schema import InputKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from runcomfy_desktop.core.base.notices import Notices
    from runcomfy_desktop.core.media.media_copier import MediaCopier
    from runcomfy_desktop.domain.media.media import MediaFile

MAX_FOLDERS = 12
"""Maximum number of folders searched automatically."""
MAX_ENTRIES = 20_000
"""Maximum number of entries examined in a folder, or in all folders below a chosen one."""

_MAX_LEVELS = 8
# Reading every file with the right size takes time: the search ends after this number of bytes.
_MAX_READ_BYTES = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class FoundMedia:
    """Result of a search: files of the media store by SHA-256, and missing files.

    `copied` are the SHA-256 hashes of files that were copied into the store from elsewhere on this
    computer.

    The type of each file was read from its content. If the file at its `path` has the same bytes,
    the name is the one on disk; otherwise `path` is empty and the name is the one in the preset.
    """

    files: Mapping[str, MediaFile] = field(default_factory=dict)
    missing: tuple[MediaFile, ...] = ()
    copied: frozenset[str] = frozenset()


class MediaFinder:
    """Finds files and copies them into the media store.

    Errors are reported through `notices`; `hash_of` returns the SHA-256 of a file.
    """

    def __init__(
        self,
        folder: Path,
        copier: MediaCopier,
        notices: Notices,
        hash_of: Callable[[Path], str] = hash_of,
    ) -> None:
        self._hash_of = hash_of
        self._folder = folder
        self._copier = copier
        self._notices = notices
        self._tasks = Tasks(notices.post_failure)
        self._closing = threading.Event()

    def find(
        self,
        files: Iterable[MediaFile],
        on_done: Callable[[FoundMedia], object],
        *,
        embedded: Mapping[str, bytes],
        folders: Sequence[str] = (),
    ) -> None:
        """Searches the store, the `embedded` bytes, the old paths and their folders, and `folders`.

        `on_done` gets the result.
        """
        self._start(files, on_done, embedded=embedded, folders=tuple(folders))

    def find_in(
        self,
        roots: Sequence[str],
        files: Iterable[MediaFile],
        on_done: Callable[[FoundMedia], object],
    ) -> None:
        """Searches `roots`: files, and folders with all their subfolders."""
        self._start(files, on_done, embedded={}, roots=tuple(roots))

    async def find_stored(self, files: Iterable[MediaFile]) -> FoundMedia:
        """Searches only the store, without adding to it."""
        return await asyncio.to_thread(self._search(files).run_on_store)

    async def close(self) -> None:
        self._closing.set()
        await self._tasks.close()

    def _start(
        self,
        files: Iterable[MediaFile],
        on_done: Callable[[FoundMedia], object],
        *,
        embedded: Mapping[str, bytes],
        folders: Sequence[str] = (),
        roots: Sequence[str] = (),
    ) -> None:
        wanted = tuple(files)
        if not wanted:
            on_done(FoundMedia())
            return
        search = self._search(wanted)

        async def work() -> None:
            found = await asyncio.to_thread(search.run, embedded, folders, roots)
            if search.problem is not None:
                self._notices.post_failure(search.problem)
            on_done(found)

        self._tasks.start("find media", work())

    def _search(self, files: Iterable[MediaFile]) -> _MediaSearch:
        wanted = {each.sha256: each for each in files}
        return _MediaSearch(self._folder, self._copier, wanted, self._closing, self._hash_of)


class _MediaSearch:
    """One search, on a worker thread; `problem` is why a found file could not be stored."""

    def __init__(
        self,
        folder: Path,
        copier: MediaCopier,
        wanted: Mapping[str, MediaFile],
        closing: threading.Event,
        hash_of: Callable[[Path], str],
    ) -> None:
        self._hash_of = hash_of
        self._folder = folder
        self._copier = copier
        self._remaining = dict(wanted)
        self._closing = closing
        self._found: dict[str, MediaFile] = {}
        self._copied: set[str] = set()
        self._read_bytes = 0
        self.problem: Problem | None = None

    def run(
        self, embedded: Mapping[str, bytes], folders: Sequence[str], roots: Sequence[str]
    ) -> FoundMedia:
        """Searches everywhere; all folders below `roots` are included."""
        self._search_store()
        for sha256, data in embedded.items():
            if wanted := self._remaining.get(sha256):
                source, options = io.BytesIO(data), self._copy_options()
                self._store(wanted, partial(self._copier.store, source, wanted.name, options))
        # A path from another user is only accessed if it is local: a network path would contact a
        # server.
        paths = {sha256: local_path(each.path) for sha256, each in self._remaining.items()}
        self._try_all(Path(path) for path in paths.values() if path)
        near = [str(Path(paths[each]).parent) for each in self._remaining if paths[each]]
        for folder in islice(dict.fromkeys((*near, *folders)), MAX_FOLDERS):
            self._try_all(_files_in(Path(folder)))
        for root in roots:
            self._try_all(_files_below(Path(root)))
        return self._result()

    def run_on_store(self) -> FoundMedia:
        """Searches only the store."""
        self._search_store()
        return self._result()

    def _result(self) -> FoundMedia:
        return FoundMedia(self._found, tuple(self._remaining.values()), frozenset(self._copied))

    def _search_store(self) -> None:
        """Finds copies of the right size; their content is checked before a run."""
        for each in tuple(self._remaining.values()):
            size_bytes = _file_size(self._folder / each.stored_name) if each.stored_name else None
            if size_bytes == each.size_bytes and each.stored_name.partition(".")[0] == each.sha256:
                self._store(each, partial(self._copier.recheck, self._with_origin(each)))

    def _with_origin(self, file: MediaFile) -> MediaFile:
        """Returns the file; its path is removed unless the file there has the same bytes."""
        path = local_path(file.path)
        if not path or self._hash_at(Path(path)) != file.sha256:
            return replace(file, path="", mtime_ns=0)
        real = _resolved(Path(path))
        return replace(file, name=real.name, path=str(real), mtime_ns=0)

    def _try_all(self, paths: Iterable[Path]) -> None:
        for path in paths:
            if not self._remaining or self._closing.is_set() or self._read_bytes > _MAX_READ_BYTES:
                return
            self._try(path)

    def _try(self, path: Path) -> None:
        """Stores the file at `path` if it is one of the wanted files."""
        wanted = self._remaining.get(self._hash_at(path))
        if wanted is None:
            return
        self._store(wanted, lambda: self._copier.store_file(_resolved(path), self._copy_options()))
        if wanted.sha256 in self._found:
            self._copied.add(wanted.sha256)

    def _hash_at(self, path: Path) -> str:
        """Returns the SHA-256 of a file, "" if it cannot be one of the wanted files."""
        size_bytes = _file_size(path)
        if size_bytes is None or size_bytes > refusals.MAX_BYTES:
            return ""
        if all(size_bytes != each.size_bytes for each in self._remaining.values()):
            return ""
        self._read_bytes += size_bytes
        return self._hash_of(path)

    def _store(self, wanted: MediaFile, copy: Callable[[], MediaFile]) -> None:
        try:
            stored = copy()
        except Problem as problem:
            self.problem = self.problem or problem
            return
        if stored.sha256 == wanted.sha256:
            del self._remaining[wanted.sha256]
            self._found[wanted.sha256] = stored

    def _copy_options(self) -> CopyOptions:
        # The input checks the kind of file later; here any file with the right bytes is fine.
        return CopyOptions(InputKind.MESH, self._check_closing)

    def _check_closing(self, name: str) -> None:
        if self._closing.is_set():
            raise refusals.shutting_down(name, InputKind.MESH)


def _resolved(path: Path) -> Path:
    """Returns the file that a path leads to, since a link may have any name."""
    # A drive on Windows may resolve to a network path, which is never accessed later.
    return Path(local_path(str(path.resolve())) or path)


def _file_size(path: Path) -> int | None:
    """Returns the size of a file; None if it is not a regular file."""
    try:
        file_stat = path.stat()
    except (OSError, ValueError):
        return None
    return file_stat.st_size if stat.S_ISREG(file_stat.st_mode) else None


def _files_in(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, MAX_ENTRIES):
                if entry.is_file():
                    yield Path(entry.path)
    except (OSError, ValueError):
        return


def _files_below(root: Path) -> Iterator[Path]:
    """Yields the file itself, or the files of a folder and its subfolders, breadth-first."""
    pending, scanned_count = [(root, 0)], 0
    if _file_size(root) is not None:
        yield root
        return
    while pending and scanned_count < MAX_ENTRIES:
        folder, level = pending.pop(0)
        try:
            with os.scandir(folder) as entries:
                for entry in islice(entries, MAX_ENTRIES - scanned_count):
                    scanned_count += 1
                    if entry.is_file():
                        yield Path(entry.path)
                    elif level < _MAX_LEVELS and entry.is_dir(follow_symlinks=False):
                        pending.append((Path(entry.path), level + 1))
        except (OSError, ValueError):
            continue
