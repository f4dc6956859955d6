"""HTTP client of the API: address, token, time-outs and three connection pools.

The three pools have different needs. Connections to the API are kept alive. A submit, or any other
change, gets a new connection each time: if the server had just closed a kept connection, "nothing
was sent" could not be distinguished from "it may have been accepted". Files come from other hosts,
never get the token, and must not delay the polling of jobs.
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
from runcomfy_desktop.api.errors import (
    connection_problem,
    error_code,
    refusal_problem,
    token_problem,
    unreadable_response_problem,
)
from runcomfy_desktop.api.operations import ApiOperation
from runcomfy_desktop.api.proxies import Route, system_route
from runcomfy_desktop.api.public_requests import open_checked
from runcomfy_desktop.api.response import (
    ApiResponse,
    BodyTooComplex,
    UnreadableBody,
    parse_json,
    read_response,
)
from runcomfy_desktop.api.retry import Retry, call_with_retry, retry_after_s
from runcomfy_desktop.api.transport import RoutedTransport
from runcomfy_desktop.api.wire import is_failed_request, is_run_error

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Awaitable,
        Callable,
        Mapping,
        Sequence,
    )

    from runcomfy_desktop.api.request_body import RequestBody
    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.base.problem import Problem

Params: TypeAlias = "Sequence[tuple[str, str]]"
Transport: TypeAlias = "httpx.AsyncBaseTransport"


class _TokenAuth(httpx.Auth):
    """Adds the token to requests that go to the API itself, and to no others."""

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
    """HTTP client for one service. It obtains the token for each request and never stores it.

    `route` returns the current route to other computers; default: as this computer is configured.
    `transport` replaces the network in all three pools. `retry` sets how requests are repeated.
    `secrets` returns other sent values that must be redacted from the service's messages.
    """

    def __init__(  # noqa: PLR0913 - keyword arguments, created in one place
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
        route_provider = route or _system_route_provider()

        def pool(limits: httpx.Limits, read_s: float) -> httpx.AsyncClient:
            return _create_pool(
                user_agent, transport or RoutedTransport(limits, route_provider), read_s
            )

        self._api_pool = pool(_limits(constants.MAX_API_CONNECTIONS), constants.READ_TIMEOUT_S)
        one_shot_limits = _limits(constants.MAX_SUBMIT_CONNECTIONS, keep_alive=False)
        self._one_shot_pool = pool(one_shot_limits, constants.SUBMIT_READ_TIMEOUT_S)
        self.file_pool = pool(
            _limits(constants.MAX_FILE_CONNECTIONS), constants.FILE_IDLE_TIMEOUT_S
        )

    def __repr__(self) -> str:
        return f"Client({self.base_url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        for pool in (self._api_pool, self._one_shot_pool, self.file_pool):
            await pool.aclose()

    def without_retries(self) -> Client:
        """Returns a copy that repeats no request, for callers with their own schedule."""
        other = copy(self)
        other.retry = replace(self.retry, tries=1)
        return other

    def with_token(self, token: str) -> Client:
        """Returns a copy with another token; used to test that token."""
        other = copy(self)
        other._token = lambda: token  # noqa: SLF001 - same class
        return other

    @property
    def queue_version(self) -> str:
        """`v1` or `v2`, for the four calls of the queue."""
        return "v2" if self._queue_version() == "v2" else "v1"

    @property
    def host(self) -> str:
        """Host name of the service, as shown in messages."""
        return self.origin.host

    def url(self, *segments: str) -> str:
        """Returns a URL of the API; each segment is validated and cannot change the path."""
        return "/".join((self.base_url, "prod", *map(path_segment, segments)))

    def same_origin(self, url: str) -> bool:
        """Returns True if `url` is valid and has the API's scheme, host and port."""
        parsed = parse_url(url)
        return parsed is not None and origin_of(parsed) == self.origin

    async def get(
        self,
        url: str,
        params: Params = (),
        *,
        operation: ApiOperation = ApiOperation.READ,
        cap_bytes: int = constants.JSON_CAP_BYTES,
    ) -> ApiResponse:
        """Sends a GET and repeats it while that can help. Raises Problem if no response arrives."""
        return await self._request("GET", url, params, operation, self.retry, cap_bytes)

    async def post_empty(self, url: str, operation: ApiOperation) -> ApiResponse:
        """Sends a POST without a body (cancel), once.

        The caller decides when to try again. Raises Problem.
        """
        no_retry = replace(self.retry, tries=1)
        return await self._request("POST", url, (), operation, no_retry, constants.JSON_CAP_BYTES)

    async def get_public(
        self,
        url: str,
        cap_bytes: int,
        operation: ApiOperation = ApiOperation.READ,
        headers: Mapping[str, str] | None = None,
    ) -> ApiResponse:
        """Sends a GET without the token to any allowed host; checks and follows redirects.

        Raises Problem if no response arrives or a host is not allowed.
        """

        def is_allowed(each: httpx.URL) -> bool:
            return may_read(each, self.origin)

        async def call() -> ApiResponse:
            async with open_checked(
                self.file_pool, url, is_allowed, operation, headers
            ) as response:
                return await read_response(response, cap_bytes)

        try:
            async with asyncio.timeout(constants.LARGE_RESPONSE_TIMEOUT_S):
                return await call_with_retry(call, self.retry)
        except (httpx.RequestError, TimeoutError) as error:
            raise connection_problem(error, operation, host=httpx.URL(url).host) from None

    async def send_once(
        self,
        method: str,
        url: str,
        body: RequestBody | None,
        operation: ApiOperation,
        on_sent: Callable[[int, int], object] | None = None,
        cap_bytes: int = constants.JSON_CAP_BYTES,
    ) -> ApiResponse:
        """Sends a request that changes something exactly once, on a new connection.

        Raises Problem; its `is_uncertain` is True if the request may have been carried out.
        """
        token = self._checked_token(operation)
        monitor = _SendMonitor()
        request = self._one_shot_pool.build_request(
            method,
            url,
            content=None if body is None else _chunks_with_progress(body, monitor, on_sent),
            headers={"Connection": "close", **_body_headers(body)},
            extensions={"trace": monitor.trace},
        )
        try:
            response = await self._one_shot_pool.send(request, auth=self._auth(token), stream=True)
            try:
                timeout_s = constants.RESPONSE_TIMEOUT_S
                answer = await read_response(response, cap_bytes, token, timeout_s=timeout_s)
            finally:
                await response.aclose()
        except httpx.RequestError as error:
            raise connection_problem(
                error, operation, host=self.host, has_started=monitor.has_started
            ) from None
        body_secrets = () if body is None else body.secrets
        return replace(answer, extra_secrets=(*body_secrets, *self._secrets()))

    async def read(
        self,
        response: ApiResponse,
        operation: ApiOperation,
        *,
        accepts_failure: bool = False,
        on_too_large: Callable[[str], Problem] | None = None,
    ) -> Json:
        """Returns the JSON of a response, or None if it is empty. Raises Problem for every refusal.

        `accepts_failure`: a body that reports a failed request is valid, even if it contains an
        `error_code`. `on_too_large` creates the Problem for a body beyond the limits.
        """
        value, reason, is_too_large = None, "", response.is_too_large
        try:
            if is_too_large:
                reason = "larger than any answer of the API"
            else:
                value = await parse_json(response.body)
        except UnreadableBody as error:
            reason, is_too_large = str(error), isinstance(error, BodyTooComplex)
        if not response.is_success and not (accepts_failure and is_run_error(value)):
            raise self._refusal_problem(response, value, operation)
        if response.body_error is not None and (reason or value is None):
            # JSON that can be parsed to the end is complete, even if the connection broke
            # afterwards.
            raise connection_problem(
                response.body_error, operation, host=self.host, has_response=True
            )
        if is_too_large and on_too_large is not None:
            raise on_too_large(reason)
        if reason:
            raise unreadable_response_problem(response, reason, operation)
        if error_code(value) is not None and not (accepts_failure and is_failed_request(value)):
            raise self._refusal_problem(response, value, operation)
        return value

    def _refusal_problem(
        self, response: ApiResponse, value: Json, operation: ApiOperation
    ) -> Problem:
        problem = refusal_problem(response, value, operation)
        problem.retry_after_s = retry_after_s(response, self.retry.wall_clock_s())
        return problem

    def _checked_token(self, operation: ApiOperation) -> str:
        """Returns the current token. Raises Problem if it is missing or cannot be a key."""
        token = self._token()
        problem = token_problem(token, operation)
        if problem is not None:
            raise problem
        return token

    def _auth(self, token: str) -> httpx.Auth:
        return _TokenAuth(token, self.same_origin)

    async def _request(
        self,
        method: str,
        url: str,
        params: Params,
        operation: ApiOperation,
        retry: Retry,
        cap_bytes: int,
    ) -> ApiResponse:
        async def call() -> ApiResponse:
            token = self._checked_token(operation)
            request = self._api_pool.build_request(method, url, params=list(params) or None)
            async with asyncio.timeout(constants.RESPONSE_TIMEOUT_S):
                response = await self._api_pool.send(request, auth=self._auth(token), stream=True)
                try:
                    answer = await read_response(response, cap_bytes, token)
                    return replace(answer, extra_secrets=self._secrets())
                finally:
                    await response.aclose()

        try:
            return await call_with_retry(call, retry)
        except (httpx.RequestError, TimeoutError) as error:
            raise connection_problem(error, operation, host=self.host) from None


class _SendMonitor:
    """Records whether sending of a request may have begun; connecting to a proxy does not count."""

    def __init__(self) -> None:
        self.has_started = False

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        """Records the start of a request, from httpcore's trace events."""
        if event.endswith("send_request_headers.started"):
            self.has_started = True


def _system_route_provider() -> Callable[[], Awaitable[Route]]:
    system = system_route()

    async def route() -> Route:
        return system

    return route


def _body_headers(body: RequestBody | None) -> dict[str, str]:
    if body is None:
        return {}
    return {"Content-Type": "application/json", "Content-Length": str(body.size_bytes)}


async def _chunks_with_progress(
    body: RequestBody, monitor: _SendMonitor, on_sent: Callable[[int, int], object] | None
) -> AsyncIterator[bytes]:
    sent_bytes = 0
    async for chunk in body.chunks():
        monitor.has_started = True
        yield chunk
        sent_bytes += len(chunk)
        if on_sent is not None:
            on_sent(sent_bytes, body.size_bytes)


def _limits(connections: int, *, keep_alive: bool = True) -> httpx.Limits:
    return httpx.Limits(
        max_connections=connections,
        max_keepalive_connections=connections if keep_alive else 0,
        keepalive_expiry=constants.KEEP_ALIVE_S if keep_alive else 0.0,
    )


def _create_pool(
    user_agent: str, transport: httpx.AsyncBaseTransport, read_s: float
) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=transport,
        headers={"User-Agent": user_agent, "Accept": "application/json"},
        # No cookies: a cookie set by one response must not affect later requests.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=httpx.Timeout(
            connect=constants.CONNECT_TIMEOUT_S,
            read=read_s,
            write=constants.WRITE_TIMEOUT_S,
            pool=constants.POOL_TIMEOUT_S,
        ),
        follow_redirects=False,
        trust_env=False,
    )


def _silence_libraries() -> None:
    """Turns off httpx's logging of URLs: those of results are confidential."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
