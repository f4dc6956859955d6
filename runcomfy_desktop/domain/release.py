"""Releases of this program: comparison of versions, and the release notes.

Versions are those of this project, X.Y.Z; X.Y.Z.dev1, a1, b1 and rc1 precede X.Y.Z. Both Python's
spelling and that of Semantic Versioning (-rc.1) are understood.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TypeAlias

# Location of the published releases. The only place that names the project's repository.
REPOSITORY = "runcomfy-desktop/runcomfy-desktop"
LATEST_URL = f"https://api.github.com/repos/{REPOSITORY}/releases/latest"
RELEASES_PAGE = f"https://github.com/{REPOSITORY}/releases/latest"

MAX_NOTES_CHARS = 20_000
_VersionKey: TypeAlias = tuple[int, int, int, int, int]
_VERSION = re.compile(
    r"v?([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})"
    r"(?:[-.]?(dev|alpha|beta|a|b|rc)[-.]?([0-9]{0,6}))?"
)
_STAGES = {"dev": 0, "a": 1, "alpha": 1, "b": 2, "beta": 2, "rc": 3}
_FINAL = 4
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class Release:
    """Published release; `notes` is multi-line plain text."""

    version: str
    notes: str = ""


def version_key(text: str) -> _VersionKey | None:
    """Returns the sort key of a version, or None if `text` is not a version of this program."""
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    major, minor, patch, stage, number = match.groups()
    which = _STAGES[stage] if stage else _FINAL
    return int(major), int(minor), int(patch), which, int(number or 0)


def is_newer(version: str, than: str) -> bool:
    """Returns True if `version` is newer than `than`.

    Returns False if either is not a version: an update is offered only if both are understood.
    """
    ours, theirs = version_key(than), version_key(version)
    return ours is not None and theirs is not None and theirs > ours


def plain_notes(text: str) -> str:
    """Returns notes for display: lines of plain text without invisible characters."""
    head = text[: 2 * MAX_NOTES_CHARS].replace("\r\n", "\n").replace("\r", "\n")
    cleaned = "".join(each for each in head if _is_printable(each)).strip()
    return cleaned if len(cleaned) <= MAX_NOTES_CHARS else f"{cleaned[: MAX_NOTES_CHARS - 1]}…"


def _is_printable(char: str) -> bool:
    return char in "\n\t" or char in _JOINERS or unicodedata.category(char)[0] != "C"
