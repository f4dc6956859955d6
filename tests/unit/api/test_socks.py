"""SOCKS 5 with a real server on loopback."""

from __future__ import annotations

import socket
import ssl
import struct
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.line_faults import ProxyFault, ProxyWhy
from runcomfy_desktop.api.proxies import Proxy, parse_proxy
from runcomfy_desktop.api.tunnel import Tunnels
from tests.support.proxy_servers import HttpProxy, Mute, SocksServer
from tests.support.raw_server import RawServer, reply
from tests.support.until import until

if TYPE_CHECKING:
    import asyncio

W = ProxyWhy


async def way(address: str, host: str = "a.invalid", limit_s: float = 10.0) -> bytes:
    proxy = parse_proxy(address)
    assert isinstance(proxy, Proxy)
    tunnels = Tunnels(proxy, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    stream = await tunnels.connect_tcp(host, 443, limit_s)
    try:
        await stream.write(b"GET / HTTP/1.1\r\n\r\n")
        return await stream.read(4096)
    finally:
        await stream.aclose()


async def fault(address: str, limit_s: float = 10.0) -> ProxyFault:
    with pytest.raises(ProxyFault) as caught:
        await way(address, limit_s=limit_s)
    return caught.value


async def test_the_proxy_looks_names_up() -> None:
    async with RawServer(reply(200, b"far")) as far, SocksServer(far.port) as proxy:
        assert (await way(proxy.address)).endswith(b"far")
        assert (await way(proxy.address, "127.0.0.1")).endswith(b"far")
    assert proxy.wished == ["a.invalid:443", "127.0.0.1:443"]


async def test_or_this_computer_does() -> None:
    async with RawServer(reply(200, b"far")) as far, SocksServer(far.port) as proxy:
        here = proxy.address.replace("socks5h", "socks5")
        assert (await way(here, "localhost")).endswith(b"far")
        unknown = await fault(here)
    assert unknown.why is W.UNKNOWN_HOST
    assert proxy.wished == ["127.0.0.1:443"]


async def test_a_password() -> None:
    async with (
        RawServer(reply()) as far,
        SocksServer(far.port, user="anna", password="hush") as proxy,
    ):
        assert b"200" in await way(proxy.address.replace("//", "//anna:hush@"))
        assert (await fault(proxy.address)).why is W.WANTS_PASSWORD
        wrong = await fault(proxy.address.replace("//", "//anna:wrong@"))
        long = await fault(proxy.address.replace("//", f"//anna:{'x' * 300}@"))
    assert (wrong.why, long.why) == (W.WRONG_PASSWORD, W.WRONG_PASSWORD)
    assert "wrong" not in f"{wrong} {wrong.technical}"


@pytest.mark.parametrize("says", [b"\x05\x02", b"\x05\x02\x01"])
async def test_one_that_hangs_up_at_the_password_refuses_it(says: bytes) -> None:
    """Many do so in place of an answer; sent again and again, it locks an account."""
    async with SocksServer(0, user="anna", password="hush", hangs_up=True) as proxy:
        found = await fault(proxy.address.replace("//", "//anna:wrong@"))
    assert found.why is W.WRONG_PASSWORD
    async with _Breaks(0, says) as proxy:
        found = await fault(proxy.address.replace("//", "//anna:wrong@"))
    assert found.why is W.WRONG_PASSWORD
    assert not found.is_passing
    assert "wrong" not in f"{found} {found.technical}"


async def test_a_password_that_was_taken_before_is_not_wrong_for_one_line_that_breaks() -> None:
    """As by a server that starts anew; nobody is to wait ten minutes for it. Twice is a no."""
    async with (
        RawServer(reply(200)) as far,
        SocksServer(far.port, user="anna", password="hush", hangs_up=True) as proxy,
    ):
        known = parse_proxy(proxy.address.replace("//", "//anna:hush@"))
        assert isinstance(known, Proxy)
        tunnels = Tunnels(known, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

        async def is_open() -> bool:
            await (await tunnels.connect_tcp("a.invalid", 443, 10.0)).aclose()
            return True

        assert await is_open()
        for breaks, why in ((1, W.HUNG_UP), (2, W.WRONG_PASSWORD)):
            proxy.password = "another"
            for each in range(breaks):
                with pytest.raises(ProxyFault) as caught:
                    await is_open()
                assert caught.value.is_passing is (each == 0)
            assert caught.value.why is why
            proxy.password = "hush"
            if why is W.HUNG_UP:
                assert await is_open()
        talks = proxy.talks
        with pytest.raises(ProxyFault):
            await is_open()
        assert proxy.talks == talks


async def test_a_password_that_nobody_asks_for_stays_here() -> None:
    async with RawServer(reply()) as far, SocksServer(far.port) as proxy:
        assert b"200" in await way(proxy.address.replace("//", "//anna:hush@"))
        assert b"hush" not in proxy.seen


@pytest.mark.parametrize("only_way", [1, 0xFF])
async def test_ways_of_signing_in_that_are_not_known(only_way: int) -> None:
    async with SocksServer(0, only_way=only_way) as proxy:
        assert (await fault(proxy.address.replace("//", "//a:b@"))).why is W.OTHER_SIGN_IN


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (1, W.NO_WAY),
        (2, W.REFUSES),
        (3, W.NO_WAY),
        (4, W.NO_WAY),
        (5, W.NO_WAY),
        (7, W.UNSUPPORTED),
        (8, W.UNSUPPORTED),
        (99, W.NO_WAY),
    ],
)
async def test_what_it_answers(code: int, why: ProxyWhy) -> None:
    async with SocksServer(0, code=code) as proxy:
        found = await fault(proxy.address)
    assert found.why is why
    assert str(code) in found.technical


@pytest.mark.parametrize(
    "says", [b"HTTP/1.1 400 Bad\r\n\r\n", b"\x04\x5a", b"\x05\x00\x01\x00\x00\x01"]
)
async def test_what_is_no_socks_server(says: bytes) -> None:
    async with Mute(says) as server:
        assert (await fault(server.address.replace("http", "socks5h"))).why is W.NOT_A_PROXY


async def test_one_that_speaks_before_it_is_asked() -> None:
    async with Mute(b"\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x01\x01more") as server:
        assert (await fault(server.address.replace("http", "socks5h"))).why is W.NOT_A_PROXY


async def test_one_that_says_nothing_or_hangs_up() -> None:
    async with Mute() as server:
        address = server.address.replace("http", "socks5h")
        assert (await fault(address, 0.1)).why is W.SILENT
        await until(lambda: server.open_lines == 0)
    async with _HangsUp(0) as gone:
        assert (await fault(gone.address.replace("http", "socks5h"))).why is W.HUNG_UP


class _Breaks(SocksServer):
    """Asks for a password, and breaks the connection off, without an end, when it has it."""

    def __init__(self, leads_to: int, says: bytes) -> None:
        super().__init__(leads_to)
        self._says = says

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(4)
        writer.write(self._says)
        await writer.drain()
        await reader.readexactly(12)
        line = writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


class _HangsUp(HttpProxy):
    async def talk(self, reader: object, writer: object) -> None:
        return
