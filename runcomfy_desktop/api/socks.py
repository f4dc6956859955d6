"""SOCKS 5 (RFC 1928), with and without a password (RFC 1929), on a stream that is open already."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING

import httpcore

from runcomfy_desktop.api.line_faults import ProxyFault, ProxyWhy

if TYPE_CHECKING:
    from runcomfy_desktop.api.proxies import Proxy

_VERSION = 5
_OPEN, _PASSWORD, _NOTHING_FITS = 0, 2, 0xFF
_IPV4, _NAME, _IPV6 = 1, 3, 4
_ANSWERS = {
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


class Socks:
    """The talk with a SOCKS server on one connection. Raises ProxyFault.

    `is_let_in`: the server took the password before.
    """

    def __init__(
        self, stream: httpcore.AsyncNetworkStream, proxy: Proxy, *, is_let_in: bool = False
    ) -> None:
        self._stream = stream
        self._proxy = proxy
        self._is_let_in = is_let_in
        self._kept = b""

    async def connect(self, host: str, port: int) -> None:
        """Has the server connect to `host`; from then on the stream leads there."""
        await self._greet()
        await self._stream.write(
            bytes([_VERSION, 1, 0]) + await self._address(host, port) + port.to_bytes(2, "big")
        )
        version, answer, _reserved, kind = await self._read(4)
        if version != _VERSION:
            raise self._fault(ProxyWhy.NOT_A_PROXY)
        if answer:
            said = _ANSWERS.get(answer, "")
            raise self._fault(_why(answer), f"SOCKS answer {answer} {said}".strip())
        length = {_IPV4: 4, _IPV6: 16}.get(kind) or (await self._read(1))[0]
        await self._read(length + 2)
        if self._kept:
            # Nobody speaks before TLS begins: this is something else.
            raise self._fault(ProxyWhy.NOT_A_PROXY)

    async def _greet(self) -> None:
        has_password = bool(self._proxy.user or self._proxy.password)
        ways = [_OPEN, _PASSWORD] if has_password else [_OPEN]
        await self._stream.write(bytes([_VERSION, len(ways), *ways]))
        version, way = await self._read(2)
        if version != _VERSION:
            raise self._fault(ProxyWhy.NOT_A_PROXY, f"first byte {version:#04x}")
        if way == _OPEN:
            return
        if way == _PASSWORD and has_password:
            await self._sign_in()
        elif way == _NOTHING_FITS and not has_password:
            raise self._fault(ProxyWhy.WANTS_PASSWORD, "no way of signing in that both have")
        else:
            raise self._fault(ProxyWhy.OTHER_SIGN_IN, f"way of signing in {way:#04x}")

    async def _sign_in(self) -> None:
        user, password = self._proxy.user.encode(), self._proxy.password.encode()
        if max(len(user), len(password)) > 255:
            raise self._fault(ProxyWhy.WRONG_PASSWORD, "longer than SOCKS allows")
        letter = b"\x01" + bytes([len(user)]) + user + bytes([len(password)]) + password
        try:
            await self._stream.write(letter)
            _version, refused = await self._read(2)
        except (ProxyFault, httpcore.NetworkError) as error:
            # Many servers hang up in place of saying no; at a good password it is the line.
            why = ProxyWhy.HUNG_UP if self._is_let_in else ProxyWhy.WRONG_PASSWORD
            raise self._fault(why, "hung up at the password") from error
        if refused:
            raise self._fault(ProxyWhy.WRONG_PASSWORD, f"answer {refused}")

    async def _address(self, host: str, port: int) -> bytes:
        """As a number where it is one, or where it is looked up here; else as a name."""
        try:
            number = ipaddress.ip_address(host)
        except ValueError:
            if self._proxy.scheme == "socks5h":
                name = host.encode("ascii")
                return bytes([_NAME, len(name)]) + name
            number = await self._looked_up(host, port)
        return bytes([_IPV4 if number.version == 4 else _IPV6]) + number.packed

    async def _looked_up(
        self, host: str, port: int
    ) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
        except OSError as error:
            raise self._fault(ProxyWhy.UNKNOWN_HOST, str(error)) from error
        # IPv4 first: more proxies know nothing else than the other way round.
        found.sort(key=lambda each: each[0] != socket.AF_INET)
        return ipaddress.ip_address(str(found[0][4][0]).partition("%")[0])

    async def _read(self, count: int) -> bytes:
        while len(self._kept) < count:
            piece = await self._stream.read(4096)
            if not piece:
                raise self._fault(ProxyWhy.NOT_A_PROXY if self._kept else ProxyWhy.HUNG_UP)
            self._kept += piece
        taken, self._kept = self._kept[:count], self._kept[count:]
        return taken

    def _fault(self, why: ProxyWhy, technical: str = "") -> ProxyFault:
        return ProxyFault(why, self._proxy.name, technical)


def _why(answer: int) -> ProxyWhy:
    if answer == _REFUSED:
        return ProxyWhy.REFUSES
    return ProxyWhy.UNSUPPORTED if answer in _UNSUPPORTED else ProxyWhy.NO_WAY
