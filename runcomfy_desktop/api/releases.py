"""Finds the newest release of this program.

Sends one request without a key or a cookie, and without data about this computer or its user.
"""

from __future__ import annotations

import asyncio
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

import httpx

from runcomfy_desktop.api import constants, service_messages
from runcomfy_desktop.api.address import origin_of, parse_url
from runcomfy_desktop.api.errors import connection_problem
from runcomfy_desktop.api.operations import ApiOperation
from runcomfy_desktop.api.public_requests import open_checked
from runcomfy_desktop.api.response import UnreadableBody, parse_json, read_response
from runcomfy_desktop.api.transport import RoutedTransport
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.release import (
    LATEST_URL,
    RELEASES_PAGE,
    Release,
    plain_notes,
    version_key,
)
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runcomfy_desktop.api.proxies import Route
    from runcomfy_desktop.api.response import ApiResponse
    from runcomfy_desktop.domain.base.json_value import Json

TIMEOUT_S = 20.0
CAP_BYTES = 256 * 1024
# Only the name: the server requires a user agent, and the version would reveal more than it needs.
_HEADERS = {"User-Agent": "runcomfy-desktop", "Accept": "application/vnd.github+json"}


async def read_latest(
    route: Callable[[], Awaitable[Route]], url: str = LATEST_URL, *, timeout_s: float = TIMEOUT_S
) -> Release:
    """Returns the newest release. Raises Problem for any response that is not a release."""
    start = parse_url(url)
    assert start is not None
    origin = origin_of(start)
    async with _create_pool(route) as pool:
        try:
            async with (
                asyncio.timeout(timeout_s),
                open_checked(
                    pool, url, lambda each: origin_of(each) == origin, ApiOperation.READ
                ) as response,
            ):
                api_response = await read_response(response, CAP_BYTES)
        except (httpx.RequestError, TimeoutError) as error:
            cause = connection_problem(error, ApiOperation.READ, host=origin.host)
            raise _unavailable_problem(cause.title, cause.technical) from None
        except Problem as problem:
            raise _unavailable_problem(_("It leads to another server."), problem.title) from None
    return await _parse_release(api_response)


async def _parse_release(api_response: ApiResponse) -> Release:
    if api_response.status in (403, 429):
        raise _unavailable_problem(
            _("It was asked too often from this network."), f"{api_response.status}"
        )
    if not api_response.is_success:
        raise _unavailable_problem(_("It has no release to show (%d).") % api_response.status, "")
    try:
        if api_response.is_too_large or api_response.body_error is not None:
            raise UnreadableBody("too large" if api_response.is_too_large else "cut off")
        value = await parse_json(api_response.body)
        release = _release_from_json(value)
    except UnreadableBody as error:
        raise _unavailable_problem(
            _("What it said is not understood."), service_messages.clean(f"{error}")
        ) from None
    return release


def _release_from_json(value: Json) -> Release:
    found = value if isinstance(value, dict) else {}
    version, notes = found.get("tag_name"), found.get("body")
    if not isinstance(version, str) or version_key(version) is None:
        raise UnreadableBody("no version")
    return Release(version.removeprefix("v"), plain_notes(notes) if isinstance(notes, str) else "")


def _create_pool(route: Callable[[], Awaitable[Route]]) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=RoutedTransport(httpx.Limits(max_connections=1), route),
        headers=_HEADERS,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx.Timeout(constants.CONNECT_TIMEOUT_S),
        follow_redirects=False,
        trust_env=False,
    )


def _unavailable_problem(reason: str, technical: str) -> Problem:
    return Problem(
        _("The release page could not be asked for a newer version."),
        reason,
        _("Try again later, or look at %s yourself.") % RELEASES_PAGE,
        kind=ProblemKind.OFFLINE,
        technical=technical,
    )
