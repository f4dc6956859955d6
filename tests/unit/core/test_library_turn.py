"""What the library does on its disk: in turn, counted from the wish on; looks are given up."""

from __future__ import annotations

import asyncio
import threading

import pytest

from runcomfy_desktop.core.library_turn import LibraryTurn
from tests.support.until import until

# Threads wait for what the test does meanwhile.
pytestmark = pytest.mark.real_clock


async def test_each_has_its_turn_in_the_order_of_the_wishes() -> None:
    turn, done = LibraryTurn(), list[int]()
    one, two = turn.write(lambda: done.append(0)), turn.read(lambda: done.append(1))
    three = turn.write(lambda: done.append(2))
    await turn.look(lambda: done.append(3))
    await asyncio.gather(one, two, three)
    assert done == [0, 1, 2, 3]


async def test_it_is_behind_from_the_wish_on_until_it_is_done() -> None:
    turn, go_on, heard = LibraryTurn(), threading.Event(), list[bool]()
    reading = turn.read(lambda: go_on.wait(10))
    heard.append(turn.is_behind)
    turn.write(lambda: None)
    heard.append(turn.is_behind)
    turn.when_written(lambda: heard.append(turn.is_behind))
    go_on.set()
    await reading
    await until(lambda: len(heard) == 3)
    assert heard == [False, True, False]


async def test_it_is_behind_until_what_follows_is_done_as_well() -> None:
    turn, go_on, heard = LibraryTurn(), asyncio.Event(), list[bool]()

    async def reads_and_writes() -> None:
        await go_on.wait()
        turn.write(lambda: heard.append(turn.is_behind))

    turn.follow(asyncio.ensure_future(reads_and_writes()))
    heard.append(turn.is_behind)
    turn.when_written(lambda: heard.append(turn.is_behind))
    go_on.set()
    await until(lambda: len(heard) == 3)
    assert heard == [True, True, False]


async def test_a_look_that_hangs_is_given_up_for_what_is_to_be_written() -> None:
    turn, go_on, begun = LibraryTurn(), threading.Event(), threading.Event()

    def hangs() -> str:
        begun.set()
        go_on.wait(10)
        return "seen"

    looking = asyncio.ensure_future(turn.look(hangs))
    await until(begun.is_set)
    writing = turn.write(lambda: "written")
    await turn.end_looks()
    assert await writing == "written"
    assert await looking is None
    assert await turn.look(lambda: "seen") is None
    go_on.set()


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    turn, go_on, done = LibraryTurn(), threading.Event(), list[int]()
    turn.write(lambda: go_on.wait(10))
    turn.write(lambda: done.append(1))
    await turn.close()
    go_on.set()
    assert not turn.is_behind
    assert done == []
