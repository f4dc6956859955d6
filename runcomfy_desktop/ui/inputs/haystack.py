"""The texts of a draft in which the filter looks, folded, made when they are first looked in.

Typing into the filter asks the same thousands of values at every key, so a node is one text: its
title, class and id, then a line for each input's name and one for its value.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
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
from runcomfy_desktop.domain.workflow import InputKey, link_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from runcomfy_desktop.domain.draft import Value
    from runcomfy_desktop.domain.workflow import Node

_WORD = re.compile(r"[^\W\d_][^\W_]*")
_ABOUT_LINES = 3
_NO_CHANGES: Mapping[str, Value] = {}


@dataclass(frozen=True, slots=True)
class NodeHay:
    """One node's text. The first part of it is about the node, one for each of `names` follows;
    `ends` says where each part ends."""

    text: str
    names: tuple[str, ...]
    ends: tuple[int, ...]

    def has(self, term: Term) -> bool:
        """Whether a term stands anywhere in it."""
        return term.text in self.text and (not term.is_exact or is_in(term, self.text))

    def is_about(self, term: Term) -> bool:
        """Whether a term stands in the title, the class or the id."""
        end = self.ends[0]
        found = self.text.find(term.text, 0, end) >= 0
        return found and (not term.is_exact or is_in(term, self.text[:end]))

    def rows_with(self, term: Term) -> list[int]:
        """The places of the inputs in whose name or value a term stands."""
        text, ends, wanted = self.text, self.ends, term.text
        rows = []
        at = text.find(wanted, ends[0])
        while at >= 0:
            # A term has no line break in it, so it never reaches into the next part.
            part = bisect_right(ends, at)
            if not term.is_exact or is_in(term, self.part(part)):
                rows.append(part - 1)
            at = text.find(wanted, ends[part])
        return rows

    def part(self, part: int) -> str:
        return self.text[self.ends[part - 1] if part else 0 : self.ends[part]]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All short lines of a draft, each once, and the words in them."""

    lines: str
    words: str


class Haystack:
    """One draft's texts. `title_of` is what a node is called on screen, `names_of` its inputs,
    `called` what one of them is called, and `switch` what it says when it is on or off."""

    def __init__(
        self,
        title_of: Callable[[Node], str],
        names_of: Callable[[Node], tuple[str, ...]],
        called: Callable[[InputKey], str] | None = None,
        switch: Callable[[InputKey, bool], str] | None = None,
    ) -> None:
        self._called = called
        self._switch = switch
        self._title_of = title_of
        self._names_of = names_of
        self._saved: dict[str, NodeHay] = {}
        self._changed: dict[str, tuple[Mapping[str, Value], NodeHay]] = {}
        self._vocabulary: Vocabulary | None = None
        self._lines: dict[tuple[str, str], str] = {}
        self._switches: dict[tuple[str, str, bool], str] = {}
        self.labels: Mapping[InputKey, str] = {}
        """What a person calls some inputs, and says of them."""

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

    def forget(self, node_id: str) -> None:
        """The node has other inputs now."""
        self._saved.pop(node_id, None)
        self._changed.pop(node_id, None)
        self._vocabulary = None

    def _made(self, node: Node, changed: Mapping[str, Value]) -> NodeHay:
        about = (_line(self._title_of(node)), _line(node.class_type), "#" + _line(node.node_id))
        parts = ["\n".join((*about, ""))]
        names = self._names_of(node)
        for name in names:
            # One that is missing has no value to look in.
            value = changed[name] if name in changed else node.inputs.get(name, "")
            text = _searchable(value)
            if isinstance(value, bool):
                text = self._switch_text(node, name, value)
            label = self.labels.get(InputKey(node.node_id, name), "") if self.labels else ""
            called = f"{self._names(node, name)} {_line(label)}".rstrip()
            parts.append(f"{called}\n{text}\n")
        return NodeHay("".join(parts), names, tuple(accumulate(map(len, parts))))

    def _names(self, node: Node, name: str) -> str:
        """The input's name and, where it is another, what it is called on screen: one line, which
        is the same in every node of a class."""
        known = self._lines.get((node.class_type, name))
        if known is None:
            called = "" if self._called is None else self._called(InputKey(node.node_id, name))
            folded, shown = _line(name), _line(called)
            known = folded if shown in folded else f"{folded} {shown}"
            self._lines[node.class_type, name] = known
        return known

    def _switch_text(self, node: Node, name: str, value: bool) -> str:
        """What a switch says as it stands, which is the same in every node of a class."""
        known = self._switches.get((node.class_type, name, value))
        if known is None:
            key = InputKey(node.node_id, name)
            told = "" if self._switch is None else self._switch(key, value)
            known = f"{str(value).lower()} {_line(told)}".rstrip()
            self._switches[node.class_type, name, value] = known
        return known

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

    def has(self, hay: NodeHay) -> bool:
        return self.is_about(hay) or bool(self.rows(hay))

    def is_about(self, hay: NodeHay) -> bool:
        if hay.is_about(self._term):
            return True
        about = hay.part(0)
        if self._words:
            return any(word in about for word in self._words)
        return not self._lines.isdisjoint(about.split("\n"))

    def rows(self, hay: NodeHay) -> list[int]:
        found = set(hay.rows_with(self._term))
        for word in self._words:
            found.update(hay.rows_with(Term(word)))
        if self._lines:
            lines = hay.text.split("\n")[_ABOUT_LINES:]
            # An input's name and its value are a line each.
            found.update(at // 2 for at, line in enumerate(lines) if line in self._lines)
        return sorted(found)


class SureTerm:
    """A word that has to stand as it is."""

    def __init__(self, term: Term) -> None:
        self._term = term

    def has(self, hay: NodeHay) -> bool:
        return hay.has(self._term)

    def is_about(self, hay: NodeHay) -> bool:
        return hay.is_about(self._term)

    def rows(self, hay: NodeHay) -> list[int]:
        return hay.rows_with(self._term)


def _is_same(before: Mapping[str, Value], now: Mapping[str, Value]) -> bool:
    return before.keys() == now.keys() and all(before[name] is now[name] for name in now)


def _line(text: str) -> str:
    """A text as it is looked in: folded, and one line."""
    # Nearly all of them are short and plain, and there are thousands.
    is_plain = len(text) <= MAX_LETTERS and text.isascii()
    folded = text.lower() if is_plain else fold(text)
    return folded.replace("\n", " ") if "\n" in folded else folded


def _searchable(value: Value) -> str:
    if isinstance(value, str):
        return _line(value)
    if isinstance(value, list) and link_of(value) is not None:
        # What a link comes from is no value of this input.
        return ""
    if isinstance(value, list | dict):
        return _line(shown_json(value, MAX_LETTERS))
    return _line(value.name) if isinstance(value, MediaFile) else str(value).lower()
