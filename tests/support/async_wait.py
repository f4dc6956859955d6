"""Waits for effects of other tasks, threads and processes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_POLL_INTERVAL_S = 0.005
# On a busy machine, time can pass without any task of this process running, so polls count too.
_STABLE_POLLS = 15
# Enough iterations of the loop, on any machine, for a change to reach the last waiting task.
_YIELDS = 20


async def wait_until(
    condition: Callable[[], object],
    *,
    limit_s: float = 60.0,
    describe: Callable[[], object] | None = None,
) -> None:
    """Returns when `condition()` is true; fails the test after `limit_s`.

    `describe` returns the actual state for the message. For async tests only: it never starts an
    event loop.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + limit_s
    while not condition():
        if loop.time() > end:
            description = f"; there is {describe()!r}" if describe is not None else ""
            raise AssertionError(f"Waited {limit_s:g} s in vain for {condition}{description}")
        await asyncio.sleep(_POLL_INTERVAL_S)


async def wait_until_stable(count: Callable[[], int], *, quiet_s: float = 0.1) -> int:
    """Returns `count()` once it has not changed for `quiet_s` and for several polls.

    Use this to prove that nothing more happens; to wait for something, use `wait_until`.
    """
    loop = asyncio.get_running_loop()
    last_count, since_s, polls = count(), loop.time(), 0
    while loop.time() - since_s < quiet_s or polls < _STABLE_POLLS:
        await asyncio.sleep(_POLL_INTERVAL_S)
        polls += 1
        if count() != last_count:
            last_count, since_s, polls = count(), loop.time(), 0
    return last_count


async def yield_to_tasks() -> None:
    """Lets tasks that were just woken run until they wait for the disk or the network."""
    for _turn in range(_YIELDS):
        await asyncio.sleep(0)
