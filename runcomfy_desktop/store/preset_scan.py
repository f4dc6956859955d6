"""Scans a preset folder, which can have thousands of files, and reads only new or changed ones.

The folder may be shared by a team, or be any folder that the user chose. Files that are not presets
are ignored, and links are not followed, because they lead out of the folder.
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
"""Maximum number of files and folders to scan: the user may choose a whole disk."""
MAX_DEPTH = 8
SETTLED_S = 3.0
"""Age in seconds at which a damaged file is moved aside: a younger one may still be being
written."""

_CHUNK_BYTES = 64 * 1024
_READ_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class PresetListing:
    """Result of a scan.

    `summaries` are sorted by folder and name. `damaged_names` are the new names of damaged files
    that were moved aside. `is_truncated` is True if the folder has more files or levels than are
    scanned. `moved` has the old and new paths of files renamed or moved since the last scan.
    """

    summaries: tuple[PresetSummary, ...] = ()
    folders: tuple[str, ...] = ()
    damaged_names: tuple[str, ...] = ()
    is_truncated: bool = False
    moved: tuple[tuple[str, str], ...] = ()


_FileFingerprint = tuple[int, int, int]
_UNSETTLED: _FileFingerprint = (0, 0, 0)


@dataclass(slots=True)
class _ScanState:
    """State of a running scan: the results so far, and how much may still be scanned."""

    summaries: dict[str, tuple[_FileFingerprint, PresetSummary | None]] = field(
        default_factory=dict
    )
    folders: dict[str, int] = field(default_factory=dict)
    damaged_names: list[str] = field(default_factory=list)
    remaining: int = MAX_ENTRIES
    is_truncated: bool = False


class PresetScan:
    """Scans one folder and remembers the last result.

    Use it on one worker thread at a time.
    """

    def __init__(self, root: Path, *, moves_damaged: bool = True) -> None:
        self.root = root
        self._moves_damaged = moves_damaged
        self._known_files: dict[str, tuple[_FileFingerprint, PresetSummary | None]] = {}
        self._folder_mtimes: dict[str, int] = {}

    def scan(self) -> PresetListing:
        """Returns all presets; none if the folder does not exist yet.

        Raises OSError if the folder itself cannot be read.
        """
        state = _ScanState()
        if self.root.exists():
            self._scan_folder("", state, MAX_DEPTH, is_root=True)
        # A file beyond the end of a truncated scan may still exist.
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
        """Forgets a file moved by this program, so that the next scan does not report it."""
        self._known_files.pop(path, None)

    def may_have_changed(self) -> bool:
        """Returns True if a file was added, removed or replaced since the last scan.

        This check is cheap. It does not notice a file that was changed in place.
        """
        return any(
            _folder_mtime_ns(self.root / name) != mtime_ns
            for name, mtime_ns in self._folder_mtimes.items()
        )

    @property
    def count(self) -> int:
        """Number of files in the last scan."""
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
                # Another program has reserved the name and is about to write.
                is_reservation = is_fresh and not info.st_size
                summary = None
                if not is_reservation:
                    summary = self._read_summary(Path(entry.path), path, state, info)
                if is_fresh and (summary is None or summary.problem):
                    # The file may be complete soon, so the next scan reads it again.
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
        """Moves a damaged preset aside and returns True.

        Returns False if damaged files are not to be moved, or if this file is too new, was never a
        preset or cannot be renamed.
        """
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
    """Returns old and new paths of files with unchanged content whose old path is gone."""
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
    """Returns the first bytes of a plain file; never waits for a pipe.

    Raises OSError, also for a link.
    """
    handle = os.open(file, _READ_FLAGS | _NO_FOLLOW)
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(f"{file} is not a plain file")
        # In pieces, because a buffer of the maximum size takes longer to create than most files to
        # read.
        chunks = []
        while max_bytes > 0 and (chunk := opened.read(min(max_bytes, _CHUNK_BYTES))):
            chunks.append(chunk)
            max_bytes -= len(chunk)
        return b"".join(chunks)


def read_bytes(file: Path) -> bytes:
    """Returns a preset file's bytes, at most one more than allowed. Raises OSError."""
    return _read_first_bytes(file, file_format.MAX_BYTES + 1)


def _folder_mtime_ns(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0
