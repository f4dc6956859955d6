"""Cancelled requests do not use up connections and do not leave any open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api.proxies import Route
from runcomfy_desktop.api.transport import RoutedTransport
from tests.support.async_wait import wait_until
from tests.support.proxy_servers import HttpProxy, MuteServer
from tests.support.raw_server import (
    KeepAlive,
    RawServer,
    reply,
)
from tests.support.routed_clients import URL, SwitchableRoute, fixed_route, proxy_route

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from tests.support.certificate_authority import CertificateAuthority


async def test_connections_are_closed_though_who_closes_them_is_given_up() -> None:
    """Connections are closed even if the request that closes them is cancelled.

    `Account` cancels a running query when it starts the next one, as it does when the route
    changes.
    """
    async with RawServer(KeepAlive(reply(200, b"x"))) as server:
        switch = SwitchableRoute(Route())
        transport = RoutedTransport(httpx.Limits(), switch)
        async with httpx.AsyncClient(transport=transport) as client:
            await asyncio.gather(*(client.get(server.url) for _time in range(5)))
            assert server.open_connections == 5
            switch.route = Route(ca_file="another")
            for steps in range(4):
                asking = asyncio.create_task(client.get(server.url))
                for _step in range(steps):
                    await asyncio.sleep(0)
                asking.cancel()
                await asyncio.wait([asking])
            await wait_until(lambda: server.open_connections <= 1)


@pytest.mark.parametrize("proxied", [False, True], ids=["directly", "by-proxy"])
@pytest.mark.parametrize("kept", [0, 1])
async def test_requests_that_are_given_up_at_any_moment_use_no_connections_up(
    kept: int,
    proxied: bool,
    tmp_path: Path,
    authority: CertificateAuthority,
    server_tls: ssl.SSLContext,
) -> None:
    """Requests cancelled at any moment do not use up connections.

    httpcore leaks the slots of requests cancelled right after connecting and right at the end of
    their response.
    """
    tls = server_tls if proxied else None
    async with (
        RawServer(KeepAlive(reply(200, b"x")), tls=tls) as server,
        HttpProxy(server.port) as proxy,
    ):
        route = proxy_route(proxy.address, authority.write_pem(tmp_path)) if proxied else Route()
        url = URL if proxied else server.url
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=kept)
        transport = RoutedTransport(limits, fixed_route(route))
        patience = httpx.Timeout(10.0, pool=10.0)
        async with httpx.AsyncClient(transport=transport, timeout=patience) as client:
            for steps in range(60):
                asking = asyncio.create_task(client.get(url))
                for _step in range(steps):
                    await asyncio.sleep(0)
                asking.cancel()
                await asyncio.wait([asking])
                assert (await client.get(url)).text == "x"
        await wait_until(lambda: server.open_connections == 0)


@pytest.mark.parametrize("proxied", [False, True], ids=["directly", "by-proxy"])
async def test_a_server_that_is_given_up_while_it_keeps_tls_waiting_is_left(proxied: bool) -> None:
    async with MuteServer() as server, HttpProxy(server.port) as proxy:
        route = proxy_route(proxy.address) if proxied else Route()
        url = URL if proxied else f"https://127.0.0.1:{server.port}"
        transport = RoutedTransport(httpx.Limits(), fixed_route(route))
        async with httpx.AsyncClient(transport=transport) as client:
            asking = asyncio.create_task(client.get(url))
            await wait_until(lambda: server.open_connections == 1)
            asking.cancel()
            await asyncio.wait([asking])
            await wait_until(lambda: server.open_connections == 0)
