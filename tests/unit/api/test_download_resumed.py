"""Interrupted downloads over real HTTP: resumed or started again, and never mixed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api.client import Client
from runcomfy_desktop.api.download import DownloadTooSlow, download
from runcomfy_desktop.api.partial_file import record_path
from runcomfy_desktop.api.retry import Retry
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from tests.support.async_wait import wait_until
from tests.support.clients import KEY, client_of
from tests.support.range_server import RangeResponder
from tests.support.raw_server import RawServer, never_answer, reply

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.raw_server import RawConnection, ScriptedReply

K = ProblemKind
MB = 1024 * 1024
DATA = bytes(range(251)) * 4000


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4.part"


def content(part: Path) -> bytes:
    return part.read_bytes()


def partial_files(part: Path) -> list[str]:
    return sorted(each.name for each in part.parent.iterdir())


async def breaks(server: RawServer, client: Client, part: Path, query: str = "") -> Problem:
    with pytest.raises(Problem) as caught:
        await download(client, f"{server.url}/out/film.mp4{query}", part)
    return caught.value


async def test_a_broken_connection_is_gone_on_with(part: Path) -> None:
    file = RangeResponder(DATA, cut_after_bytes=[300_000, 200_000])
    async with RawServer(file) as server, client_of(server.url) as client:
        await breaks(server, client, part, "?sig=1")
        assert content(part) == DATA[:300_000]
        await breaks(server, client, part, "?sig=2")
        assert content(part) == DATA[:500_000]
        assert await download(client, f"{server.url}/out/film.mp4?sig=3", part) == len(DATA)
    assert content(part) == DATA
    assert file.requested_starts == [0, 300_000, 500_000]
    assert file.sent_bytes == len(DATA)
    for each in server.received:
        assert "authorization" not in each.headers
        assert KEY not in str(each)


async def test_the_note_gives_no_address_away(part: Path) -> None:
    async with (
        RawServer(RangeResponder(DATA, cut_after_bytes=[300_000])) as server,
        client_of(server.url) as client,
    ):
        await breaks(server, client, part, "?secret=1")
    message = content(record_path(part)).decode()
    assert "secret" not in message
    assert "127.0.0.1" not in message


async def test_a_host_with_another_version_by_now_gives_it_whole(part: Path) -> None:
    other = DATA[::-1]
    file = RangeResponder(DATA, cut_after_bytes=[300_000])
    async with RawServer(file) as server, client_of(server.url) as client:
        await breaks(server, client, part)
        file.data, file.validator = other, '"v2"'
        await download(client, f"{server.url}/out/film.mp4", part)
    assert content(part) == other


@pytest.mark.parametrize(
    "lies",
    [
        {"Content-Range": f"bytes 0-{len(DATA) - 1}/{len(DATA)}"},
        {"Content-Range": f"bytes 300000-{len(DATA) - 1}/*"},
        {"Content-Range": f"bytes 300000-{len(DATA)}/{len(DATA) + 1}"},
        {"Content-Range": "nonsense"},
        {"ETag": '"v2"'},
    ],
)
async def test_a_part_that_is_not_the_rest_is_not_taken(part: Path, lies: dict[str, str]) -> None:
    file = RangeResponder(DATA, cut_after_bytes=[300_000], wrong_headers=lies)
    async with RawServer(file) as server, client_of(server.url) as client:
        await breaks(server, client, part)
        assert await download(client, f"{server.url}/out/film.mp4", part) == len(DATA)
    assert content(part) == DATA
    assert file.requested_starts == [0, 300_000, 0]


@pytest.mark.parametrize("status", [416, 200])
async def test_a_host_that_gives_no_parts_gives_it_whole(part: Path, status: int) -> None:
    answers: list[ScriptedReply] = [RangeResponder(DATA, cut_after_bytes=[300_000])]
    if status == 416:
        answers.append(reply(416))
    async with (
        RawServer(*answers, reply(200, DATA)) as server,
        client_of(server.url) as client,
    ):
        await breaks(server, client, part)
        assert await download(client, f"{server.url}/out/film.mp4", part) == len(DATA)
    assert content(part) == DATA


async def test_a_file_that_grew_beyond_the_rest_is_cut_back(part: Path) -> None:
    """After a power failure, a file may be longer than the data that reached the disk."""
    async with (
        RawServer(RangeResponder(DATA, cut_after_bytes=[300_000])) as server,
        client_of(server.url) as client,
    ):
        await breaks(server, client, part)
        with part.open("ab") as file:
            file.write(b"\0" * 5000)
        await download(client, f"{server.url}/out/film.mp4", part)
    assert content(part) == DATA


async def test_a_refusal_in_between_loses_nothing(part: Path) -> None:
    file = RangeResponder(DATA, cut_after_bytes=[300_000])
    async with (
        RawServer(file, reply(503, headers={"Retry-After": "3"}), file) as server,
        client_of(server.url) as client,
    ):
        await breaks(server, client, part)
        assert (await breaks(server, client, part)).retry_after_s == 3.0
        await download(client, f"{server.url}/out/film.mp4", part)
    assert file.requested_starts == [0, 300_000]


async def test_being_cancelled_keeps_what_can_be_gone_on_with(part: Path) -> None:
    async def half(connection: RawConnection) -> None:
        head = f'HTTP/1.1 200 OK\r\nContent-Length: {len(DATA)}\r\nETag: "v1"\r\n\r\n'
        await connection.send(head.encode() + DATA[:600_000])
        await never_answer(connection)

    file = RangeResponder(DATA)
    async with RawServer(half, file) as server, client_of(server.url) as client:
        fetching = asyncio.create_task(download(client, f"{server.url}/out/film.mp4", part))
        await wait_until(lambda: part.exists() and part.stat().st_size)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        assert partial_files(part) == ["film.mp4.part", "film.mp4.part.json"]
        await download(client, f"{server.url}/out/film.mp4", part)
    assert content(part) == DATA
    assert 0 < file.requested_starts[0] <= 600_000


async def test_a_killed_program_has_noted_what_is_there(part: Path) -> None:
    """The record is written during the download, not only when it is interrupted."""
    data = DATA * 6

    async def most(connection: RawConnection) -> None:
        head = f'HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\nETag: "v1"\r\n\r\n'
        await connection.send(head.encode() + data[: 5 * MB])
        await never_answer(connection)

    async with RawServer(most) as server, client_of(server.url) as client:
        fetching = asyncio.create_task(download(client, f"{server.url}/out/film.mp4", part))
        await wait_until(record_path(part).exists)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching


async def test_a_larger_file_is_refused_by_the_size_it_announces(part: Path) -> None:
    async with RawServer(reply(200, DATA)) as server, client_of(server.url) as client:
        with pytest.raises(Problem, match=r"has 980 KB, and the limit for files is 500 KB") as told:
            await download(client, f"{server.url}/a.mp4", part, cap_bytes=500 * 1024)
        assert told.value.kind is K.REJECTED
        assert "Raise the limit in Settings, then choose Fetch again." in told.value.advice
        assert partial_files(part) == []
        assert await download(client, f"{server.url}/a.mp4", part) == len(DATA)


async def test_a_larger_file_without_a_size_is_left_at_the_limit(part: Path) -> None:
    async def endless(connection: RawConnection) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await connection.send(bytes(65536))

    async with RawServer(endless) as server, client_of(server.url) as client:
        with pytest.raises(Problem, match="more than 500 KB"):
            await download(client, f"{server.url}/a.mp4", part, cap_bytes=500 * 1024)
    assert partial_files(part) == []


async def test_a_file_that_only_drips_is_left_and_gone_on_with(part: Path) -> None:
    """A download of one byte per second would occupy its slot forever, without a time-out."""
    clock, looked = [0.0], asyncio.Event()

    def now_s() -> float:
        looked.set()
        return clock[0]

    async def drip(connection: RawConnection) -> None:
        head = f'HTTP/1.1 200 OK\r\nContent-Length: {len(DATA)}\r\nETag: "v1"\r\n\r\n'
        await connection.send(head.encode())
        for byte in DATA:
            # The client reads the clock for each chunk, so each chunk is received separately.
            looked.clear()
            clock[0] += 1.0
            await connection.send(bytes([byte]))
            await looked.wait()

    file = RangeResponder(DATA)
    async with RawServer(drip, file) as server:
        client = Client(
            server.url,
            lambda: KEY,
            queue_version=lambda: "v1",
            user_agent="test",
            retry=Retry(clock_s=now_s),
        )
        async with client:
            with pytest.raises(DownloadTooSlow) as told:
                await download(client, f"{server.url}/out/film.mp4", part)
            assert told.value.kind is K.TIMEOUT
            await download(client, f"{server.url}/out/film.mp4", part)
    assert content(part) == DATA
    assert 100 < file.requested_starts[0] < 400


async def test_a_computer_that_slept_is_not_a_slow_connection(part: Path) -> None:
    clock = [0.0]

    async def sleeping(connection: RawConnection) -> None:
        await connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(DATA)}\r\n\r\n".encode())
        await connection.send(DATA[:10])
        await wait_until(lambda: clock[0] == 1.0)
        clock[0] = 8 * 3600.0
        await connection.send(DATA[10:])

    def tick() -> float:
        clock[0] = clock[0] or 1.0
        return clock[0]

    async with RawServer(sleeping) as server:
        client = Client(
            server.url,
            lambda: KEY,
            queue_version=lambda: "v1",
            user_agent="test",
            retry=Retry(clock_s=tick),
        )
        async with client:
            assert await download(client, f"{server.url}/a.mp4", part) == len(DATA)


@pytest.mark.parametrize(
    "location",
    [
        "http://files.runcomfy.net/a.png",
        "http://api.runcomfy.net/a.png",
        "https://files.runcomfy.net:443@evil.example/a.png",
        "https://evil.example/files.runcomfy.net/a.png",
        "https://evil.example#.runcomfy.net/a.png",
        "https://runcomfy.net.evil.example/a.png",
        "https://evilruncomfy.net/a.png",
        "ftp://files.runcomfy.net/a.png",
        "https://10.0.0.1/a.png",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
async def test_what_is_gone_on_with_follows_no_redirect_elsewhere(
    location: str, part: Path
) -> None:
    file = RangeResponder(DATA, cut_after_bytes=[300_000])
    async with (
        RawServer(file, reply(302, headers={"Location": location}), file) as server,
        client_of(server.url) as client,
    ):
        await breaks(server, client, part)
        problem = await breaks(server, client, part)
        assert problem.kind is K.REJECTED
        assert "not one of its own places" in problem.title
        await download(client, f"{server.url}/out/film.mp4", part)
    assert content(part) == DATA
