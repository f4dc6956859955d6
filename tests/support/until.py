"""Waits for what other tasks, threads and processes bring about."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_S = 0.005
# A machine that is busy elsewhere lets time pass in which nobody here had a turn.
_QUIET_LOOKS = 15
# From a change to the last one who waited for it: a few turns, however slow the machine is.
_TURNS = 20


async def until(
    condition: Callable[[], object],
    *,
    limit_s: float = 60.0,
    saying: Callable[[], object] | None = None,
) -> None:
    """Returns when `condition()` is true; fails the test after `limit_s`.

    `saying` tells what was there instead. For async tests only: it never runs a loop of its own.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + limit_s
    while not condition():
        if loop.time() > end:
            seen = f"; there is {saying()!r}" if saying is not None else ""
            raise AssertionError(f"Waited {limit_s:g} s in vain for {condition}{seen}")
        await asyncio.sleep(_LOOK_S)


async def settled(count: Callable[[], int], *, quiet_s: float = 0.1) -> int:
    """`count()` once it has not grown for `quiet_s`, nor for many looks: for proving that nothing
    more comes. That something came at all is for `until`."""
    loop = asyncio.get_running_loop()
    seen, since_s, looks = count(), loop.time(), 0
    while loop.time() - since_s < quiet_s or looks < _QUIET_LOOKS:
        await asyncio.sleep(_LOOK_S)
        looks += 1
        if count() != seen:
            seen, since_s, looks = count(), loop.time(), 0
    return seen


async def turns() -> None:
    """Lets whoever was woken by what just happened go on, as far as no disk and no network
    holds it up."""
    for _turn in range(_TURNS):
        await asyncio.sleep(0)
