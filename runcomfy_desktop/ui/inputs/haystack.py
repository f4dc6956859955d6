"""The texts of a draft in which the filter looks, folded, made when they are first looked in.

Typing into the filter asks the same thousands of values at every key, so a node is one text: its
title, class and id, then a line for each input's name and one for its value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.fuzzy import (
    MAX_LETTERS,
    MAX_LOOSE,
    Term,
    fold,
    is_in,
    lines_with_letters,
    words_with_slips,
)
from runcomfy_desktop.domain.json_value import shown_json
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.workflow import link_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.workflow import Node

_WORD = re.compile(r"[^\W\d_][^\W_]*")
_NO_CHANGES: Mapping[str, Value] = {}


@dataclass(frozen=True, slots=True)
class NodeHay:
    """One node's text; `about` is where its title, class and id end, `rows` where each input is."""

    text: str
    about: int
    rows: tuple[tuple[str, int, int], ...]

    def has(self, term: Term, start: int = 0, end: int | None = None) -> bool:
        """Whether a term stands in a part of it."""
        stop = len(self.text) if end is None else end
        found = self.text.find(term.text, start, stop) >= 0
        return found and (not term.is_exact or is_in(term, self.text[start:stop]))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All short lines of a draft, each once, and the words in them."""

    lines: str
    words: str


class Haystack:
    """One draft's texts. `title_of` is what a node is called on screen, `names_of` its inputs."""

    def __init__(
        self, title_of: Callable[[Node], str], names_of: Callable[[Node], tuple[str, ...]]
    ) -> None:
        self._title_of = title_of
        self._names_of = names_of
        self._saved: dict[str, NodeHay] = {}
        self._changed: dict[str, tuple[Mapping[str, Value], NodeHay]] = {}
        self._vocabulary: Vocabulary | None = None

    def node(self, node: Node, changed: Mapping[str, Value] = _NO_CHANGES) -> NodeHay:
        """A node's text with the values that it has now; `changed` are those of the draft."""
        if not changed:
            hay = self._saved.get(node.node_id)
            if hay is None:
                hay = self._saved[node.node_id] = self._made(node, changed)
            return hay
        before, hay = self._changed.get(node.node_id, (_NO_CHANGES, None))
        if hay is None or not _is_same(before, changed):
            hay = self._made(node, changed)
            self._changed[node.node_id] = (changed, hay)
            self._vocabulary = None
        return hay

    def _made(self, node: Node, changed: Mapping[str, Value]) -> NodeHay:
        title, node_class = fold(self._title_of(node)), fold(node.class_type)
        parts = [f"{_line(title)}\n{_line(node_class)}\n#{_line(fold(node.node_id))}\n"]
        at = about = len(parts[0])
        rows = []
        for name in self._names_of(node):
            value = changed[name] if name in changed else node.inputs.get(name)
            part = f"{_line(fold(name))}\n{_searchable(value)}\n"
            parts.append(part)
            rows.append((name, at, at + len(part)))
            at += len(part)
        return NodeHay("".join(parts), about, tuple(rows))

    def vocabulary(self, hays: Iterator[NodeHay]) -> Vocabulary:
        """What the loose search looks in."""
        if self._vocabulary is None:
            lines: dict[str, None] = {}
            for hay in hays:
                lines.update(dict.fromkeys(hay.text.split("\n")))
            short = "\n".join(line for line in lines if 1 < len(line) <= MAX_LOOSE)
            words = "\n".join(dict.fromkeys(_WORD.findall(short)))
            self._vocabulary = Vocabulary(short, words)
        return self._vocabulary


class LooseTerm:
    """What a word that stands nowhere may have been meant to be: lines and words that do stand."""

    def __init__(self, term: Term, vocabulary: Vocabulary) -> None:
        self._term = term
        self._lines: frozenset[str] = frozenset()
        self._words: tuple[str, ...] = ()
        if term.is_loose:
            self._lines = lines_with_letters(term, vocabulary.lines)
            if not self._lines and term.text not in vocabulary.lines:
                self._words = words_with_slips(term, vocabulary.words)

    def is_in(self, hay: NodeHay, start: int, end: int) -> bool:
        if hay.has(self._term, start, end):
            return True
        if self._words:
            return any(hay.text.find(word, start, end) >= 0 for word in self._words)
        if not self._lines:
            return False
        return not self._lines.isdisjoint(hay.text[start:end].split("\n"))


def _is_same(before: Mapping[str, Value], now: Mapping[str, Value]) -> bool:
    return before.keys() == now.keys() and all(before[name] is now[name] for name in now)


def _line(folded: str) -> str:
    return folded.replace("\n", " ")


def _searchable(value: Value) -> str:
    if isinstance(value, str):
        # Most are short, and have no lines.
        return _line(fold(value))
    if isinstance(value, MediaFile):
        return _line(fold(value.name))
    if isinstance(value, list) and link_of(value) is not None:
        # What a link comes from is no value of this input.
        return ""
    if isinstance(value, list | dict):
        return _line(fold(shown_json(value, MAX_LETTERS)))
    return str(value).lower()
