"""Writes down what each hostile input gets: `python -m tests.support.hostile_list`.

The cases are those that the tests hold the program to, so the list says what is so.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import (
    hostile_links,
    hostile_pictures,
    hostile_places,
    hostile_presets,
    hostile_results,
    hostile_workflows,
)
from tests.support.hostile import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

PATH = Path(__file__).resolve().parent.parent / "hostile-inputs.md"

_HEAD = """\
# Hostile inputs, and what each one gets

Made by `python -m tests.support.hostile_list` of the cases in `tests/support/hostile_*.py`, which
the tests bring into the program; do not edit it by hand. None of them may show a traceback, write
or ask outside its place, or leave anything of its content in the log; the tests look. How long
each one keeps the window waiting is measured by `make benchmarks`.

Words in {braces} stand for the place, number or name that the sentence has there.
"""


def as_text() -> str:
    """The list, as it lies in the file."""
    return "\n".join((_HEAD, *(_table(*section) for section in _sections())))


def _sections() -> Iterable[tuple[str, str, Iterable[Entry]]]:
    workflows = (*hostile_workflows.REFUSED, *hostile_workflows.OPENED)
    pictures = (*hostile_pictures.REFUSED, *hostile_pictures.ACCEPTED)
    yield (
        "Workflow files",
        "Opened from the menu or dropped on the window. What was open stays open.",
        [Entry(each.name, "", each.words) for each in workflows],
    )
    yield (
        "What is dropped on a picture input",
        "A picture that is refused leaves nothing on the disk, and the input as it was.",
        [
            *(Entry(each.name, "", each.words) for each in pictures),
            *(
                Entry(name, "", told or hostile_pictures.NOT_TAKEN)
                for name, _kind, _text, told in hostile_pictures.WORDS
            ),
            Entry("500 pictures", "", hostile_pictures.MANY_TOLD),
            Entry("500 pictures and a workflow", "", hostile_pictures.MANY_WITH_WORKFLOW_TOLD),
        ],
    )
    yield (
        "Names of results",
        "Every file stays in its deployment's folder; a date and the job's id stand before it.",
        [
            Entry(f"`{_visible(name)}`", "", f"`…{_visible(end)}`")
            for name, end in hostile_results.NAMES
        ],
    )
    yield (
        "Results",
        "The run itself is done; what stands in the viewer, and on the file's card.",
        [
            *(Entry(each.name, "", each.words) for each in hostile_results.RESULTS),
            *(Entry(each.name, "", each.gets) for each in hostile_results.REFUSED),
        ],
    )
    yield (
        "Presets that are imported",
        "From files or as a text. Nothing of them is kept.",
        [Entry(each.name, "", each.words) for each in hostile_presets.REFUSED],
    )
    yield (
        "Files in the folder of presets",
        "What cannot be used has a row that says why; of what is no preset there is none.",
        [Entry(each.name, "", each.gets or "No row.") for each in hostile_presets.LISTED],
    )
    yield (
        "Links",
        "Opened in a browser, a mail or a chat, which starts the program with them.",
        hostile_links.entries(),
    )
    yield (
        "Keys, addresses, disks, files of the program's own, callers",
        "",
        hostile_places.entries(),
    )


def _table(title: str, remark: str, entries: Iterable[Entry]) -> str:
    rows = [
        (f"{entry.name}, {entry.arrives}" if entry.arrives else entry.name, entry.gets)
        for entry in entries
    ]
    lines = [f"| {_cell(name)} | {_cell(gets)} |" for name, gets in rows]
    head = [f"## {title}", "", *([remark, ""] if remark else []), "| What | It gets |", "|---|---|"]
    return "\n".join([*head, *lines, ""])


def _cell(text: str) -> str:
    return text if "`" in text else _visible(text).replace("<", "&lt;")


def _visible(text: str) -> str:
    """With what cannot be seen spelled out, and no more of a long run of letters than is needed."""
    short = re.sub(r"(.)\1{40,}", lambda run: f"{run[1]}{{{len(run[0])} times}}", text)
    spelled = (letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in short)
    return "".join(spelled).replace("|", "\\|")


if __name__ == "__main__":
    PATH.write_text(as_text(), encoding="utf-8")
