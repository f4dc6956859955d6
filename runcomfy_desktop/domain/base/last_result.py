"""Cache of a function's last result, for results that are needed again at every edit."""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_Arguments = TypeVarTuple("_Arguments")
_Result = TypeVar("_Result")


def cache_last(function: Callable[[*_Arguments], _Result]) -> Callable[[*_Arguments], _Result]:
    """Returns `function` with its last result cached, for as long as the arguments are the same.

    They have to be the same objects: to compare two workflows by value would take too long.
    """
    last: tuple[tuple[*_Arguments], _Result] | None = None

    def cached(*arguments: *_Arguments) -> _Result:
        nonlocal last
        found = last
        if found is None or not all(map(is_, found[0], arguments)):
            found = last = (arguments, function(*arguments))
        return found[1]

    return cached
