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
class Place:
    """A folder, or a file, that the program keeps something in.

    `size_bytes` is None where there is nothing yet; `is_partly` when there was too much in it to
    be counted in time. `fault` says why it cannot even be found out whether there is something.
    """

    key: str
    name: str
    path: str
    size_bytes: int | None = None
    files: int = 0
    is_partly: bool = False
    is_file: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found: facts as names and values, places, and the last lines of both logs."""

    facts: tuple[tuple[str, str], ...] = ()
    places: tuple[Place, ...] = ()
    log: tuple[str, ...] = ()
    crash: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A text that comes with the program: notices, a licence."""

    key: str
    title: str
    text: str


def shortened(text: str, homes: Iterable[str]) -> str:
    """`text` with the home folder as `~`, by each of its names."""
    # One name may be the beginning of another.
    for home in sorted(homes, key=len, reverse=True):
        text = _without(text, home)
    return text


def _without(text: str, home: str) -> str:
    """However the separators are written."""
    parts = [re.escape(part) for part in re.split(r"[/\\]", home.rstrip("/\\"))]
    if len(parts) < 2:
        return text
    # Twice where a text is quoted, as `repr` does.
    return re.sub(r"[/\\]{1,2}".join(parts) + r"(?![\w.-])", HOME, text, flags=re.IGNORECASE)


def report(
    findings: Findings,
    more: Iterable[tuple[str, str]],
    size: Callable[[Place], str],
    homes: Iterable[str],
) -> str:
    """The whole as one text. `more` are facts of the window; `size` says how large a place is.

    English, as all that is logged: it is for whoever helps.
    """
    facts = [f"{name}: {value}" for name, value in (*findings.facts, *more) if value]
    places = [f"{each.name}: {each.path} ({size(each)})" for each in findings.places]
    blocks = [facts, places]
    if findings.crash:
        blocks.append(["The last crash:", *findings.crash])
    if findings.log:
        blocks.append(["The last lines of the log:", *findings.log])
    return shortened("\n\n".join("\n".join(block) for block in blocks), homes) + "\n"
