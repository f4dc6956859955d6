"""Changes to the route during requests, which finish on their old connections."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api.transport import RoutedTransport
from tests.support.async_wait import wait_until
from tests.support.certificate_authority import CertificateAuthority
from tests.support.proxy_servers import HttpProxy, SocksServer
from tests.support.raw_server import (
    KeepAlive,
    RawConnection,
    RawServer,
    reply,
)
from tests.support.routed_clients import URL, SwitchableRoute, fixed_route, proxy_route

if TYPE_CHECKING:
    import ssl
    from pathlib import Path


async def test_a_new_route_counts_from_the_next_request_on(
    tmp_path: Path, authority: CertificateAuthority, server_tls: ssl.SSLContext
) -> None:
    released = asyncio.Event()

    async def slowly(connection: RawConnection) -> None:
        await connection.read_body()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
        await released.wait()
        await connection.send(b"half")

    ca_file = authority.write_pem(tmp_path)
    async with (
        RawServer(slowly, reply(200, b"new"), tls=server_tls) as server,
        HttpProxy(server.port) as old,
        SocksServer(server.port) as new,
    ):
        switch = SwitchableRoute(proxy_route(old.address, ca_file))
        transport = RoutedTransport(httpx.Limits(), switch)
        async with httpx.AsyncClient(transport=transport) as client:
            request = client.build_request("GET", URL)
            running = await client.send(request, stream=True)
            switch.route = proxy_route(new.address, ca_file)
            assert (await client.get(URL)).text == "new"
            assert (len(old.requested_hosts), len(new.requested_hosts)) == (1, 1)
            # The running request finishes on its own connection; nothing is requested twice.
            released.set()
            assert await running.aread() == b"halfhalf"
            await wait_until(lambda: old.open_connections == 0)
    assert len(server.received) == 2


async def test_idle_connections_of_the_old_route_are_closed_at_once(
    tmp_path: Path, authority: CertificateAuthority, server_tls: ssl.SSLContext
) -> None:
    ca_file = authority.write_pem(tmp_path)
    async with (
        RawServer(KeepAlive(reply(200, b"x")), tls=server_tls) as server,
        HttpProxy(server.port) as old,
        HttpProxy(server.port) as new,
    ):
        switch = SwitchableRoute(proxy_route(old.address, ca_file))
        async with httpx.AsyncClient(transport=RoutedTransport(httpx.Limits(), switch)) as client:
            await client.get(URL)
            assert old.open_connections == 1
            switch.route = proxy_route(new.address, ca_file)
            await client.get(URL)
            await wait_until(lambda: old.open_connections == 0)
            assert new.open_connections == 1


async def test_a_company_certificate_counts_from_the_next_request_on(
    tmp_path: Path, authority: CertificateAuthority, server_tls: ssl.SSLContext
) -> None:
    async with (
        RawServer(reply(200, b"x"), tls=server_tls) as server,
        HttpProxy(server.port) as proxy,
    ):
        switch = SwitchableRoute(proxy_route(proxy.address))
        async with httpx.AsyncClient(transport=RoutedTransport(httpx.Limits(), switch)) as client:
            with pytest.raises(httpx.ConnectError):
                await client.get(URL)
            switch.route = proxy_route(proxy.address, authority.write_pem(tmp_path))
            assert (await client.get(URL)).text == "x"


@pytest.mark.parametrize("is_of_the_system", [False, True], ids=["company", "system"])
async def test_a_certificate_that_is_set_right_counts_from_the_next_request_on(
    is_of_the_system: bool,
    tmp_path: Path,
    authority: CertificateAuthority,
    server_tls: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A corrected certificate file is used from the next request on, as the advice promises.

    Users neither restart the program for it nor save unchanged settings.
    """
    file = CertificateAuthority().write_pem(tmp_path)
    if is_of_the_system:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    async with (
        RawServer(reply(200, b"x"), tls=server_tls) as server,
        HttpProxy(server.port) as proxy,
    ):
        route = proxy_route(proxy.address, "" if is_of_the_system else file)
        transport = RoutedTransport(httpx.Limits(), fixed_route(route))
        async with httpx.AsyncClient(transport=transport) as client:
            for _time in range(2):
                with pytest.raises(httpx.ConnectError):
                    await client.get(URL)
            authority.write_pem(tmp_path)
            os.utime(file, (1, 1))
            assert (await client.get(URL)).text == "x"
