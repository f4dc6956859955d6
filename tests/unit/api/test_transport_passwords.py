"""Number of times that a refused password is sent to a real proxy."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api import account, inference
from runcomfy_desktop.api.connection_errors import ProxyConnectError, ProxyErrorReason
from runcomfy_desktop.api.request_body import SubmitBody
from runcomfy_desktop.api.transport import RoutedTransport
from runcomfy_desktop.domain.base.problem import Problem
from tests.support.proxy_servers import HttpProxy, SocksServer
from tests.support.routed_clients import (
    URL,
    SwitchableRoute,
    fixed_route,
    problem_of,
    proxy_route,
    routed_client,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


async def test_a_wrong_password_is_said_and_not_shown() -> None:
    async with HttpProxy(0, user="anna", password="hush") as proxy:
        address = proxy.address.replace("//", "//anna:wrong-one@")
        problem = await problem_of(routed_client(proxy_route(address)))
    assert "does not accept the user name or the password" in problem.title
    assert "wrong-one" not in f"{problem.sentence()} {problem.technical} {problem!r}"


@pytest.mark.parametrize("kind", [HttpProxy, SocksServer])
async def test_a_wrong_password_is_not_sent_again_and_again(
    kind: type[HttpProxy | SocksServer],
) -> None:
    """Jobs are polled for hours; after some wrong passwords a company locks the account."""
    async with kind(0, user="anna", password="hush") as proxy:
        switch = SwitchableRoute(proxy_route(proxy.address.replace("//", "//anna:wrong@")))
        transport = RoutedTransport(httpx.Limits(), switch)
        async with httpx.AsyncClient(transport=transport) as client:
            for talks, is_typed_again in ((1, 0), (1, 0), (1, 0), (2, 1), (2, 0)):
                if is_typed_again:
                    switch.route.forget_refusals()
                with pytest.raises(ProxyConnectError) as caught:
                    await client.get(URL)
                assert caught.value.reason is ProxyErrorReason.WRONG_PASSWORD
                assert proxy.connections == talks


@pytest.mark.parametrize("kind", [HttpProxy, SocksServer])
async def test_a_wrong_password_is_not_sent_by_a_dozen_at_once(
    kind: type[HttpProxy | SocksServer],
) -> None:
    """Many jobs are polled at once at startup, before the proxy has refused the password."""
    async with kind(0, user="anna", password="hush") as proxy:
        route = proxy_route(proxy.address.replace("//", "//anna:wrong@"))
        async with httpx.AsyncClient(
            transport=RoutedTransport(httpx.Limits(), fixed_route(route))
        ) as client:
            asked = (client.get(URL) for _time in range(12))
            faults = await asyncio.gather(*asked, return_exceptions=True)
        assert [isinstance(each, ProxyConnectError) and each.reason for each in faults] == [
            ProxyErrorReason.WRONG_PASSWORD
        ] * 12
        assert proxy.connections == 1


def socks_that_hangs_up() -> SocksServer:
    return SocksServer(0, user="anna", password="hush", hangs_up=True)


def http_proxy() -> HttpProxy:
    return HttpProxy(0, user="anna", password="hush")


@pytest.mark.parametrize("make", [http_proxy, socks_that_hangs_up])
async def test_a_wrong_password_is_sent_once_by_all_that_a_program_asks(
    make: Callable[[], HttpProxy | SocksServer], tmp_path: Path
) -> None:
    """Queries, jobs and files have separate connection pools, and there are several clients."""
    async with make() as proxy:
        route = proxy_route(proxy.address.replace("//", "//anna:wrong@"))
        async with routed_client(route) as one, routed_client(replace(route)) as other:
            for client in (one, other):
                asked = (
                    account.read_balance(client),
                    inference.submit(client, "d-1", SubmitBody({}, tmp_path)),
                    client.get_public(f"{URL}/file", 100),
                )
                for problem in await asyncio.gather(*asked, return_exceptions=True):
                    assert isinstance(problem, Problem)
                    assert "does not accept" in problem.title
        assert proxy.connections == 1
