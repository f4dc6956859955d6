"""Tests whether the service can be reached over a route; sends no key and changes nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.api import constants, service_messages
from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.errors import (
    connection_problem,
    refusal_problem,
    unreadable_response_problem,
)
from runcomfy_desktop.api.operations import ApiOperation
from runcomfy_desktop.api.retry import Retry

if TYPE_CHECKING:
    from runcomfy_desktop.api.proxies import Route

TIMEOUT_S = 40.0
# A demand for a key or for payment, or to come back later, comes from the service.
_REACHED = frozenset({401, 402, 403, 429})


async def probe(base_url: str, route: Route, *, timeout_s: float = TIMEOUT_S) -> None:
    """Sends one request. Raises Problem with the cause if the service does not respond."""

    async def this_route() -> Route:
        return route

    async with Client(
        base_url,
        lambda: "",
        queue_version=lambda: "v1",
        user_agent="runcomfy-desktop",
        route=this_route,
        retry=Retry(1),
    ) as client:
        try:
            async with asyncio.timeout(timeout_s):
                response = await client.get_public(
                    client.url("v2", "balance"), constants.JSON_CAP_BYTES, ApiOperation.PROBE
                )
        except TimeoutError as error:
            raise connection_problem(error, ApiOperation.PROBE, host=client.host) from None
    if service_messages.is_web_page(response):
        raise unreadable_response_problem(response, "", ApiOperation.PROBE)
    if not response.is_success and response.status not in _REACHED:
        raise refusal_problem(response, None, ApiOperation.PROBE)
