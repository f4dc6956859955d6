"""Docstrings and comments are in plain English: sentences of their own, without private words."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from tests.support.source_modules import PROJECT, assert_no_violations, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDERS = ("runcomfy_desktop", "tests", "packaging")
_STRING = re.compile(r'"""(.+?)"""', re.DOTALL)
_COMMENT = re.compile(r"(?:^[ ]*|  )# (.+)$", re.MULTILINE)
_QUESTION_START = re.compile(r"(?:What|Whether|How|Which|Who|Whom|Whose|Why|Where|The same)\b")
_SLIPS = {
    r"the person|persons?|somebody|someone|nobody|whoever|anybody": "the user, or the passive",
    r"anew": "again",
    r"by now": "now, already",
    r"besides?": "next to, apart from, also",
    r"wish(?:ed|es)?": "request",
    r"deeds?|desks?": "command, controller",
    r"workbench": "draft editor",
    r"stand-ins?": "emulator, fake, placeholder",
    r"films?": "video",
}


@cache
def _texts() -> tuple[tuple[str, bool, str], ...]:
    """Place and text of each docstring and comment; True for docstrings."""
    return tuple(
        (f"{place_of(path)}:{line}", is_docstring, text)
        for folder in _FOLDERS
        for path in sorted((PROJECT / folder).rglob("*.py"))
        for line, is_docstring, text in read_texts(path.read_text(encoding="utf-8"))
    )


def read_texts(source: str) -> Iterator[tuple[int, bool, str]]:
    """Yields line and text of each docstring and comment; True for docstrings.

    A string in triple quotes that begins its line counts as a docstring.
    """
    for found in _STRING.finditer(source):
        before = source[source.rfind("\n", 0, found.start()) + 1 : found.start()]
        if not before.strip(" r"):
            yield source.count("\n", 0, found.start()) + 1, True, " ".join(found[1].split())
    code = _STRING.sub(lambda found: "\n" * found[0].count("\n"), source)
    for found in _COMMENT.finditer(code):
        yield code.count("\n", 0, found.start(1)) + 1, False, found[1]


def test_docstrings_do_not_begin_like_questions() -> None:
    assert_no_violations(
        [
            f"{place}: {text[:60]}"
            for place, is_docstring, text in _texts()
            if is_docstring and _QUESTION_START.match(text)
        ]
    )


def test_docstrings_and_comments_use_common_words() -> None:
    violations = []
    for pattern, better in _SLIPS.items():
        slip = re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)
        for place, _is_docstring, text in _texts():
            found = slip.search(text)
            if found:
                violations.append(f"{place}: “{found[0]}”, better: {better}")
    assert_no_violations(violations)


def test_reading_finds_docstrings_and_comments() -> None:
    quotes, mark = '"' * 3, "#"
    source = f"""{quotes}One.

Two.{quotes}
a = {quotes}no
{mark} comment{quotes}
b = 1  {mark} three
{mark} four
"""
    assert list(read_texts(source)) == [
        (1, True, "One. Two."),
        (6, False, "three"),
        (7, False, "four"),
    ]
