"""Ranking of palette entries by a query, best first; fast for tens of thousands of entries.

The same few texts occur in many entries (an input's name in each node of a class), so each text is
scored only once.
"""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.base.fuzzy import (
    MatchRank,
    SearchTerm,
    closeness,
    contains,
    fold,
    rank,
    terms_of,
)
from runcomfy_desktop.ui.command_palette.entries import PaletteEntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runcomfy_desktop.ui.command_palette.entries import PaletteEntry, PaletteTargets

TermScores: TypeAlias = "tuple[int, ...]"
"""Score of a text for each of the search terms."""
_RankedPosition: TypeAlias = "tuple[int, int, int, int]"
"""Sort key of a match, then its position: an index, and an input's number from 1 (0 for none)."""
MAX_RESULTS = 100
"""Maximum number of results; more would not be read."""
_KIND_ORDER = {
    kind: place
    for place, kind in enumerate(
        (
            PaletteEntryKind.NODE,
            PaletteEntryKind.DEPLOYMENT,
            PaletteEntryKind.DRAFT,
            PaletteEntryKind.PRESET,
            PaletteEntryKind.ACTION,
            PaletteEntryKind.INPUT,
        )
    )
}
_WHOLE_MATCH_SCORE = 1 << 2 * (MatchRank.WORD + 1)
_NAME_WEIGHT = 2
"""Weight of a term in an entry's name, compared with one in its context."""


class PaletteRanking:
    """Ranks targets by their case-folded texts, which are cached."""

    def __init__(self, targets: PaletteTargets) -> None:
        self._targets = targets
        self._folded: dict[str, str] = {}

    def best(self, query: str) -> tuple[list[PaletteEntry], tuple[SearchTerm, ...], bool]:
        """Returns the entries to show, the terms to highlight, and whether the match is fuzzy."""
        terms = terms_of(query)
        if not terms:
            return list(self._targets.entries[:MAX_RESULTS]), (), False
        # Numbers and shortcuts are matched exactly, without gaps between the characters.
        fit_exactly = self._scorer(terms, is_fuzzy=False)
        for is_fuzzy in (False, True):
            fit = self._scorer(terms, is_fuzzy=True) if is_fuzzy else fit_exactly
            found = _RankingPass(self._targets, fit, fit_exactly).best()
            if found:
                return found, terms, is_fuzzy
        return [], terms, False

    def _scorer(
        self, terms: tuple[SearchTerm, ...], *, is_fuzzy: bool
    ) -> Callable[[str], TermScores]:
        known: dict[str, TermScores] = {}

        def fit(text: str) -> TermScores:
            found = known.get(text)
            if found is None:
                folded = self._folded.get(text)
                if folded is None:
                    folded = self._folded[text] = fold(text)
                found = known[text] = tuple(_score(term, folded, is_fuzzy) for term in terms)
            return found

        return fit


def _score(term: SearchTerm, folded: str, is_fuzzy: bool) -> int:
    if term.text == folded:
        return _WHOLE_MATCH_SCORE
    found = rank(term, folded) if is_fuzzy or contains(term, folded) else MatchRank.NONE
    if found is MatchRank.SUBSEQUENCE:
        return (1 << 2 * found) + closeness(term, folded)
    return 1 << 2 * found if found else 0


class _RankingPass:
    """One search through all targets."""

    def __init__(
        self,
        targets: PaletteTargets,
        fit: Callable[[str], TermScores],
        fit_exactly: Callable[[str], TermScores],
    ) -> None:
        self._targets = targets
        self._fit = fit
        self._fit_exactly = fit_exactly

    def best(self) -> list[PaletteEntry]:
        entries, inputs = self._targets.entries, self._targets.inputs
        found = [*self._ranked_entries(), *self._ranked_inputs()]
        return [
            entries[index] if not name else inputs[index].entry(inputs[index].names[name - 1])
            for _score, _order, index, name in nsmallest(MAX_RESULTS, found)
        ]

    def _ranked_entries(self) -> Iterator[_RankedPosition]:
        fit, fit_exactly = self._fit, self._fit_exactly
        for index, entry in enumerate(self._targets.entries):
            total = _total(fit(entry.text), fit(entry.context), fit_exactly(entry.detail))
            if total:
                yield -total, _KIND_ORDER[entry.kind], index, 0

    def _ranked_inputs(self) -> Iterator[_RankedPosition]:
        fit = self._fit
        names = {name for inputs in self._targets.inputs for name in inputs.names}
        # An input that matches only by its node would merely repeat the node.
        name_scores = {name: own for name in names if any(own := fit(name))}
        if not name_scores:
            return
        for index, inputs in enumerate(self._targets.inputs):
            for at, name in enumerate(inputs.names):
                if name not in name_scores:
                    continue
                total = _total(
                    name_scores[name], fit(inputs.title), self._fit_exactly(inputs.node_label)
                )
                if total:
                    yield -total, _KIND_ORDER[PaletteEntryKind.INPUT], index, at + 1


def _total(name_scores: TermScores, context_scores: TermScores, detail_scores: TermScores) -> int:
    """Returns the total score of all terms; 0 if one of them is not found."""
    total = 0
    for name_score, context_score, detail_score in zip(
        name_scores, context_scores, detail_scores, strict=True
    ):
        best = max(name_score * _NAME_WEIGHT, context_score, detail_score)
        if not best:
            return 0
        total += best
    return total
