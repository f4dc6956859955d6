"""A server on loopback that sends exactly the bytes a test specifies, including invalid ones.

    async with RawServer(reply(503), json_reply({"ok": True})) as server:
        ...
    assert len(server.received) == 2

Each request gets the next part of the script, and all further requests get the last part. A part is
bytes (sent, then the connection is closed), a `KeepAlive` (sent, then the next request is read from
the same connection), or an async function for anything else.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True)
class ReceivedRequest:
    """A received request; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class KeepAlive:
    """Response after which the connection stays open."""

    data: bytes


@dataclass
class RawConnection:
    """One connection, for parts of a script that violate the protocol."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: ReceivedRequest
    read_body: Callable[[], Awaitable[bytes]] = field(repr=False)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def drop(self) -> None:
        """Aborts the connection without a regular end."""
        self.writer.transport.abort()


_TLS_HANDSHAKE_TYPE = b"\x16"

ScriptedReply: TypeAlias = bytes | KeepAlive | Callable[[RawConnection], Awaitable[None]]


def reply(
    status: int = 200,
    body: bytes = b"",
    *,
    headers: dict[str, str] | None = None,
    length: int | None = None,
) -> bytes:
    """Returns a response; its Content-Length is `length`, or correct if `length` is None."""
    lines = [
        f"HTTP/1.1 {status} Whatever",
        f"Content-Length: {len(body) if length is None else length}",
    ]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def json_reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> bytes:
    return reply(
        status,
        json.dumps(value).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )


async def drop_before_body(connection: RawConnection) -> None:
    """Receives the request's head, and aborts without reading the body."""
    connection.drop()


async def drop_after_body(connection: RawConnection) -> None:
    """Receives the whole request, and aborts without a response."""
    await connection.read_body()
    connection.drop()


async def never_answer(connection: RawConnection) -> None:
    """Waits until the client gives up."""
    await connection.read_body()
    await connection.reader.read()


class RawServer:
    """Listens on a free port of 127.0.0.1 and records what it receives."""

    def __init__(self, *script: ScriptedReply, tls: ssl.SSLContext | None = None) -> None:
        self._script = list(script)
        self._tls = tls
        self._connection_tasks: set[asyncio.Task[None]] = set()
        self.received: list[ReceivedRequest] = []
        self.connections = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.port}"

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
        # A separate task: asyncio complains when its own task for the connection is cancelled.
        task = asyncio.create_task(self._serve(reader, writer))
        self._connection_tasks.add(task)
        task.add_done_callback(self._connection_tasks.discard)
        self.connections += 1

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._serve_request(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client disconnected, as some tests intend
        finally:
            writer.close()

    async def _serve_request(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answers one request; returns True if another may follow on this connection."""
        head = await _read_head(reader)
        part = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        index = len(self.received)
        self.received.append(head)

        async def read_body() -> bytes:
            body = await reader.readexactly(int(head.headers.get("content-length", "0")))
            self.received[index] = ReceivedRequest(head.method, head.target, head.headers, body)
            return body

        if callable(part):
            await part(RawConnection(reader, writer, head, read_body))
            return False
        await read_body()
        writer.write(part.data if isinstance(part, KeepAlive) else part)
        await writer.drain()
        return isinstance(part, KeepAlive)


def is_handshake(task: asyncio.Task[Any]) -> bool:
    return "_accept_connection2" in repr(task.get_coro())


async def _read_head(reader: asyncio.StreamReader) -> ReceivedRequest:
    first_byte = await reader.readexactly(1)
    if first_byte == _TLS_HANDSHAKE_TYPE:
        raise ConnectionError("somebody speaks TLS here")
    text = (first_byte + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = text.strip().split("\r\n")
    method, target, _version = first.split(" ", 2)
    headers = dict(line.split(": ", 1) for line in lines)
    return ReceivedRequest(
        method, target, {name.lower(): value for name, value in headers.items()}, b""
    )
