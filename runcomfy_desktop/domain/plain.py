"""Texts from outside as one line that cannot break or turn around the sentence it stands in."""

from __future__ import annotations

import re
import unicodedata

MAX_LINE = 300

_SPACE = re.compile(r"\s+")
# Zero-width (non-)joiners: emoji and several scripts are misspelt without them.
_JOINERS = "\u200c\u200d"
# Of a text of megabytes no more than this is looked at: this is asked at every painting.
_LOOKED_AT = 8 * MAX_LINE


def one_line(text: str) -> str:
    """`text` without line breaks, control signs and marks that turn its direction, shortened."""
    head = text[:_LOOKED_AT]
    if not head.isprintable():
        head = "".join(each for each in head if _stays(each))
    line = _SPACE.sub(" ", head).strip()
    if len(line) > MAX_LINE or len(text) > _LOOKED_AT:
        return line[: MAX_LINE - 1] + "…"
    return line


def _stays(letter: str) -> bool:
    return letter.isspace() or letter in _JOINERS or unicodedata.category(letter)[0] != "C"
