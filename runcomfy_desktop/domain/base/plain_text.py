"""Turns untrusted strings and values into one line that cannot break or reverse a sentence."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import json_preview
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.base.json_value import Json

MAX_LINE_CHARS = 300
_SPACE = re.compile(r"\s+")
# Zero-width (non-)joiners: emoji and several scripts are misspelt without them.
_JOINERS = "\u200c\u200d"
# `one_line` runs at every repaint, so it reads only this much of a string of megabytes.
_MAX_SCANNED_CHARS = 8 * MAX_LINE_CHARS
_MAX_INLINE_CHARS = 60
# Python refuses to convert longer integers to text.
_MAX_NUMBER = 10**60


def one_line(text: str) -> str:
    """Returns `text` on one line of at most MAX_LINE_CHARS.

    Line breaks become spaces; control characters and direction marks are removed.
    """
    head = _printable(text[:_MAX_SCANNED_CHARS])
    line = _SPACE.sub(" ", head).strip()
    if len(text) > _MAX_SCANNED_CHARS:
        return line[: MAX_LINE_CHARS - 1] + "…"
    return shortened(line, MAX_LINE_CHARS)


def shortened(text: str, max_chars: int = 40) -> str:
    """Returns `text`, or its beginning and an ellipsis if it has more than `max_chars`."""
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"


def printable_text(text: str, max_chars: int) -> str:
    """Returns `text` with its line breaks, without control characters and direction marks."""
    return _printable(shortened(text, max_chars))


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(filter(_is_printable, text))


def _is_printable(char: str) -> bool:
    return char.isspace() or char in _JOINERS or unicodedata.category(char)[0] != "C"


def inline_text(value: Json) -> str:
    """Returns `value` as a short string on one line, for use in a sentence.

    A string is not quoted. Never fails.
    """
    if isinstance(value, str):
        return shortened(one_line(value[: 4 * _MAX_INLINE_CHARS]), _MAX_INLINE_CHARS)
    if isinstance(value, int) and abs(value) > _MAX_NUMBER:
        return _("a number of more than 60 digits")
    if isinstance(value, list | dict):
        try:
            line = one_line(json_preview(value, _MAX_INLINE_CHARS))
            return shortened(line, _MAX_INLINE_CHARS)
        except ValueError:
            return "…"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return str(value)
