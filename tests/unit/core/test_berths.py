"""Places for downloads: bounded, and huge files do not keep small ones waiting."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from runcomfy_desktop.core.berths import Berths
from tests.support.until import settled, until


class Loads:
    """Downloads that last until they are let go."""

    def __init__(self, berths: Berths) -> None:
        self._berths = berths
        self.inside: list[str] = []
        self.ends: dict[str, asyncio.Event] = {}

    def has_in(self, name: str) -> bool:
        return name in self.inside

    async def run(self, name: str) -> None:
        self.ends[name] = asyncio.Event()
        async with self._berths.berth():
            self.inside.append(name)
            await self.ends[name].wait()
            self.inside.remove(name)


async def test_no_more_at_once_than_there_are_places() -> None:
    loads = Loads(Berths(2, 1, 60.0))
    async with asyncio.TaskGroup() as tasks:
        for name in "abc":
            tasks.create_task(loads.run(name))
        await until(lambda: len(loads.inside) == 2)
        assert await settled(lambda: len(loads.inside)) == 2
        loads.ends["a"].set()
        await until(lambda: loads.inside == ["b", "c"])
        for end in loads.ends.values():
            end.set()


async def test_one_that_lasts_makes_room_for_small_ones() -> None:
    loads = Loads(Berths(1, 1, 0.02))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(loads.run("huge"))
        await until(lambda: loads.inside == ["huge"])
        for name in ("small", "small too"):
            tasks.create_task(loads.run(name))
            await until(partial(loads.has_in, name))
            loads.ends[name].set()
            await until(lambda: loads.inside == ["huge"])
        loads.ends["huge"].set()
    await all_places_are_free(Berths(1, 1, 0.02))


async def test_huge_ones_are_bounded_too_and_give_their_places_back() -> None:
    berths = Berths(1, 1, 0.01)
    loads = Loads(berths)
    async with asyncio.TaskGroup() as tasks:
        for name in "abc":
            tasks.create_task(loads.run(name))
        await until(lambda: len(loads.inside) == 2)
        assert await settled(lambda: len(loads.inside)) == 2
        for name in "abc":
            await until(partial(loads.has_in, name))
            loads.ends[name].set()
    await all_places_are_free(berths)


async def test_one_that_lasts_moves_as_soon_as_there_is_a_place_apart() -> None:
    berths = Berths(2, 1, 0.01)
    loads = Loads(berths)
    async with asyncio.TaskGroup() as tasks:
        for name in ("huge", "long"):
            tasks.create_task(loads.run(name))
            await until(partial(loads.has_in, name))
        tasks.create_task(loads.run("third"))
        await until(partial(loads.has_in, "third"))
        loads.ends["huge"].set()
        await until(lambda: "huge" not in loads.inside)
        for name in ("small", "small too"):
            tasks.create_task(loads.run(name))
        await until(lambda: len(loads.inside) == 3)
        for name in ("long", "third", "small"):
            loads.ends[name].set()
        await until(partial(loads.has_in, "small too"))
        loads.ends["small too"].set()
    await all_places_are_free(berths)


async def test_whoever_is_cancelled_gives_the_place_back() -> None:
    berths = Berths(1, 1, 0.01)
    loads = Loads(berths)
    for wait_s in (0.0, 0.05):
        task = asyncio.create_task(loads.run("a"))
        await until(lambda: "a" in loads.inside)
        await asyncio.sleep(wait_s)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        loads.inside.clear()
    await all_places_are_free(berths)


async def all_places_are_free(berths: Berths) -> None:
    async with berths.berth():
        await asyncio.sleep(0.03)
        async with berths.berth():
            return
