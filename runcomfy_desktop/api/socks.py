"""SOCKS 5 (RFC 1928), with and without a password (RFC 1929), on a stream that is already open."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING

import httpcore

from runcomfy_desktop.api.connection_errors import ProxyConnectError, ProxyErrorReason

if TYPE_CHECKING:
    from runcomfy_desktop.api.proxies import Proxy

_VERSION = 5
_NO_AUTH, _PASSWORD, _NO_METHOD = 0, 2, 0xFF
_IPV4, _DOMAIN_NAME, _IPV6 = 1, 3, 4
_REPLIES = {
    1: "general failure",
    2: "not allowed",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "TTL expired",
    7: "command not supported",
    8: "address type not supported",
}
_REFUSED, _UNSUPPORTED = 2, (7, 8)


class SocksHandshake:
    """Handshake with a SOCKS server on one connection. Raises ProxyConnectError.

    `is_accepted`: the server has accepted the password before.
    """

    def __init__(
        self, stream: httpcore.AsyncNetworkStream, proxy: Proxy, *, is_accepted: bool = False
    ) -> None:
        self._stream = stream
        self._proxy = proxy
        self._is_accepted = is_accepted
        self._buffer = b""

    async def connect(self, host: str, port: int) -> None:
        """Makes the server connect to `host`; from then on the stream leads there."""
        await self._greet()
        await self._stream.write(
            bytes([_VERSION, 1, 0])
            + await self._encode_address(host, port)
            + port.to_bytes(2, "big")
        )
        version, reply, _reserved, address_type = await self._read(4)
        if version != _VERSION:
            raise self._proxy_error(ProxyErrorReason.NOT_A_PROXY)
        if reply:
            text = _REPLIES.get(reply, "")
            raise self._proxy_error(_error_reason(reply), f"SOCKS answer {reply} {text}".strip())
        length = {_IPV4: 4, _IPV6: 16}.get(address_type) or (await self._read(1))[0]
        await self._read(length + 2)
        if self._buffer:
            # Nothing follows the reply until the client starts TLS: this is not a SOCKS server.
            raise self._proxy_error(ProxyErrorReason.NOT_A_PROXY)

    async def _greet(self) -> None:
        has_password = bool(self._proxy.user or self._proxy.password)
        methods = [_NO_AUTH, _PASSWORD] if has_password else [_NO_AUTH]
        await self._stream.write(bytes([_VERSION, len(methods), *methods]))
        version, method = await self._read(2)
        if version != _VERSION:
            raise self._proxy_error(ProxyErrorReason.NOT_A_PROXY, f"first byte {version:#04x}")
        if method == _NO_AUTH:
            return
        if method == _PASSWORD and has_password:
            await self._authenticate()
        elif method == _NO_METHOD and not has_password:
            raise self._proxy_error(
                ProxyErrorReason.PASSWORD_REQUIRED, "no way of signing in that both have"
            )
        else:
            raise self._proxy_error(
                ProxyErrorReason.UNSUPPORTED_AUTH, f"way of signing in {method:#04x}"
            )

    async def _authenticate(self) -> None:
        user, password = self._proxy.user.encode(), self._proxy.password.encode()
        if max(len(user), len(password)) > 255:
            raise self._proxy_error(ProxyErrorReason.WRONG_PASSWORD, "longer than SOCKS allows")
        message = b"\x01" + bytes([len(user)]) + user + bytes([len(password)]) + password
        try:
            await self._stream.write(message)
            _version, refused = await self._read(2)
        except (ProxyConnectError, httpcore.NetworkError) as error:
            # Many servers disconnect instead of refusing. If the password was accepted before, it
            # is the connection that failed.
            reason = (
                ProxyErrorReason.DISCONNECTED
                if self._is_accepted
                else ProxyErrorReason.WRONG_PASSWORD
            )
            raise self._proxy_error(reason, "hung up at the password") from error
        if refused:
            raise self._proxy_error(ProxyErrorReason.WRONG_PASSWORD, f"answer {refused}")

    async def _encode_address(self, host: str, port: int) -> bytes:
        """Encodes `host` as an IP address or a name.

        An IP address is used if `host` is one or has to be resolved here.
        """
        try:
            number = ipaddress.ip_address(host)
        except ValueError:
            if self._proxy.scheme == "socks5h":
                name = host.encode("ascii")
                return bytes([_DOMAIN_NAME, len(name)]) + name
            number = await self._resolve(host, port)
        return bytes([_IPV4 if number.version == 4 else _IPV6]) + number.packed

    async def _resolve(self, host: str, port: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
        except OSError as error:
            raise self._proxy_error(ProxyErrorReason.UNKNOWN_HOST, str(error)) from error
        # IPv4 first: proxies that support only IPv4 are more common than those that support only
        # IPv6.
        found.sort(key=lambda each: each[0] != socket.AF_INET)
        return ipaddress.ip_address(str(found[0][4][0]).partition("%")[0])

    async def _read(self, count: int) -> bytes:
        while len(self._buffer) < count:
            chunk = await self._stream.read(4096)
            if not chunk:
                raise self._proxy_error(
                    ProxyErrorReason.NOT_A_PROXY if self._buffer else ProxyErrorReason.DISCONNECTED
                )
            self._buffer += chunk
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def _proxy_error(self, reason: ProxyErrorReason, technical: str = "") -> ProxyConnectError:
        return ProxyConnectError(reason, self._proxy.name, technical)


def _error_reason(reply: int) -> ProxyErrorReason:
    if reply == _REFUSED:
        return ProxyErrorReason.FORBIDDEN
    return (
        ProxyErrorReason.UNSUPPORTED if reply in _UNSUPPORTED else ProxyErrorReason.HOST_UNREACHABLE
    )
