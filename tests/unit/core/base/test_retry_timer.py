"""A failed action is retried with growing delays until it succeeds."""

from __future__ import annotations

import asyncio

from runcomfy_desktop.core.base.retry_timer import BACKOFF, RetryTimer
from tests.support.virtual_time import run_virtually


def test_pauses_grow_to_a_longest_and_begin_anew() -> None:
    pauses: list[float] = []

    async def body() -> None:
        loop = asyncio.get_running_loop()
        again = RetryTimer(lambda: pauses.append(round(loop.time() - begun_s, 3)))
        for _try in range(6):
            begun_s = loop.time()
            again.schedule()
            await asyncio.sleep(2 * BACKOFF.max_s)
        again.reset()
        begun_s = loop.time()
        again.schedule()
        await asyncio.sleep(2 * BACKOFF.max_s)
        again.schedule()
        again.cancel()
        await asyncio.sleep(2 * BACKOFF.max_s)

    run_virtually(body)
    assert pauses == [5, 10, 20, 40, 60, 60, 5]
