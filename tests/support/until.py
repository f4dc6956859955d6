"""Waits for what other tasks, threads and processes bring about."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_S = 0.005


async def until(
    condition: Callable[[], object],
    *,
    limit_s: float = 30.0,
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
    """`count()` once it has not grown for `quiet_s`: for proving that nothing more comes."""
    loop = asyncio.get_running_loop()
    seen, since_s = count(), loop.time()
    while loop.time() - since_s < quiet_s:
        await asyncio.sleep(_LOOK_S)
        if count() != seen:
            seen, since_s = count(), loop.time()
    return seen
