"""Which entries fit what is typed, best first; quick for tens of thousands of them.

The same few words stand in many entries (an input's name in each node of a class), so it is asked
once of each text how well it fits.
"""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.fuzzy import Rank, Term, closeness, fold, is_in, rank, terms_of
from runcomfy_desktop.ui.palette.entries import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcomfy_desktop.ui.palette.entries import Entry, Goals

Fit: TypeAlias = "tuple[int, ...]"
"""How well a text fits each of the words."""
_Place: TypeAlias = "tuple[int, int, int, int]"
"""What a goal is sorted by, and where it is: an entry, or an input by its number from 1."""
MOST = 100
"""Nobody reads further."""
_ORDER = {
    kind: place
    for place, kind in enumerate(
        (Kind.NODE, Kind.DEPLOYMENT, Kind.DRAFT, Kind.PRESET, Kind.ACTION, Kind.INPUT)
    )
}
_WHOLE = 1 << 2 * (Rank.WORD + 1)
_OWN = 2
"""A word in what a thing is called counts more than one in what it belongs to."""


class Ranking:
    """Knows the texts of some goals, folded."""

    def __init__(self, goals: Goals) -> None:
        self._goals = goals
        self._folded: dict[str, str] = {}

    def best(self, query: str) -> tuple[list[Entry], tuple[Term, ...], bool]:
        """The entries to show, the words to mark, and whether letters may lie apart."""
        terms = terms_of(query)
        if not terms:
            return list(self._goals.entries[:MOST]), (), False
        # In numbers and shortcuts nobody looks for letters that lie apart.
        fit_exactly = self._fits(terms, is_loose=False)
        for is_loose in (False, True):
            fit = self._fits(terms, is_loose=True) if is_loose else fit_exactly
            found = _Round(self._goals, fit, fit_exactly).best()
            if found:
                return found, terms, is_loose
        return [], terms, False

    def _fits(self, terms: tuple[Term, ...], *, is_loose: bool) -> Callable[[str], Fit]:
        known: dict[str, Fit] = {}

        def fit(text: str) -> Fit:
            found = known.get(text)
            if found is None:
                hay = self._folded.get(text)
                if hay is None:
                    hay = self._folded[text] = fold(text)
                found = known[text] = tuple(_score(term, hay, is_loose) for term in terms)
            return found

        return fit


def _score(term: Term, hay: str, is_loose: bool) -> int:
    if term.text == hay:
        return _WHOLE
    found = rank(term, hay) if is_loose or is_in(term, hay) else Rank.NONE
    if found is Rank.LETTERS:
        return (1 << 2 * found) + closeness(term, hay)
    return 1 << 2 * found if found else 0


class _Round:
    """One look at all goals."""

    def __init__(
        self, goals: Goals, fit: Callable[[str], Fit], fit_exactly: Callable[[str], Fit]
    ) -> None:
        self._goals = goals
        self._fit = fit
        self._fit_exactly = fit_exactly

    def best(self) -> list[Entry]:
        entries, inputs = self._goals.entries, self._goals.inputs
        found = [*self._of_entries(), *self._of_inputs()]
        return [
            entries[place] if not name else inputs[place].entry(inputs[place].names[name - 1])
            for _score, _order, place, name in nsmallest(MOST, found)
        ]

    def _of_entries(self) -> Iterator[_Place]:
        fit, fit_exactly = self._fit, self._fit_exactly
        for place, entry in enumerate(self._goals.entries):
            total = _total(fit(entry.text), fit(entry.about), fit_exactly(entry.detail))
            if total:
                yield -total, _ORDER[entry.kind], place, 0

    def _of_inputs(self) -> Iterator[_Place]:
        fit = self._fit
        names = {name for inputs in self._goals.inputs for name in inputs.names}
        # What is found by its node alone would only repeat that.
        fitting = {name: own for name in names if any(own := fit(name))}
        if not fitting:
            return
        for place, inputs in enumerate(self._goals.inputs):
            for at, name in enumerate(inputs.names):
                if name not in fitting:
                    continue
                total = _total(fitting[name], fit(inputs.title), self._fit_exactly(inputs.mark))
                if total:
                    yield -total, _ORDER[Kind.INPUT], place, at + 1


def _total(own: Fit, about: Fit, detail: Fit) -> int:
    """How well all words together fit; 0 when one of them is nowhere."""
    total = 0
    for mine, other, third in zip(own, about, detail, strict=True):
        best = max(mine * _OWN, other, third)
        if not best:
            return 0
        total += best
    return total
