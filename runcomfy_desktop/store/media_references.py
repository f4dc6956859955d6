"""Finds the media files to which stored drafts, grids, presets and jobs refer.

The search is textual: any SHA-256 counts as a reference, whatever its meaning. A file kept
needlessly costs disk space; a missed reference costs a picture. Data that cannot be read
completely, or that were written by a newer program, therefore raise UnreadableReferences: it is
then not certain that any file is unreferenced.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.chunked_json import read_json
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.presets import file_format
from runcomfy_desktop.domain.presets.reader import (
    DamagedPreset,
    NewerPreset,
    NotAPreset,
    checked_members,
)
from runcomfy_desktop.domain.presets.reader import parse_preset_json as parsed_preset
from runcomfy_desktop.domain.presets.summary import was_preset
from runcomfy_desktop.store import drafts, sweeps
from runcomfy_desktop.store.data_versions import version_in
from runcomfy_desktop.store.draft_summaries import FILE_NAME as DRAFT_NAME
from runcomfy_desktop.store.media_files import UnreadableReferences
from runcomfy_desktop.store.preset_paths import SET_ASIDE_NAME
from runcomfy_desktop.store.preset_scan import MAX_DEPTH, MAX_ENTRIES, read_bytes
from runcomfy_desktop.store.small_file import MAX_BYTES, DamagedFile, read_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_HASH = re.compile(r"[0-9A-Fa-f]{64}")
# Characters searched at a time: a search holds the interpreter's lock and so blocks the window.
_CHUNK_CHARS = 128 * 1024
_OVERLAP_CHARS = 63
# For files that this program wrote itself, whose own readers have no such limits.
_MAX_LEVELS = 100_000
_MAX_VALUES = 10**9


class MediaReferences:
    """Searches stored data on worker threads; `unreferenced` has the hashes not found yet.

    `check_cancelled` is called between pieces of work. It raises an exception if the result is no
    longer needed.
    """

    def __init__(self, hashes: Iterable[str], check_cancelled: Callable[[], object]) -> None:
        self.unreferenced = set(hashes)
        self._check_cancelled = check_cancelled

    def add_text(self, text: str) -> None:
        """Removes all hashes that occur in `text` from `unreferenced`."""
        for at in range(0, len(text), _CHUNK_CHARS):
            self._check_cancelled()
            chunk = text[at : at + _CHUNK_CHARS + _OVERLAP_CHARS]
            self.add_hashes(each.lower() for each in _HASH.findall(chunk))

    def add_hashes(self, hashes: Iterable[str]) -> None:
        self.unreferenced.difference_update(hashes)

    def read_drafts(self, folder: Path) -> None:
        """Reads stored drafts, then deleted ones.

        A draft deleted while this runs moves in the same direction, so it is not missed.
        """
        for path in _json_files(folder):
            text = self._read_text(path, MAX_BYTES)
            if DRAFT_NAME.fullmatch(path.name):
                _check_complete(path, text, drafts.FORMAT)
        for path in _json_files(folder / "deleted"):
            self._read_text(path, MAX_BYTES)

    def read_sweeps(self, folder: Path) -> None:
        """Reads stored grids; in a grid moved aside as damaged, its remaining text counts."""
        for path in _json_files(folder):
            text = self._read_text(path, sweeps.MAX_BYTES)
            if not SET_ASIDE_NAME.search(path.name):
                _check_complete(path, text, sweeps.FORMAT)

    def read_presets(self, root: Path) -> int:
        """Reads all presets in a folder; returns their number."""
        count = 0
        for path in _candidate_presets(root):
            self._check_cancelled()
            data = _preset_data(path)
            if SET_ASIDE_NAME.search(path.name):
                self.add_text(_decode(data))
            elif len(data) <= file_format.MAX_BYTES:  # No version reads larger files.
                count += _is_preset(path, data)
                self.add_text(_decode(data))
        return count

    def read_trash(self, folder: Path) -> None:
        """Reads deleted presets; in a damaged one, its remaining text counts."""
        for path in _json_files(folder):
            self._read_text(path, file_format.MAX_BYTES)

    def _read_text(self, path: Path, max_bytes: int) -> str:
        self._check_cancelled()
        try:
            data = read_data(path, max_bytes)
        except (OSError, DamagedFile) as error:
            raise _unreadable(path, error) from None
        if data is None:
            raise UnreadableReferences(f"{path} was moved meanwhile")
        text = _decode(data)
        self.add_text(text)
        return text


def _json_files(folder: Path) -> list[Path]:
    """Returns the JSON files in a folder; a missing folder has none."""
    try:
        with os.scandir(folder) as entries:
            names = [each.name for each in entries if not each.is_dir()]
    except OSError as error:
        # If the folder is a dangling link, its disk may be disconnected.
        if isinstance(error, FileNotFoundError) and not os.path.lexists(folder):
            return []
        raise _unreadable(folder, error) from None
    return [folder / name for name in names if name.endswith(".json")]


def _check_complete(path: Path, text: str, newest_format: int) -> None:
    try:
        stored = read_json(text, max_depth=_MAX_LEVELS, max_values=_MAX_VALUES)
    except ValueError as error:
        raise _unreadable(path, error) from None
    if not isinstance(stored, dict):
        raise UnreadableReferences(f"{path} is damaged: no object")
    if version_in(stored, "format") > newest_format:
        raise UnreadableReferences(f"{path} is of a newer program")


def _candidate_presets(root: Path) -> Iterator[Path]:
    """Yields files that may be presets, by the same rules as PresetScan."""
    pending, remaining = [(root, MAX_DEPTH)], MAX_ENTRIES
    while pending:
        folder, depth = pending.pop()
        try:
            with os.scandir(folder) as entries:
                found = [each for each in entries if not each.name.startswith(".")]
        except OSError as error:
            raise _unreadable(folder, error) from None
        remaining -= len(found)
        for entry in found:
            if remaining < 0 or depth < 0:
                raise UnreadableReferences(f"{root} has more files than are looked at")
            if entry.is_dir(follow_symlinks=False):
                pending.append((Path(entry.path), depth - 1))
            elif entry.name.lower().endswith(".json") and entry.is_file(follow_symlinks=False):
                yield Path(entry.path)


def _preset_data(path: Path) -> bytes:
    try:
        return read_bytes(path)
    except OSError as error:
        raise _unreadable(path, error) from None


def _is_preset(path: Path, data: bytes) -> bool:
    try:
        checked_members(parsed_preset(data))
    except NewerPreset:
        raise UnreadableReferences(f"{path} is of a newer program") from None
    except NotAPreset:
        return False
    except DamagedPreset as damage:
        # An empty file may have been reserved for a preset about to be written.
        if was_preset(data) or not data:
            raise UnreadableReferences(f"{path} is damaged: {damage.technical}") from None
        return False
    except Problem:
        # The file is complete, but has unusable content.
        return True
    return True


def _decode(data: bytes) -> str:
    return data.decode(json.detect_encoding(data), "replace")


def _unreadable(path: Path, error: Exception) -> UnreadableReferences:
    return UnreadableReferences(f"{path} cannot be read: {type(error).__name__}: {error}")
