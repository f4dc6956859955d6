"""Texts from outside as one line that cannot break or turn around the sentence it stands in."""

from __future__ import annotations

import re
import unicodedata

MAX_LINE_CHARS = 300

_SPACE = re.compile(r"\s+")
# Zero-width (non-)joiners: emoji and several scripts are misspelt without them.
_JOINERS = "\u200c\u200d"
# Of a text of megabytes no more than this is looked at: this is asked at every painting.
_MAX_SCANNED_CHARS = 8 * MAX_LINE_CHARS


def one_line(text: str) -> str:
    """`text` without line breaks, control signs and marks that turn its direction, shortened."""
    head = text[:_MAX_SCANNED_CHARS]
    if not head.isprintable():
        head = "".join(each for each in head if _is_printable(each))
    line = _SPACE.sub(" ", head).strip()
    if len(line) > MAX_LINE_CHARS or len(text) > _MAX_SCANNED_CHARS:
        return line[: MAX_LINE_CHARS - 1] + "…"
    return line


def _is_printable(char: str) -> bool:
    return char.isspace() or char in _JOINERS or unicodedata.category(char)[0] != "C"
