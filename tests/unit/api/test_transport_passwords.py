"""How often a real proxy is sent a password that it refuses."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from runcomfy_desktop.api import account, inference
from runcomfy_desktop.api.body import SubmitBody
from runcomfy_desktop.api.line_faults import ProxyFault, ProxyWhy
from runcomfy_desktop.api.transport import RoutedTransport
from runcomfy_desktop.domain.problem import Problem
from tests.support.proxy_servers import HttpProxy, SocksServer
from tests.support.routed import URL, Switch, by, client_by, fixed, problem_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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
            for talks, is_typed_again in ((1, 0), (1, 0), (1, 0), (2, 1), (2, 0)):
                if is_typed_again:
                    switch.route.try_again()
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


def socks_that_hangs_up() -> SocksServer:
    return SocksServer(0, user="anna", password="hush", hangs_up=True)


def http_proxy() -> HttpProxy:
    return HttpProxy(0, user="anna", password="hush")


@pytest.mark.parametrize("make", [http_proxy, socks_that_hangs_up])
async def test_a_wrong_password_is_sent_once_by_all_that_a_program_asks(
    make: Callable[[], HttpProxy | SocksServer], tmp_path: Path
) -> None:
    """Questions, jobs and files have pools of their own; and there are several clients."""
    async with make() as proxy:
        route = by(proxy.address.replace("//", "//anna:wrong@"))
        async with client_by(route) as one, client_by(replace(route)) as other:
            for client in (one, other):
                asked = (
                    account.balance(client),
                    inference.submit(client, "d-1", SubmitBody({}, tmp_path)),
                    client.get_public(f"{URL}/file", 100),
                )
                for problem in await asyncio.gather(*asked, return_exceptions=True):
                    assert isinstance(problem, Problem)
                    assert "does not accept" in problem.title
        assert proxy.talks == 1
