"""Connections through a proxy by CONNECT or SOCKS5, which httpcore treats as direct ones.

httpcore's own tunnels permanently lose a slot in the pool whenever a certificate is refused behind
them, and they wait for a SOCKS server without a time limit. Here everything before the first byte
of a request counts as connecting and has one time limit, one clean-up and one kind of error. The
proxy sees the host name and what TLS reveals, but never the request, and so never the key.

`DirectBackend` is for connections without a proxy. If starting TLS is cancelled, httpcore's own
backend leaves the connection open until the server closes it, which a server that sends nothing
never does.
"""

from __future__ import annotations

import asyncio
import base64
import re
import socket
import ssl
from typing import TYPE_CHECKING, Any

import httpcore

from runcomfy_desktop.api import constants, service_messages
from runcomfy_desktop.api.connection_errors import ProxyConnectError, ProxyErrorReason, find_cause
from runcomfy_desktop.api.proxies import ProxyAuth
from runcomfy_desktop.api.socks import SocksHandshake

if TYPE_CHECKING:
    from collections.abc import Iterable

    from httpcore import SOCKET_OPTION

    from runcomfy_desktop.api.proxies import Proxy

_MAX_HEAD_BYTES = 64 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: ([^\r\n]*))?\r?\n")
# Responses such as "100 Continue", which can precede the final one; 101 is itself final.
_INFORMATIONAL = re.compile(rb"(?:HTTP/1\.[01] 1(?!01)[0-9]{2}[^\n]*\n(?:[^\r\n]+\r?\n)*\r?\n)+")
_AUTHENTICATE = re.compile(rb"(?im)^proxy-authenticate:([^\r\n]*)")
_QUOTED = re.compile(rb'"[^"]*"')
# Names of authentication schemes. One header can contain several, each with its own parameters:
# `Negotiate, Basic realm="x"`.
_AUTH_SCHEME = re.compile(rb"(?:^|,)[ \t]*([A-Za-z0-9_-]+)(?=[ \t,]|$)")
# Status codes with which an ordinary web server responds to a request that only a proxy
# understands.
_WEB_SERVER_STATUS = frozenset({400, 404, 405, 411, 501})


class TunnelBackend(httpcore.AsyncNetworkBackend):
    """Opens each connection through `proxy`. Raises ProxyConnectError on failure.

    `tls` secures the connection to the proxy itself, if its scheme is https. `auth` records whether
    the proxy has accepted or refused the password; other backends for the same proxy can share it.
    """

    def __init__(self, proxy: Proxy, tls: ssl.SSLContext, auth: ProxyAuth | None = None) -> None:
        self._proxy = proxy
        self._tls = tls
        self._direct = DirectBackend()
        self._auth = auth or ProxyAuth()
        self._has_password = bool(proxy.user or proxy.password)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                if self._has_password and not self._auth.is_accepted:
                    # Until the password is accepted, connections are opened one at a time: a dozen
                    # wrong passwords at once lock an account.
                    async with self._auth.lock:
                        if not self._auth.is_accepted:
                            return await self._open(host, port, local_address, socket_options)
                return await self._open(host, port, local_address, socket_options)
        except (TimeoutError, httpcore.TimeoutException):
            raise self._proxy_error(ProxyErrorReason.NO_RESPONSE) from None
        except httpcore.NetworkError as error:
            raise self._proxy_error(
                ProxyErrorReason.DISCONNECTED, f"{type(error).__name__}: {error}"
            ) from error
        except ssl.SSLError as error:
            # For example an alert that the proxy requires a client certificate, which arrives after
            # the TLS handshake.
            raise self._proxy_error(ProxyErrorReason.TLS, str(error)) from error

    async def sleep(self, seconds: float) -> None:
        await self._direct.sleep(seconds)

    async def _open(
        self,
        host: str,
        port: int,
        local_address: str | None,
        socket_options: Iterable[SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        if self._auth.is_refused:
            raise self._proxy_error(
                ProxyErrorReason.WRONG_PASSWORD, "refused a moment ago, not sent again"
            )
        stream = await self._connect_to_proxy(local_address, socket_options)
        try:
            if self._proxy.is_socks:
                is_accepted = self._auth.is_accepted
                await SocksHandshake(stream, self._proxy, is_accepted=is_accepted).connect(
                    host, port
                )
            else:
                await self._send_connect(stream, host, port)
        except BaseException as error:
            if isinstance(error, ProxyConnectError):
                self._update_auth(error.reason)
            await stream.aclose()
            raise
        self._auth.is_accepted = True
        return stream

    def _update_auth(self, reason: ProxyErrorReason) -> None:
        if reason is ProxyErrorReason.WRONG_PASSWORD:
            self._auth.refuse()
        elif reason is ProxyErrorReason.DISCONNECTED:
            # The password may have been changed at the proxy, so connections are opened one at a
            # time again.
            self._auth.is_accepted = False
        elif reason in (ProxyErrorReason.FORBIDDEN, ProxyErrorReason.HOST_UNREACHABLE):
            # The error is about the host; the proxy accepted the login.
            self._auth.is_accepted = True

    async def _connect_to_proxy(
        self, local_address: str | None, socket_options: Iterable[SOCKET_OPTION] | None
    ) -> httpcore.AsyncNetworkStream:
        proxy = self._proxy
        try:
            stream = await self._direct.connect_tcp(
                proxy.host, proxy.port, None, local_address, socket_options
            )
        except httpcore.ConnectError as error:
            is_unknown = find_cause(error, socket.gaierror) is not None
            reason = ProxyErrorReason.UNKNOWN_PROXY if is_unknown else ProxyErrorReason.UNREACHABLE
            raise self._proxy_error(reason, str(error)) from error
        if proxy.scheme != "https":
            return stream
        try:
            return UpgradableStream(await stream.start_tls(self._tls, proxy.host, None))
        except httpcore.ConnectError as error:
            raise self._proxy_error(ProxyErrorReason.TLS, str(error)) from error

    async def _send_connect(
        self, stream: httpcore.AsyncNetworkStream, host: str, port: int
    ) -> None:
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
        if self._proxy.user or self._proxy.password:
            credentials = f"{self._proxy.user}:{self._proxy.password}".encode()
            lines.append(f"Proxy-Authorization: Basic {base64.b64encode(credentials).decode()}")
        await stream.write("\r\n".join([*lines, "", ""]).encode())
        head = await self._read_head(stream)
        status = _STATUS.match(head)
        is_whole = head.endswith((b"\r\n\r\n", b"\n\n"))
        if status is None or (status[1].startswith(b"2") and not is_whole):
            # Nothing follows the head until the client starts TLS: a server that sends more is not
            # a proxy.
            raise self._proxy_error(ProxyErrorReason.NOT_A_PROXY, repr(head[:80]))
        number = int(status[1])
        if not 200 <= number < 300:
            text = service_messages.clean(f"HTTP {number} {(status[2] or b'').decode('latin-1')}")
            raise self._proxy_error(self._error_reason(number, head), text)

    async def _read_head(self, stream: httpcore.AsyncNetworkStream) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head and b"\n\n" not in head:
            chunk = await stream.read(4096)
            if not chunk:
                if head:
                    break
                raise self._proxy_error(ProxyErrorReason.DISCONNECTED)
            head += chunk
            informational = _INFORMATIONAL.match(head)
            head = head[informational.end() :] if informational else head
            if not head.startswith(b"HTTP/1."[: len(head)]) or len(head) > _MAX_HEAD_BYTES:
                break
        return head

    def _error_reason(self, status: int, head: bytes) -> ProxyErrorReason:
        if status == 407:
            challenges = (
                _QUOTED.sub(b'""', challenge) for challenge in _AUTHENTICATE.findall(head)
            )
            schemes = {
                scheme.lower()
                for challenge in challenges
                for scheme in _AUTH_SCHEME.findall(challenge)
            }
            if schemes and b"basic" not in schemes:
                return ProxyErrorReason.UNSUPPORTED_AUTH
            has_sent = self._proxy.user or self._proxy.password
            return (
                ProxyErrorReason.WRONG_PASSWORD if has_sent else ProxyErrorReason.PASSWORD_REQUIRED
            )
        if status in _WEB_SERVER_STATUS:
            return ProxyErrorReason.NOT_A_PROXY
        return ProxyErrorReason.HOST_UNREACHABLE if status >= 500 else ProxyErrorReason.FORBIDDEN

    def _proxy_error(self, reason: ProxyErrorReason, technical: str = "") -> ProxyConnectError:
        secrets = (self._proxy.password, self._proxy.user) if self._proxy.password else ()
        message = service_messages.redact(technical, secrets)
        return ProxyConnectError(
            reason,
            self._proxy.name,
            service_messages.clean(message, limit=constants.MAX_MESSAGE_CHARS),
        )


class DirectBackend(httpcore.AsyncNetworkBackend):
    """Opens connections directly to the host."""

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return UpgradableStream(stream)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class UpgradableStream(httpcore.AsyncNetworkStream):
    """Connection on which TLS to the host can be started; it is closed if that fails.

    The connection itself may use TLS to a proxy.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
