"""Finds out which kept files are named by what is stored: by drafts, grids, presets and jobs.

Names are looked for as text: any SHA-256 counts, whatever it stands for there. A file that is kept
for nothing costs room, one that is missed costs a picture. So whatever cannot be read to its end,
or is of a newer program, raises Unread, and then nobody knows which files are not named.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.json_pieces import read_json
from runcomfy_desktop.domain.preset import form
from runcomfy_desktop.domain.preset.heads import was_preset
from runcomfy_desktop.domain.preset.reading import Broken, NewerPreset, NoPreset, checked_head
from runcomfy_desktop.domain.preset.reading import parsed as parsed_preset
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.store import drafts, sweeps
from runcomfy_desktop.store.draft_heads import FILE_NAME as DRAFT_NAME
from runcomfy_desktop.store.media_files import Unread
from runcomfy_desktop.store.preset_places import ASIDE
from runcomfy_desktop.store.preset_scan import MAX_DEPTH, MAX_ENTRIES, read_bytes
from runcomfy_desktop.store.small_file import MAX_BYTES, Damaged, read_data
from runcomfy_desktop.store.versions import version_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_HASH = re.compile(r"[0-9A-Fa-f]{64}")
# No search keeps the interpreter from the window for longer than this takes.
_PIECE_CHARS = 128 * 1024
_OVERLAP = 63
# Of what this program wrote itself; its own readers have no such limits.
_MAX_LEVELS = 100_000
_MAX_VALUES = 10**9


class MediaReferences:
    """Reads what is stored, for worker threads. `unnamed` are the hashes that were not found yet.

    `heed` is called between any two pieces of work; it raises when nobody wants it any more.
    """

    def __init__(self, hashes: Iterable[str], heed: Callable[[], object]) -> None:
        self.unnamed = set(hashes)
        self._heed = heed

    def take_text(self, text: str) -> None:
        """Notes all hashes in a text."""
        for at in range(0, len(text), _PIECE_CHARS):
            self._heed()
            piece = text[at : at + _PIECE_CHARS + _OVERLAP]
            self.take(each.lower() for each in _HASH.findall(piece))

    def take(self, hashes: Iterable[str]) -> None:
        self.unnamed.difference_update(hashes)

    def read_drafts(self, folder: Path) -> None:
        """Reads stored drafts, then the deleted ones: who deletes a draft meanwhile moves it from
        here to there."""
        for path in _json_files(folder):
            text = self._text_of(path, MAX_BYTES)
            if DRAFT_NAME.fullmatch(path.name):
                _expect_whole(path, text, drafts.FORMAT)
        for path in _json_files(folder / "deleted"):
            self._text_of(path, MAX_BYTES)

    def read_sweeps(self, folder: Path) -> None:
        """Reads stored grids; one that was set aside counts with what is left of it."""
        for path in _json_files(folder):
            text = self._text_of(path, sweeps.MAX_BYTES)
            if not ASIDE.search(path.name):
                _expect_whole(path, text, sweeps.FORMAT)

    def read_presets(self, root: Path) -> int:
        """Reads a folder of presets; returns how many there are."""
        count = 0
        for path in _below(root):
            self._heed()
            data = _preset_data(path)
            if ASIDE.search(path.name):
                self.take_text(_decoded(data))
            elif len(data) <= form.MAX_BYTES:  # No program of ours reads a larger one.
                count += _is_preset(path, data)
                self.take_text(_decoded(data))
        return count

    def read_trash(self, folder: Path) -> None:
        """Reads deleted presets; a damaged one counts with what is left of it."""
        for path in _json_files(folder):
            self._text_of(path, form.MAX_BYTES)

    def _text_of(self, path: Path, max_bytes: int) -> str:
        self._heed()
        try:
            data = read_data(path, max_bytes)
        except (OSError, Damaged) as error:
            raise _unread(path, error) from None
        if data is None:
            raise Unread(f"{path} was moved meanwhile")
        text = _decoded(data)
        self.take_text(text)
        return text


def _json_files(folder: Path) -> list[Path]:
    """Returns the files in a folder; one that is not there has none."""
    try:
        with os.scandir(folder) as entries:
            names = [each.name for each in entries if not each.is_dir()]
    except OSError as error:
        # A link that leads nowhere: its disk may be away.
        if isinstance(error, FileNotFoundError) and not os.path.lexists(folder):
            return []
        raise _unread(folder, error) from None
    return [folder / name for name in names if name.endswith(".json")]


def _expect_whole(path: Path, text: str, newest: int) -> None:
    try:
        stored = read_json(text, depth=_MAX_LEVELS, values=_MAX_VALUES)
    except ValueError as error:
        raise _unread(path, error) from None
    if not isinstance(stored, dict):
        raise Unread(f"{path} is damaged: no object")
    if version_in(stored, "format") > newest:
        raise Unread(f"{path} is of a newer program")


def _below(root: Path) -> Iterator[Path]:
    """Yields the files that may be presets, found as a list of presets finds them."""
    waiting, left = [(root, MAX_DEPTH)], MAX_ENTRIES
    while waiting:
        folder, depth = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                found = [each for each in entries if not each.name.startswith(".")]
        except OSError as error:
            raise _unread(folder, error) from None
        left -= len(found)
        for entry in found:
            if left < 0 or depth < 0:
                raise Unread(f"{root} has more files than are looked at")
            if entry.is_dir(follow_symlinks=False):
                waiting.append((Path(entry.path), depth - 1))
            elif entry.name.lower().endswith(".json") and entry.is_file(follow_symlinks=False):
                yield Path(entry.path)


def _preset_data(path: Path) -> bytes:
    try:
        return read_bytes(path)
    except OSError as error:
        raise _unread(path, error) from None


def _is_preset(path: Path, data: bytes) -> bool:
    try:
        checked_head(parsed_preset(data))
    except NewerPreset:
        raise Unread(f"{path} is of a newer program") from None
    except NoPreset:
        return False
    except Broken as damage:
        # An empty one may be on its way here.
        if was_preset(data) or not data:
            raise Unread(f"{path} is damaged: {damage.technical}") from None
        return False
    except Problem:
        # It is whole, and something in it cannot be used.
        return True
    return True


def _decoded(data: bytes) -> str:
    return data.decode(json.detect_encoding(data), "replace")


def _unread(path: Path, error: Exception) -> Unread:
    return Unread(f"{path} cannot be read: {type(error).__name__}: {error}")
