"""How often a real proxy is sent a password that it refuses."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from runcomfy_desktop.api.line_faults import ProxyFault, ProxyWhy
from runcomfy_desktop.api.transport import RoutedTransport
from tests.support.proxy_servers import HttpProxy, SocksServer
from tests.support.routed import URL, Switch, by, client_by, fixed, problem_of


async def test_a_wrong_password_is_said_and_not_shown() -> None:
    async with HttpProxy(0, user="anna", password="hush") as proxy:
        address = proxy.address.replace("//", "//anna:wrong-one@")
        problem = await problem_of(client_by(by(address)))
    assert "does not accept the user name or the password" in problem.title
    assert "wrong-one" not in f"{problem.sentence()} {problem.technical} {problem!r}"


@pytest.mark.parametrize("kind", [HttpProxy, SocksServer])
async def test_a_wrong_password_is_not_sent_again_and_again(
    kind: type[HttpProxy | SocksServer],
) -> None:
    """Jobs are asked about for hours; after some wrong passwords a company locks the account."""
    async with kind(0, user="anna", password="hush") as proxy:
        switch = Switch(by(proxy.address.replace("//", "//anna:wrong@")))
        transport = RoutedTransport(httpx.Limits(), switch)
        async with httpx.AsyncClient(transport=transport) as client:
            for talks in (1, 1, 1, 2, 2):
                if talks == 2:
                    # Typed once more.
                    switch.route = replace(switch.route, attempt=1)
                with pytest.raises(ProxyFault) as caught:
                    await client.get(URL)
                assert caught.value.why is ProxyWhy.WRONG_PASSWORD
                assert proxy.talks == talks


@pytest.mark.parametrize("kind", [HttpProxy, SocksServer])
async def test_a_wrong_password_is_not_sent_by_a_dozen_at_once(
    kind: type[HttpProxy | SocksServer],
) -> None:
    """As many jobs are asked about when the program starts, before the first is refused."""
    async with kind(0, user="anna", password="hush") as proxy:
        route = by(proxy.address.replace("//", "//anna:wrong@"))
        async with httpx.AsyncClient(
            transport=RoutedTransport(httpx.Limits(), fixed(route))
        ) as client:
            asked = (client.get(URL) for _time in range(12))
            faults = await asyncio.gather(*asked, return_exceptions=True)
        assert [isinstance(each, ProxyFault) and each.why for each in faults] == [
            ProxyWhy.WRONG_PASSWORD
        ] * 12
        assert proxy.talks == 1
