"""Which rows the list of presets has: all by folders, favourites first, or what was looked for.

Quick for ten thousand of them: they are sorted and folded once, not at each typed letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from runcomfy_desktop.domain.fuzzy import MAX_LOOSE, fold, is_in, is_loosely_in, terms_of
from runcomfy_desktop.domain.preset.preset import PresetHead
from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.formatting import one_line
from runcomfy_desktop.ui.inputs.marks import NO_MARKS, Marks

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence

    from runcomfy_desktop.core.library_state import LibraryState
    from runcomfy_desktop.domain.fuzzy import Term

SHIPPED = "shipped:"
"""The key of the group of those that came with the program."""
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A heading. `key` is the folder's path, or SHIPPED."""

    key: str
    count: int
    is_open: bool

    @property
    def name(self) -> str:
        return folder_name(self.key)


Row: TypeAlias = FolderRow | PresetHead


def folder_name(key: str) -> str:
    """A folder as it is shown; "" is the one that holds all others."""
    if key == SHIPPED:
        return _("Examples")
    return one_line(key[:_LONGEST].replace("/", " › ")) or _("Presets")


def preset_name(head: PresetHead) -> str:
    return one_line(head.name[:_LONGEST]) or one_line(head.path[:_LONGEST])


def group_of(head: PresetHead) -> str:
    return SHIPPED if head.is_shipped else head.folder


class PresetRows:
    """Knows the presets in their order, and what each can be found by."""

    def __init__(self) -> None:
        self._groups: dict[str, list[PresetHead]] = {}
        self._hays: dict[str, tuple[PresetHead, str, str]] = {}

    def take(self, state: LibraryState) -> None:
        hays = {}
        groups: dict[str, list[PresetHead]] = {each: [] for each in ("", *state.folders)}
        for head in state.heads:
            known = self._hays.get(head.path)
            if known is None or known[0] is not head:
                known = (head, fold(preset_name(head)), fold(_others(head)))
            hays[head.path] = known
            groups.setdefault(group_of(head), []).append(head)
        favourites = state.favourites
        for heads in groups.values():
            heads.sort(key=lambda head: (head.path not in favourites, hays[head.path][1]))
        self._hays = hays
        self._groups = dict(sorted(groups.items(), key=_place))

    def all(self, folded: Container[str]) -> tuple[Row, ...]:
        """Everything; of the folders in `folded` only the heading."""
        return tuple(self._listed(self._groups.items(), lambda key: key not in folded))

    def found(self, query: str) -> tuple[tuple[Row, ...], Marks]:
        """What fits the typed words, and the words to mark; () when nothing does."""
        terms = terms_of(query)
        for is_loose in (False, True):
            hits = {key: self._hits(heads, terms, is_loose) for key, heads in self._groups.items()}
            there = [(key, heads) for key, heads in hits.items() if heads]
            rows = tuple(self._listed(there, lambda _key: True))
            if rows:
                return rows, Marks(terms, is_loose)
        return (), NO_MARKS

    def folder_of(self, path: str) -> str:
        known = self._hays.get(path)
        return "" if known is None else group_of(known[0])

    def _hits(
        self, heads: Sequence[PresetHead], terms: tuple[Term, ...], is_loose: bool
    ) -> list[PresetHead]:
        fits = is_loosely_in if is_loose else is_in
        return [
            head
            for head in heads
            if all(
                fits(term, self._hays[head.path][1]) or is_in(term, self._hays[head.path][2])
                for term in terms
            )
        ]

    def _listed(
        self, groups: Iterable[tuple[str, list[PresetHead]]], is_open: Callable[[str], bool]
    ) -> Iterator[Row]:
        for key, heads in groups:
            if key:
                yield FolderRow(key, len(heads), is_open(key))
            if not key or is_open(key):
                yield from heads


def _others(head: PresetHead) -> str:
    """What else a preset is found by, as it stands."""
    parts = (folder_name(group_of(head)), head.deployment_name, head.note)
    return " ".join(part[: MAX_LOOSE * 4] for part in parts)


def _place(group: tuple[str, list[PresetHead]]) -> tuple[int, str]:
    """First what lies in no folder, last the examples."""
    return (2 if group[0] == SHIPPED else int(bool(group[0])), fold(group[0]))
