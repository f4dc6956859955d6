"""A line to the stand-in service that a test can cut, hold up and listen to; no sockets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from tests.support.clients import client_of
from tests.support.emulated import EmulatedTransport, make_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.emulator.world import World

BASE_URL = "https://api.emulated.example"


class Line(httpx.AsyncBaseTransport):
    """Leads to a world of its own.

    `is_down`: nothing gets through. `missing`: endings of paths that this service does not have.
    `hold(ending)`: calls to such paths wait until `release()`. `calls`: the paths asked for.
    """

    def __init__(self, world: World | None = None) -> None:
        self.world = world or make_world()
        self.world.storage_url = "https://storage.emulated.example"
        self.is_down = False
        self.missing: tuple[str, ...] = ()
        self._held = ""
        self._released = asyncio.Event()
        self.calls: list[str] = []
        self._way = EmulatedTransport(self.world)

    def hold(self, ending: str) -> None:
        self._held = ending
        self._released.clear()

    def renew(self) -> None:
        """The storage host has what the world's classes are by now."""
        self._way = EmulatedTransport(self.world)

    def release(self) -> None:
        self._held = ""
        self._released.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.calls.append(path)
        if self._held and path.endswith(self._held):
            await self._released.wait()
        if self.is_down:
            raise httpx.ConnectError("no network", request=request)
        if path.endswith(self.missing):
            body = b'{"error_code": 404001, "error_message": "Not found"}'
            return httpx.Response(404, stream=httpx.ByteStream(body))
        return await self._way.handle_async_request(request)

    def client(self, token: Callable[[], str] | None = None) -> Client:
        """A client at the other end, which does not wait between its tries."""
        return client_of(BASE_URL, token or (lambda: self.world.token), transport=self)
