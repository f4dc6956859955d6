"""Diagnostics of an installation as plain text, for support; contains nothing secret.

It has no key, no address or password of a proxy, no prompt and no value of an input. The home
folder is written as `~`, because it often contains the user's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HOME = "~"


@dataclass(frozen=True, slots=True)
class StorageLocation:
    """Folder or file in which the program stores data.

    `size_bytes` is None if there is nothing yet. `is_partial` is true if there was too much data to
    be counted in time. `error` says why the location cannot even be examined.
    """

    key: str
    name: str
    path: str
    size_bytes: int | None = None
    file_count: int = 0
    is_partial: bool = False
    is_file: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Collected data: facts as names and values, locations, and the last lines of both logs."""

    facts: tuple[tuple[str, str], ...] = ()
    locations: tuple[StorageLocation, ...] = ()
    log: tuple[str, ...] = ()
    crash: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BundledDocument:
    """Document that ships with the program, such as notices or a licence."""

    key: str
    title: str
    text: str


def hide_home(text: str, homes: Iterable[str]) -> str:
    """Returns `text` with `~` in place of the home folder, under any of its names."""
    # One name may be the beginning of another.
    for home in sorted(homes, key=len, reverse=True):
        text = _replace_home(text, home)
    return text


def _replace_home(text: str, home: str) -> str:
    """Replaces one name of the home folder, with either kind of separator."""
    parts = [re.escape(part) for part in re.split(r"[/\\]", home.rstrip("/\\"))]
    if len(parts) < 2:
        return text
    # Separators are doubled in quoted text, as by `repr`.
    return re.sub(r"[/\\]{1,2}".join(parts) + r"(?![\w.-])", HOME, text, flags=re.IGNORECASE)


def diagnostics_text(
    diagnostics: Diagnostics,
    extra_facts: Iterable[tuple[str, str]],
    size_text: Callable[[StorageLocation], str],
    homes: Iterable[str],
) -> str:
    """Returns all diagnostics as plain text, in English like the logs, for support.

    `extra_facts` are facts about the window; `size_text` formats the size of a location.
    """
    facts = [f"{name}: {value}" for name, value in (*diagnostics.facts, *extra_facts) if value]
    locations = [f"{each.name}: {each.path} ({size_text(each)})" for each in diagnostics.locations]
    blocks = [facts, locations]
    if diagnostics.crash:
        blocks.append(["The last crash:", *diagnostics.crash])
    if diagnostics.log:
        blocks.append(["The last lines of the log:", *diagnostics.log])
    return hide_home("\n\n".join("\n".join(block) for block in blocks), homes) + "\n"
