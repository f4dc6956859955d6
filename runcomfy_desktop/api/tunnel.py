"""Ways through a proxy, by CONNECT or SOCKS5, as connections that httpcore takes for direct ones.

httpcore has tunnels of its own, which lose a place in the pool for good whenever a certificate is
refused behind them, and wait for a SOCKS server without limit. Here all that happens before the
first byte of a request is part of "connecting": one time limit, one clean-up, one kind of fault.
The proxy sees the name of the host and what TLS shows; never the request, and so never the key.

Where there is no proxy, `Direct` is the way: httpcore's own leaves a connection open when whoever
waits for its TLS gives up, until the server ends it, which one that says nothing never does.
"""

from __future__ import annotations

import asyncio
import base64
import re
import socket
import ssl
from typing import TYPE_CHECKING, Any

import httpcore

from runcomfy_desktop.api import constants, wording
from runcomfy_desktop.api.line_faults import ProxyFault, ProxyWhy, cause_of
from runcomfy_desktop.api.sign_ins import SignIn
from runcomfy_desktop.api.socks import Socks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from httpcore import SOCKET_OPTION

    from runcomfy_desktop.api.proxies import Proxy

_HEAD_BYTES = 64 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: ([^\r\n]*))?\r?\n")
# "100 Continue" and its kin, which may come before an answer; 101 is one.
_BETWEEN = re.compile(rb"(?:HTTP/1\.[01] 1(?!01)[0-9]{2}[^\n]*\n(?:[^\r\n]+\r?\n)*\r?\n)+")
_SIGN_IN = re.compile(rb"(?im)^proxy-authenticate:([^\r\n]*)")
_QUOTED = re.compile(rb'"[^"]*"')
# Several may be on one line, each with details of its own: `Negotiate, Basic realm="x"`.
_WAY = re.compile(rb"(?:^|,)[ \t]*([A-Za-z0-9_-]+)(?=[ \t,]|$)")
# What an ordinary web server says to a wish that only a proxy understands.
_OF_WEB_SERVERS = frozenset({400, 404, 405, 411, 501})


class Tunnels(httpcore.AsyncNetworkBackend):
    """Opens each connection through `proxy`. Raises ProxyFault when that is not to be had.

    `tls` is for a proxy which is spoken to by TLS itself. `sign_in` is what others learn and know
    of the password, too.
    """

    def __init__(self, proxy: Proxy, tls: ssl.SSLContext, sign_in: SignIn | None = None) -> None:
        self._proxy = proxy
        self._tls = tls
        self._direct = Direct()
        self._sign_in = sign_in or SignIn()
        self._has_password = bool(proxy.user or proxy.password)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                if self._has_password and not self._sign_in.is_let_in:
                    # Until then one goes alone: a dozen wrong passwords at once lock an account.
                    async with self._sign_in.first:
                        if not self._sign_in.is_let_in:
                            return await self._open(host, port, local_address, socket_options)
                return await self._open(host, port, local_address, socket_options)
        except (TimeoutError, httpcore.TimeoutException):
            raise self._fault(ProxyWhy.SILENT) from None
        except httpcore.NetworkError as error:
            raise self._fault(ProxyWhy.HUNG_UP, f"{type(error).__name__}: {error}") from error
        except ssl.SSLError as error:
            # Such as an alert that it wants a certificate of ours, which comes once TLS stands.
            raise self._fault(ProxyWhy.TLS, str(error)) from error

    async def sleep(self, seconds: float) -> None:
        await self._direct.sleep(seconds)

    async def _open(
        self,
        host: str,
        port: int,
        local_address: str | None,
        socket_options: Iterable[SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        if self._sign_in.is_refused:
            raise self._fault(ProxyWhy.WRONG_PASSWORD, "refused a moment ago, not sent again")
        stream = await self._reach(local_address, socket_options)
        try:
            if self._proxy.is_socks:
                is_let_in = self._sign_in.is_let_in
                await Socks(stream, self._proxy, is_let_in=is_let_in).connect(host, port)
            else:
                await self._connect(stream, host, port)
        except BaseException as error:
            if isinstance(error, ProxyFault):
                self._learn(error.why)
            await stream.aclose()
            raise
        self._sign_in.is_let_in = True
        return stream

    def _learn(self, why: ProxyWhy) -> None:
        if why is ProxyWhy.WRONG_PASSWORD:
            self._sign_in.refuse()
        elif why is ProxyWhy.HUNG_UP:
            # The next one goes alone: the password may have been changed there.
            self._sign_in.is_let_in = False
        elif why in (ProxyWhy.REFUSES, ProxyWhy.NO_WAY):
            # Said of the host, to somebody whom it knows.
            self._sign_in.is_let_in = True

    async def _reach(
        self, local_address: str | None, socket_options: Iterable[SOCKET_OPTION] | None
    ) -> httpcore.AsyncNetworkStream:
        proxy = self._proxy
        try:
            stream = await self._direct.connect_tcp(
                proxy.host, proxy.port, None, local_address, socket_options
            )
        except httpcore.ConnectError as error:
            unknown = cause_of(error, socket.gaierror) is not None
            why = ProxyWhy.UNKNOWN_NAME if unknown else ProxyWhy.UNREACHABLE
            raise self._fault(why, str(error)) from error
        if proxy.scheme != "https":
            return stream
        try:
            return Stream(await stream.start_tls(self._tls, proxy.host, None))
        except httpcore.ConnectError as error:
            raise self._fault(ProxyWhy.TLS, str(error)) from error

    async def _connect(self, stream: httpcore.AsyncNetworkStream, host: str, port: int) -> None:
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        if self._proxy.user or self._proxy.password:
            both = f"{self._proxy.user}:{self._proxy.password}".encode()
            lines.append(f"Proxy-Authorization: Basic {base64.b64encode(both).decode()}")
        await stream.write("\r\n".join([*lines, "", ""]).encode())
        head = await self._head(stream)
        status = _STATUS.match(head)
        is_whole = head.endswith((b"\r\n\r\n", b"\n\n"))
        if status is None or (status[1].startswith(b"2") and not is_whole):
            # Nobody speaks first behind a proxy: what says more than its head is none.
            raise self._fault(ProxyWhy.NOT_A_PROXY, repr(head[:80]))
        number = int(status[1])
        if not 200 <= number < 300:
            said = wording.clean(f"HTTP {number} {(status[2] or b'').decode('latin-1')}")
            raise self._fault(self._why(number, head), said)

    async def _head(self, stream: httpcore.AsyncNetworkStream) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head and b"\n\n" not in head:
            piece = await stream.read(4096)
            if not piece:
                if head:
                    break
                raise self._fault(ProxyWhy.HUNG_UP)
            head += piece
            between = _BETWEEN.match(head)
            head = head[between.end() :] if between else head
            if not head.startswith(b"HTTP/1."[: len(head)]) or len(head) > _HEAD_BYTES:
                break
        return head

    def _why(self, status: int, head: bytes) -> ProxyWhy:
        if status == 407:
            offers = (_QUOTED.sub(b'""', offer) for offer in _SIGN_IN.findall(head))
            ways = {way.lower() for offer in offers for way in _WAY.findall(offer)}
            if ways and b"basic" not in ways:
                return ProxyWhy.OTHER_SIGN_IN
            has_sent = self._proxy.user or self._proxy.password
            return ProxyWhy.WRONG_PASSWORD if has_sent else ProxyWhy.WANTS_PASSWORD
        if status in _OF_WEB_SERVERS:
            return ProxyWhy.NOT_A_PROXY
        return ProxyWhy.NO_WAY if status >= 500 else ProxyWhy.REFUSES

    def _fault(self, why: ProxyWhy, technical: str = "") -> ProxyFault:
        secrets = (self._proxy.password, self._proxy.user) if self._proxy.password else ()
        words = wording.without(technical, secrets)
        return ProxyFault(
            why, self._proxy.name, wording.clean(words, limit=constants.MESSAGE_CHARS)
        )


class Direct(httpcore.AsyncNetworkBackend):
    """Opens connections to the host itself."""

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return Stream(stream)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class Stream(httpcore.AsyncNetworkStream):
    """A connection without TLS, or with that of a proxy; it is closed when it gets none."""

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
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
