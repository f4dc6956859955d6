"""What somebody who helps wants to know of an installation, as plain text; nothing that is secret.

There is no key, no address or password of a proxy, no prompt and no value of an input among it, and
the home folder is written as `~`, because it is often a person's name.
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
    """A folder, or a file, that the program keeps something in.

    `size_bytes` is None where there is nothing yet; `is_partial` when there was too much in it to
    be counted in time. `error` says why it cannot even be found out whether there is something.
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
    """All that was found: facts as names and values, places, and the last lines of both logs."""

    facts: tuple[tuple[str, str], ...] = ()
    locations: tuple[StorageLocation, ...] = ()
    log: tuple[str, ...] = ()
    crash: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BundledDocument:
    """A text that comes with the program: notices, a licence."""

    key: str
    title: str
    text: str


def hide_home(text: str, homes: Iterable[str]) -> str:
    """`text` with the home folder as `~`, by each of its names."""
    # One name may be the beginning of another.
    for home in sorted(homes, key=len, reverse=True):
        text = _replace_home(text, home)
    return text


def _replace_home(text: str, home: str) -> str:
    """However the separators are written."""
    parts = [re.escape(part) for part in re.split(r"[/\\]", home.rstrip("/\\"))]
    if len(parts) < 2:
        return text
    # Twice where a text is quoted, as `repr` does.
    return re.sub(r"[/\\]{1,2}".join(parts) + r"(?![\w.-])", HOME, text, flags=re.IGNORECASE)


def diagnostics_text(
    diagnostics: Diagnostics,
    extra_facts: Iterable[tuple[str, str]],
    size_text: Callable[[StorageLocation], str],
    homes: Iterable[str],
) -> str:
    """The whole as one text. `extra_facts` are facts of the window; `size_text` says how large a
    place is.

    English, as all that is logged: it is for whoever helps.
    """
    facts = [f"{name}: {value}" for name, value in (*diagnostics.facts, *extra_facts) if value]
    locations = [f"{each.name}: {each.path} ({size_text(each)})" for each in diagnostics.locations]
    blocks = [facts, locations]
    if diagnostics.crash:
        blocks.append(["The last crash:", *diagnostics.crash])
    if diagnostics.log:
        blocks.append(["The last lines of the log:", *diagnostics.log])
    return hide_home("\n\n".join("\n".join(block) for block in blocks), homes) + "\n"
