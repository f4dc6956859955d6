"""Runs the `async def` tests of this folder in virtual time: pauses and time-outs take none.

Waiting for work on worker threads takes real time. A test marked `real_clock` runs in real time: it
waits for a thread that waits for the test, or for a socket.
"""

from __future__ import annotations

import inspect

import pytest

from tests.support.virtual_time import run_virtually


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    test = pyfuncitem.obj
    if not inspect.iscoroutinefunction(test) or pyfuncitem.get_closest_marker("real_clock"):
        return None
    names = inspect.signature(test).parameters
    run_virtually(lambda: test(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True
