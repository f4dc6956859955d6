r"""Dynamic prompts: alternatives `{a|b}` and file lines `__name__`, chosen again for each run.

`{2::a|b}` chooses `a` twice as often. Groups may be nested. `\{`, `\|` and `\}` are literal
characters. Braces that have no partner, or no `|` between them, are ordinary braces.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.domain.workflow.workflow import InputKey

MAX_CHARS = 100_000
"""Maximum length of an expanded prompt, with every choice counted as one more character."""
_MAX_DEPTH = 20
_NAME = re.compile(r"__(?=\S)([^\W_](?:[\w\-./ ]{0,198}?[^\W_])?)__")
_WEIGHT = re.compile(r"\s*(\d{1,6}(?:\.\d{1,6})?)::")
_ESCAPED = re.compile(r"\\([{|}])")
_DELIMITER = re.compile(r"\\[{|}]|[{|}]")


@dataclass(frozen=True, slots=True)
class _Alternatives:
    """Group of options, each with its weight."""

    options: tuple[tuple[float, _PromptParts], ...]


@dataclass(frozen=True, slots=True)
class _WildcardLine:
    """Placeholder for a random line of a file."""

    name: str


_PromptParts: TypeAlias = "tuple[str | _Alternatives | _WildcardLine, ...]"


@dataclass(frozen=True, slots=True)
class Wildcards:
    """Lines of wildcard files by casefolded name; see `build_wildcards`.

    `uses` has the names of the files that each file's lines refer to, `max_lengths` the maximum
    expanded length of a line, and `depths` the longest chain of files. `unusable` has the reasons
    why files are not used.
    """

    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    uses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    max_lengths: Mapping[str, int] = field(default_factory=dict)
    depths: Mapping[str, int] = field(default_factory=dict)
    unusable: Mapping[str, str] = field(default_factory=dict)


NO_WILDCARDS = Wildcards()


def expand(text: str, wildcards: Wildcards, rng: random.Random) -> str:
    """Returns one random expansion of `text`.

    Returns `text` unchanged if it has an `expansion_error`.
    """
    if expansion_error(text, wildcards):
        return text
    return "".join(_expand_parts(_parsed(text), wildcards, rng))


def is_plain(text: object) -> bool:
    """Returns True if expansion leaves `text` unchanged, whatever wildcard files there are."""
    return not (isinstance(text, str) and _has_syntax(text))


def expansion_error(text: str, wildcards: Wildcards) -> str:
    """Returns the reason why `text` cannot be expanded; "" if it can be.

    A file may be missing, empty or part of a cycle, or the result may be too long.
    """
    parts, checked = _parsed(text), set[str]()
    for name in sorted(set(_wildcard_names(parts))):
        error = _wildcard_error(name, wildcards, (), checked)
        if error:
            return error
    if _max_length(parts, wildcards.max_lengths) > MAX_CHARS:
        return _("What is chosen for it could have more than %d letters.") % MAX_CHARS
    return ""


def expansion_errors(draft: Draft, wildcards: Wildcards) -> dict[InputKey, str]:
    """Returns the errors of the draft's dynamic prompts that cannot be expanded."""
    return {
        key: error
        for key in draft.dynamic_prompt_inputs
        if isinstance(value := draft.value(key), str)
        and (error := expansion_error(value, wildcards))
    }


def expanded_draft(draft: Draft, wildcards: Wildcards, rng: random.Random) -> Draft:
    """Returns the draft for one run: all dynamic prompts are expanded and then switched off."""
    chosen = {
        key: expand(value, wildcards, rng)
        for key in sorted(draft.dynamic_prompt_inputs)
        if isinstance(value := draft.value(key), str)
    }
    return replace(draft.with_values(chosen), dynamic_prompt_inputs=frozenset())


def build_wildcards(
    lines: Mapping[str, tuple[str, ...]], unusable: Mapping[str, str] | None = None
) -> Wildcards:
    """Returns wildcards from the lines of files, by casefolded name.

    Takes noticeable time for many lines.
    """
    folded = {name.casefold(): each for name, each in lines.items()}
    parsed = {
        name: [_parse(line) for line in each if "__" in line] for name, each in folded.items()
    }
    uses = {
        name: frozenset(used for parts in each for used in _wildcard_names(parts))
        for name, each in parsed.items()
    }
    max_lengths: dict[str, int] = {}
    depths: dict[str, int] = {}
    for name in _dependency_order(uses):
        # A cycle of files is reported before its length is needed.
        lengths = [_max_length(parts, max_lengths) for parts in parsed[name]]
        # An upper bound, with each choice counted as in _max_length.
        plain = max((len(line) + line.count("{") for line in folded[name]), default=0)
        max_lengths[name] = max([plain, *lengths])
        depths[name] = 1 + max((depths.get(used, 0) for used in uses[name]), default=0)
    reasons = {name.casefold(): each for name, each in (unusable or {}).items()}
    return Wildcards(folded, uses, max_lengths, depths, reasons)


# Reading


@lru_cache(maxsize=256)
def _parsed(text: str) -> _PromptParts:
    return _parse(text) if _has_syntax(text) else (text,)


def _has_syntax(text: str) -> bool:
    return "{" in text or "__" in text or "\\" in text


def _parse(text: str) -> _PromptParts:
    return tuple(_parse_parts(text, 0, len(text), _brace_pairs(text), 0))


def _brace_pairs(text: str) -> dict[int, int]:
    """Returns the position of the partner of each brace that has one."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for found in _DELIMITER.finditer(text):
        if found[0] == "{":
            opened.append(found.start())
        elif found[0] == "}" and opened:
            pairs[opened.pop()] = found.start()
    return pairs


def _parse_parts(
    text: str, start: int, stop: int, pairs: Mapping[int, int], depth: int
) -> Iterator[str | _Alternatives | _WildcardLine]:
    plain, at = start, start
    while (at := text.find("{", at, stop)) >= 0:
        end = pairs.get(at, -1)
        is_group = 0 <= end < stop and depth < _MAX_DEPTH
        separators = _separators(text, at, end, pairs) if is_group else []
        if not separators:
            at += 1
            continue
        yield from _plain_parts(text[plain:at])
        options = (
            _parse_option(text, begin + 1, finish, pairs, depth + 1)
            for begin, finish in pairwise([at, *separators, end])
        )
        yield _Alternatives(tuple(options))
        plain = at = end + 1
    yield from _plain_parts(text[plain:stop])


def _separators(text: str, at: int, end: int, pairs: Mapping[int, int]) -> list[int]:
    """Returns the positions of the `|` that belong to the group from `at` to `end`."""
    separators: list[int] = []
    inner = at + 1
    while (found := _DELIMITER.search(text, inner, end)) is not None:
        inner = found.end()
        if found[0] == "|":
            separators.append(found.start())
        elif found.start() in pairs:
            inner = pairs[found.start()] + 1
    return separators


def _parse_option(
    text: str, start: int, stop: int, pairs: Mapping[int, int], depth: int
) -> tuple[float, _PromptParts]:
    weight = _WEIGHT.match(text, start, stop)
    if weight is not None:
        start = weight.end()
    parts = tuple(_parse_parts(text, start, stop, pairs, depth))
    return (1.0 if weight is None else float(weight[1])), parts


def _plain_parts(text: str) -> Iterator[str | _WildcardLine]:
    at = 0
    for found in _NAME.finditer(text):
        yield _ESCAPED.sub(r"\1", text[at : found.start()])
        yield _WildcardLine(found[1].casefold())
        at = found.end()
    yield _ESCAPED.sub(r"\1", text[at:])


# Choosing


def _expand_parts(parts: _PromptParts, wildcards: Wildcards, rng: random.Random) -> Iterator[str]:
    for each in parts:
        if isinstance(each, str):
            yield each
        elif isinstance(each, _WildcardLine):
            line = rng.choice(wildcards.lines[each.name])
            yield from _expand_parts(_parsed(line), wildcards, rng)
        else:
            weights = [weight for weight, _option in each.options]
            # If no option has a weight, all have the same chance.
            chosen = rng.choices(each.options, weights if any(weights) else None)[0]
            yield from _expand_parts(chosen[1], wildcards, rng)


# Checking


def _wildcard_names(parts: _PromptParts) -> Iterator[str]:
    for each in parts:
        if isinstance(each, _WildcardLine):
            yield each.name
        elif isinstance(each, _Alternatives):
            for _weight, option in each.options:
                yield from _wildcard_names(option)


def _wildcard_error(
    name: str, wildcards: Wildcards, path: tuple[str, ...], checked: set[str]
) -> str:
    """Returns the first error in a file or in the files that it uses; "" if there is none.

    `checked` collects the files without an error.
    """
    if name in path:
        cycle = " → ".join(f"__{each}__" for each in (*path[path.index(name) :], name))
        return _("These files lead in a circle: %s.") % cycle
    if name in checked:
        return ""
    lines = wildcards.lines.get(name)
    if lines is None and name in wildcards.unusable:
        return wildcards.unusable[name]
    if lines is None:
        return _("There is no file %s in the wildcards folder of the settings.") % f"{name}.txt"
    if not lines:
        return _("The file %s has no lines.") % f"{name}.txt"
    if len(path) >= _MAX_DEPTH or wildcards.depths.get(name, 0) > _MAX_DEPTH:
        first = f"__{path[0] if path else name}__"
        return _("Files lead to each other more than %d times, from %s on.") % (_MAX_DEPTH, first)
    for used in sorted(wildcards.uses.get(name, ())):
        error = _wildcard_error(used, wildcards, (*path, name), checked)
        if error:
            return error
    checked.add(name)
    return ""


def _dependency_order(uses: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Yields the names of files, each after the files that it uses; none that lead to a cycle."""
    sorter = TopologicalSorter({name: uses[name] & uses.keys() for name in sorted(uses)})
    # A cycle blocks only the files that lead to it.
    with suppress(CycleError):
        sorter.prepare()
    while ready := sorter.get_ready():
        yield from ready
        sorter.done(*ready)


def _max_length(parts: _PromptParts, max_lengths: Mapping[str, int]) -> int:
    """Returns the maximum length of the expanded text plus the number of choices made for it."""
    total = 0
    for each in parts:
        if isinstance(each, str):
            total += len(each)
        elif isinstance(each, _WildcardLine):
            total += 1 + max_lengths.get(each.name, 0)
        else:
            total += 1 + max(_max_length(option, max_lengths) for _weight, option in each.options)
    return total
