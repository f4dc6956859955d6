"""Real clients of the API for tests: retries do not wait, and time-outs can be short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.proxies import Route
from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.api.transport import RoutedTransport

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "rc_5e4d-test-key-that-must-not-leak"
NOW_S = 1_770_000_000.0


class RecordedSleeps:
    """Replaces sleeping: returns at once and records the durations."""

    def __init__(self) -> None:
        self.durations_s: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.durations_s.append(seconds)

    def retry(self, tries: int = 4) -> Retry:
        return Retry(tries, self, random_value=lambda: 1.0, wall_clock_s=lambda: NOW_S)


async def _direct_route() -> Route:
    return Route()


class ShortTimeoutTransport(httpx.AsyncBaseTransport):
    """Real network with a read time-out of `read_s`, for responses that never arrive."""

    def __init__(self, read_s: float = 0.05) -> None:
        self.read_s = read_s
        self._inner = RoutedTransport(httpx.Limits(), _direct_route)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["timeout"]["read"] = self.read_s
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def client_of(
    base_url: str,
    token: str | Callable[[], str] = KEY,
    *,
    version: str = "v1",
    sleeps: RecordedSleeps | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    secrets: tuple[str, ...] = (),
) -> Client:
    return Client(
        base_url,
        token if callable(token) else lambda: token,
        queue_version=lambda: version,
        user_agent="runcomfy-desktop/test",
        transport=transport,
        retry=(sleeps or RecordedSleeps()).retry(),
        secrets=lambda: secrets,
    )
