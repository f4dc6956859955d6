"""Fuzzy search: ranks how well typed words match a string and finds the matching characters.

A word is first searched for verbatim. If that fails, other characters may come between its own, or
one of its characters may be wrong. Both are tried only in short strings: in a long prompt they
would find every word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_CHARS = 20_480
"""Maximum number of characters searched in one string."""
MAX_LOOSE_CHARS = 80
"""Maximum length of a string for loose matches: characters apart or wrong."""
MAX_QUERY_CHARS = 200
_MAX_TERMS = 12
_MAX_TERM_CHARS = 40
"""Maximum length of a word for a loose match; longer ones are found only verbatim."""
_MIN_TYPO_CHARS = 4
_MAX_SPANS = 200
_MAX_CLOSENESS = 15
_TERMS = re.compile(r'"([^"]*)("?)|([^\s"]+)')

Span: TypeAlias = "tuple[int, int]"


class MatchRank(IntEnum):
    """Kind of match of a word; a higher value is a better match."""

    NONE = 0
    TYPO = 1
    """The query has one wrong or extra character, or two neighbouring characters swapped.

    A query that lacks a character is a SUBSEQUENCE match.
    """
    SUBSEQUENCE = 2
    """The characters are in order, with other characters between them."""
    INSIDE = 3
    PREFIX = 4
    """At the beginning of a word."""
    WORD = 5


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """Folded search word or quoted phrase; a phrase (`is_exact`) matches whole words only."""

    text: str
    is_exact: bool = False
    is_unclosed: bool = False
    """True if the closing quote is not typed yet."""

    @property
    def is_loose(self) -> bool:
        """True if the term may match loosely when it is not found verbatim."""
        return not self.is_exact and 2 <= len(self.text) <= _MAX_TERM_CHARS


def fold(text: str) -> str:
    """Returns `text` without case differences; character positions stay, up to MAX_CHARS."""
    text = text[:MAX_CHARS]
    if text.isascii():
        return text.lower()
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    return "".join(map(_fold_char, text))


def _fold_char(char: str) -> str:
    folded = char.casefold()
    return folded if len(folded) == 1 else char


def terms_of(query: str) -> tuple[SearchTerm, ...]:
    """Returns the search terms of a query, all of which have to match."""
    found: dict[SearchTerm, None] = {}
    for match in _TERMS.finditer(fold(query[:MAX_QUERY_CHARS])):
        quoted, closing, plain = match.groups()
        if plain:
            found[SearchTerm(plain)] = None
        elif quoted and quoted.strip():
            found[SearchTerm(quoted, is_exact=True, is_unclosed=not closing)] = None
    return tuple(found)[:_MAX_TERMS]


def contains(term: SearchTerm, folded: str) -> bool:
    """Returns True if a folded string contains a term verbatim."""
    if not term.is_exact:
        return term.text in folded
    return next(occurrences(term, folded), None) is not None


def contains_loosely(term: SearchTerm, folded: str) -> bool:
    """Returns True if a folded string contains a term verbatim or, if it is short, loosely.

    A loose match is a subsequence or has a typo.
    """
    return contains(term, folded) or _loose_match(term, folded) is not None


def lines_with_subsequence(term: SearchTerm, lines: str) -> frozenset[str]:
    """Returns the lines that contain the characters of a term in order.

    `lines` has many short folded strings, one per line.
    """
    found = set()
    for match in _subsequence_pattern(term.text).finditer(lines):
        start = lines.rfind("\n", 0, match.start()) + 1
        end = lines.find("\n", match.end())
        found.add(lines[start:] if end < 0 else lines[start:end])
    return frozenset(found)


def words_with_typos(term: SearchTerm, words: str) -> tuple[str, ...]:
    """Returns the word beginnings that match a term with a typo.

    `words` has many folded words, one per line.
    """
    if len(term.text) < _MIN_TYPO_CHARS:
        return ()
    return tuple({match.group(): None for match in _typo_pattern(term.text).finditer(words)})


def rank(term: SearchTerm, folded: str) -> MatchRank:
    """Returns the rank of the best match of a term in a folded string."""
    best = MatchRank.NONE
    for start, end in occurrences(term, folded):
        best = max(best, _rank_at(folded, start, end))
        if best is MatchRank.WORD:
            return best
    match = None if best is not MatchRank.NONE else _loose_match(term, folded)
    if match is None:
        return best
    return MatchRank.SUBSEQUENCE if match.re.groups else MatchRank.TYPO


def closeness(term: SearchTerm, folded: str) -> int:
    """Rates a subsequence match: 15 if its characters are adjacent and begin a word, down to 0."""
    match = _subsequence_pattern(term.text).search(folded)
    if match is None:
        return 0
    start, end = match.span()
    is_within = start > 0 and folded[start - 1].isalnum()
    return max(0, _MAX_CLOSENESS - (end - start - len(term.text)) - _MAX_CLOSENESS // 2 * is_within)


def occurrences(term: SearchTerm, folded: str) -> Iterator[Span]:
    """Yields the verbatim matches of a term from the left; at most _MAX_SPANS places are tried."""
    size, at = len(term.text), folded.find(term.text)
    for _number in range(_MAX_SPANS):
        if at < 0:
            return
        if not term.is_exact or _is_whole_word(term, folded, at):
            yield at, at + size
        at = folded.find(term.text, at + (1 if term.is_exact else size))


def spans(terms: Iterable[SearchTerm], text: str, *, is_loose: bool = False) -> tuple[Span, ...]:
    """Returns the matching characters of `text` as spans, in order and without overlaps.

    With `is_loose`, terms that match only as a subsequence or with a typo count as well.
    """
    folded = fold(text)
    found: list[Span] = []
    for term in terms:
        term_spans = list(occurrences(term, folded))
        match = _loose_match(term, folded) if is_loose and not term_spans else None
        if match is not None:
            groups = match.re.groups
            term_spans = [match.span(n) for n in range(1, groups + 1)] or [match.span()]
        found += term_spans
    return _merged_spans(found)


def _is_whole_word(term: SearchTerm, folded: str, at: int) -> bool:
    end = at + len(term.text)
    is_end = term.is_unclosed or end == len(folded) or not _is_word_char(folded[end])
    return is_end and (at == 0 or not _is_word_char(folded[at - 1]))


def _rank_at(folded: str, start: int, end: int) -> MatchRank:
    if start > 0 and folded[start - 1].isalnum():
        return MatchRank.INSIDE
    is_word = (start == 0 or folded[start - 1] != "_") and (
        end == len(folded) or not _is_word_char(folded[end])
    )
    return MatchRank.WORD if is_word else MatchRank.PREFIX


def _is_word_char(char: str) -> bool:
    return char.isalnum() or char == "_"


@lru_cache(maxsize=64)
def _subsequence_pattern(text: str) -> re.Pattern[str]:
    """Returns a pattern that finds the characters of a word in order, each as early as possible.

    A match is within one line. The gap before a character never contains that character, so the
    pattern does not backtrack.
    """
    first, *others = map(re.escape, text)
    return re.compile(f"({first})" + "".join(rf"[^\n{each}]*({each})" for each in others))


@lru_cache(maxsize=64)
def _typo_pattern(text: str) -> re.Pattern[str]:
    """Returns a pattern for words, or beginnings of words, of which `text` may be a typo."""
    variants: dict[str, None] = {}
    for at in range(len(text)):
        before, char, after = text[:at], text[at], text[at + 1 :]
        variants[re.escape(before) + r"[^\W_]" + re.escape(after)] = None
        variants[re.escape(before + after)] = None
        if after:
            variants[re.escape(before + after[0] + char + after[1:])] = None
    return re.compile(r"(?<![^\W_])(?:" + "|".join(variants) + ")")


def _loose_match(term: SearchTerm, folded: str) -> re.Match[str] | None:
    """Returns the loose match of a term in a short string: a subsequence, else a typo.

    Only a subsequence has groups, one for each character.
    """
    text = term.text
    if not term.is_loose or len(folded) > MAX_LOOSE_CHARS:
        return None
    match = _subsequence_pattern(text).search(folded)
    if match is None and len(text) >= _MIN_TYPO_CHARS:
        match = _typo_pattern(text).search(folded)
    return match


def _merged_spans(found: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged[:_MAX_SPANS])
