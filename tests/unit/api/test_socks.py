"""SOCKS 5 with a real server on loopback."""

from __future__ import annotations

import socket
import ssl
import struct
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.connection_errors import ProxyConnectError, ProxyErrorReason
from runcomfy_desktop.api.network_backends import TunnelBackend
from runcomfy_desktop.api.proxies import Proxy, parse_proxy
from tests.support.async_wait import wait_until
from tests.support.proxy_servers import HttpProxy, MuteServer, SocksServer
from tests.support.raw_server import RawServer, reply

if TYPE_CHECKING:
    import asyncio

W = ProxyErrorReason


async def proxy_route(address: str, host: str = "a.invalid", limit_s: float = 10.0) -> bytes:
    proxy = parse_proxy(address)
    assert isinstance(proxy, Proxy)
    tunnels = TunnelBackend(proxy, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    stream = await tunnels.connect_tcp(host, 443, limit_s)
    try:
        await stream.write(b"GET / HTTP/1.1\r\n\r\n")
        return await stream.read(4096)
    finally:
        await stream.aclose()


async def fault(address: str, limit_s: float = 10.0) -> ProxyConnectError:
    with pytest.raises(ProxyConnectError) as caught:
        await proxy_route(address, limit_s=limit_s)
    return caught.value


async def test_the_proxy_looks_names_up() -> None:
    async with RawServer(reply(200, b"far")) as far, SocksServer(far.port) as proxy:
        assert (await proxy_route(proxy.address)).endswith(b"far")
        assert (await proxy_route(proxy.address, "127.0.0.1")).endswith(b"far")
    assert proxy.requested_hosts == ["a.invalid:443", "127.0.0.1:443"]


async def test_or_this_computer_does() -> None:
    async with RawServer(reply(200, b"far")) as far, SocksServer(far.port) as proxy:
        here = proxy.address.replace("socks5h", "socks5")
        assert (await proxy_route(here, "localhost")).endswith(b"far")
        unknown = await fault(here)
    assert unknown.reason is W.UNKNOWN_HOST
    assert proxy.requested_hosts == ["127.0.0.1:443"]


async def test_a_password() -> None:
    async with (
        RawServer(reply()) as far,
        SocksServer(far.port, user="anna", password="hush") as proxy,
    ):
        assert b"200" in await proxy_route(proxy.address.replace("//", "//anna:hush@"))
        assert (await fault(proxy.address)).reason is W.PASSWORD_REQUIRED
        wrong = await fault(proxy.address.replace("//", "//anna:wrong@"))
        long = await fault(proxy.address.replace("//", f"//anna:{'x' * 300}@"))
    assert (wrong.reason, long.reason) == (W.WRONG_PASSWORD, W.WRONG_PASSWORD)
    assert "wrong" not in f"{wrong} {wrong.technical}"


@pytest.mark.parametrize("says", [b"\x05\x02", b"\x05\x02\x01"])
async def test_one_that_hangs_up_at_the_password_refuses_it(says: bytes) -> None:
    """A server that disconnects when it gets the password has refused it.

    Many servers do that instead of replying; sending the password repeatedly locks an account.
    """
    async with SocksServer(0, user="anna", password="hush", hangs_up=True) as proxy:
        found = await fault(proxy.address.replace("//", "//anna:wrong@"))
    assert found.reason is W.WRONG_PASSWORD
    async with _BreakingSocksServer(0, says) as proxy:
        found = await fault(proxy.address.replace("//", "//anna:wrong@"))
    assert found.reason is W.WRONG_PASSWORD
    assert not found.is_transient
    assert "wrong" not in f"{found} {found.technical}"


async def test_a_password_that_was_taken_before_is_not_wrong_for_one_line_that_breaks() -> None:
    """A broken connection does not block a password that was accepted before.

    For example, the server restarts; users should not wait ten minutes then. The second failure
    counts as a refusal.
    """
    async with (
        RawServer(reply(200)) as far,
        SocksServer(far.port, user="anna", password="hush", hangs_up=True) as proxy,
    ):
        known = parse_proxy(proxy.address.replace("//", "//anna:hush@"))
        assert isinstance(known, Proxy)
        tunnels = TunnelBackend(known, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

        async def is_open() -> bool:
            await (await tunnels.connect_tcp("a.invalid", 443, 10.0)).aclose()
            return True

        assert await is_open()
        for breaks, why in ((1, W.DISCONNECTED), (2, W.WRONG_PASSWORD)):
            proxy.password = "another"
            for each in range(breaks):
                with pytest.raises(ProxyConnectError) as caught:
                    await is_open()
                assert caught.value.is_transient is (each == 0)
            assert caught.value.reason is why
            proxy.password = "hush"
            if why is W.DISCONNECTED:
                assert await is_open()
        talks = proxy.connections
        with pytest.raises(ProxyConnectError):
            await is_open()
        assert proxy.connections == talks


async def test_a_password_that_nobody_asks_for_stays_here() -> None:
    async with RawServer(reply()) as far, SocksServer(far.port) as proxy:
        assert b"200" in await proxy_route(proxy.address.replace("//", "//anna:hush@"))
        assert b"hush" not in proxy.received_bytes


@pytest.mark.parametrize("only_way", [1, 0xFF])
async def test_ways_of_signing_in_that_are_not_known(only_way: int) -> None:
    async with SocksServer(0, only_method=only_way) as proxy:
        assert (await fault(proxy.address.replace("//", "//a:b@"))).reason is W.UNSUPPORTED_AUTH


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (1, W.HOST_UNREACHABLE),
        (2, W.FORBIDDEN),
        (3, W.HOST_UNREACHABLE),
        (4, W.HOST_UNREACHABLE),
        (5, W.HOST_UNREACHABLE),
        (7, W.UNSUPPORTED),
        (8, W.UNSUPPORTED),
        (99, W.HOST_UNREACHABLE),
    ],
)
async def test_what_it_answers(code: int, why: ProxyErrorReason) -> None:
    async with SocksServer(0, code=code) as proxy:
        found = await fault(proxy.address)
    assert found.reason is why
    assert str(code) in found.technical


@pytest.mark.parametrize(
    "says", [b"HTTP/1.1 400 Bad\r\n\r\n", b"\x04\x5a", b"\x05\x00\x01\x00\x00\x01"]
)
async def test_what_is_no_socks_server(says: bytes) -> None:
    async with MuteServer(says) as server:
        assert (await fault(server.address.replace("http", "socks5h"))).reason is W.NOT_A_PROXY


async def test_one_that_speaks_before_it_is_asked() -> None:
    async with MuteServer(b"\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x01\x01more") as server:
        assert (await fault(server.address.replace("http", "socks5h"))).reason is W.NOT_A_PROXY


async def test_one_that_says_nothing_or_hangs_up() -> None:
    async with MuteServer() as server:
        address = server.address.replace("http", "socks5h")
        assert (await fault(address, 0.1)).reason is W.NO_RESPONSE
        await wait_until(lambda: server.open_connections == 0)
    async with _HangingUpProxy(0) as gone:
        assert (await fault(gone.address.replace("http", "socks5h"))).reason is W.DISCONNECTED


class _BreakingSocksServer(SocksServer):
    """Server that requests a password and aborts the connection when it has received it."""

    def __init__(self, leads_to: int, says: bytes) -> None:
        super().__init__(leads_to)
        self._says = says

    async def serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readexactly(4)
        writer.write(self._says)
        await writer.drain()
        await reader.readexactly(12)
        line = writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


class _HangingUpProxy(HttpProxy):
    async def serve_connection(self, reader: object, writer: object) -> None:
        return
