"""Ways through real proxies on loopback; the rest of what they do is in `test_transport*.py`."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.line_faults import ProxyFault, ProxyWhy
from runcomfy_desktop.api.proxies import Proxy, parse_proxy
from runcomfy_desktop.api.tunnel import Direct, Tunnels
from tests.support.authority import Authority
from tests.support.proxy_servers import HttpProxy, Mute, ProxyServer
from tests.support.raw_server import RawServer, reply
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

W = ProxyWhy


async def way(
    address: str,
    *,
    limit_s: float = 10.0,
    tls: ssl.SSLContext | None = None,
    host: str = "a.invalid",
) -> bytes:
    """What a server behind the proxy says to `hello`."""
    proxy = parse_proxy(address)
    assert isinstance(proxy, Proxy)
    tunnels = Tunnels(proxy, tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    stream = await tunnels.connect_tcp(host, 443, limit_s)
    try:
        await stream.write(b"GET / HTTP/1.1\r\n\r\n")
        return await stream.read(4096)
    finally:
        await stream.aclose()


async def fault(server: ProxyServer | str, limit_s: float = 10.0) -> ProxyFault:
    address = server if isinstance(server, str) else server.address
    with pytest.raises(ProxyFault) as caught:
        await way(address, limit_s=limit_s)
    return caught.value


async def test_a_way_through_leads_to_the_host_by_its_name() -> None:
    async with RawServer(reply(200, b"far")) as far, HttpProxy(far.port) as proxy:
        assert (await way(proxy.address)).endswith(b"far")
        assert (await way(proxy.address, host="fd00::1")).endswith(b"far")
    assert proxy.wished == ["a.invalid:443", "[fd00::1]:443"]


async def test_a_password_is_sent_to_the_proxy_at_once() -> None:
    async with (
        RawServer(reply()) as far,
        HttpProxy(far.port, user="anna", password="hüsh:") as proxy,
    ):
        good = proxy.address.replace("//", "//anna:h%C3%BCsh%3A@")
        assert b"200" in await way(good)
        assert (await fault(proxy)).why is W.WANTS_PASSWORD
        wrong = await fault(proxy.address.replace("//", "//anna:wrong@"))
        assert wrong.why is W.WRONG_PASSWORD
        assert "wrong" not in f"{wrong} {wrong.technical} {wrong.proxy}"


async def test_with_a_password_that_was_taken_nobody_waits_for_another() -> None:
    """Only the first goes alone; one that the proxy leaves waiting holds up nobody after that."""
    async with (
        RawServer(reply(200)) as far,
        HttpProxy(far.port, user="anna", password="x") as proxy,
    ):
        known = parse_proxy(proxy.address.replace("//", "//anna:x@"))
        assert isinstance(known, Proxy)
        tunnels = Tunnels(known, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        await (await tunnels.connect_tcp("a.invalid", 443, 10.0)).aclose()
        proxy.holds = asyncio.Event()
        opening = [
            asyncio.create_task(tunnels.connect_tcp("a.invalid", 443, 10.0)) for _time in range(3)
        ]
        await until(lambda: len(proxy.wished) == 4)
        proxy.holds.set()
        for each in opening:
            await (await each).aclose()


@pytest.mark.parametrize("says", [b"100 Continue\r\n", b"102 Processing\r\nVia: x\r\n"])
async def test_what_a_proxy_says_before_its_answer_is_none(says: bytes) -> None:
    between = b"HTTP/1.1 " + says + b"\r\n"
    async with (
        RawServer(reply(200, b"far")) as far,
        HttpProxy(far.port, says_before=between * 2) as proxy,
    ):
        assert (await way(proxy.address)).endswith(b"far")
    async with HttpProxy(0, says_before=between, refuses=reply(403)) as proxy:
        assert (await fault(proxy)).technical == "HTTP 403 Whatever"
    async with HttpProxy(0, refuses=between) as proxy:
        assert (await fault(proxy)).why is W.HUNG_UP
    async with HttpProxy(0, refuses=reply(101)) as proxy:
        assert (await fault(proxy)).why is W.REFUSES


async def test_a_way_of_signing_in_that_is_not_known() -> None:
    head = b"HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n"
    async with HttpProxy(0, refuses=head) as proxy:
        assert (await fault(proxy)).why is W.OTHER_SIGN_IN


@pytest.mark.parametrize(
    ("says", "why", "why_with"),
    [
        (b'Negotiate, Basic realm="x"', W.WANTS_PASSWORD, W.WRONG_PASSWORD),
        (b"NTLM,Basic", W.WANTS_PASSWORD, W.WRONG_PASSWORD),
        (b'Digest realm="a, basic b", qop=auth', W.OTHER_SIGN_IN, W.OTHER_SIGN_IN),
    ],
)
async def test_ways_of_signing_in_on_one_line(
    says: bytes, why: ProxyWhy, why_with: ProxyWhy
) -> None:
    head = b"HTTP/1.1 407 No\r\nProxy-Authenticate: " + says + b"\r\nVia: x\r\n\r\n"
    async with HttpProxy(0, refuses=head) as proxy:
        assert (await fault(proxy)).why is why
        assert (await fault(proxy.address.replace("//", "//anna:hush@"))).why is why_with


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (403, W.REFUSES),
        (451, W.REFUSES),
        (502, W.NO_WAY),
        (503, W.NO_WAY),
        (504, W.NO_WAY),
        (405, W.NOT_A_PROXY),
        (404, W.NOT_A_PROXY),
        (302, W.REFUSES),
    ],
)
async def test_what_a_proxy_answers(status: int, why: ProxyWhy) -> None:
    async with HttpProxy(0, refuses=reply(status, b"<html>a page</html>")) as proxy:
        found = await fault(proxy)
    assert found.why is why
    assert str(status) in found.technical


@pytest.mark.parametrize(
    "says",
    [
        b"SSH-2.0-OpenSSH_9\r\n",
        b"\x15\x03\x01\x00\x02\x02\x0a",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\n\r\nwelcome",
        b"220 mail\r\n\r\n",
    ],
    ids=["ssh", "tls", "no-status", "no-end", "talks-on", "mail"],
)
async def test_what_is_no_proxy(says: bytes) -> None:
    async with Mute(says) as server:
        assert (await fault(server)).why is W.NOT_A_PROXY


async def test_a_proxy_that_says_nothing_is_waited_for_within_the_limit() -> None:
    async with Mute() as server:
        assert (await fault(server, 0.1)).why is W.SILENT
        await until(lambda: server.open_lines == 0)


async def test_a_proxy_that_hangs_up() -> None:
    async with HttpProxy(0, refuses=b"") as server:
        assert (await fault(server)).why is W.HUNG_UP


async def test_a_proxy_that_is_not_there() -> None:
    async with Mute() as server:
        address = server.address
    assert (await fault(address)).why is W.UNREACHABLE
    assert (await fault("http://proxy.invalid:8080")).why is W.UNKNOWN_NAME


async def test_being_given_up_leaves_no_line_open() -> None:
    async with Mute() as server:
        asking = asyncio.create_task(way(server.address))
        await until(lambda: server.open_lines == 1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await until(lambda: server.open_lines == 0)


async def test_a_proxy_that_is_spoken_to_by_tls(tmp_path: Path) -> None:
    authority = Authority()
    # Python's default context is stricter from 3.13 on than the program's is.
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(cadata=authority.pem.decode())
    async with (
        RawServer(reply(200, b"far")) as far,
        HttpProxy(far.port, tls=authority.server(tmp_path, "127.0.0.1")) as proxy,
    ):
        address = proxy.address.replace("http:", "https:")
        assert (await way(address, tls=trusting)).endswith(b"far")
        assert (await fault(address)).why is W.TLS
    async with Mute(reply(400)) as plain:
        assert (await fault(plain.address.replace("http:", "https:"))).why is W.TLS


async def test_tls_that_breaks_once_it_stands_is_the_proxy_s_fault(tmp_path: Path) -> None:
    """As by an alert that it wants a certificate of ours: an error of TLS, not of the line."""
    authority = Authority()
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(cadata=authority.pem.decode())
    async with (
        HttpProxy(0, refuses=reply(403), tls=authority.server(tmp_path, "127.0.0.1")) as proxy,
        _PassesOn(proxy.port) as between,
    ):
        proxy.holds = asyncio.Event()
        asking = asyncio.create_task(way(between.address, tls=trusting))
        await until(lambda: proxy.wished)
        between.spoils = True
        proxy.holds.set()
        with pytest.raises(ProxyFault) as caught:
            await asking
    assert caught.value.why is W.TLS


class _PassesOn(ProxyServer):
    """Stands between the program and a proxy."""

    scheme = "https"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.pass_on(reader, writer)


async def test_a_connection_without_a_proxy() -> None:
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
