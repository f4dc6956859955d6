"""The program's client with real proxies, and servers with certificates created for the test."""

from __future__ import annotations

import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api import account
from runcomfy_desktop.api.connection_errors import ProxyConnectError, ProxyErrorReason
from runcomfy_desktop.api.proxies import Route, parse_proxy
from runcomfy_desktop.api.transport import RoutedTransport
from runcomfy_desktop.domain.deployments.deployment import Balance
from tests.support.clients import KEY
from tests.support.proxy_servers import HttpProxy, SocksServer
from tests.support.raw_server import (
    KeepAlive,
    RawServer,
    drop_after_body,
    json_reply,
    reply,
)
from tests.support.routed_clients import BALANCE, HOST, URL, fixed_route, proxy_route, routed_client

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from tests.support.certificate_authority import CertificateAuthority


@pytest.mark.parametrize("kind", [HttpProxy, SocksServer])
async def test_the_key_goes_through_the_proxy_unseen(
    kind: type[HttpProxy | SocksServer],
    tmp_path: Path,
    authority: CertificateAuthority,
    server_tls: ssl.SSLContext,
) -> None:
    async with (
        RawServer(json_reply(BALANCE), tls=server_tls) as server,
        kind(server.port, user="anna", password="hush") as proxy,
    ):
        address = proxy.address.replace("//", "//anna:hush@")
        route = proxy_route(address, authority.write_pem(tmp_path))
        async with routed_client(route) as client:
            assert await account.read_balance(client) == Balance(12.5)
    assert proxy.requested_hosts == [f"{HOST}:443"]
    assert server.received[0].headers["authorization"] == f"Bearer {KEY}"
    # The password of the proxy is not sent to the server.
    assert "proxy-authorization" not in server.received[0].headers
    assert len(proxy.received_bytes) > 500
    assert KEY.encode() not in proxy.received_bytes
    assert b"Bearer" not in proxy.received_bytes


async def test_connections_are_kept_behind_a_proxy(
    tmp_path: Path, authority: CertificateAuthority, server_tls: ssl.SSLContext
) -> None:
    stored = KeepAlive(json_reply(BALANCE))
    async with (
        RawServer(stored, tls=server_tls) as server,
        HttpProxy(server.port) as proxy,
        routed_client(proxy_route(proxy.address, authority.write_pem(tmp_path))) as client,
    ):
        for _time in range(3):
            await account.read_balance(client)
        assert server.connections == 1


async def test_loopback_is_reached_directly() -> None:
    route = Route({"all": parse_proxy("http://127.0.0.1:1")})
    async with (
        RawServer(json_reply(BALANCE)) as server,
        routed_client(route, base_url=server.url) as client,
    ):
        assert await account.read_balance(client) == Balance(12.5)


async def test_a_kind_that_is_not_known_is_not_passed_by() -> None:
    """A proxy of an unknown kind is not bypassed.

    Users who set a proxy do not want direct connections.
    """
    transport = RoutedTransport(
        httpx.Limits(), fixed_route(proxy_route("socks4://proxy.invalid:1080"))
    )
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(ProxyConnectError) as caught:
            await client.get(URL)
    assert caught.value.reason is ProxyErrorReason.UNSUPPORTED


async def test_what_the_system_excepts_is_reached_directly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only Windows and macOS know these exceptions; they are queried once for each host."""
    requests: list[str] = []

    def is_excepted(host: str) -> bool:
        requests.append(host)
        return host == HOST

    monkeypatch.setattr(urllib.request, "proxy_bypass_registry", is_excepted, raising=False)
    async with HttpProxy(0, refusal=reply(403)) as proxy:
        transport = RoutedTransport(
            httpx.Limits(),
            fixed_route(replace(proxy_route(proxy.address), has_system_exceptions=True)),
        )
        async with httpx.AsyncClient(transport=transport) as client:
            for _time in range(2):
                with pytest.raises(httpx.ConnectError):
                    await client.get(URL)
                with pytest.raises(ProxyConnectError):
                    await client.get("https://other.invalid")
    assert proxy.requested_hosts == ["other.invalid:443"] * 2
    assert requests == [HOST, "other.invalid"]


async def test_errors_are_httpx_s() -> None:
    transport = RoutedTransport(httpx.Limits(), fixed_route(Route()))
    async with httpx.AsyncClient(transport=transport) as client:
        async with RawServer(drop_after_body) as server:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(server.url)
        async with RawServer(reply(200, b"half", length=8)) as server:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.get(server.url)
        with pytest.raises(httpx.ConnectError):
            await client.get(server.url)


@pytest.mark.parametrize(
    "location", [b"javascript:1", b"C:\\x", b"about:blank", b"http://xn--/", b"http://[::1"]
)
async def test_a_redirect_to_what_is_no_address_is_an_answer(location: bytes) -> None:
    """httpx parses redirect targets even if it does not follow them, and fails on some."""
    moved = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
    async with RawServer(moved) as server:
        transport = RoutedTransport(httpx.Limits(), fixed_route(Route()))
        async with httpx.AsyncClient(transport=transport) as client:
            assert (await client.get(server.url)).status_code == 302
