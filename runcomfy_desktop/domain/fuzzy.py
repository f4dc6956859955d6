"""How well a few typed words fit a text, and which of its letters they mean.

A word is looked for as it stands; where it does not stand, its letters may lie apart, or one of
them may be wrong. Both of that only in short texts: in a long prompt every word is found so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_LETTERS = 20_480
"""No text is looked into further than this."""
MAX_LOOSE = 80
"""Letters that lie apart are looked for in texts of at most this length."""
MAX_QUERY = 200
_MAX_TERMS = 12
_MAX_TERM = 40
"""Longer words have to stand as they are."""
_LEAST_TYPO = 4
_MAX_SPANS = 200
_CLOSEST = 15
_TERMS = re.compile(r'"([^"]*)("?)|([^\s"]+)')

Span: TypeAlias = "tuple[int, int]"


class Rank(IntEnum):
    """How a word was found; more is better."""

    NONE = 0
    TYPO = 1
    """With one letter wrong, missing, too many, or two of them swapped."""
    LETTERS = 2
    """Its letters in order, others between them."""
    INSIDE = 3
    PREFIX = 4
    """At the beginning of a word."""
    WORD = 5


@dataclass(frozen=True, slots=True)
class Term:
    """One word that is looked for, folded. What stood in quotes is `is_exact`: whole words."""

    text: str
    is_exact: bool = False
    is_open: bool = False
    """The closing quote is not typed yet."""

    @property
    def is_loose(self) -> bool:
        """Whether its letters may lie apart when it is nowhere as it stands."""
        return not self.is_exact and 2 <= len(self.text) <= _MAX_TERM


def fold(text: str) -> str:
    """`text` without a difference of large and small letters, and of the same length."""
    text = text[:MAX_LETTERS]
    if text.isascii():
        return text.lower()
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    return "".join(map(_fold_letter, text))


def _fold_letter(letter: str) -> str:
    folded = letter.casefold()
    return folded if len(folded) == 1 else letter


def terms_of(query: str) -> tuple[Term, ...]:
    """The words of what was typed; all of them have to be found."""
    found: dict[Term, None] = {}
    for match in _TERMS.finditer(fold(query[:MAX_QUERY])):
        quoted, closing, plain = match.groups()
        if plain:
            found[Term(plain)] = None
        elif quoted and quoted.strip():
            found[Term(quoted, is_exact=True, is_open=not closing)] = None
    return tuple(found)[:_MAX_TERMS]


def is_in(term: Term, hay: str) -> bool:
    """Whether a term stands in a folded text as it is."""
    if not term.is_exact:
        return term.text in hay
    return any(True for _span in _whole(term, hay))


def is_loosely_in(term: Term, hay: str) -> bool:
    """The same, or with its letters apart, or one of them wrong, in a short line."""
    if is_in(term, hay):
        return True
    if not term.is_loose or len(hay) > MAX_LOOSE:
        return False
    return bool(_letters(term.text).search(hay) or _has_typo(term.text, hay))


def lines_with_letters(term: Term, lines: str) -> frozenset[str]:
    """Those of many short folded lines that have the letters of a term in order."""
    found = set()
    for match in _letters(term.text).finditer(lines):
        start = lines.rfind("\n", 0, match.start()) + 1
        end = lines.find("\n", match.end())
        found.add(lines[start:] if end < 0 else lines[start:end])
    return frozenset(found)


def words_with_slips(term: Term, words: str) -> tuple[str, ...]:
    """Those of many folded words, one a line, that begin as a term with one letter mended."""
    if len(term.text) < _LEAST_TYPO:
        return ()
    return tuple({match.group(): None for match in _typos(term.text).finditer(words)})


def rank(term: Term, hay: str) -> Rank:
    """How well a term fits a folded text."""
    best = Rank.NONE
    for start, end in occurrences(term, hay):
        best = max(best, _rank_at(hay, start, end))
        if best is Rank.WORD:
            return best
    if best is not Rank.NONE or not term.is_loose or len(hay) > MAX_LOOSE:
        return best
    if _letters(term.text).search(hay):
        return Rank.LETTERS
    return Rank.TYPO if _has_typo(term.text, hay) else Rank.NONE


def closeness(term: Term, hay: str) -> int:
    """Of letters that lie apart: 15 where they lie close and begin a word, down to 0."""
    match = _letters(term.text).search(hay)
    if match is None:
        return 0
    start, end = match.span()
    is_within = start > 0 and hay[start - 1].isalnum()
    return max(0, _CLOSEST - (end - start - len(term.text)) - _CLOSEST // 2 * is_within)


def occurrences(term: Term, hay: str) -> Iterator[Span]:
    """Where a term stands as it is, from the left; not more often than anybody could look at."""
    if term.is_exact:
        yield from _whole(term, hay)
        return
    size, at = len(term.text), hay.find(term.text)
    for _number in range(_MAX_SPANS):
        if at < 0:
            return
        yield at, at + size
        at = hay.find(term.text, at + size)


def spans(terms: Iterable[Term], text: str, *, is_loose: bool = False) -> tuple[Span, ...]:
    """The letters of `text` that are meant, in order and without overlaps.

    With `is_loose` also those of words that are found only with their letters apart.
    """
    hay = fold(text)
    found: list[Span] = []
    for term in terms:
        there = list(occurrences(term, hay))
        if not there and is_loose and term.is_loose and len(hay) <= MAX_LOOSE:
            there = _loose_spans(term.text, hay)
        found += there
    return _joined(found)


def _whole(term: Term, hay: str) -> Iterator[Span]:
    size, at = len(term.text), hay.find(term.text)
    for _number in range(_MAX_SPANS):
        if at < 0:
            return
        end = at + size
        is_end = term.is_open or end == len(hay) or not _is_letter(hay[end])
        if is_end and (at == 0 or not _is_letter(hay[at - 1])):
            yield at, end
        at = hay.find(term.text, at + 1)


def _rank_at(hay: str, start: int, end: int) -> Rank:
    if start > 0 and hay[start - 1].isalnum():
        return Rank.INSIDE
    is_word = (start == 0 or hay[start - 1] != "_") and (
        end == len(hay) or not _is_letter(hay[end])
    )
    return Rank.WORD if is_word else Rank.PREFIX


def _is_letter(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


@lru_cache(maxsize=64)
def _letters(text: str) -> re.Pattern[str]:
    """Finds the letters of a word in order, on one line; each as early as it can be.

    What lies between never has the letter that comes next, so there is nothing to try again.
    """
    first, *others = map(re.escape, text)
    return re.compile(f"({first})" + "".join(rf"[^\n{each}]*({each})" for each in others))


@lru_cache(maxsize=64)
def _typos(text: str) -> re.Pattern[str]:
    """Finds a word, or the beginning of one, that `text` may have been meant to be."""
    ways: dict[str, None] = {}
    for at in range(len(text)):
        before, letter, after = text[:at], text[at], text[at + 1 :]
        ways[re.escape(before) + r"[^\W_]" + re.escape(after)] = None
        ways[re.escape(before + after)] = None
        if after:
            ways[re.escape(before + after[0] + letter + after[1:])] = None
    return re.compile(r"(?<![^\W_])(?:" + "|".join(ways) + ")")


def _has_typo(text: str, hay: str) -> bool:
    return len(text) >= _LEAST_TYPO and _typos(text).search(hay) is not None


def _loose_spans(text: str, hay: str) -> list[Span]:
    match = _letters(text).search(hay)
    if match is not None:
        return [match.span(number) for number in range(1, len(text) + 1)]
    match = _typos(text).search(hay) if len(text) >= _LEAST_TYPO else None
    return [] if match is None else [match.span()]


def _joined(found: list[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined[:_MAX_SPANS])
