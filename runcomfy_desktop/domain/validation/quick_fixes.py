"""Quick fixes: the nearest choice, the nearest limit, the default."""

from __future__ import annotations

import re
from difflib import SequenceMatcher, get_close_matches
from heapq import nsmallest
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.json_value import is_number
from runcomfy_desktop.domain.base.plain_text import inline_text
from runcomfy_desktop.domain.validation.input_issue import QuickFix
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.schema.input_spec import InputSpec

# Comparing spellings is slow; lists of models have tens of thousands of entries.
_MAX_SCANNED = 1_000
_MAX_COMPARED = 30
_CACHE_SIZE = 16
# A longer string is not a typing error.
_MAX_TYPO_CHARS = 100
_MAX_CHARS = 200
_MIN_SIMILARITY = 0.55
# Another model is not a typing error: nearly all of a file's name has to be the same.
_MIN_FILE_SIMILARITY = 0.8
_MAX_CANDIDATES = 4
_EXTENSION = re.compile(r"\.[a-z][a-z0-9]{1,11}$")


def set_value_fix(value: Json) -> QuickFix:
    """Returns a fix that sets a number or a boolean."""
    if isinstance(value, bool):
        return QuickFix(_("Turn it on") if value else _("Turn it off"), value)
    return QuickFix(_("Set to %s") % inline_text(value), value)


def use_value_fix(value: Json) -> QuickFix:
    """Returns a fix that sets a choice or a string."""
    return QuickFix(_("Use %s") % inline_text(value), value)


def default_fix(spec: InputSpec) -> QuickFix | None:
    """Returns a fix that sets the class's default.

    Returns None for files, read-only inputs, and inputs without a default.
    """
    value = spec.default
    if spec.kind.is_media or value is None or not spec.kind.is_editable:
        return None
    if isinstance(value, dict):
        return QuickFix(_("Use the default"), value)
    if isinstance(value, str):
        return use_value_fix(value) if value else QuickFix(_("Leave it empty"), value)
    return set_value_fix(value)


def nearest_choice_fix(value: Json, choices: Sequence[str | int | float]) -> QuickFix | None:
    """Returns a fix that sets the most similar choice; None if there is none."""
    if is_number(value):
        numbers = [each for each in choices if not isinstance(each, str)]
        if numbers:
            return set_value_fix(min(numbers, key=lambda each: abs(each - value)))
    if not isinstance(value, str | int | float) or not choices:
        return None
    found = _SPELLINGS.find(choices).closest(str(value)[:_MAX_CHARS])
    return None if found is None else use_value_fix(found)


class _ChoiceSpellings:
    """Choices by their normalized spelling."""

    def __init__(self, choices: Sequence[str | int | float]) -> None:
        self.choices = choices
        self._by_text: dict[str, str | int | float] = {}
        self._by_file: dict[str, str | int | float] = {}
        for each in choices:
            normalized = _normalized(str(each)[:_MAX_CHARS])
            self._by_text.setdefault(normalized, each)
            self._by_file.setdefault(_file_name(normalized), each)
        self._candidates = tuple(self._by_text)[:_MAX_SCANNED]

    def closest(self, text: str) -> str | int | float | None:
        """Returns the choice whose spelling is closest to `text`; None if none is close enough."""
        wanted = _normalized(text)
        if not wanted:
            return None
        same = self._by_text.get(wanted, self._by_file.get(_file_name(wanted)))
        if same is not None:
            return same
        if len(wanted) > _MAX_TYPO_CHARS:
            return None
        near = nsmallest(_MAX_COMPARED, self._candidates, key=lambda each: _distance(each, wanted))
        found = get_close_matches(wanted, near, n=_MAX_CANDIDATES, cutoff=_MIN_SIMILARITY)
        best = next((each for each in found if _may_mean(each, wanted)), None)
        return None if best is None else self._by_text[best]


class _SpellingCache:
    """Cache for the last lists of choices: the nodes of a workflow share a few lists."""

    def __init__(self) -> None:
        self._cache: dict[int, _ChoiceSpellings] = {}

    def find(self, choices: Sequence[str | int | float]) -> _ChoiceSpellings:
        known = self._cache.get(id(choices))
        if known is None or known.choices is not choices:
            if len(self._cache) >= _CACHE_SIZE:
                self._cache.clear()
            known = self._cache[id(choices)] = _ChoiceSpellings(choices)
        return known


_SPELLINGS = _SpellingCache()


def _distance(one: str, other: str) -> int:
    """Estimates the difference of two strings from their common start and their lengths."""
    shared = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        _MAX_CHARS,
    )
    return abs(len(one) - len(other)) - 2 * shared


def _may_mean(one: str, other: str) -> bool:
    """Returns True if one of two similar strings may stand for the other.

    Names of two files are similar by their extension alone, so only their stems count.
    """
    if not _EXTENSION.search(one):
        return True
    stem, other_stem = (_EXTENSION.sub("", _file_name(each)) for each in (one, other))
    return SequenceMatcher(None, stem, other_stem).ratio() >= _MIN_FILE_SIMILARITY


def _normalized(text: str) -> str:
    return text.strip().casefold().replace("\\", "/").replace("-", "_").replace(" ", "_")


def _file_name(path: str) -> str:
    """Returns the last part of a path, because models are sorted into folders and moved."""
    return path.rpartition("/")[2]
