"""HTTP transport that sends each request exactly once, by the route current at that time.

When the route changes (another proxy, another company certificate), running requests finish on
their old connections, which are then closed; nothing is repeated.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import httpcore
import httpx

from runcomfy_desktop.api.certificates import tls_context
from runcomfy_desktop.api.connection_errors import ProxyConnectError, ProxyErrorReason, find_cause
from runcomfy_desktop.api.network_backends import DirectBackend, TunnelBackend
from runcomfy_desktop.api.proxies import Proxy, Route, UnusableProxy, is_system_exception

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterable,
        AsyncIterator,
        Awaitable,
        Callable,
        Coroutine,
        Iterator,
    )


class _PoolKey(NamedTuple):
    """Properties that connections in one pool have in common."""

    proxy: Proxy | None
    is_secure: bool
    ca_file: str


class RoutedTransport(httpx.AsyncBaseTransport):
    """Sends each request by the current `route`; loopback is always direct.

    Nothing is opened before the first request needs it.
    """

    def __init__(self, limits: httpx.Limits, route: Callable[[], Awaitable[Route]]) -> None:
        self._limits = limits
        self._route = route
        self._current_route: Route | None = None
        self._pools: dict[_PoolKey, _RoutePool] = {}
        self._system_exceptions: dict[str, bool] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        route = await self._route()
        if route != self._current_route:
            await self._change_to(route)
        pool = await self._pool_for(route, request.url)
        try:
            response = await pool.send(request)
        except httpx.RequestError as error:
            if find_cause(error, ssl.SSLCertVerificationError) is not None:
                # The user can fix this with a new certificate file, which the next request must
                # read.
                await self._drop_pool(pool)
            raise
        _drop_invalid_location(request.url, response)
        return response

    async def aclose(self) -> None:
        pools, self._pools = list(self._pools.values()), {}
        if pools:
            await _run_shielded(*(pool.close() for pool in pools))

    async def _change_to(self, route: Route) -> None:
        self._current_route = route
        self._system_exceptions.clear()
        old_pools, self._pools = list(self._pools.values()), {}
        if old_pools:
            await _run_shielded(*(pool.retire() for pool in old_pools))

    async def _drop_pool(self, pool: _RoutePool) -> None:
        self._pools = {key: each for key, each in self._pools.items() if each is not pool}
        await _run_shielded(pool.retire())

    async def _pool_for(self, route: Route, url: httpx.URL) -> _RoutePool:
        proxy = await self._proxy_for(route, url)
        uses_tls = url.scheme == "https" or (proxy is not None and proxy.scheme == "https")
        key = _PoolKey(proxy, uses_tls, route.ca_file if uses_tls else "")
        pool = self._pools.get(key)
        if pool is None:
            # Reading the certificates takes tens of milliseconds: not on the GUI thread.
            context = await asyncio.to_thread(tls_context, key.ca_file) if uses_tls else _no_tls()
            pool = self._pools.setdefault(key, _RoutePool(self._limits, route, proxy, context))
        return pool

    async def _proxy_for(self, route: Route, url: httpx.URL) -> Proxy | None:
        proxy = route.proxy_for(url)
        if proxy is None:
            return None
        if route.has_system_exceptions:
            host = url.host
            if host not in self._system_exceptions:
                self._system_exceptions[host] = await asyncio.to_thread(is_system_exception, host)
            if self._system_exceptions[host]:
                return None
        if isinstance(proxy, UnusableProxy):
            reason = (
                ProxyErrorReason.INVALID_ADDRESS
                if proxy.is_malformed
                else ProxyErrorReason.UNSUPPORTED
            )
            raise ProxyConnectError(reason, f"{proxy.scheme}://…", "kind of proxy")
        return proxy


class _RoutePool:
    """One connection pool, direct or through one proxy."""

    def __init__(
        self, limits: httpx.Limits, route: Route, proxy: Proxy | None, context: ssl.SSLContext
    ) -> None:
        self._active_requests = 0
        self._is_retired = False
        self._limits = limits
        self._context = context
        self._backend = (
            DirectBackend()
            if proxy is None
            else TunnelBackend(proxy, context, route.auth_cache.for_proxy(proxy))
        )
        self._pool = self._new_pool()

    async def send(self, request: httpx.Request) -> httpx.Response:
        self._active_requests += 1
        try:
            with _httpx_errors():
                response = await self._pool.handle_async_request(_to_httpcore(request))
        except BaseException:
            await self._on_request_end()
            raise
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_ResponseStream(response, self._on_request_end),
            extensions=response.extensions,
        )

    async def retire(self) -> None:
        """Closes the pool as soon as no request is running."""
        self._is_retired = True
        if not self._active_requests:
            await self.close()

    async def close(self) -> None:
        await _run_shielded(self._pool.aclose())

    async def _on_request_end(self) -> None:
        self._active_requests -= 1
        if self._active_requests:
            return
        if self._is_retired:
            await self.close()
        elif self._has_leaked_connections():
            leaked, self._pool = self._pool, self._new_pool()
            await _run_shielded(leaked.aclose())

    def _has_leaked_connections(self) -> bool:
        """Reports whether connections have leaked; called while no request is running.

        httpcore never frees the slot of a request that is cancelled right after connecting or right
        at the end of its response.
        """
        return not all(each.is_idle() or each.is_closed() for each in self._pool.connections)

    def _new_pool(self) -> httpcore.AsyncConnectionPool:
        return httpcore.AsyncConnectionPool(
            ssl_context=self._context,
            max_connections=self._limits.max_connections,
            max_keepalive_connections=self._limits.max_keepalive_connections,
            keepalive_expiry=self._limits.keepalive_expiry,
            retries=0,
            network_backend=self._backend,
        )


class _ResponseStream(httpx.AsyncByteStream):
    """Body of a response; calls `on_end` when it is closed."""

    def __init__(self, response: httpcore.Response, on_end: Callable[[], Awaitable[None]]) -> None:
        self._response = response
        self._on_end = on_end
        self._is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx_errors():
            # Bypasses httpcore's wrapper, which is one more generator to close on cancellation.
            async for chunk in cast("AsyncIterable[bytes]", self._response.stream):
                yield chunk

    async def aclose(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            await self._response.aclose()
        finally:
            await self._on_end()


async def _run_shielded(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Runs all coroutines to completion, even if the caller is cancelled.

    The pools to be closed are no longer referenced elsewhere and would stay open forever.
    """
    closing = asyncio.gather(*coroutines)
    try:
        await asyncio.shield(closing)
    except asyncio.CancelledError:
        await asyncio.wait([closing])
        raise


def _to_httpcore(request: httpx.Request) -> httpcore.Request:
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
def _httpx_errors() -> Iterator[None]:
    """Converts httpcore's errors to httpx's, which have the same names."""
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
        # Caused by bytes changed on the way, or by an alert after the handshake; httpcore does not
        # wrap it.
        raise httpx.ReadError(str(error)) from error


def _drop_invalid_location(url: httpx.URL, response: httpx.Response) -> None:
    """Removes a redirect target that is not a valid URL.

    httpx parses the target although redirects are not followed automatically. An invalid target
    would raise an error that callers do not expect from a connection.
    """
    if not response.has_redirect_location:
        return
    try:
        target = httpx.URL(response.headers["location"])
        if target.scheme and not target.host:
            target = target.copy_with(host=url.host)
        url.join(target)
    except (httpx.InvalidURL, ValueError):
        del response.headers["location"]


def _no_tls() -> ssl.SSLContext:
    """Returns a context for plain loopback: trusts no certificate and is cheap to create."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
