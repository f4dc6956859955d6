"""Check of asyncio on Qt's event loop, with a timer, a thread and a local socket."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from runcomfy_desktop.selftest.failure import SelfTestFailure, require

if TYPE_CHECKING:
    from pathlib import Path

_WAIT_S = 0.05
_TIMEOUT_S = 20.0


def event_loop(_folder: Path) -> str:
    """Runs the program's event loop once."""
    from PySide6.QtWidgets import QApplication

    from runcomfy_desktop.app.loop import create_loop

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise SelfTestFailure("there is no application")
    with asyncio.Runner(loop_factory=lambda: create_loop(app)) as runner:
        return runner.run(_run_once())


async def _run_once() -> str:
    async with asyncio.timeout(_TIMEOUT_S):
        start_s = time.monotonic()
        await asyncio.sleep(_WAIT_S)
        require(time.monotonic() - start_s >= _WAIT_S, "a timer is early")
        number = await asyncio.get_running_loop().run_in_executor(None, sum, range(10))
        require(number == 45, "a thread counts wrong")
        server = await asyncio.start_server(_echo, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            require(await reader.read() == b"hello", "a socket is silent")
            writer.close()
    return type(asyncio.get_running_loop()).__mro__[1].__module__.partition(".")[0]


async def _echo(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello")
    writer.close()
