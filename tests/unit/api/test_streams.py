"""Connections that are given up while they are made safe."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from runcomfy_desktop.api.streams import Direct
from tests.support.proxy_servers import Mute
from tests.support.raw_server import RawServer, reply
from tests.support.until import until


async def test_what_is_sent_arrives() -> None:
    async with RawServer(reply(200, b"far")) as server:
        stream = await Direct().connect_tcp("127.0.0.1", server.port, 10.0)
        await stream.write(b"GET / HTTP/1.1\r\n\r\n")
        assert (await stream.read(4096)).endswith(b"far")
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", server.port)
        await stream.aclose()


async def test_one_that_is_given_up_while_it_waits_for_tls_is_closed() -> None:
    async with Mute() as server:
        stream = await Direct().connect_tcp("127.0.0.1", server.port, 10.0)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        asking = asyncio.create_task(stream.start_tls(context, "a.invalid", 10.0))
        await until(lambda: server.open_lines == 1)
        await asyncio.sleep(0.01)
        assert not asking.done()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await until(lambda: server.open_lines == 0)
