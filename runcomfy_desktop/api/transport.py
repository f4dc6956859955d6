"""The way to the network: one TLS context for all, proxies of the environment, no repeats."""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl
import urllib.request
from typing import TYPE_CHECKING

import httpx

from runcomfy_desktop.api.address import is_loopback, parse_url

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger(__name__)


@functools.cache
def tls_context() -> ssl.SSLContext:
    """The shared context: httpx's certificates and those of the system (company machines)."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context


class RoutedTransport(httpx.AsyncBaseTransport):
    """Sends each request directly or through a proxy, each exactly once.

    `proxies` are those of `usable_proxies`. Loopback always goes directly. Nothing is opened
    before the first request needs it.
    """

    def __init__(self, limits: httpx.Limits, proxies: Mapping[str, str]) -> None:
        self._limits = limits
        self._proxies = proxies
        self._ways: dict[tuple[str, bool], httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        proxy = self.proxy_for(request.url)
        secure = request.url.scheme == "https" or proxy.startswith("https:")
        way = self._ways.get((proxy, secure))
        if way is None:
            # Reading the certificates takes tens of milliseconds: not on the window's thread.
            context = await asyncio.to_thread(tls_context) if secure else _no_tls()
            way = self._ways.setdefault((proxy, secure), self._open(proxy, context))
        return await way.handle_async_request(request)

    async def aclose(self) -> None:
        for way in self._ways.values():
            await way.aclose()

    def proxy_for(self, url: httpx.URL) -> str:
        host = url.raw_host.decode("ascii")
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all") or ""
        if not proxy or is_loopback(host):
            return ""
        return "" if _is_bypassed(host, self._proxies.get("no", "")) else proxy

    def _open(self, proxy: str, context: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
        by_tls = context if proxy.startswith("https:") else None
        return httpx.AsyncHTTPTransport(
            verify=context,
            limits=self._limits,
            proxy=httpx.Proxy(proxy, ssl_context=by_tls) if proxy else None,
            retries=0,
        )


def environment_proxies() -> dict[str, str]:
    """The proxies that this computer is set up with."""
    return usable_proxies(urllib.request.getproxies())


def usable_proxies(proxies: Mapping[str, str]) -> dict[str, str]:
    """The HTTP proxies among `proxies`, by scheme, and the exceptions under `no`.

    SOCKS proxies are left out with a warning: httpx would need one more library for them. The
    addresses are never logged, for they may hold a password.
    """
    usable: dict[str, str] = {}
    for name, address in proxies.items():
        if name == "no":
            usable[name] = address
            continue
        text = address if "://" in address else f"http://{address}"
        try:
            known = parse_url(str(httpx.URL(text).copy_with(userinfo=b"")))
        except (httpx.InvalidURL, ValueError):
            known = None
        if known is not None:
            usable[name] = text
        else:
            _log.warning("The proxy set for “%s” is not an HTTP proxy and is not used", name)
    return usable


def _is_bypassed(host: str, exceptions: str) -> bool:
    """Whether the `no_proxy` list names the host, one of its domains, or everything."""
    names = (name.strip().lower().removeprefix("*").lstrip(".") for name in exceptions.split(","))
    if any(entry.strip() == "*" for entry in exceptions.split(",")):
        return True
    return any(name and (host == name or host.endswith(f".{name}")) for name in names)


def _no_tls() -> ssl.SSLContext:
    """For plain loopback: trusts nobody and costs nothing to make."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
