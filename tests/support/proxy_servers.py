"""Real proxies on loopback.

Proxies look up host names themselves. Here every name leads to one port of this computer, so that a
test can have servers with any names.
"""

from __future__ import annotations

import asyncio
import base64
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self

from tests.support.async_wait import wait_until
from tests.support.raw_server import is_handshake

if TYPE_CHECKING:
    import ssl


class ProxyServer(ABC):
    """Base class of the proxies.

    `requested_hosts` has the requested hosts, `received_bytes` every byte received from clients,
    `connections` the number of connections. `refusal` is sent in response to every request instead
    of connecting. `target_port` is the port to which every host leads. With `corrupts_data`, one
    bit of each chunk from a host is changed.
    """

    scheme = ""

    def __init__(
        self,
        target_port: int,
        *,
        user: str = "",
        password: str = "",
        refusal: bytes | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.target_port = target_port
        self.user, self.password = user, password
        self.refusal = refusal
        self.requested_hosts: list[str] = []
        self.received_bytes = b""
        self.connections = 0
        self.port = 0
        self.corrupts_data = False
        self._tls = tls
        self._connection_tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def open_connections(self) -> int:
        return len(self._connection_tasks)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self._server.close()
        for task in self._connection_tasks:
            task.cancel()
        await asyncio.gather(*self._connection_tasks, return_exceptions=True)
        await self._server.wait_closed()
        # A refused TLS handshake ends shortly after the client has gone, in an asyncio task.
        await wait_until(lambda: not any(is_handshake(task) for task in asyncio.all_tasks()))

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._connection_tasks.add(task)
        task.add_done_callback(self._connection_tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.serve_connection(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client disconnected
        finally:
            writer.close()

    @abstractmethod
    async def serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Handles one connection."""

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        try:
            await asyncio.gather(
                self._pump(reader, far_writer, records=True), self._pump(far_reader, writer)
            )
        finally:
            far_writer.close()

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, records: bool = False
    ) -> None:
        while chunk := await source.read(65536):
            if records:
                self.received_bytes += chunk
            elif self.corrupts_data:
                middle = len(chunk) // 2
                chunk = chunk[:middle] + bytes([chunk[middle] ^ 1]) + chunk[middle + 1 :]
            target.write(chunk)
            await target.drain()
        target.close()


class HttpProxy(ProxyServer):
    """HTTP proxy that only knows CONNECT.

    `greeting` comes before each response, which waits for `release_event`.
    """

    scheme = "http"

    def __init__(
        self,
        target_port: int,
        *,
        user: str = "",
        password: str = "",
        refusal: bytes | None = None,
        tls: ssl.SSLContext | None = None,
        greeting: bytes = b"",
    ) -> None:
        super().__init__(target_port, user=user, password=password, refusal=refusal, tls=tls)
        self._greeting = greeting
        self.release_event: asyncio.Event | None = None

    async def serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        header = await reader.readuntil(b"\r\n\r\n")
        self.received_bytes += header
        lines = header.decode().split("\r\n")
        _method, target, _version = lines[0].split(" ")
        self.requested_hosts.append(target)
        writer.write(self._greeting)
        if self.release_event is not None:
            await self.release_event.wait()
        if self.password and not self._has_password(lines):
            answer = b'HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm="x"\r\n'
            writer.write(answer + b"Content-Length: 0\r\n\r\n")
        elif self.refusal is not None:
            writer.write(self.refusal)
        else:
            writer.write(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
            await self.forward(reader, writer)
        await writer.drain()

    def _has_password(self, lines: list[str]) -> bool:
        both = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return f"Proxy-Authorization: Basic {both}" in lines


class SocksServer(ProxyServer):
    """SOCKS 5 proxy.

    `only_method` requires one method of authentication; `code` is the reply to every request.
    `hangs_up`: a wrong password closes the connection without a reply.
    """

    scheme = "socks5h"

    def __init__(
        self,
        target_port: int,
        *,
        user: str = "",
        password: str = "",
        code: int = 0,
        only_method: int | None = None,
        hangs_up: bool = False,
    ) -> None:
        super().__init__(target_port, user=user, password=password)
        self._hangs_up = hangs_up
        self._code = code
        self._only_method = only_method

    async def serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        version, count = await reader.readexactly(2)
        assert version == 5
        methods = await reader.readexactly(count)
        wanted = (2 if self.password else 0) if self._only_method is None else self._only_method
        method = wanted if wanted in methods or self._only_method is not None else 0xFF
        writer.write(bytes([5, method]))
        if method == 2 and not await self._sign_in(reader, writer):
            return
        if method not in (0, 2):
            return
        _version, command, _reserved, kind = await reader.readexactly(4)
        assert command == 1
        self.requested_hosts.append(await _address(reader, kind))
        # In two chunks, as over a slow connection.
        writer.write(bytes([5, self._code]))
        await writer.drain()
        await asyncio.sleep(0)
        writer.write(bytes([0, 1, 127, 0, 0, 1, 4, 56]))
        await writer.drain()
        if not self._code:
            await self.forward(reader, writer)

    async def _sign_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        _version, length = await reader.readexactly(2)
        user = await reader.readexactly(length)
        password = await reader.readexactly((await reader.readexactly(1))[0])
        is_right = (user.decode(), password.decode()) == (self.user, self.password)
        if self._hangs_up and not is_right:
            return False
        writer.write(bytes([1, 0 if is_right else 1]))
        await writer.drain()
        return is_right


class MuteServer(ProxyServer):
    """Accepts connections and sends nothing, or always the same `content`."""

    scheme = "http"

    def __init__(self, content: bytes = b"") -> None:
        super().__init__(0)
        self._content = content

    async def serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self._content:
            writer.write(self._content)
            await writer.drain()
        while await reader.read(4096):
            pass


async def _address(reader: asyncio.StreamReader, kind: int) -> str:
    if kind == 3:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    else:
        host = ".".join(map(str, await reader.readexactly(4 if kind == 1 else 16)))
    port = int.from_bytes(await reader.readexactly(2), "big")
    return f"{host}:{port}"
