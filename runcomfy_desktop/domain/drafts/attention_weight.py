"""Attention weights in prompts: `(word:1.2)` gives the word more weight, `(word:0.8)` less."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

# Real brackets enclose less; the limit avoids a search through megabytes at each key press.
_MAX_SCAN_CHARS = 20_000
_MAX_WEIGHT = 1000
_WORD = re.compile(r"[^\s,.;:!?()\[\]{}<>|/\\\"]+")
_BRACKET = re.compile(r"\\.|[()]", re.DOTALL)
_WEIGHT = re.compile(r":\s*([+-]?(?:\d{1,6}(?:\.\d{0,6})?|\.\d{1,6}))\s*$")
_WEIGHT_SUFFIX = re.compile(r":\s*[+-]?(?:\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})\s*\)")
# Weight of a bracket without a number in ComfyUI.
_BARE_BRACKET_WEIGHT = Decimal("1.1")


class TextReplacement(NamedTuple):
    """Text that replaces the range from `start` to `end` and is selected afterwards."""

    start: int
    end: int
    text: str


def adjust_weight(text: str, start: int, end: int, step: float) -> TextReplacement | None:
    """Returns the selection with its weight changed by `step`; None if there is nothing to weight.

    Without a selection, the bracket around the cursor is weighted or, if there is none, the word at
    the cursor. A selection that fills a bracket means that bracket. At a weight of 1 the bracket is
    removed.
    """
    span = _span(text, start, end)
    if span is None:
        return None
    start, end = span
    inner, weight = _split_weight(text[start:end])
    weight = max(min(weight + Decimal(str(step)), Decimal(_MAX_WEIGHT)), Decimal(-_MAX_WEIGHT))
    if weight == 1:
        return TextReplacement(start, end, inner)
    return TextReplacement(start, end, f"({inner}:{_weight_text(weight)})")


def _span(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Returns the range that a selection or a cursor (an empty selection) stands for."""
    if start == end:
        return _bracket_around(text, start) or _word_at(text, start)
    selected = text[start:end]
    start += len(selected) - len(selected.lstrip())
    end -= len(selected) - len(selected.rstrip())
    if start >= end:
        return None
    if text[start - 1 : start] == "(" and text[start - 2 : start - 1] != "\\":
        if text[end : end + 1] == ")":
            return start - 1, end + 1
        rest = _WEIGHT_SUFFIX.match(text, end)
        if rest is not None:
            return start - 1, rest.end()
    return start, end


def _bracket_around(text: str, cursor: int) -> tuple[int, int] | None:
    """Returns the innermost pair of brackets that encloses the cursor or ends at it."""
    begin = max(0, cursor - _MAX_SCAN_CHARS)
    stack: list[int] = []
    for found in _BRACKET.finditer(text, begin, min(len(text), cursor + _MAX_SCAN_CHARS)):
        if found.group() == "(":
            if found.start() >= cursor and not stack:
                return None
            stack.append(found.start())
        elif found.group() == ")" and stack:
            opened = stack.pop()
            if opened < cursor <= found.end():
                return opened, found.end()
    return None


def _word_at(text: str, cursor: int) -> tuple[int, int] | None:
    begin = max(0, cursor - _MAX_SCAN_CHARS)
    for found in _WORD.finditer(text, begin, min(len(text), cursor + _MAX_SCAN_CHARS)):
        if found.start() <= cursor <= found.end():
            return found.span()
        if found.start() > cursor:
            return None
    return None


def _split_weight(part: str) -> tuple[str, Decimal]:
    """Returns the text inside a bracket and its weight; text without brackets has a weight of 1."""
    if not _is_one_bracket(part):
        return part, Decimal(1)
    inner = part[1:-1]
    weight = _WEIGHT.search(inner)
    if weight is None:
        return inner, _BARE_BRACKET_WEIGHT
    return inner[: weight.start()], Decimal(weight.group(1))


def _is_one_bracket(part: str) -> bool:
    """Returns True if the first bracket closes at the very end: `(a) and (b)` are two brackets."""
    depth = 0
    for found in _BRACKET.finditer(part):
        depth += {"(": 1, ")": -1}.get(found.group(), 0)
        if depth <= 0:
            return found.group() == ")" and part[0] == "(" and found.end() == len(part)
    return False


def _weight_text(weight: Decimal) -> str:
    text = f"{weight:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
