"""The way to the network: each request goes by the route of its moment, exactly once.

When the route changes (another proxy, another company certificate), what is going on ends on the
connections it began on, which are closed behind it; nothing is repeated.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import httpcore
import httpx

from runcomfy_desktop.api.certificates import tls_context
from runcomfy_desktop.api.line_faults import ProxyFault, ProxyWhy, cause_of
from runcomfy_desktop.api.proxies import Proxy, Route, Unusable, is_system_exception
from runcomfy_desktop.api.tunnel import Direct, Tunnels

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterable,
        AsyncIterator,
        Awaitable,
        Callable,
        Coroutine,
        Iterator,
    )


class _Kind(NamedTuple):
    """What connections have to have in common to be kept in one pool."""

    proxy: Proxy | None
    is_secure: bool
    ca_file: str


class RoutedTransport(httpx.AsyncBaseTransport):
    """Sends each request by the `route` of the moment; loopback always goes directly.

    Nothing is opened before the first request needs it.
    """

    def __init__(self, limits: httpx.Limits, route: Callable[[], Awaitable[Route]]) -> None:
        self._limits = limits
        self._route = route
        self._current: Route | None = None
        self._ways: dict[_Kind, _Way] = {}
        self._exceptions: dict[str, bool] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        route = await self._route()
        if route != self._current:
            await self._change_to(route)
        way = await self._way(route, request.url)
        try:
            response = await way.send(request)
        except httpx.RequestError as error:
            if cause_of(error, ssl.SSLCertVerificationError) is not None:
                # Whoever sets that right does so in a file: the next request reads it anew.
                await self._leave(way)
            raise
        _forget_odd_hop(request.url, response)
        return response

    async def aclose(self) -> None:
        ways, self._ways = list(self._ways.values()), {}
        if ways:
            await _to_the_end(*(way.close() for way in ways))

    async def _change_to(self, route: Route) -> None:
        self._current = route
        self._exceptions.clear()
        before, self._ways = list(self._ways.values()), {}
        if before:
            await _to_the_end(*(way.retire() for way in before))

    async def _leave(self, way: _Way) -> None:
        self._ways = {kind: each for kind, each in self._ways.items() if each is not way}
        await _to_the_end(way.retire())

    async def _way(self, route: Route, url: httpx.URL) -> _Way:
        proxy = await self._proxy(route, url)
        by_tls = url.scheme == "https" or (proxy is not None and proxy.scheme == "https")
        kind = _Kind(proxy, by_tls, route.ca_file if by_tls else "")
        way = self._ways.get(kind)
        if way is None:
            # Reading the certificates takes tens of milliseconds: not on the window's thread.
            context = await asyncio.to_thread(tls_context, kind.ca_file) if by_tls else _no_tls()
            way = self._ways.setdefault(kind, _Way(self._limits, route, proxy, context))
        return way

    async def _proxy(self, route: Route, url: httpx.URL) -> Proxy | None:
        proxy = route.proxy_for(url)
        if proxy is None:
            return None
        if route.asks_system:
            host = url.host
            if host not in self._exceptions:
                self._exceptions[host] = await asyncio.to_thread(is_system_exception, host)
            if self._exceptions[host]:
                return None
        if isinstance(proxy, Unusable):
            why = ProxyWhy.MISSPELT if proxy.is_misspelt else ProxyWhy.UNSUPPORTED
            raise ProxyFault(why, f"{proxy.scheme}://…", "kind of proxy")
        return proxy


class _Way:
    """One pool of connections, directly or through one proxy."""

    def __init__(
        self, limits: httpx.Limits, route: Route, proxy: Proxy | None, context: ssl.SSLContext
    ) -> None:
        self._busy = 0
        self._is_retired = False
        self._limits = limits
        self._context = context
        self._lines = (
            Direct() if proxy is None else Tunnels(proxy, context, route.sign_ins.of(proxy))
        )
        self._pool = self._new_pool()

    async def send(self, request: httpx.Request) -> httpx.Response:
        self._busy += 1
        try:
            with _told_as_httpx():
                answer = await self._pool.handle_async_request(_request(request))
        except BaseException:
            await self._end_one()
            raise
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer, self._end_one),
            extensions=answer.extensions,
        )

    async def retire(self) -> None:
        """Closes once nothing is going on any more."""
        self._is_retired = True
        if not self._busy:
            await self.close()

    async def close(self) -> None:
        await _to_the_end(self._pool.aclose())

    async def _end_one(self) -> None:
        self._busy -= 1
        if self._busy:
            return
        if self._is_retired:
            await self.close()
        elif self._has_lost_places():
            lost, self._pool = self._pool, self._new_pool()
            await _to_the_end(lost.aclose())

    def _has_lost_places(self) -> bool:
        """httpcore never gives the place of a request free which is given up right after it was
        connected, or right at the end of its answer. Asked while nothing is going on."""
        return not all(each.is_idle() or each.is_closed() for each in self._pool.connections)

    def _new_pool(self) -> httpcore.AsyncConnectionPool:
        return httpcore.AsyncConnectionPool(
            ssl_context=self._context,
            max_connections=self._limits.max_connections,
            max_keepalive_connections=self._limits.max_keepalive_connections,
            keepalive_expiry=self._limits.keepalive_expiry,
            retries=0,
            network_backend=self._lines,
        )


class _Body(httpx.AsyncByteStream):
    """The body of an answer; says when it is done with."""

    def __init__(self, answer: httpcore.Response, on_end: Callable[[], Awaitable[None]]) -> None:
        self._answer = answer
        self._on_end = on_end
        self._is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _told_as_httpx():
            # Not by httpcore's own wrapper: one more generator to be closed when it is given up.
            async for part in cast("AsyncIterable[bytes]", self._answer.stream):
                yield part

    async def aclose(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await self._answer.aclose()
        finally:
            await self._on_end()


async def _to_the_end(*works: Coroutine[Any, Any, None]) -> None:
    """Does all of it, even when whoever asks is cancelled: what is to be closed is forgotten
    elsewhere by then, and would stay open for ever."""
    closing = asyncio.gather(*works)
    try:
        await asyncio.shield(closing)
    except asyncio.CancelledError:
        await asyncio.wait([closing])
        raise


def _request(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


@contextmanager
def _told_as_httpx() -> Iterator[None]:
    """The rest of the client knows httpx's errors, which have the names of httpcore's."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as error:
        kind: type[httpx.RequestError] = getattr(httpx, type(error).__name__)
        raise kind(str(error)) from error
    except ssl.SSLError as error:
        # Of bytes that were changed on the way, or an alert once TLS stands: httpcore lets it out.
        raise httpx.ReadError(str(error)) from error


def _forget_odd_hop(here: httpx.URL, response: httpx.Response) -> None:
    """httpx works out where a redirect leads though nobody follows it by itself. What is no
    address there would end as an error that nobody expects of a line; so it is not passed on."""
    if not response.has_redirect_location:
        return
    try:
        hop = httpx.URL(response.headers["location"])
        if hop.scheme and not hop.host:
            hop = hop.copy_with(host=here.host)
        here.join(hop)
    except (httpx.InvalidURL, ValueError):
        del response.headers["location"]


def _no_tls() -> ssl.SSLContext:
    """For plain loopback: trusts nobody and costs nothing to make."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
