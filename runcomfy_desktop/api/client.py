"""The one client of the API: address, token, time-outs, and three pools of connections.

Three, because their needs differ. The API's own connections are kept alive. A submit, and whatever
else changes something, gets a new connection each time: one that the server has closed meanwhile
would turn "nothing went out" into "it may have been accepted". Files come from other hosts, never
see the token, and must not keep the questions about jobs waiting.
"""

from __future__ import annotations

import asyncio
import logging
from copy import copy
from dataclasses import replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import httpx

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.address import check_base_url as check_base_url
from runcomfy_desktop.api.address import may_read, origin_of, parse_url, path_segment
from runcomfy_desktop.api.answer import Answer, TooMuch, Unreadable, parse_json, read_answer
from runcomfy_desktop.api.errands import Errand
from runcomfy_desktop.api.errors import broken_line, error_code, no_key, refusal, unreadable
from runcomfy_desktop.api.proxies import Route, system_route
from runcomfy_desktop.api.retry import Retry, repeat, retry_after_s
from runcomfy_desktop.api.tokenless import open_checked
from runcomfy_desktop.api.transport import RoutedTransport
from runcomfy_desktop.api.wire import names_run_error, says_failed

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Awaitable,
        Callable,
        Mapping,
        Sequence,
    )

    from runcomfy_desktop.api.body import Body
    from runcomfy_desktop.domain.json_value import Json
    from runcomfy_desktop.domain.problem import Problem

Params: TypeAlias = "Sequence[tuple[str, str]]"
Transport: TypeAlias = "httpx.AsyncBaseTransport"


class _TokenAuth(httpx.Auth):
    """Puts the token on a request, and only if it goes to the API itself."""

    def __init__(self, token: str, same_origin: Callable[[str], bool]) -> None:
        self._token = token
        self._same_origin = same_origin

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        if self._same_origin(str(request.url)):
            request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class Client:
    """Speaks HTTP with one service. The token is asked for at each request and never kept.

    `route` says at each request how other computers are reached; without it, as this one is set
    up. `transport` takes the place of the network for all three pools; `retry` says how patiently
    questions are repeated, `secrets` what else went out and must not be shown when the service
    repeats it.
    """

    def __init__(  # noqa: PLR0913 - by name, made in one place
        self,
        base_url: str,
        token: Callable[[], str],
        *,
        queue_version: Callable[[], str],
        user_agent: str,
        route: Callable[[], Awaitable[Route]] | None = None,
        transport: Transport | None = None,
        retry: Retry | None = None,
        secrets: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self.base_url = check_base_url(base_url)
        self.origin = origin_of(httpx.URL(self.base_url))
        self._token = token
        self._queue_version = queue_version
        self._secrets = secrets
        self.retry = retry or Retry()
        _silence_libraries()
        way = route or _as_this_computer()

        def pool(limits: httpx.Limits, read_s: float) -> httpx.AsyncClient:
            return _pool(user_agent, transport or RoutedTransport(limits, way), read_s)

        self._api = pool(_limits(constants.API_CONNECTIONS), constants.READ_S)
        fresh = _limits(constants.SUBMIT_CONNECTIONS, keep=False)
        self._once = pool(fresh, constants.SUBMIT_READ_S)
        self.files = pool(_limits(constants.FILE_CONNECTIONS), constants.FILE_IDLE_S)

    def __repr__(self) -> str:
        return f"Client({self.base_url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        for pool in (self._api, self._once, self.files):
            await pool.aclose()

    def asking_once(self) -> Client:
        """The same client for callers who keep turns of their own: nothing is repeated in it."""
        other = copy(self)
        other.retry = replace(self.retry, tries=1)
        return other

    def with_token(self, token: str) -> Client:
        """The same client with a token that is used for nothing else: its test."""
        other = copy(self)
        other._token = lambda: token  # noqa: SLF001 - its own kind
        return other

    @property
    def queue_version(self) -> str:
        """`v1` or `v2`, for the four calls of the queue."""
        return "v2" if self._queue_version() == "v2" else "v1"

    @property
    def host(self) -> str:
        """How the service is called in messages."""
        return self.origin.host

    def url(self, *segments: str) -> str:
        """An address of the API; each segment is checked and cannot leave its place."""
        return "/".join((self.base_url, "prod", *map(path_segment, segments)))

    def same_origin(self, url: str) -> bool:
        """Whether `url` is at the API itself: same scheme, host and port, no tricks in it."""
        parsed = parse_url(url)
        return parsed is not None and origin_of(parsed) == self.origin

    async def get(
        self,
        url: str,
        params: Params = (),
        *,
        errand: Errand = Errand.READ,
        cap_bytes: int = constants.JSON_CAP_BYTES,
    ) -> Answer:
        """A question, repeated while that can help. Raises Problem when no answer comes."""
        return await self._ask("GET", url, params, errand, self.retry, cap_bytes)

    async def post_empty(self, url: str, errand: Errand) -> Answer:
        """A POST without a body: cancel. It goes out once; whoever asks knows when to come again.
        Raises Problem."""
        once = replace(self.retry, tries=1)
        return await self._ask("POST", url, (), errand, once, constants.JSON_CAP_BYTES)

    async def get_public(
        self,
        url: str,
        cap_bytes: int,
        errand: Errand = Errand.READ,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """A question without the token, to whatever host; redirects are checked and followed."""

        def may(each: httpx.URL) -> bool:
            return may_read(each, self.origin)

        async def call() -> Answer:
            async with open_checked(self.files, url, may, errand, headers) as response:
                return await read_answer(response, cap_bytes)

        try:
            async with asyncio.timeout(constants.LARGE_ANSWER_S):
                return await repeat(call, self.retry)
        except (httpx.RequestError, TimeoutError) as error:
            raise broken_line(error, errand, host=httpx.URL(url).host) from None

    async def send_once(
        self,
        method: str,
        url: str,
        body: Body | None,
        errand: Errand,
        on_sent: Callable[[int, int], object] | None = None,
        cap_bytes: int = constants.JSON_CAP_BYTES,
    ) -> Answer:
        """Sends something that changes the service's side exactly once, on a connection of its own.

        Raises Problem; its `uncertain` says whether it may have been done.
        """
        token = self._key(errand)
        going = _Going()
        request = self._once.build_request(
            method,
            url,
            content=None if body is None else _counted(body, going, on_sent),
            headers={"Connection": "close", **_body_headers(body)},
            extensions={"trace": going.trace},
        )
        try:
            response = await self._once.send(request, auth=self._auth(token), stream=True)
            try:
                limit_s = constants.ANSWER_S
                answer = await read_answer(response, cap_bytes, token, limit_s=limit_s)
            finally:
                await response.aclose()
        except httpx.RequestError as error:
            raise broken_line(error, errand, host=self.host, began=going.began) from None
        told = () if body is None else body.secrets
        return replace(answer, more_secrets=(*told, *self._secrets()))

    async def read(
        self,
        answer: Answer,
        errand: Errand,
        *,
        failed_is_result: bool = False,
        too_much: Callable[[str], Problem] | None = None,
    ) -> Json:
        """The JSON of an answer, None when it is empty. Raises Problem for every kind of no.

        `failed_is_result`: a body that says the request failed is what was asked for, even when
        an `error_code` stands in it. `too_much` makes the Problem for one beyond all bounds.
        """
        value, why, beyond = None, "", answer.too_large
        try:
            if beyond:
                why = "larger than any answer of the API"
            else:
                value = await parse_json(answer.body)
        except Unreadable as error:
            why, beyond = str(error), isinstance(error, TooMuch)
        if not answer.is_success and not (failed_is_result and names_run_error(value)):
            raise self._refused(answer, value, errand)
        if answer.broken is not None and (why or value is None):
            # JSON that can be read to its end is whole, whatever became of the line after it.
            raise broken_line(answer.broken, errand, host=self.host, answered=True)
        if beyond and too_much is not None:
            raise too_much(why)
        if why:
            raise unreadable(answer, why, errand)
        if error_code(value) is not None and not (failed_is_result and says_failed(value)):
            raise self._refused(answer, value, errand)
        return value

    def _refused(self, answer: Answer, value: Json, errand: Errand) -> Problem:
        problem = refusal(answer, value, errand)
        problem.retry_after_s = retry_after_s(answer, self.retry.now_s())
        return problem

    def _key(self, errand: Errand) -> str:
        """The token of this moment. Raises Problem when there is none that could be one."""
        token = self._token()
        wrong = no_key(token, errand)
        if wrong is not None:
            raise wrong
        return token

    def _auth(self, token: str) -> httpx.Auth:
        return _TokenAuth(token, self.same_origin)

    async def _ask(
        self,
        method: str,
        url: str,
        params: Params,
        errand: Errand,
        patience: Retry,
        cap_bytes: int,
    ) -> Answer:
        async def call() -> Answer:
            token = self._key(errand)
            request = self._api.build_request(method, url, params=list(params) or None)
            async with asyncio.timeout(constants.ANSWER_S):
                response = await self._api.send(request, auth=self._auth(token), stream=True)
                try:
                    answer = await read_answer(response, cap_bytes, token)
                    return replace(answer, more_secrets=self._secrets())
                finally:
                    await response.aclose()

        try:
            return await repeat(call, patience)
        except (httpx.RequestError, TimeoutError) as error:
            raise broken_line(error, errand, host=self.host) from None


class _Going:
    """Watches whether a request may have begun to go out; the way through a proxy is none yet."""

    def __init__(self) -> None:
        self.began = False

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        """httpcore's hook."""
        if event.endswith("send_request_headers.started"):
            self.began = True


def _as_this_computer() -> Callable[[], Awaitable[Route]]:
    found = system_route()

    async def route() -> Route:
        return found

    return route


def _body_headers(body: Body | None) -> dict[str, str]:
    if body is None:
        return {}
    return {"Content-Type": "application/json", "Content-Length": str(body.size_bytes)}


async def _counted(
    body: Body, going: _Going, on_sent: Callable[[int, int], object] | None
) -> AsyncIterator[bytes]:
    sent_bytes = 0
    async for piece in body.pieces():
        going.began = True
        yield piece
        sent_bytes += len(piece)
        if on_sent is not None:
            on_sent(sent_bytes, body.size_bytes)


def _limits(connections: int, *, keep: bool = True) -> httpx.Limits:
    return httpx.Limits(
        max_connections=connections,
        max_keepalive_connections=connections if keep else 0,
        keepalive_expiry=constants.KEEP_ALIVE_S if keep else 0.0,
    )


def _pool(user_agent: str, transport: httpx.AsyncBaseTransport, read_s: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=transport,
        headers={"User-Agent": user_agent, "Accept": "application/json"},
        # No cookies: what one host sets is no business of the next answer.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx.Timeout(
            connect=constants.CONNECT_S,
            read=read_s,
            write=constants.WRITE_S,
            pool=constants.POOL_S,
        ),
        follow_redirects=False,
        trust_env=False,
    )


def _silence_libraries() -> None:
    """httpx logs every address, and results' addresses are for their owner's eyes."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
