"""Finds the files that a preset puts on inputs, when they are not where they were: by their bytes.

A preset names a file by its hash. It may lie on the shelf, come with the preset, still be at its
place, or have been moved to a folder near by; only what is found nowhere is asked for.
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

from runcomfy_desktop.core import shelf_refusals as refusals
from runcomfy_desktop.core.reading import hash_of
from runcomfy_desktop.core.shelf_copy import Order
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.domain.local_path import local_path
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.schema import InputKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.shelf_copy import Keeper
    from runcomfy_desktop.domain.media import MediaFile

MAX_FOLDERS = 12
"""As many folders are looked into without being asked to."""
MAX_ENTRIES = 20_000
"""As many files of a folder, and of those below one that was chosen, are looked at."""

_MAX_LEVELS = 8
# Reading files that only have the right size takes its time: after so many bytes it ends.
_MAX_READ_BYTES = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a search: the files as the shelf has them, by SHA-256, and those found
    nowhere. `taken` are the SHA-256 of those that were not on the shelf before: this computer has
    them elsewhere.

    What a file is was read in it, and its `path` is where its bytes lie: then it has the name that
    it has there. Else it is a copy alone, and called as the preset says.
    """

    files: Mapping[str, MediaFile] = field(default_factory=dict)
    missing: tuple[MediaFile, ...] = ()
    taken: frozenset[str] = frozenset()


class MediaFinder:
    """Looks for files, and puts what it finds on the shelf. What goes wrong is told through
    `notices`; `hash_of` reads a file and tells its SHA-256."""

    def __init__(
        self,
        folder: Path,
        keeper: Keeper,
        notices: Notices,
        hash_of: Callable[[Path], str] = hash_of,
    ) -> None:
        self._hash_of = hash_of
        self._folder = folder
        self._keeper = keeper
        self._notices = notices
        self._tasks = Tasks(notices.failure)
        self._closing = threading.Event()

    def find(
        self,
        files: Iterable[MediaFile],
        then: Callable[[Found], object],
        *,
        brought: Mapping[str, bytes],
        folders: Sequence[str] = (),
    ) -> None:
        """Looks on the shelf, among the bytes that were `brought` along, where each file was, in
        the folder of that place and in `folders`. `then` gets what came of it."""
        self._start(files, then, _Where(brought, tuple(folders)))

    def look_in(
        self, places: Sequence[str], files: Iterable[MediaFile], then: Callable[[Found], object]
    ) -> None:
        """Looks among these files, and in these folders and all below them."""
        self._start(files, then, _Where({}, (), tuple(places)))

    async def kept(self, files: Iterable[MediaFile]) -> Found:
        """Looks on the shelf alone; nothing is put there."""
        return await asyncio.to_thread(self._search(files).run_on_shelf)

    async def close(self) -> None:
        self._closing.set()
        await self._tasks.close()

    def _start(
        self, files: Iterable[MediaFile], then: Callable[[Found], object], where: _Where
    ) -> None:
        wanted = tuple(files)
        if not wanted:
            then(Found())
            return
        self._tasks.start("find media", self._run(self._search(wanted), where, then))

    def _search(self, files: Iterable[MediaFile]) -> _Search:
        wanted = {each.sha256: each for each in files}
        return _Search(self._folder, self._keeper, wanted, self._closing, self._hash_of)

    async def _run(self, search: _Search, where: _Where, then: Callable[[Found], object]) -> None:
        found = await asyncio.to_thread(search.run, where)
        if search.problem is not None:
            self._notices.failure(search.problem)
        then(found)


@dataclass(frozen=True, slots=True)
class _Where:
    """Where one search looks; below `places` it looks into every folder."""

    brought: Mapping[str, bytes]
    folders: tuple[str, ...]
    places: tuple[str, ...] = ()


class _Search:
    """One search, on a worker thread. `problem` is why something that was found is not kept."""

    def __init__(
        self,
        folder: Path,
        keeper: Keeper,
        wanted: Mapping[str, MediaFile],
        closing: threading.Event,
        hash_of: Callable[[Path], str],
    ) -> None:
        self._hash_of = hash_of
        self._folder = folder
        self._keeper = keeper
        self._left = dict(wanted)
        self._closing = closing
        self._found: dict[str, MediaFile] = {}
        self._taken: set[str] = set()
        self._read_bytes = 0
        self.problem: Problem | None = None

    def run(self, where: _Where) -> Found:
        self._look_on_shelf()
        for sha256, data in where.brought.items():
            if sha256 in self._left:
                self._keep_bytes(self._left[sha256], data)
        # A path that somebody else wrote is looked at only where that tells nobody anything.
        paths = {sha256: local_path(each.path) for sha256, each in self._left.items()}
        self._try_all(Path(path) for path in paths.values() if path)
        near = [str(Path(paths[each]).parent) for each in self._left if paths[each]]
        for folder in islice(dict.fromkeys((*near, *where.folders)), MAX_FOLDERS):
            self._try_all(_in_folder(Path(folder)))
        for place in where.places:
            self._try_all(_below(Path(place)))
        return self._came()

    def run_on_shelf(self) -> Found:
        """The same with the shelf alone."""
        self._look_on_shelf()
        return self._came()

    def _came(self) -> Found:
        return Found(self._found, tuple(self._left.values()), frozenset(self._taken))

    def _look_on_shelf(self) -> None:
        """A copy of the right size; all of its bytes are read before a run."""
        for each in tuple(self._left.values()):
            sizes = _sizes(self._folder / each.stored_name) if each.stored_name else None
            if sizes == each.size_bytes and each.stored_name.partition(".")[0] == each.sha256:
                self._keep(each, partial(self._keeper.look_again, self._with_origin(each)))

    def _with_origin(self, file: MediaFile) -> MediaFile:
        """The file with the path that is said of it only where its bytes lie there."""
        path = local_path(file.path)
        if not path or self._hash_at(Path(path)) != file.sha256:
            return replace(file, path="", mtime_ns=0)
        real = _real(Path(path))
        return replace(file, name=real.name, path=str(real), mtime_ns=0)

    def _try_all(self, paths: Iterable[Path]) -> None:
        for path in paths:
            if not self._left or self._closing.is_set() or self._read_bytes > _MAX_READ_BYTES:
                return
            self._try(path)

    def _try(self, path: Path) -> None:
        """Keeps the file at `path` if it is one of those which are looked for."""
        wanted = self._left.get(self._hash_at(path))
        if wanted is None:
            return
        self._keep(wanted, lambda: self._keeper.keep_file(_real(path), self._order()))
        if wanted.sha256 in self._found:
            self._taken.add(wanted.sha256)

    def _hash_at(self, path: Path) -> str:
        """The SHA-256 of a file, "" for what cannot be one of those which are looked for."""
        size_bytes = _sizes(path)
        if size_bytes is None or size_bytes > refusals.MAX_BYTES:
            return ""
        if all(size_bytes != each.size_bytes for each in self._left.values()):
            return ""
        self._read_bytes += size_bytes
        return self._hash_of(path)

    def _keep_bytes(self, wanted: MediaFile, data: bytes) -> None:
        self._keep(wanted, lambda: self._keeper.keep(io.BytesIO(data), wanted.name, self._order()))

    def _keep(self, wanted: MediaFile, keep: Callable[[], MediaFile]) -> None:
        try:
            kept = keep()
        except Problem as problem:
            self.problem = self.problem or problem
            return
        if kept.sha256 == wanted.sha256:
            del self._left[wanted.sha256]
            self._found[wanted.sha256] = kept

    def _order(self) -> Order:
        # What takes it is looked at where it goes to; here any file is fine that has the bytes.
        return Order(InputKind.MESH, self._heed)

    def _heed(self, name: str) -> None:
        if self._closing.is_set():
            raise refusals.ending(name, InputKind.MESH)


def _real(path: Path) -> Path:
    """The file that a path leads to: a link may be called anything."""
    # A drive on Windows may be a network's folder, whose path is not asked for later.
    return Path(local_path(str(path.resolve())) or path)


def _sizes(path: Path) -> int | None:
    """The size of a file; None for what is none."""
    try:
        about = path.stat()
    except (OSError, ValueError):
        return None
    return about.st_size if stat.S_ISREG(about.st_mode) else None


def _in_folder(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, MAX_ENTRIES):
                if entry.is_file():
                    yield Path(entry.path)
    except (OSError, ValueError):
        return


def _below(place: Path) -> Iterator[Path]:
    """The file itself, or the files of a folder and of those below it, near ones first."""
    waiting, looked_at = [(place, 0)], 0
    if _sizes(place) is not None:
        yield place
        return
    while waiting and looked_at < MAX_ENTRIES:
        folder, level = waiting.pop(0)
        try:
            with os.scandir(folder) as entries:
                for entry in islice(entries, MAX_ENTRIES - looked_at):
                    looked_at += 1
                    if entry.is_file():
                        yield Path(entry.path)
                    elif level < _MAX_LEVELS and entry.is_dir(follow_symlinks=False):
                        waiting.append((Path(entry.path), level + 1))
        except (OSError, ValueError):
            continue
