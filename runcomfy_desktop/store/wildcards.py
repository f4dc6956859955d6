"""Reads wildcard files: text files with lines from which dynamic prompts choose.

Examples are `animals.txt` and `animals/birds.txt`. The files belong to the user or a team, so all
sizes are limited.
"""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

MEGABYTE = 1024 * 1024
MAX_FILES = 2000
MAX_FILE_BYTES = 4 * MEGABYTE
MAX_BYTES = 32 * MEGABYTE
MAX_LINES = 200_000
MAX_LINE_CHARS = 10_000
_MAX_DEPTH = 8
_MAX_ENTRIES = 20_000

WildcardFile: TypeAlias = "tuple[str, int, int]"
WildcardLines: TypeAlias = "dict[str, tuple[str, ...]]"

_log = logging.getLogger(__name__)


def scan(folder: Path) -> tuple[WildcardFile, ...]:
    """Returns the name (without ending), size and time of last change of each wildcard file.

    The files are sorted by name. Returns () for a missing folder. Raises OSError if the folder
    cannot be read.
    """
    try:
        found = sorted(_files(folder, "", 0, [_MAX_ENTRIES]))
    except FileNotFoundError:
        return ()
    return tuple(found[:MAX_FILES])


def read(folder: Path, files: tuple[WildcardFile, ...]) -> tuple[WildcardLines, dict[str, str]]:
    """Returns the lines by file, for files found by `scan`, and the reasons for files left out."""
    found: WildcardLines = {}
    omitted: dict[str, str] = {}
    remaining_bytes, remaining_lines = MAX_BYTES, MAX_LINES
    for name, size, _changed in files:
        if size > MAX_FILE_BYTES:
            max_mb = MAX_FILE_BYTES // MEGABYTE
            omitted[name] = _("The file %s has more than %d MB.") % (f"{name}.txt", max_mb)
            continue
        if size > remaining_bytes:
            omitted[name] = _over_limit_text(name)
            continue
        remaining_bytes -= size
        try:
            with (folder / f"{name}.txt").open("rb") as file:
                data = file.read(MAX_FILE_BYTES)
        except OSError as error:
            _log.warning("The wildcard file %s cannot be read: %s", name, error)
            omitted[name] = _("The file %s cannot be read.") % f"{name}.txt"
            continue
        lines = tuple(_lines(data))
        if len(lines) > remaining_lines:
            omitted[name] = _over_limit_text(name)
            continue
        remaining_lines -= len(lines)
        found[name] = lines
    return found, omitted


def _over_limit_text(name: str) -> str:
    text = _("The file %s is not used: all files together may have %d MB and %d lines.")
    return text % (f"{name}.txt", MAX_BYTES // MEGABYTE, MAX_LINES)


def _files(
    folder: Path, prefix: str, depth: int, remaining: list[int]
) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            remaining[0] -= 1
            if remaining[0] < 0:
                return
            if entry.name.startswith("."):
                continue
            try:
                info = entry.stat()
            except OSError:
                continue
            if stat.S_ISDIR(info.st_mode) and depth < _MAX_DEPTH:
                yield from _subfolder_files(entry, f"{prefix}{entry.name}/", depth + 1, remaining)
            elif stat.S_ISREG(info.st_mode) and entry.name.lower().endswith(".txt"):
                yield f"{prefix}{entry.name[:-4]}", info.st_size, info.st_mtime_ns


def _subfolder_files(
    entry: os.DirEntry[str], prefix: str, depth: int, remaining: list[int]
) -> Iterator[WildcardFile]:
    try:
        yield from _files(Path(entry.path), prefix, depth, remaining)
    except OSError as error:
        _log.warning("A folder of wildcards cannot be read: %s", error)


def _lines(data: bytes) -> Iterator[str]:
    """Yields one entry per line; skips empty lines and those that begin with `#`."""
    for line in data.decode("utf-8-sig", "replace").splitlines():
        entry = line.strip()[:MAX_LINE_CHARS]
        if entry and not entry.startswith("#"):
            yield entry
