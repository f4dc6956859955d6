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

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.presets import file_format
from runcomfy_desktop.domain.presets.reader import DamagedPreset, NotAPreset
from runcomfy_desktop.domain.presets.summary import (
    SUMMARY_BYTES,
    summary_of,
    unreadable_summary,
    unreadable_text,
    was_preset,
)
from runcomfy_desktop.domain.presets.writer import too_large_problem
from runcomfy_desktop.store.preset_paths import SET_ASIDE_NAME, is_encodable
from runcomfy_desktop.store.small_file import set_aside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runcomfy_desktop.domain.presets.preset import PresetSummary

    _ScannedFiles = Mapping[str, "tuple[_FileFingerprint, PresetSummary | None]"]

MAX_ENTRIES = 50_000
"""Files and folders that are looked at: somebody may choose a whole disk."""
MAX_DEPTH = 8
SETTLED_S = 3.0
"""A file is not called damaged before: another program may be in the middle of writing it."""

_CHUNK_BYTES = 64 * 1024
_READ_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class PresetListing:
    """What was found: heads by folder and name, all folders, files that were damaged and are set
    aside now (their new names), whether there was too much to look at, and which files somebody
    has given another name or folder since the last look (the paths before and now)."""

    summaries: tuple[PresetSummary, ...] = ()
    folders: tuple[str, ...] = ()
    damaged_names: tuple[str, ...] = ()
    is_truncated: bool = False
    moved: tuple[tuple[str, str], ...] = ()


_FileFingerprint = tuple[int, int, int]
_UNSETTLED: _FileFingerprint = (0, 0, 0)


@dataclass(slots=True)
class _ScanState:
    """One look: what was found so far, and how much may still be looked at."""

    summaries: dict[str, tuple[_FileFingerprint, PresetSummary | None]] = field(
        default_factory=dict
    )
    folders: dict[str, int] = field(default_factory=dict)
    damaged_names: list[str] = field(default_factory=list)
    remaining: int = MAX_ENTRIES
    is_truncated: bool = False


class PresetScan:
    """Knows what it saw of one folder the last time. For one worker thread at a time."""

    def __init__(self, root: Path, *, moves_damaged: bool = True) -> None:
        self.root = root
        self._moves_damaged = moves_damaged
        self._known_files: dict[str, tuple[_FileFingerprint, PresetSummary | None]] = {}
        self._folder_mtimes: dict[str, int] = {}

    def scan(self) -> PresetListing:
        """All presets. Raises OSError: the folder itself cannot be read; one that is not there yet
        is empty."""
        state = _ScanState()
        if self.root.exists():
            self._scan_folder("", state, MAX_DEPTH, is_root=True)
        # What lies beyond the end of a look is not gone.
        moved = () if state.is_truncated else _moved(self._known_files, state.summaries)
        self._known_files, self._folder_mtimes = state.summaries, state.folders
        summaries = [
            summary for _fingerprint, summary in state.summaries.values() if summary is not None
        ]
        summaries.sort(
            key=lambda summary: (summary.folder.casefold(), summary.name.casefold(), summary.path)
        )
        folders = sorted((each for each in state.folders if each), key=str.casefold)
        return PresetListing(
            tuple(summaries), tuple(folders), tuple(state.damaged_names), state.is_truncated, moved
        )

    def forget(self, path: str) -> None:
        """The program itself has moved it: the next look says nothing of that."""
        self._known_files.pop(path, None)

    def may_have_changed(self) -> bool:
        """Whether a file came, went or was replaced since the last look: the cheap question. What
        was changed in its place does not show."""
        return any(
            _folder_mtime_ns(self.root / name) != mtime_ns
            for name, mtime_ns in self._folder_mtimes.items()
        )

    @property
    def count(self) -> int:
        """How many files the last look saw."""
        return len(self._known_files)

    def _scan_folder(
        self, folder: str, state: _ScanState, depth: int, *, is_root: bool = False
    ) -> None:
        directory = self.root / folder if folder else self.root
        inner: list[str] = []
        state.folders[folder] = _folder_mtime_ns(directory)
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    state.remaining -= 1
                    if state.remaining < 0:
                        state.is_truncated = True
                        return
                    if entry.name.startswith("."):
                        continue
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        inner.append(path)
                    elif entry.name.lower().endswith(".json"):
                        self._scan_file(entry, path, state)
        except OSError:
            if is_root:
                raise
        for each in inner:
            if depth < 1:
                state.is_truncated = True
            else:
                self._scan_folder(each, state, depth - 1)

    def _scan_file(self, entry: os.DirEntry[str], path: str, state: _ScanState) -> None:
        if SET_ASIDE_NAME.search(entry.name) or not is_encodable(path):
            return
        with suppress(OSError):
            info = entry.stat(follow_symlinks=False)
            if not stat.S_ISREG(info.st_mode):
                return
            fingerprint = (info.st_mtime_ns, info.st_size, info.st_ino)
            known = self._known_files.get(path)
            if known is None or known[0] != fingerprint:
                is_fresh = time.time() - info.st_mtime < SETTLED_S
                # Somebody who is about to write has made room for it.
                is_reservation = is_fresh and not info.st_size
                summary = (
                    None
                    if is_reservation
                    else self._read_summary(Path(entry.path), path, state, info)
                )
                if is_fresh and (summary is None or summary.problem):
                    # It may be whole in a moment: looked at again the next time.
                    fingerprint = _UNSETTLED
                known = fingerprint, summary
            state.summaries[path] = known

    def _read_summary(
        self, file: Path, path: str, state: _ScanState, info: os.stat_result
    ) -> PresetSummary | None:
        problem = ""
        try:
            return replace(_summary_in_file(file, path, info.st_size), modified_s=info.st_mtime)
        except NotAPreset:
            return None
        except DamagedPreset as damage:
            if self._set_aside_damaged(file, info, state):
                return None
            problem = damage.title
        except Problem as found:
            problem = " ".join(filter(None, (found.title, found.detail)))
        except OSError as error:
            problem = unreadable_text(error.strerror or str(error))
        return replace(unreadable_summary(path, problem), modified_s=info.st_mtime)

    def _set_aside_damaged(self, file: Path, info: os.stat_result, state: _ScanState) -> bool:
        """Renames what was a preset and is damaged; what never was one is not ours to rename."""
        is_fresh = time.time() - info.st_mtime < SETTLED_S
        with suppress(OSError):
            if (
                self._moves_damaged
                and not is_fresh
                and was_preset(_read_first_bytes(file, SUMMARY_BYTES))
            ):
                state.damaged_names.append(set_aside(file).name)
                return True
        return False


def _moved(before: _ScannedFiles, now: _ScannedFiles) -> tuple[tuple[str, str], ...]:
    """Files that are the same ones under other paths: nothing in them has changed, and nothing is
    left where they were."""
    disappeared = _by_fingerprint(before, before.keys() - now.keys())
    appeared = _by_fingerprint(now, now.keys() - before.keys()) if disappeared else {}
    return tuple(
        (disappeared[fingerprint][0], paths[0])
        for fingerprint, paths in appeared.items()
        if fingerprint != _UNSETTLED
        and len(paths) == 1
        and len(disappeared.get(fingerprint, ())) == 1
    )


def _by_fingerprint(
    files: _ScannedFiles, paths: Iterable[str]
) -> dict[_FileFingerprint, list[str]]:
    found: dict[_FileFingerprint, list[str]] = {}
    for path in paths:
        found.setdefault(files[path][0], []).append(path)
    return found


def _summary_in_file(file: Path, path: str, size_bytes: int) -> PresetSummary:
    if size_bytes > file_format.MAX_BYTES:
        raise too_large_problem(size_bytes)
    if size_bytes > SUMMARY_BYTES:
        summary = summary_of(_read_first_bytes(file, SUMMARY_BYTES), path, is_whole=False)
        if summary is not None:
            return summary
    summary = summary_of(_read_first_bytes(file, file_format.MAX_BYTES + 1), path, is_whole=True)
    assert summary is not None
    return summary


def _read_first_bytes(file: Path, max_bytes: int) -> bytes:
    """The first bytes of a plain file. Raises OSError: also for a link, and a pipe never waits."""
    handle = os.open(file, _READ_FLAGS | _NO_FOLLOW)
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(f"{file} is not a plain file")
        # Pieces, for room for the most there may be costs more than most files.
        chunks = []
        while max_bytes > 0 and (chunk := opened.read(min(max_bytes, _CHUNK_BYTES))):
            chunks.append(chunk)
            max_bytes -= len(chunk)
        return b"".join(chunks)


def read_bytes(file: Path) -> bytes:
    """All bytes of a preset's file, or one more than it may have. Raises OSError."""
    return _read_first_bytes(file, file_format.MAX_BYTES + 1)


def _folder_mtime_ns(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0
