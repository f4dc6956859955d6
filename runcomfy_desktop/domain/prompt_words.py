r"""Alternatives `{a|b}` and lines of files `__name__` in texts, which are chosen anew for each run.

`{2::a|b}` chooses `a` twice as often; groups may be in one another; `\{`, `\|` and `\}` are the
signs themselves. Braces that have no partner, or no `|` between them, are ordinary braces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.fault import Fault
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.workflow import InputKey

MOST_LETTERS = 100_000
"""So long a text may become at most, all that is chosen on the way included."""
_MOST_DEPTH = 20
_NAME = re.compile(r"__(?=\S)([^\W_](?:[\w\-./ ]{0,198}?[^\W_])?)__")
_WEIGHT = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)::")
_ESCAPED = re.compile(r"\\([{|}])")
_SIGN = re.compile(r"\\[{|}]|[{|}]")


@dataclass(frozen=True, slots=True)
class _Choice:
    """One of several; each with how often it is chosen beside the others."""

    options: tuple[tuple[float, _Parts], ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a file."""

    name: str


_Parts: TypeAlias = "tuple[str | _Choice | _Line, ...]"


@dataclass(frozen=True, slots=True)
class Wildcards:
    """The lines of files by their names, in small letters; see `wildcards_of`.

    `uses` has the names that each file's lines have in them, `longest` how long one may become,
    and `heights` how many files it may lead through. `left_out` says why files are not used.
    """

    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    longest: Mapping[str, int] = field(default_factory=dict)
    heights: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


NO_WILDCARDS = Wildcards()


def expanded(text: str, wildcards: Wildcards, chance: random.Random) -> str:
    """One of the texts that `text` stands for. What `trouble` finds stays as it is."""
    if trouble(text, wildcards):
        return text
    return "".join(_spoken(_parsed(text), wildcards, chance))


def is_plain(text: object) -> bool:
    """Whether choosing leaves it as it is, whatever files there are."""
    return not (isinstance(text, str) and _is_odd(text))


def trouble(text: str, wildcards: Wildcards) -> str:
    """Why nothing can be chosen: a file that is missing or empty, that leads back to itself, or
    too much of it; "" when it can."""
    parts, fine = _parsed(text), set[str]()
    for name in sorted(set(_names(parts))):
        found = _trouble_of(name, wildcards, (), fine)
        if found:
            return found
    if _length(parts, wildcards.longest) > MOST_LETTERS:
        return _("What is chosen for it could have more than %d letters.") % MOST_LETTERS
    return ""


def word_faults(draft: Draft, wildcards: Wildcards) -> dict[InputKey, Fault]:
    """What is wrong with the texts of a draft in which words are chosen for each run."""
    faults: dict[InputKey, Fault] = {}
    for key in draft.expands:
        value = draft.value(key)
        found = trouble(value, wildcards) if isinstance(value, str) else ""
        if found:
            faults[key] = Fault(found)
    return faults


def spoken_draft(draft: Draft, wildcards: Wildcards, chance: random.Random) -> Draft:
    """The draft as it is run once: with words chosen wherever that is switched on, and switched
    off then."""
    values = {key: draft.value(key) for key in sorted(draft.expands)}
    chosen = {
        key: expanded(value, wildcards, chance)
        for key, value in values.items()
        if isinstance(value, str)
    }
    return replace(draft.with_values(chosen), expands=frozenset())


def wildcards_of(
    lines: Mapping[str, tuple[str, ...]], left_out: Mapping[str, str] | None = None
) -> Wildcards:
    """Files by their names, whatever these are written like. Takes a while for many lines."""
    folded = {name.casefold(): each for name, each in lines.items()}
    parsed = {
        name: [_parse(line) for line in each if "__" in line] for name, each in folded.items()
    }
    uses = {
        name: frozenset(used for parts in each for used in _names(parts))
        for name, each in parsed.items()
    }
    longest: dict[str, int] = {}
    heights: dict[str, int] = {}
    for name in _from_below(uses):
        # What leads back to itself is told before anybody asks how long it is.
        lengths = [_length(parts, longest) for parts in parsed[name]]
        # No more than what is written, with each choice counted: see _length.
        plain = max((len(line) + line.count("{") for line in folded[name]), default=0)
        longest[name] = max([plain, *lengths])
        heights[name] = 1 + max((heights.get(used, 0) for used in uses[name]), default=0)
    why = {name.casefold(): each for name, each in (left_out or {}).items()}
    return Wildcards(folded, uses, longest, heights, why)


# Reading


@lru_cache(maxsize=256)
def _parsed(text: str) -> _Parts:
    return _parse(text) if _is_odd(text) else (text,)


def _is_odd(text: str) -> bool:
    return "{" in text or "__" in text or "\\" in text


def _parse(text: str) -> _Parts:
    return tuple(_parts(text, 0, len(text), _pairs(text), 0))


def _pairs(text: str) -> dict[int, int]:
    """Where each brace that has a partner has it."""
    pairs: dict[int, int] = {}
    begun: list[int] = []
    for at in _signs(text):
        if text[at] == "{":
            begun.append(at)
        elif text[at] == "}" and begun:
            pairs[begun.pop()] = at
    return pairs


def _signs(text: str) -> Iterator[int]:
    """The places of all signs that are meant as such."""
    for found in _SIGN.finditer(text):
        if found.end() - found.start() == 1:
            yield found.start()


def _parts(
    text: str, start: int, stop: int, pairs: Mapping[int, int], depth: int
) -> Iterator[str | _Choice | _Line]:
    plain, at = start, start
    while (at := text.find("{", at, stop)) >= 0:
        end = pairs.get(at, -1)
        bars = _bars(text, at, end, pairs) if 0 <= end < stop and depth < _MOST_DEPTH else []
        if not bars:
            at += 1
            continue
        yield from _plain(text[plain:at])
        edges = [at, *bars, end]
        yield _Choice(
            tuple(
                _option(text, begin + 1, finish, pairs, depth + 1)
                for begin, finish in pairwise(edges)
            )
        )
        plain = at = end + 1
    yield from _plain(text[plain:stop])


def _bars(text: str, at: int, end: int, pairs: Mapping[int, int]) -> list[int]:
    """The places of the `|` that belong to the group from `at` to `end`."""
    bars: list[int] = []
    inner = at + 1
    while (found := _SIGN.search(text, inner, end)) is not None:
        inner = found.end()
        if found[0] == "|":
            bars.append(found.start())
        elif found.start() in pairs:
            inner = pairs[found.start()] + 1
    return bars


def _option(
    text: str, start: int, stop: int, pairs: Mapping[int, int], depth: int
) -> tuple[float, _Parts]:
    weight = _WEIGHT.match(text, start, stop)
    if weight is not None:
        start = weight.end()
    parts = tuple(_parts(text, start, stop, pairs, depth))
    return (1.0 if weight is None else float(weight[1])), parts


def _plain(text: str) -> Iterator[str | _Line]:
    at = 0
    for found in _NAME.finditer(text):
        yield _ESCAPED.sub(r"\1", text[at : found.start()])
        yield _Line(found[1].casefold())
        at = found.end()
    yield _ESCAPED.sub(r"\1", text[at:])


# Choosing


def _spoken(parts: _Parts, wildcards: Wildcards, chance: random.Random) -> Iterator[str]:
    for each in parts:
        if isinstance(each, str):
            yield each
        elif isinstance(each, _Line):
            line = chance.choice(wildcards.lines[each.name])
            yield from _spoken(_parsed(line), wildcards, chance)
        else:
            weights = [weight for weight, _option in each.options]
            if not any(weights):
                weights = [1.0] * len(weights)
            chosen = chance.choices(each.options, weights)[0]
            yield from _spoken(chosen[1], wildcards, chance)


# Checking


def _names(parts: _Parts) -> Iterator[str]:
    for each in parts:
        if isinstance(each, _Line):
            yield each.name
        elif isinstance(each, _Choice):
            for _weight, option in each.options:
                yield from _names(option)


def _trouble_of(name: str, wildcards: Wildcards, way: tuple[str, ...], fine: set[str]) -> str:
    """`fine` are those that were looked at."""
    if name in way:
        circle = " → ".join(f"__{each}__" for each in (*way[way.index(name) :], name))
        return _("These files lead in a circle: %s.") % circle
    if name in fine:
        return ""
    lines = wildcards.lines.get(name)
    if lines is None and name in wildcards.left_out:
        return wildcards.left_out[name]
    if lines is None:
        return _("There is no file %s in the wildcards folder of the settings.") % f"{name}.txt"
    if not lines:
        return _("The file %s has no lines.") % f"{name}.txt"
    if len(way) >= _MOST_DEPTH or wildcards.heights.get(name, 0) > _MOST_DEPTH:
        first = f"__{way[0] if way else name}__"
        return _("Files lead to each other more than %d times, from %s on.") % (_MOST_DEPTH, first)
    for used in sorted(wildcards.uses.get(name, ())):
        found = _trouble_of(used, wildcards, (*way, name), fine)
        if found:
            return found
    fine.add(name)
    return ""


def _from_below(uses: Mapping[str, frozenset[str]]) -> list[str]:
    """The names in an order in which those that one has come before it, as far as they can."""
    order: dict[str, None] = {}
    for first in sorted(uses):
        waiting = [(first, iter(sorted(uses[first])))]
        begun = {first}
        while waiting:
            name, rest = waiting[-1]
            used = next((each for each in rest if each in uses and each not in begun), None)
            if used is None or used in order:
                if used is None:
                    order.setdefault(name)
                    waiting.pop()
                continue
            begun.add(used)
            waiting.append((used, iter(sorted(uses[used]))))
    return list(order)


def _length(parts: _Parts, longest: Mapping[str, int]) -> int:
    """How long it may become, and how much there is to be chosen on the way."""
    total = 0
    for each in parts:
        if isinstance(each, str):
            total += len(each)
        elif isinstance(each, _Line):
            total += 1 + longest.get(each.name, 0)
        else:
            total += 1 + max(_length(option, longest) for _weight, option in each.options)
    return total
