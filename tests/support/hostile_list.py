"""Writes the list of malicious inputs and their outcomes: `python -m tests.support.hostile_list`.

The tests check the same cases, so the list is accurate.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import (
    hostile_environments,
    hostile_links,
    hostile_pictures,
    hostile_presets,
    hostile_results,
    hostile_workflows,
)
from tests.support.hostile_cases import HostileEntry

if TYPE_CHECKING:
    from collections.abc import Iterable

PATH = Path(__file__).resolve().parent.parent / "hostile-inputs.md"

_HEADER = """\
# Hostile inputs, and what each one gets

Made by `python -m tests.support.hostile_list` of the cases in `tests/support/hostile_*.py`, which
the tests bring into the program; do not edit it by hand. None of them may show a traceback, write
or ask outside its place, or leave anything of its content in the log; the tests look. How long
each one keeps the window waiting is measured by `make benchmarks`.

Words in {braces} stand for the place, number or name that the sentence has there.
"""


def as_text() -> str:
    """Returns the content of the file with the list."""
    return "\n".join((_HEADER, *(_table(*section) for section in _sections())))


def _sections() -> Iterable[tuple[str, str, Iterable[HostileEntry]]]:
    workflows = (*hostile_workflows.REFUSED, *hostile_workflows.OPENED)
    pictures = (*hostile_pictures.REFUSED, *hostile_pictures.ACCEPTED)
    yield (
        "Workflow files",
        "Opened from the menu or dropped on the window. What was open stays open.",
        [HostileEntry(each.name, "", each.expected_text) for each in workflows],
    )
    yield (
        "What is dropped on a picture input",
        "A picture that is refused leaves nothing on the disk, and the input as it was.",
        [
            *(HostileEntry(each.name, "", each.expected_text) for each in pictures),
            *(
                HostileEntry(name, "", expected or hostile_pictures.NOT_TAKEN)
                for name, _kind, _text, expected in hostile_pictures.DROPPED_TEXTS
            ),
            HostileEntry("500 pictures", "", hostile_pictures.MANY_FILES_TEXT),
            HostileEntry(
                "500 pictures and a workflow", "", hostile_pictures.MANY_WITH_WORKFLOW_TEXT
            ),
        ],
    )
    yield (
        "Names of results",
        "Every file stays in its deployment's folder; a date and the job's id stand before it.",
        [
            HostileEntry(f"`{_visible(name)}`", "", f"`…{_visible(end)}`")
            for name, end in hostile_results.NAMES
        ],
    )
    yield (
        "Results",
        "The run itself is done; what stands in the viewer, and on the file's card.",
        [
            *(HostileEntry(each.name, "", each.list_text) for each in hostile_results.RESULTS),
            *(HostileEntry(each.name, "", each.expected_text) for each in hostile_results.REFUSED),
        ],
    )
    yield (
        "Presets that are imported",
        "From files or as a text. Nothing of them is kept.",
        [HostileEntry(each.name, "", each.expected_text) for each in hostile_presets.REFUSED],
    )
    yield (
        "Files in the folder of presets",
        "What cannot be used has a row that says why; of what is no preset there is none.",
        [
            HostileEntry(each.name, "", each.expected_title or "No row.")
            for each in hostile_presets.LISTED
        ],
    )
    yield (
        "Links",
        "Opened in a browser, a mail or a chat, which starts the program with them.",
        hostile_links.entries(),
    )
    yield (
        "Keys, addresses, disks, files of the program's own, callers",
        "",
        hostile_environments.entries(),
    )


def _table(title: str, intro: str, entries: Iterable[HostileEntry]) -> str:
    rows = [
        (f"{entry.name}, {entry.arrival}" if entry.arrival else entry.name, entry.expected_text)
        for entry in entries
    ]
    lines = [f"| {_cell(name)} | {_cell(gets)} |" for name, gets in rows]
    header = [f"## {title}", "", *([intro, ""] if intro else []), "| What | It gets |", "|---|---|"]
    return "\n".join([*header, *lines, ""])


def _cell(text: str) -> str:
    return text if "`" in text else _visible(text).replace("<", "&lt;")


def _visible(text: str) -> str:
    """Spells out invisible characters, and shortens long runs of one character."""
    short = re.sub(r"(.)\1{40,}", lambda run: f"{run[1]}{{{len(run[0])} times}}", text)
    spelled = (char if char.isprintable() else f"\\u{ord(char):04x}" for char in short)
    return "".join(spelled).replace("|", "\\|")


if __name__ == "__main__":
    PATH.write_text(as_text(), encoding="utf-8")
