"""Looks through the folder of presets: thousands of files, and only what is new among them is read.

The folder may be a team's, or any folder that a person chose: what is no preset is left alone, and
links are not followed, because they lead out of it.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.preset import form
from runcomfy_desktop.domain.preset.heads import (
    HEAD_BYTES,
    broken_head,
    head_of,
    unreadable,
    was_preset,
)
from runcomfy_desktop.domain.preset.reading import Broken, NoPreset
from runcomfy_desktop.domain.preset.writing import too_large
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.store.preset_places import ASIDE, is_text
from runcomfy_desktop.store.small_file import set_aside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runcomfy_desktop.domain.preset.preset import PresetHead

    _Sights = Mapping[str, "tuple[_Mark, PresetHead | None]"]

MAX_ENTRIES = 50_000
"""Files and folders that are looked at: somebody may choose a whole disk."""
MAX_DEPTH = 8
SETTLED_S = 3.0
"""A file is not called damaged before: another program may be in the middle of writing it."""

_PIECE_BYTES = 64 * 1024
_READ_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found: heads by folder and name, all folders, files that were damaged and are set
    aside now (their new names), whether there was too much to look at, and which files somebody
    has given another name or folder since the last look (the paths before and now)."""

    heads: tuple[PresetHead, ...] = ()
    folders: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    is_cut: bool = False
    moved: tuple[tuple[str, str], ...] = ()


_Mark = tuple[int, int, int]
_UNSETTLED: _Mark = (0, 0, 0)


@dataclass(slots=True)
class _Walk:
    """One look: what was found so far, and how much may still be looked at."""

    heads: dict[str, tuple[_Mark, PresetHead | None]] = field(default_factory=dict)
    folders: dict[str, int] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)
    left: int = MAX_ENTRIES
    is_cut: bool = False


class PresetScan:
    """Knows what it saw of one folder the last time. For one worker thread at a time."""

    def __init__(self, root: Path, *, sets_aside: bool = True) -> None:
        self.root = root
        self._sets_aside = sets_aside
        self._seen: dict[str, tuple[_Mark, PresetHead | None]] = {}
        self._folders: dict[str, int] = {}

    def look(self) -> Listing:
        """All presets. Raises OSError: the folder itself cannot be read; one that is not there yet
        is empty."""
        walk = _Walk()
        if self.root.exists():
            self._look_in("", walk, MAX_DEPTH, is_root=True)
        # What lies beyond the end of a look is not gone.
        moved = () if walk.is_cut else _moved(self._seen, walk.heads)
        self._seen, self._folders = walk.heads, walk.folders
        heads = [head for _mark, head in walk.heads.values() if head is not None]
        heads.sort(key=lambda head: (head.folder.casefold(), head.name.casefold(), head.path))
        folders = sorted((each for each in walk.folders if each), key=str.casefold)
        return Listing(tuple(heads), tuple(folders), tuple(walk.aside), walk.is_cut, moved)

    def forget(self, path: str) -> None:
        """The program itself has moved it: the next look says nothing of that."""
        self._seen.pop(path, None)

    def may_differ(self) -> bool:
        """Whether a file came, went or was replaced since the last look: the cheap question. What
        was changed in its place does not show."""
        return any(_changed_ns(self.root / name) != when for name, when in self._folders.items())

    @property
    def count(self) -> int:
        """How many files the last look saw."""
        return len(self._seen)

    def _look_in(self, folder: str, walk: _Walk, depth: int, *, is_root: bool = False) -> None:
        place = self.root / folder if folder else self.root
        inner: list[str] = []
        walk.folders[folder] = _changed_ns(place)
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    walk.left -= 1
                    if walk.left < 0:
                        walk.is_cut = True
                        return
                    if entry.name.startswith("."):
                        continue
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        inner.append(path)
                    elif entry.name.lower().endswith(".json"):
                        self._look_at(entry, path, walk)
        except OSError:
            if is_root:
                raise
        for each in inner:
            if depth < 1:
                walk.is_cut = True
            else:
                self._look_in(each, walk, depth - 1)

    def _look_at(self, entry: os.DirEntry[str], path: str, walk: _Walk) -> None:
        if ASIDE.search(entry.name) or not is_text(path):
            return
        with suppress(OSError):
            about = entry.stat(follow_symlinks=False)
            if not stat.S_ISREG(about.st_mode):
                return
            mark = (about.st_mtime_ns, about.st_size, about.st_ino)
            known = self._seen.get(path)
            if known is None or known[0] != mark:
                is_fresh = time.time() - about.st_mtime < SETTLED_S
                # Somebody who is about to write has made room for it.
                is_room = is_fresh and not about.st_size
                head = None if is_room else self._head(Path(entry.path), path, walk, about)
                if is_fresh and (head is None or head.problem):
                    # It may be whole in a moment: looked at again the next time.
                    mark = _UNSETTLED
                known = mark, head
            walk.heads[path] = known

    def _head(self, file: Path, path: str, walk: _Walk, about: os.stat_result) -> PresetHead | None:
        problem = ""
        try:
            return replace(_read_head(file, path, about.st_size), modified_s=about.st_mtime)
        except NoPreset:
            return None
        except Broken as damage:
            if self._set_aside(file, about, walk):
                return None
            problem = damage.title
        except Problem as found:
            problem = " ".join(filter(None, (found.title, found.detail)))
        except OSError as error:
            problem = unreadable(error.strerror or str(error))
        return replace(broken_head(path, problem), modified_s=about.st_mtime)

    def _set_aside(self, file: Path, about: os.stat_result, walk: _Walk) -> bool:
        """Renames what was a preset and is damaged; what never was one is not ours to rename."""
        is_fresh = time.time() - about.st_mtime < SETTLED_S
        with suppress(OSError):
            if self._sets_aside and not is_fresh and was_preset(_bytes(file, HEAD_BYTES)):
                walk.aside.append(set_aside(file).name)
                return True
        return False


def _moved(before: _Sights, now: _Sights) -> tuple[tuple[str, str], ...]:
    """Files that are the same ones under other paths: nothing in them has changed, and nothing is
    left where they were."""
    gone = _by_mark(before, before.keys() - now.keys())
    come = _by_mark(now, now.keys() - before.keys()) if gone else {}
    return tuple(
        (gone[mark][0], paths[0])
        for mark, paths in come.items()
        if mark != _UNSETTLED and len(paths) == 1 and len(gone.get(mark, ())) == 1
    )


def _by_mark(seen: _Sights, paths: Iterable[str]) -> dict[_Mark, list[str]]:
    found: dict[_Mark, list[str]] = {}
    for path in paths:
        found.setdefault(seen[path][0], []).append(path)
    return found


def _read_head(file: Path, path: str, size_bytes: int) -> PresetHead:
    if size_bytes > form.MAX_BYTES:
        raise too_large(size_bytes)
    if size_bytes > HEAD_BYTES:
        head = head_of(_bytes(file, HEAD_BYTES), path, is_whole=False)
        if head is not None:
            return head
    head = head_of(_bytes(file, form.MAX_BYTES + 1), path, is_whole=True)
    assert head is not None
    return head


def _bytes(file: Path, most: int) -> bytes:
    """The first bytes of a plain file. Raises OSError: also for a link, and a pipe never waits."""
    handle = os.open(file, _READ_FLAGS | _NO_FOLLOW)
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(f"{file} is not a plain file")
        # Pieces, for room for the most there may be costs more than most files.
        pieces = []
        while most > 0 and (piece := opened.read(min(most, _PIECE_BYTES))):
            pieces.append(piece)
            most -= len(piece)
        return b"".join(pieces)


def read_bytes(file: Path) -> bytes:
    """All bytes of a preset's file, or one more than it may have. Raises OSError."""
    return _bytes(file, form.MAX_BYTES + 1)


def _changed_ns(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0
