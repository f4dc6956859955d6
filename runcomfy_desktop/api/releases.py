"""Asks which release of this program is the newest: one question, without a key or a cookie, and
without a word about this computer or who sits in front of it."""

from __future__ import annotations

import asyncio
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

import httpx

from runcomfy_desktop.api import constants, wording
from runcomfy_desktop.api.address import origin_of, parse_url
from runcomfy_desktop.api.answer import Unreadable, parse_json, read_answer
from runcomfy_desktop.api.errands import Errand
from runcomfy_desktop.api.errors import broken_line
from runcomfy_desktop.api.tokenless import open_checked
from runcomfy_desktop.api.transport import RoutedTransport
from runcomfy_desktop.domain.problem import Problem, ProblemKind
from runcomfy_desktop.domain.release import (
    LATEST_URL,
    RELEASES_PAGE,
    Release,
    plain_notes,
    version_rank,
)
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runcomfy_desktop.api.answer import Answer
    from runcomfy_desktop.api.proxies import Route
    from runcomfy_desktop.domain.json_value import Json

LIMIT_S = 20.0
CAP_BYTES = 256 * 1024
# The name alone: the page asks for one, and the version would say more than it needs to know.
_HEADERS = {"User-Agent": "runcomfy-desktop", "Accept": "application/vnd.github+json"}


async def read_latest(
    route: Callable[[], Awaitable[Route]], url: str = LATEST_URL, *, limit_s: float = LIMIT_S
) -> Release:
    """The newest release. Raises Problem for everything that is no answer to that."""
    start = parse_url(url)
    assert start is not None
    origin = origin_of(start)
    async with _pool(route) as pool:
        try:
            async with (
                asyncio.timeout(limit_s),
                open_checked(pool, url, lambda each: origin_of(each) == origin, Errand.READ) as got,
            ):
                answer = await read_answer(got, CAP_BYTES)
        except (httpx.RequestError, TimeoutError) as error:
            why = broken_line(error, Errand.READ, host=origin.host)
            raise _not_known(why.title, why.technical) from None
        except Problem as problem:
            raise _not_known(_("It leads to another server."), problem.title) from None
    return await _release(answer)


async def _release(answer: Answer) -> Release:
    if answer.status in (403, 429):
        raise _not_known(_("It was asked too often from this network."), f"{answer.status}")
    if not answer.is_success:
        raise _not_known(_("It has no release to show (%d).") % answer.status, "")
    try:
        if answer.too_large or answer.broken is not None:
            raise Unreadable("too large" if answer.too_large else "cut off")
        value = await parse_json(answer.body)
        release = _of_json(value)
    except Unreadable as error:
        raise _not_known(_("What it said is not understood."), wording.clean(f"{error}")) from None
    return release


def _of_json(value: Json) -> Release:
    found = value if isinstance(value, dict) else {}
    version, notes = found.get("tag_name"), found.get("body")
    if not isinstance(version, str) or version_rank(version) is None:
        raise Unreadable("no version")
    return Release(version.removeprefix("v"), plain_notes(notes) if isinstance(notes, str) else "")


def _pool(route: Callable[[], Awaitable[Route]]) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=RoutedTransport(httpx.Limits(max_connections=1), route),
        headers=_HEADERS,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx.Timeout(constants.CONNECT_S),
        follow_redirects=False,
        trust_env=False,
    )


def _not_known(why: str, technical: str) -> Problem:
    return Problem(
        _("The release page could not be asked for a newer version."),
        why,
        _("Try again later, or look at %s yourself.") % RELEASES_PAGE,
        kind=ProblemKind.OFFLINE,
        technical=technical,
    )
