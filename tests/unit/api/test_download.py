from __future__ import annotations

import asyncio
import gzip
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.download import download
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from tests.support.async_wait import wait_until, yield_to_tasks
from tests.support.clients import KEY, ShortTimeoutTransport, client_of
from tests.support.raw_server import (
    RawServer,
    ScriptedReply,
    drop_after_body,
    never_answer,
    reply,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.raw_server import RawConnection

T = TypeVar("T")
K = ProblemKind
PICTURE = bytes(range(256)) * 5000


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "Blue_00001_.png.part"


def content(part: Path) -> bytes:
    return part.read_bytes()


def fill(part: Path, data: bytes) -> None:
    part.write_bytes(data)


def is_gone(part: Path) -> bool:
    return not part.exists()


async def fetch(script: ScriptedReply, part: Path) -> RawServer:
    async with RawServer(script) as server, client_of(server.url) as client:
        await download(client, f"{server.url}/out/a.png", part)
    return server


async def fails(script: ScriptedReply, part: Path) -> Problem:
    with pytest.raises(Problem) as caught:
        await fetch(script, part)
    assert is_gone(part)
    return caught.value


async def test_a_file_is_fetched_whole_and_without_the_key(part: Path) -> None:
    async with RawServer(reply(200, PICTURE)) as server, client_of(server.url) as client:
        got = await download(client, f"{server.url}/out/a.png?sig=1", part)
    assert got == len(PICTURE)
    assert content(part) == PICTURE
    (seen,) = server.received
    assert seen.target == "/out/a.png?sig=1"
    assert "authorization" not in seen.headers
    assert seen.headers["user-agent"] == "runcomfy-desktop/test"
    assert seen.headers["accept-encoding"] == "identity"


async def test_a_blank_in_a_name_is_spelled_as_browsers_do(part: Path) -> None:
    """Spaces are encoded.

    Users choose the prefixes of file names, and a service may not encode them.
    """
    async with RawServer(reply(200, PICTURE)) as server, client_of(server.url) as client:
        await download(client, f"{server.url}/out/My bike_00001_.png?sig=a b", part)
    assert server.received[0].target == "/out/My%20bike_00001_.png?sig=a%20b"


@pytest.mark.parametrize("host", ["runcomfy.net .evil.example", "a b.runcomfy.net", " "])
async def test_a_blank_in_a_host_is_none(part: Path, host: str) -> None:
    async with client_of("https://api.runcomfy.net") as client:
        with pytest.raises(Problem, match="proper address"):
            await download(client, f"https://{host}/a.png", part)


async def test_without_a_length_it_is_read_to_the_end(part: Path) -> None:
    async def stream(connection: RawConnection) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\n\r\n" + PICTURE)

    await fetch(stream, part)
    assert content(part) == PICTURE


async def test_in_chunks(part: Path) -> None:
    async def chunks(connection: RawConnection) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await connection.send(b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")

    await fetch(chunks, part)
    assert content(part) == b"abcdefg"


async def test_a_file_that_is_packed_all_the_same_is_unpacked(part: Path) -> None:
    await fetch(reply(200, gzip.compress(PICTURE), headers={"Content-Encoding": "gzip"}), part)
    assert content(part) == PICTURE


async def test_what_was_there_is_replaced(part: Path) -> None:
    fill(part, b"x" * 5_000_000)
    await fetch(reply(200, PICTURE), part)
    assert content(part) == PICTURE


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (reply(200), K.UNREADABLE),
        (reply(200, PICTURE, length=len(PICTURE) + 1), K.UNREADABLE),
        (reply(200, b"x", headers={"Content-Encoding": "gzip"}), K.UNREADABLE),
        (reply(206, PICTURE), K.REJECTED),
        (reply(204), K.REJECTED),
        (reply(304), K.UNREADABLE),
        (reply(401), K.NOT_FOUND),
        (reply(403, b"<Error>AccessDenied</Error>"), K.NOT_FOUND),
        (reply(404), K.NOT_FOUND),
        (reply(410), K.NOT_FOUND),
        (reply(429, headers={"Retry-After": "5"}), K.BUSY),
        (reply(500), K.SERVER),
        (reply(503), K.SERVER),
        (drop_after_body, K.OFFLINE),
        (b"", K.OFFLINE),
        (b"odd\r\n\r\n", K.OFFLINE),
        (reply(200, b"x", length=constants.DOWNLOAD_CAP_BYTES + 1), K.REJECTED),
    ],
)
async def test_every_way_to_fail(script: ScriptedReply, kind: ProblemKind, part: Path) -> None:
    problem = await fails(script, part)
    assert problem.kind is kind
    assert "job itself is finished" in problem.detail


async def test_the_wait_the_host_wants_is_handed_on(part: Path) -> None:
    problem = await fails(reply(503, headers={"Retry-After": "8"}), part)
    assert problem.retry_after_s == 8.0


async def test_a_failed_download_leaves_no_old_part_either(part: Path) -> None:
    fill(part, b"old")
    await fails(reply(200, PICTURE, length=len(PICTURE) * 2), part)


async def test_a_host_that_falls_silent(part: Path) -> None:
    async def half(connection: RawConnection) -> None:
        await connection.send(reply(200, PICTURE, length=len(PICTURE) * 2))
        await never_answer(connection)

    async with (
        RawServer(half) as server,
        client_of(server.url, transport=ShortTimeoutTransport()) as client,
    ):
        with pytest.raises(Problem) as caught:
            await download(client, f"{server.url}/a.png", part)
    assert caught.value.kind is K.TIMEOUT
    assert is_gone(part)


async def test_being_cancelled_leaves_no_part(part: Path) -> None:
    async def half(connection: RawConnection) -> None:
        await connection.send(reply(200, PICTURE, length=len(PICTURE) * 2))
        await never_answer(connection)

    async with RawServer(half) as server, client_of(server.url) as client:
        fetching = asyncio.create_task(download(client, f"{server.url}/a.png", part))
        await wait_until(lambda: part.exists() and part.stat().st_size)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
    assert is_gone(part)


class BlockingExecutor(ThreadPoolExecutor):
    """Thread pool that can delay a task.

    Once `is_next` is set, the next task waits for the event `answers` before it runs.
    """

    def __init__(self) -> None:
        super().__init__(2)
        self.is_next = self.is_waiting = False
        self.answers = threading.Event()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        if not self.is_next:
            return super().submit(fn, *args, **kwargs)
        self.is_next, self.is_waiting = False, True

        def late() -> T:
            self.answers.wait()
            return fn(*args, **kwargs)

        return super().submit(late)


async def test_being_cancelled_twice_leaves_no_part_on_a_slow_disk(part: Path) -> None:
    """A download that is cancelled twice leaves no partial file.

    That happens when several files are downloaded: cancelling the first one causes the others to be
    cancelled again.
    """
    disk = BlockingExecutor()
    asyncio.get_running_loop().set_default_executor(disk)

    async def answer(connection: RawConnection) -> None:
        disk.is_next = True
        await connection.send(reply(200, PICTURE))
        await never_answer(connection)

    async with RawServer(answer) as server, client_of(server.url) as client:
        fetching = asyncio.create_task(download(client, f"{server.url}/a.png", part))
        await wait_until(lambda: disk.is_waiting)
        for _time in range(2):
            fetching.cancel()
            await yield_to_tasks()
        disk.answers.set()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        # All work still running on the worker threads has ended after this.
        await asyncio.get_running_loop().shutdown_default_executor()
    assert is_gone(part)


async def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    problem = await fails(reply(200, PICTURE), tmp_path / "missing" / "a.part")
    assert problem.kind is K.LOCAL
    assert str(tmp_path / "missing") in problem.title


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a.png",
        "http://files.runcomfy.net/a.png",
        "https://files.runcomfy.net@evil.example/a.png",
        "https://files.runcomfy.net\\@evil.example/a.png",
        "http://127.0.0.1:9/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "a.png",
        "",
    ],
)
async def test_other_places_are_not_asked(url: str, part: Path) -> None:
    async with client_of("https://api.runcomfy.net") as client:
        with pytest.raises(Problem) as caught:
            await download(client, url, part)
    assert caught.value.kind is K.REJECTED
    assert is_gone(part)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_without_the_key(status: int, part: Path) -> None:
    async with RawServer(reply(200, PICTURE)) as far:
        moved = reply(status, headers={"Location": f"{far.url}/b.png"})
        server = await fetch(moved, part)
    assert content(part) == PICTURE
    for each in (*far.received, *server.received):
        assert "authorization" not in each.headers
        assert KEY not in str(each)


async def test_a_redirect_within_the_host(part: Path) -> None:
    async with (
        RawServer(
            reply(302, headers={"Location": "../c/d.png?x=1"}), reply(200, PICTURE)
        ) as server,
        client_of(server.url) as client,
    ):
        await download(client, f"{server.url}/out/a.png", part)
    assert server.received[1].target == "/c/d.png?x=1"


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/a.png",
        "//evil.example/a.png",
        "https://files.runcomfy.net\\@evil.example/",
        "https://files.runcomfy.net@evil.example/",
        "file:///etc/passwd",
        "http://[bad",
    ],
)
async def test_a_redirect_to_another_place_is_not_followed(location: str, part: Path) -> None:
    problem = await fails(reply(302, headers={"Location": location}), part)
    assert problem.kind in (K.REJECTED, K.OFFLINE)


async def test_redirects_end(part: Path) -> None:
    async with (
        RawServer(reply(302, headers={"Location": "/again"})) as server,
        client_of(server.url) as client,
    ):
        with pytest.raises(Problem, match="circles") as caught:
            await download(client, f"{server.url}/a.png", part)
    assert caught.value.kind is K.REJECTED
    assert len(server.received) == constants.MAX_REDIRECTS + 1
