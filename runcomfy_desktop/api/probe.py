"""Asks whether the service can be reached by a route; without a key, and nothing is changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.api import constants, wording
from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.errands import Errand
from runcomfy_desktop.api.errors import broken_line, refusal, unreadable
from runcomfy_desktop.api.retry import Retry

if TYPE_CHECKING:
    from runcomfy_desktop.api.proxies import Route

PROBE_S = 40.0
# To be asked for a key, and to be told to come back later, is an answer of the service.
_REACHED = frozenset({401, 402, 403, 429})


async def probe(base_url: str, route: Route, *, limit_s: float = PROBE_S) -> None:
    """Returns when the service answers. Raises Problem with what stands in the way."""

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
            async with asyncio.timeout(limit_s):
                answer = await client.get_public(
                    client.url("v2", "balance"), constants.JSON_CAP_BYTES, Errand.TRIAL
                )
        except TimeoutError as error:
            raise broken_line(error, Errand.TRIAL, host=client.host) from None
    if wording.is_web_page(answer):
        raise unreadable(answer, "", Errand.TRIAL)
    if not answer.is_success and answer.status not in _REACHED:
        raise refusal(answer, None, Errand.TRIAL)
