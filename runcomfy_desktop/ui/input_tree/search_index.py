"""Normalized text of a draft for the filter, built on first use.

Typing into the filter searches the same thousands of values at every key press. Each node is
therefore one string: its title, class and id, then a line for each input's name and one for its
value.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.fuzzy import (
    MAX_CHARS,
    MAX_LOOSE_CHARS,
    SearchTerm,
    contains,
    fold,
    lines_with_subsequence,
    words_with_typos,
)
from runcomfy_desktop.domain.base.json_value import json_preview
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey, link_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from runcomfy_desktop.domain.drafts.draft import Value
    from runcomfy_desktop.domain.workflow.workflow import Node

_WORD = re.compile(r"[^\W\d_][^\W_]*")
_NODE_LINE_COUNT = 3
_NO_CHANGES: Mapping[str, Value] = {}


@dataclass(frozen=True, slots=True)
class NodeSearchText:
    """Searchable text of one node.

    The first section is about the node, followed by one section for each of `names`; `ends` are the
    end positions of the sections.
    """

    text: str
    names: tuple[str, ...]
    ends: tuple[int, ...]

    def contains(self, term: SearchTerm) -> bool:
        """Reports whether a term occurs anywhere in the text."""
        return term.text in self.text and (not term.is_exact or contains(term, self.text))

    def matches_node(self, term: SearchTerm) -> bool:
        """Reports whether a term occurs in the title, the class or the id."""
        end = self.ends[0]
        found = self.text.find(term.text, 0, end) >= 0
        return found and (not term.is_exact or contains(term, self.text[:end]))

    def rows_with(self, term: SearchTerm) -> list[int]:
        """Returns the rows of the inputs whose name or value contains a term."""
        text, ends, wanted = self.text, self.ends, term.text
        rows = []
        at = text.find(wanted, ends[0])
        while at >= 0:
            # A term contains no line break, so it never reaches into the next section.
            section = bisect_right(ends, at)
            if not term.is_exact or contains(term, self.section(section)):
                rows.append(section - 1)
            at = text.find(wanted, ends[section])
        return rows

    def section(self, number: int) -> str:
        return self.text[self.ends[number - 1] if number else 0 : self.ends[number]]


@dataclass(frozen=True, slots=True)
class SearchVocabulary:
    """All short lines of a draft, without duplicates, and the words in them."""

    lines: str
    words: str


class SearchIndex:
    """Searchable text of the nodes in one draft.

    `title_of` returns a node's name on screen, `names_of` the names of its inputs, `label_of` an
    input's name on screen, and `boolean_text_of` the label of a switch that is on or off.
    """

    def __init__(
        self,
        title_of: Callable[[Node], str],
        names_of: Callable[[Node], tuple[str, ...]],
        label_of: Callable[[InputKey], str] | None = None,
        boolean_text_of: Callable[[InputKey, bool], str] | None = None,
    ) -> None:
        self._label_of = label_of
        self._boolean_text_of = boolean_text_of
        self._title_of = title_of
        self._names_of = names_of
        self._unchanged_texts: dict[str, NodeSearchText] = {}
        self._changed_texts: dict[str, tuple[Mapping[str, Value], NodeSearchText]] = {}
        self._vocabulary: SearchVocabulary | None = None
        self._name_lines: dict[tuple[str, str], str] = {}
        self._boolean_texts: dict[tuple[str, str, bool], str] = {}
        self.pin_texts: Mapping[InputKey, str] = {}
        """The user's names for pinned inputs, and their hints."""

    def text_of(self, node: Node, changed: Mapping[str, Value] = _NO_CHANGES) -> NodeSearchText:
        """Returns the searchable text of a node; `changed` are its values changed in the draft."""
        if not changed:
            node_text = self._unchanged_texts.get(node.node_id)
            if node_text is None:
                node_text = self._unchanged_texts[node.node_id] = self._build_text(node, changed)
            return node_text
        before, node_text = self._changed_texts.get(node.node_id, (_NO_CHANGES, None))
        if node_text is None or not _is_same(before, changed):
            node_text = self._build_text(node, changed)
            self._changed_texts[node.node_id] = (changed, node_text)
            self._vocabulary = None
        return node_text

    def invalidate(self, node_id: str) -> None:
        """Discards the cached texts after a node's inputs have changed."""
        self._unchanged_texts.pop(node_id, None)
        self._changed_texts.pop(node_id, None)
        self._vocabulary = None

    def _build_text(self, node: Node, changed: Mapping[str, Value]) -> NodeSearchText:
        node_lines = (
            _normalized(self._title_of(node)),
            _normalized(node.class_type),
            "#" + _normalized(node.node_id),
        )
        parts = ["\n".join((*node_lines, ""))]
        names = self._names_of(node)
        for name in names:
            # A missing input has no value to search.
            value = changed[name] if name in changed else node.inputs.get(name, "")
            text = _searchable(value)
            if isinstance(value, bool):
                text = self._boolean_text(node, name, value)
            pin_text = (
                self.pin_texts.get(InputKey(node.node_id, name), "") if self.pin_texts else ""
            )
            called = f"{self._name_line(node, name)} {_normalized(pin_text)}".rstrip()
            parts.append(f"{called}\n{text}\n")
        return NodeSearchText("".join(parts), names, tuple(accumulate(map(len, parts))))

    def _name_line(self, node: Node, name: str) -> str:
        """Returns the input's name and, if different, its name on screen, as one line.

        The line is cached per class, because it is identical in every node of the class.
        """
        cached = self._name_lines.get((node.class_type, name))
        if cached is None:
            called = "" if self._label_of is None else self._label_of(InputKey(node.node_id, name))
            folded, shown = _normalized(name), _normalized(called)
            cached = folded if shown in folded else f"{folded} {shown}"
            self._name_lines[node.class_type, name] = cached
        return cached

    def _boolean_text(self, node: Node, name: str, value: bool) -> str:
        """Returns the searchable text of a switch in its current state, cached per class."""
        cached = self._boolean_texts.get((node.class_type, name, value))
        if cached is None:
            key = InputKey(node.node_id, name)
            text = "" if self._boolean_text_of is None else self._boolean_text_of(key, value)
            cached = f"{str(value).lower()} {_normalized(text)}".rstrip()
            self._boolean_texts[node.class_type, name, value] = cached
        return cached

    def vocabulary(self, node_texts: Iterator[NodeSearchText]) -> SearchVocabulary:
        """Returns the vocabulary for the fuzzy search."""
        if self._vocabulary is None:
            lines: dict[str, None] = {}
            for node_text in node_texts:
                lines.update(dict.fromkeys(node_text.text.split("\n")))
            short = "\n".join(line for line in lines if 1 < len(line) <= MAX_LOOSE_CHARS)
            words = "\n".join(dict.fromkeys(_WORD.findall(short)))
            self._vocabulary = SearchVocabulary(short, words)
        return self._vocabulary


class FuzzyTerm:
    """Term without a literal match, with the lines and words that the user may have meant."""

    def __init__(self, term: SearchTerm, vocabulary: SearchVocabulary) -> None:
        self._term = term
        self._lines: frozenset[str] = frozenset()
        self._words: tuple[str, ...] = ()
        if term.is_loose:
            self._lines = lines_with_subsequence(term, vocabulary.lines)
            if not self._lines and term.text not in vocabulary.lines:
                self._words = words_with_typos(term, vocabulary.words)

    def matches(self, node_text: NodeSearchText) -> bool:
        return self.matches_node(node_text) or bool(self.matching_rows(node_text))

    def matches_node(self, node_text: NodeSearchText) -> bool:
        if node_text.matches_node(self._term):
            return True
        node_section = node_text.section(0)
        if self._words:
            return any(word in node_section for word in self._words)
        return not self._lines.isdisjoint(node_section.split("\n"))

    def matching_rows(self, node_text: NodeSearchText) -> list[int]:
        found = set(node_text.rows_with(self._term))
        for word in self._words:
            found.update(node_text.rows_with(SearchTerm(word)))
        if self._lines:
            lines = node_text.text.split("\n")[_NODE_LINE_COUNT:]
            # Each input has one line for its name and one for its value.
            found.update(at // 2 for at, line in enumerate(lines) if line in self._lines)
        return sorted(found)


class PlainTerm:
    """Term that must match literally."""

    def __init__(self, term: SearchTerm) -> None:
        self._term = term

    def matches(self, node_text: NodeSearchText) -> bool:
        return node_text.contains(self._term)

    def matches_node(self, node_text: NodeSearchText) -> bool:
        return node_text.matches_node(self._term)

    def matching_rows(self, node_text: NodeSearchText) -> list[int]:
        return node_text.rows_with(self._term)


def _is_same(before: Mapping[str, Value], now: Mapping[str, Value]) -> bool:
    return before.keys() == now.keys() and all(before[name] is now[name] for name in now)


def _normalized(text: str) -> str:
    """Returns text normalized for searching: without case differences, on one line."""
    # Fast path: nearly all strings are short ASCII, and there are thousands.
    is_plain = len(text) <= MAX_CHARS and text.isascii()
    folded = text.lower() if is_plain else fold(text)
    return folded.replace("\n", " ") if "\n" in folded else folded


def _searchable(value: Value) -> str:
    if isinstance(value, str):
        return _normalized(value)
    if isinstance(value, list) and link_of(value) is not None:
        # The node that a link comes from is not a value of this input.
        return ""
    if isinstance(value, list | dict):
        return _normalized(json_preview(value, MAX_CHARS))
    return _normalized(value.name) if isinstance(value, MediaFile) else str(value).lower()
