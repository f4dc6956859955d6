"""Connection to the emulator without sockets; tests can cut, hold and record it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from tests.support.clients import client_of
from tests.support.emulators import EmulatedTransport, make_backend

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.emulator.backend import EmulatedBackend

BASE_URL = "https://api.emulated.example"


class EmulatedConnection(httpx.AsyncBaseTransport):
    """HTTP transport to an emulator, by default its own one.

    `is_down`: all connections fail. `missing_endings`: endings of paths that this service does not
    have. `hold(ending)`: calls to paths with this ending wait until `release()`. `calls`: the
    requested paths.
    """

    def __init__(self, backend: EmulatedBackend | None = None) -> None:
        self.backend = backend or make_backend()
        self.backend.storage_url = "https://storage.emulated.example"
        self.is_down = False
        self.missing_endings: tuple[str, ...] = ()
        self._held_ending = ""
        self._released = asyncio.Event()
        self.calls: list[str] = []
        self._transport = EmulatedTransport(self.backend)

    def hold(self, ending: str) -> None:
        self._held_ending = ending
        self._released.clear()

    def reload_storage(self) -> None:
        """Restarts the emulator's servers, so that the storage has the current classes."""
        self._transport = EmulatedTransport(self.backend)

    def release(self) -> None:
        self._held_ending = ""
        self._released.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.calls.append(path)
        if self._held_ending and path.endswith(self._held_ending):
            await self._released.wait()
        if self.is_down:
            raise httpx.ConnectError("no network", request=request)
        if path.endswith(self.missing_endings):
            body = b'{"error_code": 404001, "error_message": "Not found"}'
            return httpx.Response(404, stream=httpx.ByteStream(body))
        return await self._transport.handle_async_request(request)

    def client(self, token: Callable[[], str] | None = None) -> Client:
        """Returns a client that uses this connection and does not wait before retries."""
        return client_of(BASE_URL, token or (lambda: self.backend.token), transport=self)
