"""Reads a folder of text files whose lines are chosen from when prompts are run: `animals.txt`,
`animals/birds.txt`. The files are the person's own, or a team's, so everything is bounded."""

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
MOST_FILES = 2000
MOST_FILE_BYTES = 4 * MEGABYTE
MOST_BYTES = 32 * MEGABYTE
MOST_LINES = 200_000
MOST_LINE_LETTERS = 10_000
_MOST_DEPTH = 8
_MOST_ENTRIES = 20_000

Found: TypeAlias = "tuple[str, int, int]"
Lines: TypeAlias = "dict[str, tuple[str, ...]]"

_log = logging.getLogger(__name__)


def scan(folder: Path) -> tuple[Found, ...]:
    """The files by name, without their ending, with size and time of change; () for a folder that
    is not there. Raises OSError when it cannot be read."""
    try:
        found = sorted(_files(folder, "", 0, [_MOST_ENTRIES]))
    except FileNotFoundError:
        return ()
    return tuple(found[:MOST_FILES])


def read(folder: Path, files: tuple[Found, ...]) -> tuple[Lines, dict[str, str]]:
    """The lines of files that `scan` found; and why those are left out of which there are none."""
    found: Lines = {}
    left_out: dict[str, str] = {}
    left_bytes, left_lines = MOST_BYTES, MOST_LINES
    for name, size, _changed in files:
        if size > MOST_FILE_BYTES:
            most = MOST_FILE_BYTES // MEGABYTE
            left_out[name] = _("The file %s has more than %d MB.") % (f"{name}.txt", most)
            continue
        if size > left_bytes:
            left_out[name] = _one_too_many(name)
            continue
        left_bytes -= size
        try:
            with (folder / f"{name}.txt").open("rb") as file:
                data = file.read(MOST_FILE_BYTES)
        except OSError as error:
            _log.warning("The wildcard file %s cannot be read: %s", name, error)
            left_out[name] = _("The file %s cannot be read.") % f"{name}.txt"
            continue
        lines = tuple(_lines(data))
        if len(lines) > left_lines:
            left_out[name] = _one_too_many(name)
            continue
        left_lines -= len(lines)
        found[name] = lines
    return found, left_out


def _one_too_many(name: str) -> str:
    text = _("The file %s is not used: all files together may have %d MB and %d lines.")
    return text % (f"{name}.txt", MOST_BYTES // MEGABYTE, MOST_LINES)


def _files(
    folder: Path, before: str, depth: int, left: list[int]
) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            left[0] -= 1
            if left[0] < 0:
                return
            if entry.name.startswith("."):
                continue
            try:
                about = entry.stat()
            except OSError:
                continue
            if stat.S_ISDIR(about.st_mode) and depth < _MOST_DEPTH:
                yield from _inside(entry, f"{before}{entry.name}/", depth + 1, left)
            elif stat.S_ISREG(about.st_mode) and entry.name.lower().endswith(".txt"):
                yield f"{before}{entry.name[:-4]}", about.st_size, about.st_mtime_ns


def _inside(entry: os.DirEntry[str], before: str, depth: int, left: list[int]) -> Iterator[Found]:
    try:
        yield from _files(Path(entry.path), before, depth, left)
    except OSError as error:
        _log.warning("A folder of wildcards cannot be read: %s", error)


def _lines(data: bytes) -> Iterator[str]:
    """One entry a line; empty ones and those that begin with `#` are none."""
    for line in data.decode("utf-8-sig", "replace").splitlines():
        entry = line.strip()[:MOST_LINE_LETTERS]
        if entry and not entry.startswith("#"):
            yield entry
