"""Connections through real proxies on loopback; see also `test_transport*.py`."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.connection_errors import ProxyConnectError, ProxyErrorReason
from runcomfy_desktop.api.network_backends import DirectBackend, TunnelBackend
from runcomfy_desktop.api.proxies import Proxy, parse_proxy
from tests.support.async_wait import wait_until
from tests.support.certificate_authority import CertificateAuthority
from tests.support.proxy_servers import HttpProxy, MuteServer, ProxyServer
from tests.support.raw_server import RawServer, reply

if TYPE_CHECKING:
    from pathlib import Path

W = ProxyErrorReason


async def proxy_route(
    address: str,
    *,
    limit_s: float = 10.0,
    tls: ssl.SSLContext | None = None,
    host: str = "a.invalid",
) -> bytes:
    """Returns the response of a server behind the proxy."""
    proxy = parse_proxy(address)
    assert isinstance(proxy, Proxy)
    tunnels = TunnelBackend(proxy, tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    stream = await tunnels.connect_tcp(host, 443, limit_s)
    try:
        await stream.write(b"GET / HTTP/1.1\r\n\r\n")
        return await stream.read(4096)
    finally:
        await stream.aclose()


async def fault(server: ProxyServer | str, limit_s: float = 10.0) -> ProxyConnectError:
    address = server if isinstance(server, str) else server.address
    with pytest.raises(ProxyConnectError) as caught:
        await proxy_route(address, limit_s=limit_s)
    return caught.value


async def test_a_way_through_leads_to_the_host_by_its_name() -> None:
    async with RawServer(reply(200, b"far")) as far, HttpProxy(far.port) as proxy:
        assert (await proxy_route(proxy.address)).endswith(b"far")
        assert (await proxy_route(proxy.address, host="fd00::1")).endswith(b"far")
    assert proxy.requested_hosts == ["a.invalid:443", "[fd00::1]:443"]


async def test_a_password_is_sent_to_the_proxy_at_once() -> None:
    async with (
        RawServer(reply()) as far,
        HttpProxy(far.port, user="anna", password="hüsh:") as proxy,
    ):
        good = proxy.address.replace("//", "//anna:h%C3%BCsh%3A@")
        assert b"200" in await proxy_route(good)
        assert (await fault(proxy)).reason is W.PASSWORD_REQUIRED
        wrong = await fault(proxy.address.replace("//", "//anna:wrong@"))
        assert wrong.reason is W.WRONG_PASSWORD
        assert "wrong" not in f"{wrong} {wrong.technical} {wrong.proxy}"


async def test_with_a_password_that_was_taken_nobody_waits_for_another() -> None:
    """Only the first connection is opened alone; after it, a slow one does not delay others."""
    async with (
        RawServer(reply(200)) as far,
        HttpProxy(far.port, user="anna", password="x") as proxy,
    ):
        known = parse_proxy(proxy.address.replace("//", "//anna:x@"))
        assert isinstance(known, Proxy)
        tunnels = TunnelBackend(known, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        await (await tunnels.connect_tcp("a.invalid", 443, 10.0)).aclose()
        proxy.release_event = asyncio.Event()
        opening = [
            asyncio.create_task(tunnels.connect_tcp("a.invalid", 443, 10.0)) for _time in range(3)
        ]
        await wait_until(lambda: len(proxy.requested_hosts) == 4)
        proxy.release_event.set()
        for each in opening:
            await (await each).aclose()


@pytest.mark.parametrize("says", [b"100 Continue\r\n", b"102 Processing\r\nVia: x\r\n"])
async def test_what_a_proxy_says_before_its_answer_is_none(says: bytes) -> None:
    between = b"HTTP/1.1 " + says + b"\r\n"
    async with (
        RawServer(reply(200, b"far")) as far,
        HttpProxy(far.port, greeting=between * 2) as proxy,
    ):
        assert (await proxy_route(proxy.address)).endswith(b"far")
    async with HttpProxy(0, greeting=between, refusal=reply(403)) as proxy:
        assert (await fault(proxy)).technical == "HTTP 403 Whatever"
    async with HttpProxy(0, refusal=between) as proxy:
        assert (await fault(proxy)).reason is W.DISCONNECTED
    async with HttpProxy(0, refusal=reply(101)) as proxy:
        assert (await fault(proxy)).reason is W.FORBIDDEN


async def test_a_way_of_signing_in_that_is_not_known() -> None:
    head = b"HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n\r\n"
    async with HttpProxy(0, refusal=head) as proxy:
        assert (await fault(proxy)).reason is W.UNSUPPORTED_AUTH


@pytest.mark.parametrize(
    ("says", "why", "why_with"),
    [
        (b'Negotiate, Basic realm="x"', W.PASSWORD_REQUIRED, W.WRONG_PASSWORD),
        (b"NTLM,Basic", W.PASSWORD_REQUIRED, W.WRONG_PASSWORD),
        (b'Digest realm="a, basic b", qop=auth', W.UNSUPPORTED_AUTH, W.UNSUPPORTED_AUTH),
    ],
)
async def test_ways_of_signing_in_on_one_connection(
    says: bytes, why: ProxyErrorReason, why_with: ProxyErrorReason
) -> None:
    head = b"HTTP/1.1 407 No\r\nProxy-Authenticate: " + says + b"\r\nVia: x\r\n\r\n"
    async with HttpProxy(0, refusal=head) as proxy:
        assert (await fault(proxy)).reason is why
        assert (await fault(proxy.address.replace("//", "//anna:hush@"))).reason is why_with


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (403, W.FORBIDDEN),
        (451, W.FORBIDDEN),
        (502, W.HOST_UNREACHABLE),
        (503, W.HOST_UNREACHABLE),
        (504, W.HOST_UNREACHABLE),
        (405, W.NOT_A_PROXY),
        (404, W.NOT_A_PROXY),
        (302, W.FORBIDDEN),
    ],
)
async def test_what_a_proxy_answers(status: int, why: ProxyErrorReason) -> None:
    async with HttpProxy(0, refusal=reply(status, b"<html>a page</html>")) as proxy:
        found = await fault(proxy)
    assert found.reason is why
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
    async with MuteServer(says) as server:
        assert (await fault(server)).reason is W.NOT_A_PROXY


async def test_a_proxy_that_says_nothing_is_waited_for_within_the_limit() -> None:
    async with MuteServer() as server:
        assert (await fault(server, 0.1)).reason is W.NO_RESPONSE
        await wait_until(lambda: server.open_connections == 0)


async def test_a_proxy_that_hangs_up() -> None:
    async with HttpProxy(0, refusal=b"") as server:
        assert (await fault(server)).reason is W.DISCONNECTED


async def test_a_proxy_that_is_not_there() -> None:
    async with MuteServer() as server:
        address = server.address
    assert (await fault(address)).reason is W.UNREACHABLE
    assert (await fault("http://proxy.invalid:8080")).reason is W.UNKNOWN_PROXY


async def test_being_given_up_leaves_no_connection_open() -> None:
    async with MuteServer() as server:
        asking = asyncio.create_task(proxy_route(server.address))
        await wait_until(lambda: server.open_connections == 1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await wait_until(lambda: server.open_connections == 0)


async def test_a_proxy_that_is_spoken_to_by_tls(tmp_path: Path) -> None:
    authority = CertificateAuthority()
    # From Python 3.13 on, the default context is stricter than the program's.
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(cadata=authority.pem.decode())
    async with (
        RawServer(reply(200, b"far")) as far,
        HttpProxy(far.port, tls=authority.server(tmp_path, "127.0.0.1")) as proxy,
    ):
        address = proxy.address.replace("http:", "https:")
        assert (await proxy_route(address, tls=trusting)).endswith(b"far")
        assert (await fault(address)).reason is W.TLS
    async with MuteServer(reply(400)) as plain:
        assert (await fault(plain.address.replace("http:", "https:"))).reason is W.TLS


async def test_tls_that_breaks_once_it_stands_is_the_proxy_s_fault(tmp_path: Path) -> None:
    """An alert after the handshake is reported as a TLS error, not as a broken connection.

    An example is the alert that the proxy requires a client certificate.
    """
    authority = CertificateAuthority()
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(cadata=authority.pem.decode())
    async with (
        HttpProxy(0, refusal=reply(403), tls=authority.server(tmp_path, "127.0.0.1")) as proxy,
        _ForwardingProxy(proxy.port) as between,
    ):
        proxy.release_event = asyncio.Event()
        asking = asyncio.create_task(proxy_route(between.address, tls=trusting))
        await wait_until(lambda: proxy.requested_hosts)
        between.corrupts_data = True
        proxy.release_event.set()
        with pytest.raises(ProxyConnectError) as caught:
            await asking
    assert caught.value.reason is W.TLS


class _ForwardingProxy(ProxyServer):
    """Forwards data between the program and a proxy."""

    scheme = "https"

    async def serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await self.forward(reader, writer)


async def test_a_connection_without_a_proxy() -> None:
    async with RawServer(reply(200, b"far")) as server:
        stream = await DirectBackend().connect_tcp("127.0.0.1", server.port, 10.0)
        await stream.write(b"GET / HTTP/1.1\r\n\r\n")
        assert (await stream.read(4096)).endswith(b"far")
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", server.port)
        await stream.aclose()


async def test_one_that_is_given_up_while_it_waits_for_tls_is_closed() -> None:
    async with MuteServer() as server:
        stream = await DirectBackend().connect_tcp("127.0.0.1", server.port, 10.0)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        asking = asyncio.create_task(stream.start_tls(context, "a.invalid", 10.0))
        await wait_until(lambda: server.open_connections == 1)
        await asyncio.sleep(0.01)
        assert not asking.done()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await wait_until(lambda: server.open_connections == 0)
