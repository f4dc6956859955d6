"""Runs an `async def` test to completion, and fails it if it leaves tasks or errors behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    import pytest

# A test that waits in vain fails with its own traceback, well before pytest-timeout ends the whole
# process.
_LIMIT_S = 90


def limit_of(item: pytest.Item) -> float:
    """Returns the time limit of a test: from its mark `lasts`, else the default."""
    mark = item.get_closest_marker("lasts")
    return _LIMIT_S if mark is None else float(mark.args[0])


def run_async_test(
    test: Coroutine[Any, Any, object],
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    limit_s: float = _LIMIT_S,
) -> None:
    """Runs `test` on its own event loop; fails if it leaves tasks or errors in the loop."""
    errors: list[str] = []

    async def body() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: errors.append(repr(context))
        )
        async with asyncio.timeout(limit_s):
            await test
            # A response body not read to its end is closed by a chain of asyncio tasks, each
            # creating the next.
            while closers := [each for each in asyncio.all_tasks() if _closes_generator(each)]:
                await asyncio.wait(closers)
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, f"The test leaves tasks: {left}"

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(body())
    assert not errors, f"Errors in the loop: {errors}"


def _closes_generator(task: asyncio.Task[Any]) -> bool:
    return "async_generator_athrow" in repr(task.get_coro())
