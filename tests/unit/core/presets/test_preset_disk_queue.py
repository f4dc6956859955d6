"""The library's disk queue: in order, pending from the request on, scans may be dropped."""

from __future__ import annotations

import asyncio
import threading

import pytest

from runcomfy_desktop.core.presets.preset_disk_queue import PresetDiskQueue
from tests.support.async_wait import wait_until

# Threads wait for actions of the test.
pytestmark = pytest.mark.real_clock


async def test_each_has_its_turn_in_the_order_of_the_requests() -> None:
    turn, done = PresetDiskQueue(), list[int]()
    one, two = turn.write(lambda: done.append(0)), turn.read(lambda: done.append(1))
    three = turn.write(lambda: done.append(2))
    await turn.scan(lambda: done.append(3))
    await asyncio.gather(one, two, three)
    assert done == [0, 1, 2, 3]


async def test_it_is_behind_from_the_request_on_until_it_is_done() -> None:
    turn, go_on, received = PresetDiskQueue(), threading.Event(), list[bool]()
    reading = turn.read(lambda: go_on.wait(10))
    received.append(turn.has_pending_writes)
    turn.write(lambda: None)
    received.append(turn.has_pending_writes)
    turn.call_when_written(lambda: received.append(turn.has_pending_writes))
    go_on.set()
    await reading
    await wait_until(lambda: len(received) == 3)
    assert received == [False, True, False]


async def test_it_is_behind_until_what_follows_is_done_as_well() -> None:
    turn, go_on, received = PresetDiskQueue(), asyncio.Event(), list[bool]()

    async def reads_and_writes() -> None:
        await go_on.wait()
        turn.write(lambda: received.append(turn.has_pending_writes))

    turn.track(asyncio.ensure_future(reads_and_writes()))
    received.append(turn.has_pending_writes)
    turn.call_when_written(lambda: received.append(turn.has_pending_writes))
    go_on.set()
    await wait_until(lambda: len(received) == 3)
    assert received == [True, True, False]


async def test_a_look_that_hangs_is_given_up_for_what_is_to_be_written() -> None:
    turn, go_on, begun = PresetDiskQueue(), threading.Event(), threading.Event()

    def hangs() -> str:
        begun.set()
        go_on.wait(10)
        return "seen"

    looking = asyncio.ensure_future(turn.scan(hangs))
    await wait_until(begun.is_set)
    writing = turn.write(lambda: "written")
    await turn.cancel_scans()
    assert await writing == "written"
    assert await looking is None
    assert await turn.scan(lambda: "seen") is None
    go_on.set()


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    turn, go_on, done = PresetDiskQueue(), threading.Event(), list[int]()
    turn.write(lambda: go_on.wait(10))
    turn.write(lambda: done.append(1))
    await turn.close()
    go_on.set()
    assert not turn.has_pending_writes
    assert done == []
