from __future__ import annotations

import asyncio
import gc

import pytest

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.domain.base.problem import Problem
from tests.support.async_wait import wait_until


async def test_a_task_is_kept_until_it_ends() -> None:
    tasks = Tasks()
    go_on, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        done.set()

    tasks.start("work", work())
    await asyncio.sleep(0)
    gc.collect()
    go_on.set()
    await done.wait()
    await tasks.close()


async def test_cancelling_stops_what_runs_and_nothing_later() -> None:
    tasks, ended = Tasks(), list[str]()

    async def work(name: str) -> None:
        await asyncio.sleep(0)
        ended.append(name)

    tasks.start("first", work("first"))
    tasks.cancel()
    tasks.start("second", work("second"))
    await tasks.finish()
    assert ended == ["second"]


async def test_closing_cancels_and_waits_for_the_clean_up() -> None:
    tasks = Tasks()
    began, cleaned = asyncio.Event(), False

    async def work() -> None:
        nonlocal cleaned
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned = True

    task = tasks.start("work", work())
    await began.wait()
    await tasks.close()
    assert cleaned
    assert task.cancelled()
    assert task.get_name() == "work"


async def test_a_task_may_close_its_own_kind() -> None:
    tasks = Tasks()
    await tasks.start("closer", tasks.close())


async def test_a_problem_is_heard_and_is_no_bug() -> None:
    received: list[Exception] = []
    tasks = Tasks(received.append)

    async def work() -> None:
        raise Problem("It rains.")

    tasks.start("work", work())
    await wait_until(lambda: received)
    assert isinstance(received[0], Problem)


@pytest.mark.logs_errors
async def test_a_bug_is_heard_and_logged_with_its_name(caplog: pytest.LogCaptureFixture) -> None:
    received: list[Exception] = []
    tasks = Tasks(received.append)

    async def work() -> None:
        raise ZeroDivisionError

    tasks.start("count sheep", work())
    await wait_until(lambda: received)
    assert "count sheep" in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_finishing_waits_for_what_was_begun_and_for_what_that_begins() -> None:
    tasks, done = Tasks(), list[str]()

    async def work(name: str, *then: str) -> None:
        await asyncio.sleep(0)
        done.append(name)
        for each in then:
            tasks.start(each, work(each))

    tasks.start("one", work("one", "two"))
    await tasks.finish()
    assert done == ["one", "two"]


async def test_finishing_has_a_limit_when_it_is_given_one() -> None:
    tasks = Tasks()
    waits = tasks.start("for ever", asyncio.Event().wait())
    await tasks.finish(0.01)
    assert waits.cancelled()
