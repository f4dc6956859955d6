"""D-Bus connection that is opened when first needed, and again after it has broken.

Every operation has a time limit: a service that hangs or a missing bus raises BusCallError and
never blocks anything. Two parts of jeepney are not used: its router, whose failure reaches only the
loop's handler of unexpected errors, and its way of opening a connection, which leaks the socket if
it is cancelled halfway.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from typing import TYPE_CHECKING, Any

from runcomfy_desktop.core.base.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable

TIMEOUT_S = 5.0
_CLOSE_TIMEOUT_S = 1.0
_MAX_LINE_BYTES_READ = 1024
_log = logging.getLogger(__name__)


class BusCallError(Exception):
    """A call got no reply, or an error.

    `name` is D-Bus's name of the error, "" if there was no reply.
    """

    def __init__(self, reason: str, name: str = "") -> None:
        super().__init__(reason)
        self.name = name


class SessionBus:
    """Connection to the session bus.

    `on_signal` is called with each signal that matches a rule passed to `listen`.
    """

    def __init__(self, on_signal: Callable[[Any], object], *, timeout_s: float = TIMEOUT_S) -> None:
        self._on_signal = on_signal
        self._timeout_s = timeout_s
        self._tasks = Tasks()
        self._open_lock = asyncio.Lock()
        self._connection: Any = None
        # Each connection counts its serials from 1.
        self._pending_replies: dict[tuple[Any, int], asyncio.Future[Any]] = {}
        self._rules: list[Any] = []

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    async def listen(self, rule: Any) -> None:
        """Subscribes to signals that match a jeepney MatchRule, now and after each reconnection."""
        self._rules.append(rule)
        if self._connection is not None:
            await self._add_match(self._connection, rule)

    async def call(self, message: Any) -> tuple[Any, ...]:
        """Calls a method and returns its results. Raises BusCallError."""
        from jeepney import MessageType  # type: ignore[import-untyped]  # no type hints

        reply = await self._with_timeout(self._request(message))
        if reply.header.message_type is MessageType.error:
            raise BusCallError(str(reply.body)[:200], _error_name(reply))
        return tuple(reply.body)

    async def emit(self, signal: Any) -> None:
        """Sends a signal. Raises BusCallError."""
        await self._with_timeout(self._send(signal))

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        await self._tasks.close()
        if connection is not None:
            await _close_writer(connection.writer)

    async def _with_timeout(self, work: Any) -> Any:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await work
        except TimeoutError:
            raise BusCallError("no answer in time") from None
        except (OSError, EOFError, ValueError, KeyError) as error:
            # KeyError: the environment has no bus address. The next call opens a new connection.
            connection, self._connection = self._connection, None
            if connection is not None:
                # This ends the connection's reader: with two readers, every signal would arrive
                # twice.
                connection.writer.close()
            raise BusCallError(f"{type(error).__name__}: {error}") from error

    async def _send(self, message: Any) -> None:
        await (await self._open()).send(message)

    async def _request(self, message: Any) -> Any:
        return await self._request_on(await self._open(), message)

    async def _request_on(self, connection: Any, message: Any) -> Any:
        serial = next(connection.outgoing_serial)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._pending_replies[connection, serial] = answer
        try:
            await connection.send(message, serial=serial)
            return await answer
        finally:
            self._pending_replies.pop((connection, serial), None)

    async def _open(self) -> Any:
        async with self._open_lock:
            if self._connection is None:
                if sys.platform != "linux":
                    raise OSError("there is no D-Bus on this system")
                connection = await _connect()
                self._tasks.start("read the bus", self._read(connection))
                try:
                    await self._send_hello(connection)
                except BaseException:
                    # This ends the connection's reader.
                    connection.writer.close()
                    raise
                self._connection = connection
                for rule in self._rules:
                    await self._add_match(connection, rule)
                return connection
            return self._connection

    async def _send_hello(self, connection: Any) -> None:
        """Sends the first message, without which the bus accepts no other."""
        from jeepney import message_bus

        await self._request_on(connection, message_bus.Hello())

    async def _add_match(self, connection: Any, rule: Any) -> None:
        from jeepney import message_bus

        await self._request_on(connection, message_bus.AddMatch(rule))

    async def _read(self, connection: Any) -> None:
        reason = "the bus has closed the connection"
        try:
            while True:
                self._dispatch(connection, await connection.receive())
        except (OSError, EOFError) as error:
            _log.info("The bus is gone: %s", type(error).__name__)
        finally:
            if self._connection is connection:
                self._connection = None
            for (owner, _serial), answer in self._pending_replies.items():
                if owner is connection and not answer.done():
                    answer.set_exception(ConnectionResetError(reason))
            await _close_writer(connection.writer)

    def _dispatch(self, connection: Any, message: Any) -> None:
        from jeepney import HeaderFields, MessageType

        kind = message.header.message_type
        if kind is MessageType.signal:
            self._on_signal(message)
            return
        serial = message.header.fields.get(HeaderFields.reply_serial, -1)
        answer = self._pending_replies.get((connection, serial))
        if answer is not None and not answer.done():
            answer.set_result(message)


async def _connect() -> Any:
    """Opens a connection authenticated as the user.

    Raises OSError, EOFError, ValueError or KeyError, and then leaks no socket.
    """
    # jeepney has no type information.
    from jeepney.auth import BEGIN, Authenticator  # type: ignore[import-untyped]
    from jeepney.bus import get_bus  # type: ignore[import-untyped]
    from jeepney.io.asyncio import DBusConnection  # type: ignore[import-untyped]

    try:
        address = get_bus("SESSION")
    except RuntimeError as error:
        raise OSError(f"no bus that can be reached: {error}") from error
    reader, writer = await asyncio.open_unix_connection(address)
    try:
        authenticator = Authenticator()
        for request in authenticator:
            writer.write(request)
            answer = await reader.read(_MAX_LINE_BYTES_READ)
            if not answer:
                raise EOFError
            authenticator.feed(answer)
        writer.write(BEGIN)
        await writer.drain()
    except BaseException:
        writer.close()
        raise
    return DBusConnection(reader, writer)


async def _close_writer(writer: asyncio.StreamWriter) -> None:
    """Closes the writer and waits for it: if the loop ended earlier, the socket would stay open."""
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_CLOSE_TIMEOUT_S):
            await writer.wait_closed()


def _error_name(reply: Any) -> str:
    from jeepney import HeaderFields

    return str(reply.header.fields.get(HeaderFields.error_name, ""))
