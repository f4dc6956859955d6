"""Clients and transports with a route defined by the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api import account
from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.proxies import Route, parse_proxy
from runcomfy_desktop.domain.base.problem import Problem
from tests.support.clients import KEY, RecordedSleeps

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

HOST = "api.runcomfy.invalid"
URL = f"https://{HOST}"
BALANCE = {"balance_usd": 12.5}


def fixed_route(route: Route) -> Callable[[], Awaitable[Route]]:
    async def ask() -> Route:
        return route

    return ask


def proxy_route(address: str, ca_file: Path | str = "") -> Route:
    return Route({"https": parse_proxy(address)}, ca_file=str(ca_file))


def routed_client(
    route: Route | Callable[[], Awaitable[Route]],
    *,
    sleeps: RecordedSleeps | None = None,
    base_url: str = URL,
) -> Client:
    return Client(
        base_url,
        lambda: KEY,
        queue_version=lambda: "v1",
        user_agent="test",
        route=fixed_route(route) if isinstance(route, Route) else route,
        retry=(sleeps or RecordedSleeps()).retry(),
    )


async def problem_of(client: Client) -> Problem:
    async with client:
        with pytest.raises(Problem) as caught:
            await account.read_balance(client)
        return caught.value


class SwitchableRoute:
    """Route that a test can change."""

    def __init__(self, route: Route) -> None:
        self.route = route

    async def __call__(self) -> Route:
        return self.route
