"""Requests without a token, to checked hosts only; redirects are followed here."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.address import parse_url
from runcomfy_desktop.api.operations import ApiOperation, consequence
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@asynccontextmanager
async def open_checked(
    pool: httpx.AsyncClient,
    url: str,
    is_allowed: Callable[[httpx.URL], bool],
    operation: ApiOperation,
    headers: Mapping[str, str] | None = None,
) -> AsyncIterator[httpx.Response]:
    """Yields the response to a GET of `url`; `is_allowed` checks each hop before it is requested.

    Raises Problem for a hop that is not allowed, and httpx's errors for a broken connection.
    """
    # File names are chosen by users and may contain spaces; a host with a space is still refused.
    current = parse_url(url.replace(" ", "%20"))
    for _hop in range(constants.MAX_REDIRECTS + 1):
        if current is None or not is_allowed(current):
            raise _refused_problem(current, operation)
        request = pool.build_request("GET", current, headers=headers)
        response = await _send(pool, request)
        try:
            location = response.headers.get("location", "")
            if response.status_code not in _REDIRECTS or not location:
                yield response
                return
            current = _join(current, location)
        finally:
            await response.aclose()
    is_probe = operation is ApiOperation.PROBE
    raise Problem(
        _("The API address leads in circles.")
        if is_probe
        else _("The address of a file leads in circles."),
        consequence(operation),
        _check_address_advice() if is_probe else "",
        kind=ProblemKind.REJECTED,
    )


async def _send(pool: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Returns the response once its headers have arrived. Slow headers count as a time-out."""
    try:
        async with asyncio.timeout(constants.RESPONSE_TIMEOUT_S):
            return await pool.send(request, stream=True)
    except TimeoutError:
        raise httpx.ReadTimeout(f"no answer after {constants.RESPONSE_TIMEOUT_S} s") from None


def _join(base: httpx.URL, location: str) -> httpx.URL | None:
    try:
        return parse_url(str(base.join(location)))
    except (httpx.InvalidURL, ValueError):
        return None


def _refused_problem(url: httpx.URL | None, operation: ApiOperation) -> Problem:
    advice = (
        _check_address_advice()
        if operation is ApiOperation.PROBE
        else _("Tell the owner of the deployment.")
    )
    host = _("a place without a proper address") if url is None else url.host
    return Problem(
        _("The service points to %s, which is not one of its own places.") % host,
        consequence(operation),
        _("Nothing was fetched from there. %s") % advice,
        kind=ProblemKind.REJECTED,
    )


def _check_address_advice() -> str:
    return _("Check the API address in Settings, and whether this network wants a log-in.")
