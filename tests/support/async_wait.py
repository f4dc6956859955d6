"""Waits for what other tasks, threads and processes bring about."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_INTERVAL_S = 0.005
# A machine that is busy elsewhere lets time pass in which nobody here had a turn.
_STABLE_POLLS = 15
# From a change to the last one who waited for it: a few turns, however slow the machine is.
_YIELDS = 20


async def wait_until(
    condition: Callable[[], object],
    *,
    limit_s: float = 60.0,
    describe: Callable[[], object] | None = None,
) -> None:
    """Returns when `condition()` is true; fails the test after `limit_s`.

    `describe` tells what was there instead. For async tests only: it never runs a loop of its own.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + limit_s
    while not condition():
        if loop.time() > end:
            description = f"; there is {describe()!r}" if describe is not None else ""
            raise AssertionError(f"Waited {limit_s:g} s in vain for {condition}{description}")
        await asyncio.sleep(_POLL_INTERVAL_S)


async def wait_until_stable(count: Callable[[], int], *, quiet_s: float = 0.1) -> int:
    """`count()` once it has not grown for `quiet_s`, nor for many looks: for proving that nothing
    more comes. That something came at all is for `wait_until`."""
    loop = asyncio.get_running_loop()
    last_count, since_s, polls = count(), loop.time(), 0
    while loop.time() - since_s < quiet_s or polls < _STABLE_POLLS:
        await asyncio.sleep(_POLL_INTERVAL_S)
        polls += 1
        if count() != last_count:
            last_count, since_s, polls = count(), loop.time(), 0
    return last_count


async def yield_to_tasks() -> None:
    """Lets whoever was woken by what just happened go on, as far as no disk and no network
    holds it up."""
    for _turn in range(_YIELDS):
        await asyncio.sleep(0)
