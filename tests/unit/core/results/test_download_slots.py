"""Download slots: limited, and huge files do not keep small ones waiting."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from runcomfy_desktop.core.results.download_slots import DownloadSlots
from tests.support.async_wait import wait_until, wait_until_stable


class HeldDownloads:
    """Downloads that last until they are released."""

    def __init__(self, berths: DownloadSlots) -> None:
        self._berths = berths
        self.inside: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}

    def has_in(self, name: str) -> bool:
        return name in self.inside

    async def run(self, name: str) -> None:
        self.ends[name] = asyncio.Event()
        async with self._berths.slot():
            self.inside.append(name)
            await self.ends[name].wait()
            self.inside.remove(name)


async def test_no_more_at_once_than_there_are_places() -> None:
    loads = HeldDownloads(DownloadSlots(2, 1, 60.0))
    async with asyncio.TaskGroup() as tasks:
        for name in "abc":
            tasks.create_task(loads.run(name))
        await wait_until(lambda: len(loads.inside) == 2)
        assert await wait_until_stable(lambda: len(loads.inside)) == 2
        loads.ends["a"].set()
        await wait_until(lambda: loads.inside == ["b", "c"])
        for end in loads.ends.values():
            end.set()


async def test_one_that_lasts_makes_room_for_small_ones() -> None:
    loads = HeldDownloads(DownloadSlots(1, 1, 0.02))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(loads.run("huge"))
        await wait_until(lambda: loads.inside == ["huge"])
        for name in ("small", "small too"):
            tasks.create_task(loads.run(name))
            await wait_until(partial(loads.has_in, name))
            loads.ends[name].set()
            await wait_until(lambda: loads.inside == ["huge"])
        loads.ends["huge"].set()
    await all_places_are_free(DownloadSlots(1, 1, 0.02))


async def test_huge_ones_are_bounded_too_and_give_their_places_back() -> None:
    berths = DownloadSlots(1, 1, 0.01)
    loads = HeldDownloads(berths)
    async with asyncio.TaskGroup() as tasks:
        for name in "abc":
            tasks.create_task(loads.run(name))
        await wait_until(lambda: len(loads.inside) == 2)
        assert await wait_until_stable(lambda: len(loads.inside)) == 2
        for name in "abc":
            await wait_until(partial(loads.has_in, name))
            loads.ends[name].set()
    await all_places_are_free(berths)


async def test_one_that_lasts_moves_as_soon_as_there_is_a_place_apart() -> None:
    berths = DownloadSlots(2, 1, 0.01)
    loads = HeldDownloads(berths)
    async with asyncio.TaskGroup() as tasks:
        for name in ("huge", "long"):
            tasks.create_task(loads.run(name))
            await wait_until(partial(loads.has_in, name))
        tasks.create_task(loads.run("third"))
        await wait_until(partial(loads.has_in, "third"))
        loads.ends["huge"].set()
        await wait_until(lambda: "huge" not in loads.inside)
        for name in ("small", "small too"):
            tasks.create_task(loads.run(name))
        await wait_until(lambda: len(loads.inside) == 3)
        for name in ("long", "third", "small"):
            loads.ends[name].set()
        await wait_until(partial(loads.has_in, "small too"))
        loads.ends["small too"].set()
    await all_places_are_free(berths)


async def test_whoever_is_cancelled_gives_the_place_back() -> None:
    berths = DownloadSlots(1, 1, 0.01)
    loads = HeldDownloads(berths)
    for wait_s in (0.0, 0.05):
        task = asyncio.create_task(loads.run("a"))
        await wait_until(lambda: "a" in loads.inside)
        await asyncio.sleep(wait_s)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        loads.inside.clear()
    await all_places_are_free(berths)


async def all_places_are_free(berths: DownloadSlots) -> None:
    async with berths.slot():
        await asyncio.sleep(0.03)
        async with berths.slot():
            return
