"""The event loop: asyncio's guarantees hold on Qt, and cancelled timers are gone."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from typing import TYPE_CHECKING

from runcomfy_desktop.app.loop import QtEventLoop, create_loop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from PySide6.QtWidgets import QApplication


def the_loop() -> QtEventLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, QtEventLoop)
    return loop


def pending() -> int:
    return len(the_loop()._timers._pending)


async def test_a_cancelled_timer_is_freed_at_once() -> None:
    before = pending()
    handles = [the_loop().call_later(60, print) for _number in range(50)]
    assert pending() == before + 50
    for handle in handles:
        handle.cancel()
    assert pending() == before


async def test_timers_run_in_order_and_not_early() -> None:
    recorded: list[str] = []
    started = time.monotonic()
    the_loop().call_later(0.03, recorded.append, "second")
    the_loop().call_later(0.01, recorded.append, "first")
    await asyncio.sleep(0.05)
    assert recorded == ["first", "second"]
    assert time.monotonic() - started >= 0.05


def test_a_closed_loop_takes_nothing_from_threads(qapp: QApplication) -> None:
    """Qt may already have destroyed the object that would receive the call."""
    loop, answers = create_loop(qapp), list[Exception]()
    loop.close()

    def answer() -> None:
        try:
            loop.call_soon_threadsafe(print)
        except RuntimeError as error:
            answers.append(error)

    late = threading.Thread(target=answer)
    late.start()
    late.join()
    assert [str(each) for each in answers] == ["Event loop is closed"]


async def test_a_timer_handle_tells_when() -> None:
    handle = the_loop().call_later(5, print)
    assert isinstance(handle, asyncio.TimerHandle)
    assert handle.when() > the_loop().time()
    handle.cancel()


async def test_a_timeout_cancels_what_it_waits_for() -> None:
    ended = asyncio.Event()

    async def slow() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    try:
        async with asyncio.timeout(0.01):
            await slow()
    except TimeoutError:
        assert ended.is_set()
    else:
        raise AssertionError("no timeout")


async def test_file_work_runs_on_a_plain_thread() -> None:
    name = await asyncio.to_thread(lambda: threading.current_thread().name)
    assert name.startswith("files")


async def test_an_abandoned_async_generator_is_closed() -> None:
    closed = asyncio.Event()

    async def numbers() -> AsyncIterator[int]:
        try:
            for number in range(10):
                yield number
        finally:
            closed.set()

    async for number in numbers():
        if number == 1:
            break
    gc.collect()
    await closed.wait()


async def test_a_subprocess_can_be_read() -> None:
    child = await asyncio.create_subprocess_exec("echo", "hello", stdout=asyncio.subprocess.PIPE)
    out, _err = await child.communicate()
    assert out.strip() == b"hello"
