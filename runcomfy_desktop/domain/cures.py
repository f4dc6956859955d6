"""What one press puts right: the nearest choice, the nearest limit, the default."""

from __future__ import annotations

import re
from difflib import SequenceMatcher, get_close_matches
from heapq import nsmallest
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.fault import Cure
from runcomfy_desktop.domain.shown import shown
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runcomfy_desktop.domain.input_spec import InputSpec
    from runcomfy_desktop.domain.json_value import Json

# Comparing spellings takes a while; lists of models have tens of thousands of entries.
_LOOKED_AT = 1_000
_COMPARED = 30
_KEPT = 16
# A longer text is no slip of the fingers.
_MISSPELT = 100
_MAX_LETTERS = 200
_ALIKE = 0.55
# Another model is no slip of the fingers: of a file's name, nearly all has to be the same.
_SAME_FILE = 0.8
_CANDIDATES = 4
_ENDING = re.compile(r"\.[a-z][a-z0-9]{1,11}$")


def set_to(value: Json) -> Cure:
    """Puts a number, or yes or no, in place of what is there."""
    if isinstance(value, bool):
        return Cure(_("Turn it on") if value else _("Turn it off"), value)
    return Cure(_("Set to %s") % shown(value), value)


def use(value: Json) -> Cure:
    """Puts a choice or a text in place of what is there."""
    return Cure(_("Use %s") % shown(value), value)


def default_cure(spec: InputSpec) -> Cure | None:
    """What the class begins with; None for files, and for texts without a word of their own."""
    value = spec.default
    if spec.kind.is_media or value is None or not spec.kind.editable:
        return None
    if isinstance(value, dict):
        return Cure(_("Use the default"), value)
    if isinstance(value, str):
        return use(value) if value else Cure(_("Leave it empty"), value)
    return set_to(value)


def nearest_choice(value: Json, choices: Sequence[str | int | float]) -> Cure | None:
    """The choice that was probably meant; None where none is like it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        numbers = [each for each in choices if not isinstance(each, str)]
        if numbers:
            return set_to(min(numbers, key=lambda each: abs(each - value)))
    if not isinstance(value, str | int | float) or not choices:
        return None
    found = _SPELT.of(choices).like(str(value)[:_MAX_LETTERS])
    return None if found is None else use(found)


class _Spelt:
    """Choices by how they are spelt."""

    def __init__(self, choices: Sequence[str | int | float]) -> None:
        self.choices = choices
        self._by_text: dict[str, str | int | float] = {}
        self._by_file: dict[str, str | int | float] = {}
        for each in choices:
            plain = _plain(str(each)[:_MAX_LETTERS])
            self._by_text.setdefault(plain, each)
            self._by_file.setdefault(_file(plain), each)
        self._first = tuple(self._by_text)[:_LOOKED_AT]

    def like(self, text: str) -> str | int | float | None:
        """The choice that is spelt almost like `text`."""
        wanted = _plain(text)
        if not wanted:
            return None
        same = self._by_text.get(wanted, self._by_file.get(_file(wanted)))
        if same is not None:
            return same
        if len(wanted) > _MISSPELT:
            return None
        near = nsmallest(_COMPARED, self._first, key=lambda each: _distance(each, wanted))
        found = get_close_matches(wanted, near, n=_CANDIDATES, cutoff=_ALIKE)
        meant = next((each for each in found if _may_be(each, wanted)), None)
        return None if meant is None else self._by_text[meant]


class _LastSpelt:
    """Keeps the choices that were asked for last: the nodes of a workflow share a few lists."""

    def __init__(self) -> None:
        self._known: dict[int, _Spelt] = {}

    def of(self, choices: Sequence[str | int | float]) -> _Spelt:
        known = self._known.get(id(choices))
        if known is None or known.choices is not choices:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[id(choices)] = _Spelt(choices)
        return known


_SPELT = _LastSpelt()


def _distance(one: str, other: str) -> int:
    """A quick guess at how different two texts are: what begins them, and how long they are."""
    same = next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        _MAX_LETTERS,
    )
    return abs(len(one) - len(other)) - 2 * same


def _may_be(one: str, other: str) -> bool:
    """Whether one of two texts that are alike may stand for the other. The names of two files are
    alike by their ending alone."""
    if not _ENDING.search(one):
        return True
    stem, other_stem = (_ENDING.sub("", _file(each)) for each in (one, other))
    return SequenceMatcher(None, stem, other_stem).ratio() >= _SAME_FILE


def _plain(text: str) -> str:
    return text.strip().casefold().replace("\\", "/").replace("-", "_").replace(" ", "_")


def _file(path: str) -> str:
    """The last part of a path: models are sorted into folders, and moved between them."""
    return path.rpartition("/")[2]
