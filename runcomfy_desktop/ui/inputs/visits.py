"""The places that jumps led to and from, for Back and Forward; one list for each draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.workflow import InputKey

_KEPT = 100


class Visits:
    """Two piles: where one came from, and where one went back from."""

    def __init__(self) -> None:
        self._past: list[InputKey] = []
        self._future: list[InputKey] = []

    def leave(self, here: InputKey) -> None:
        """A jump begins at `here`."""
        self._future.clear()
        _pile(self._past, here)

    def back(self, here: InputKey | None, is_there: Callable[[InputKey], bool]) -> InputKey | None:
        """Where to go back to; places that are gone are passed over."""
        return _step(self._past, self._future, here, is_there)

    def forward(
        self, here: InputKey | None, is_there: Callable[[InputKey], bool]
    ) -> InputKey | None:
        return _step(self._future, self._past, here, is_there)

    @property
    def can_go_back(self) -> bool:
        return bool(self._past)

    @property
    def can_go_forward(self) -> bool:
        return bool(self._future)


def _pile(pile: list[InputKey], place: InputKey) -> None:
    if not pile or pile[-1] != place:
        pile.append(place)
    del pile[:-_KEPT]


def _step(
    taken: list[InputKey],
    left: list[InputKey],
    here: InputKey | None,
    is_there: Callable[[InputKey], bool],
) -> InputKey | None:
    while taken:
        place = taken.pop()
        if place != here and is_there(place):
            if here is not None:
                _pile(left, here)
            return place
    return None
