"""Results of gigabytes: read up to a limit and no further, over a real connection."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api import constants, inference
from runcomfy_desktop.api.inference import RequestRef, ResultTooLarge
from tests.support.clients import client_of
from tests.support.raw_server import RawServer, reply

if TYPE_CHECKING:
    from tests.support.raw_server import RawConnection, ScriptedReply

MB = 1024 * 1024
RESULT_START = b'{"status": "succeeded", "outputs": {"1": {"text": ["'
REF = RequestRef("d", "r")


class EndlessResult:
    """Result of 2 GB that is generated while it is sent."""

    def __init__(self, headers: str) -> None:
        self._headers = headers
        self.sent_bytes = 0

    async def __call__(self, connection: RawConnection) -> None:
        await connection.send(f"HTTP/1.1 200 OK\r\n{self._headers}\r\n".encode() + RESULT_START)
        piece = b"x" * MB
        while self.sent_bytes < 2048 * MB:
            await connection.send(piece)
            self.sent_bytes += len(piece)


async def peak_of(script: ScriptedReply) -> int:
    """Returns the peak memory while the result is read and refused."""
    async with RawServer(script) as server, client_of(server.url) as client:
        tracemalloc.start()
        try:
            with pytest.raises(ResultTooLarge) as caught:
                await inference.read_result(client, REF)
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert "has ended and is billed" in caught.value.detail
        assert len(server.received) == 1, "asking again would bring the same"
    return peak


@pytest.mark.parametrize("headers", ["", f"Content-Length: {2048 * MB + len(RESULT_START)}\r\n"])
async def test_two_gigabytes_are_left_at_the_bound(headers: str) -> None:
    endless = EndlessResult(headers)
    assert await peak_of(endless) < 4 * constants.RESULT_CAP_BYTES
    assert endless.sent_bytes < 2 * constants.RESULT_CAP_BYTES


async def test_two_gigabytes_in_two_megabytes_are_left_too() -> None:
    packed = gzip.compress(bytes(64 * MB)) * 32
    bomb = reply(200, packed, headers={"Content-Encoding": "gzip"})
    assert await peak_of(bomb) < 6 * constants.RESULT_CAP_BYTES


async def test_a_result_nested_without_end_is_left() -> None:
    deep = b'{"status": "succeeded", "outputs": ' + b'{"a":' * 500_000
    with pytest.raises(ResultTooLarge):
        async with RawServer(reply(200, deep)) as server, client_of(server.url) as client:
            await inference.read_result(client, REF)
