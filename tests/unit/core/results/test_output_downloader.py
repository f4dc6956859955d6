from __future__ import annotations

import asyncio
import re
import shutil
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.results.output_downloader import MAX_TEXT_CHARS, OutputDownloader
from runcomfy_desktop.domain.base.backoff import Backoff
from runcomfy_desktop.domain.base.problem import Problem, ProblemKind
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.jobs.output import Output, OutputKind
from runcomfy_desktop.emulator.storage import tiny_png
from tests.support.async_wait import wait_until
from tests.support.clients import client_of
from tests.support.image_files import noisy_image, png_chunk, png_header
from tests.support.job_factory import make_job
from tests.support.range_server import RangeResponder
from tests.support.raw_server import RawServer, ScriptedReply, reply
from tests.support.small_disk import small_disk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.raw_server import RawConnection

# Uses sockets.
pytestmark = pytest.mark.real_clock

MB = 1024 * 1024
PNG = tiny_png("A bicycle.")
CUT = PNG[:60]
JOB = make_job(job_id="0123456789abcdef", created_s=1_770_000_000.0, deployment_name="flux-dev")


def content(output: Output) -> bytes:
    return Path(output.path).read_bytes()


def write(output: Output, data: bytes) -> None:
    Path(output.path).write_bytes(data)


def inode(output: Output) -> int:
    return Path(output.path).stat().st_ino


def remove(output: Output) -> None:
    Path(output.path).unlink()


def names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def is_directly_in_a_folder_of(folder: Path, output: Output) -> bool:
    return Path(output.path).resolve().parent.parent == folder.resolve()


class DownloaderHarness:
    """Real downloads from a server that sends what the test specifies."""

    def __init__(
        self, downloads: OutputDownloader, folder: Path, server: RawServer, caps: list[int]
    ) -> None:
        self.caps = caps
        self.downloads = downloads
        self.folder = folder
        self.server = server

    def output(self, filename: str = "a.png", kind: OutputKind = OutputKind.IMAGE) -> Output:
        return Output("9", "images", kind, filename, f"{self.server.url}/files/some.png")

    async def fetch(self, filename: str = "a.png") -> Output:
        return await self.downloads.fetch(JOB, self.output(filename))

    def files(self) -> list[str]:
        found = (each for each in self.folder.rglob("*") if each.is_file())
        return sorted(each.relative_to(self.folder).as_posix() for each in found)


@asynccontextmanager
async def open_downloader_harness(
    folder: Path, *script: ScriptedReply
) -> AsyncIterator[DownloaderHarness]:
    caps = [0]
    async with RawServer(*script) as server, client_of(server.url) as client:
        downloads = OutputDownloader(
            client, lambda: folder, cap_mb=lambda: caps[-1], retry_backoff=Backoff(0.001, 0.001)
        )
        yield DownloaderHarness(downloads, folder, server, caps)


async def test_a_file_lies_under_a_name_that_says_when_and_which_job(tmp_path: Path) -> None:
    async with open_downloader_harness(tmp_path / "new", reply(200, PNG)) as harness:
        output = await harness.fetch("Light_00001_.png")
        [name] = harness.files()
        assert re.fullmatch(r"flux-dev/\d{8}-\d{6}-01234567-Light_00001_\.png", name)
        assert output.path == str(harness.folder / name)
        assert (output.size_bytes, output.fault) == (len(PNG), "")
        assert content(output) == PNG
        [request] = harness.server.received
        assert "authorization" not in request.headers


async def test_nothing_of_others_is_ever_overwritten(tmp_path: Path) -> None:
    other = b"\x89PNG" + b"another one"
    async with open_downloader_harness(tmp_path, reply(200, PNG), reply(200, other)) as harness:
        first = await harness.fetch()
        second = await harness.fetch()
        third = await harness.fetch("a.b.png")
        assert [Path(each.path).name.partition("-01234567-")[2] for each in (first, second)] == [
            "a.png",
            "a-1.png",
        ]
        assert content(first) == PNG
        assert content(second) == other
        assert third.path.endswith("a.b.png")


async def test_the_same_file_once_more_is_not_doubled(tmp_path: Path) -> None:
    async with open_downloader_harness(tmp_path, reply(200, PNG)) as harness:
        first = await harness.fetch()
        assert (await harness.fetch()).path == first.path
        assert len(harness.files()) == 1


async def test_what_is_here_is_not_downloaded_again(tmp_path: Path) -> None:
    async with open_downloader_harness(tmp_path, reply(200, PNG)) as harness:
        output = await harness.fetch()
        assert await harness.downloads.fetch(JOB, output) == output
        assert len(harness.server.received) == 1
        remove(output)
        assert not await harness.downloads.is_downloaded(output)
        await harness.downloads.fetch(JOB, output)
        assert len(harness.files()) == 1


async def test_texts_need_no_download_and_are_bounded(tmp_path: Path) -> None:
    async with open_downloader_harness(tmp_path, reply(200, PNG)) as harness:
        short = Output("9", "text", OutputKind.TEXT, text="A bicycle.")
        assert await harness.downloads.fetch(JOB, short) == short
        long = Output("9", "text", OutputKind.TEXT, text="x" * (MAX_TEXT_CHARS + 5))
        stored = await harness.downloads.fetch(JOB, long)
        assert len(stored.text) == MAX_TEXT_CHARS
        assert stored.text.endswith("x…")
        assert harness.server.received == []


@pytest.mark.parametrize(
    "spoiled",
    [
        reply(200, b""),
        reply(200, PNG, length=1000),
        reply(200, b"<html>busy</html>"),
        reply(404, b"not yet"),
        reply(503, b"busy"),
        reply(200, b"\x89PN"),
        reply(200, CUT),
    ],
)
async def test_a_file_that_is_not_ready_is_asked_for_again(tmp_path: Path, spoiled: bytes) -> None:
    async with open_downloader_harness(tmp_path, spoiled, spoiled, reply(200, PNG)) as harness:
        output = await harness.fetch()
        assert content(output) == PNG
        assert len(harness.server.received) == 3
        assert len(harness.files()) == 1


async def test_a_file_that_stays_broken_is_a_problem_and_leaves_nothing(tmp_path: Path) -> None:
    async with open_downloader_harness(tmp_path, reply(200, b"<html>busy</html>")) as harness:
        with pytest.raises(Problem) as caught:
            await harness.fetch()
        assert caught.value.kind is ProblemKind.UNREADABLE
        assert "17 bytes" in caught.value.technical
        assert len(harness.server.received) == 3
        assert harness.files() == []


async def test_a_file_that_always_comes_cut_in_the_same_way_is_kept_as_damaged(
    tmp_path: Path,
) -> None:
    async with open_downloader_harness(tmp_path, reply(200, CUT)) as harness:
        output = await harness.fetch()
        assert output.is_damaged
        assert (content(output), output.size_bytes, output.fault) == (CUT, len(CUT), "")
        assert len(harness.server.received) == 3
        assert harness.files() == [Path(output.path).relative_to(tmp_path).as_posix()]


async def test_a_file_that_is_cut_elsewhere_each_time_is_not_kept(tmp_path: Path) -> None:
    """The connection cuts the file off, not the storage: the next try may get more of it."""
    script = [reply(200, PNG[:length]) for length in (60, 80, 70)]
    async with open_downloader_harness(tmp_path, *script) as harness:
        with pytest.raises(Problem) as caught:
            await harness.fetch()
        assert caught.value.kind is ProblemKind.UNREADABLE
        assert caught.value.technical == "70 bytes"
        assert len(harness.server.received) == 3
        assert harness.files() == []


async def test_a_large_file_that_comes_cut_is_asked_for_no_more_often(tmp_path: Path) -> None:
    """The truncated file is not a partial file that the next try continues."""
    large = png_header(1000, 1000) + png_chunk(b"IDAT", bytes(3 * MB))
    async with open_downloader_harness(tmp_path, reply(200, large)) as harness:
        assert (await harness.fetch()).is_damaged
        assert len(harness.server.received) == 3


async def test_a_file_that_is_damaged_here_is_replaced_by_the_whole_one(tmp_path: Path) -> None:
    async with open_downloader_harness(
        tmp_path, *[reply(200, CUT)] * 3, reply(200, PNG)
    ) as harness:
        damaged = await harness.fetch()
        assert await harness.downloads.fetch(JOB, damaged) == damaged
        whole = await harness.downloads.fetch(JOB, damaged, refetch=True)
        assert (whole.is_damaged, whole.version) == (False, 1)
        assert (whole.path, content(whole), whole.size_bytes) == (damaged.path, PNG, len(PNG))
        assert len(harness.files()) == 1


async def test_a_file_that_comes_again_as_it_was_stays(tmp_path: Path) -> None:
    async with open_downloader_harness(tmp_path, reply(200, PNG)) as harness:
        output = await harness.fetch()
        before = inode(output)
        assert await harness.downloads.fetch(JOB, output, refetch=True) == output
        assert len(harness.server.received) == 2
        assert inode(output) == before
        assert len(harness.files()) == 1


@pytest.mark.parametrize(
    "spoiled", [reply(200, CUT), reply(404, b"gone"), reply(200, PNG, length=1000)]
)
async def test_the_file_that_is_here_stays_until_another_is_complete(
    tmp_path: Path, spoiled: bytes
) -> None:
    async with open_downloader_harness(tmp_path, reply(200, PNG), spoiled) as harness:
        output = await harness.fetch()
        with pytest.raises(Problem):
            await harness.downloads.fetch(JOB, output, refetch=True)
        assert content(output) == PNG
        assert len(harness.files()) == 1


async def test_a_file_that_somebody_worked_on_is_not_overwritten(tmp_path: Path) -> None:
    async with open_downloader_harness(tmp_path, reply(200, PNG)) as harness:
        output = await harness.fetch()
        write(output, PNG + b"with some more paint")
        fresh = await harness.downloads.fetch(JOB, output, refetch=True)
        assert content(output) == PNG + b"with some more paint"
        assert fresh.path.endswith("-a-1.png")
        assert content(fresh) == PNG


async def test_a_file_that_is_gone_comes_again_where_files_come_now(tmp_path: Path) -> None:
    async with open_downloader_harness(tmp_path, reply(200, PNG)) as harness:
        output = await harness.fetch()
        remove(output)
        fresh = await harness.downloads.fetch(JOB, replace(output, is_damaged=True), refetch=True)
        assert fresh == replace(output, version=1)
        assert content(fresh) == PNG


async def test_a_picture_with_another_pictures_ending_is_a_picture(tmp_path: Path) -> None:
    async with open_downloader_harness(tmp_path, reply(200, noisy_image("JPEG"))) as harness:
        output = await harness.fetch("a.png")
        assert output.path.endswith("a.png")


async def test_the_kind_is_told_by_the_bytes_when_the_name_says_nothing(tmp_path: Path) -> None:
    async with open_downloader_harness(tmp_path, reply(200, PNG)) as harness:
        output = await harness.downloads.fetch(JOB, harness.output("noending", OutputKind.OTHER))
        assert output.kind is OutputKind.IMAGE


@pytest.mark.parametrize(
    "hostile",
    [
        "../../evil.png",
        "..\\..\\evil.png",
        "/etc/evil.png",
        "C:\\evil.png",
        "CON",
        "nul.png",
        "a\x00b.png",
        "x" * 300 + ".png",
        "ü" * 300 + ".png",
        "....",
        " . ",
        ".png",
        "a:b|c?.png",
        "\u202egnp.exe",
    ],
)
async def test_hostile_names_stay_in_their_folder(tmp_path: Path, hostile: str) -> None:
    folder = tmp_path / "outputs"
    async with open_downloader_harness(folder, reply(200, PNG)) as harness:
        job = make_job(job_id="../../../x", created_s=0.0, deployment_name=hostile)
        output = await harness.downloads.fetch(job, harness.output(hostile))
        assert is_directly_in_a_folder_of(folder, output)
        assert names(tmp_path) == ["outputs"]
        assert len(harness.files()) == 1
        assert "\u202e" not in output.path


async def test_a_host_that_is_not_runcomfys_is_not_asked(tmp_path: Path) -> None:
    async with open_downloader_harness(tmp_path, reply(200, PNG)) as harness:
        output = Output("9", "images", OutputKind.IMAGE, "a.png", "https://evil.invalid/a.png")
        with pytest.raises(Problem) as caught:
            await harness.downloads.fetch(JOB, output)
        assert caught.value.kind is ProblemKind.REJECTED


async def test_a_folder_that_cannot_be_made_has_words_and_is_not_tried_again(
    tmp_path: Path,
) -> None:
    (tmp_path / "outputs").write_bytes(b"a file is in the way")
    async with open_downloader_harness(tmp_path / "outputs", reply(200, PNG)) as harness:
        with pytest.raises(Problem) as caught:
            await harness.fetch()
        assert caught.value.kind is ProblemKind.LOCAL
        assert str(tmp_path) in caught.value.detail
        assert harness.server.received == []


async def test_a_connection_that_breaks_again_and_again_brings_a_large_file_all_the_same(
    tmp_path: Path,
) -> None:
    """A try that made progress does not count as failed."""
    data = b"\x89PNG" + bytes(12 * MB)
    file = RangeResponder(data, cut_after_bytes=[2 * MB] * 5)
    async with open_downloader_harness(tmp_path, file) as harness:
        output = await harness.fetch()
        assert output.size_bytes == len(data)
        assert content(output) == data
        assert file.sent_bytes == len(data)
        assert len(file.requested_starts) == 6
        assert len(harness.files()) == 1


async def test_a_connection_that_gets_no_further_is_given_up_and_gone_on_with_later(
    tmp_path: Path,
) -> None:
    data = b"\x89PNG" + bytes(300_000)
    file = RangeResponder(data, cut_after_bytes=[100_000, 0, 0])
    async with open_downloader_harness(tmp_path, file) as harness:
        with pytest.raises(Problem):
            await harness.fetch()
        assert [name.rpartition(".")[2] for name in harness.files()] == ["part", "json"]
        output = await harness.fetch()
        assert content(output) == data
        assert file.requested_starts[-1] == 100_000
        assert harness.files() == [Path(output.path).relative_to(tmp_path).as_posix()]


async def test_a_large_file_is_left_until_the_limit_is_raised(tmp_path: Path) -> None:
    data = b"\x89PNG" + bytes(3 * MB)
    async with open_downloader_harness(tmp_path, reply(200, data)) as harness:
        harness.caps.append(2)
        with pytest.raises(Problem, match=r"has 3\.0 MB, and the limit for files is 2\.0 MB"):
            await harness.fetch()
        assert len(harness.server.received) == 1
        assert harness.files() == []
        harness.caps.append(4)
        assert (await harness.fetch()).size_bytes == len(data)


async def test_a_limit_of_nothing_is_the_usual_one(tmp_path: Path) -> None:
    announced = b"HTTP/1.1 200 OK\r\nContent-Length: 2147483649\r\n\r\n"
    async with open_downloader_harness(tmp_path, announced) as harness:
        with pytest.raises(Problem, match=r"has 2\.0 GB, and the limit for files is 2\.0 GB"):
            await harness.fetch()


async def test_two_outputs_of_one_name_come_at_once(tmp_path: Path) -> None:
    async def by_query(connection: RawConnection) -> None:
        await connection.send(reply(200, PNG + connection.head.target.encode()))

    async with open_downloader_harness(tmp_path, by_query) as harness:
        outputs = [
            Output("9", "images", OutputKind.IMAGE, name, f"{harness.server.url}/files/x?{at}")
            for at, name in enumerate(["a.png", "a.png", "A.png", "a-1.png", "a.png"])
        ]
        got = await asyncio.gather(*(harness.downloads.fetch(JOB, each) for each in outputs))
        assert len({each.path.lower() for each in got}) >= 4
        assert len({each.path for each in got}) == 5
        for output, at in zip(got, range(5), strict=True):
            assert content(output) == PNG + f"/files/x?{at}".encode()
        assert len(harness.files()) == 5


async def test_a_folder_that_is_removed_in_the_middle_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "outputs"
    tidied: list[str] = []

    async def tidy_up(connection: RawConnection) -> None:
        data = PNG + bytes(600_000)
        await connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n".encode())
        await connection.send(data[:400_000])
        if not tidied:
            await wait_until(lambda: list(folder.rglob("*.part")))
            tidied.append("once")
            await asyncio.to_thread(shutil.rmtree, folder)
        await connection.send(data[400_000:])

    async with open_downloader_harness(folder, tidy_up) as harness:
        output = await harness.fetch()
        assert len(content(output)) == len(PNG) + 600_000
        assert len(harness.server.received) == 2


@pytest.mark.root
async def test_a_full_disk_is_said_at_once_and_nothing_is_left(tmp_path: Path) -> None:
    data = b"\x89PNG" + bytes(3 * MB)

    async def without_a_length(connection: RawConnection) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\n\r\n" + data)

    with small_disk(tmp_path / "disk", 1024) as disk:
        async with open_downloader_harness(
            disk.path / "outputs", reply(200, data), without_a_length
        ) as harness:
            for _announced in (True, False):
                with pytest.raises(Problem) as caught:
                    await harness.fetch()
                assert caught.value.kind is ProblemKind.LOCAL
                assert "cannot be written" in caught.value.title
                assert harness.files() == []
            assert len(harness.server.received) == 2


@pytest.mark.root
async def test_a_disk_that_may_not_be_written_to_is_said_at_once(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        async with open_downloader_harness(disk.path / "outputs", reply(200, PNG)) as harness:
            disk.protect()
            with pytest.raises(Problem, match="cannot be written to") as caught:
                await harness.fetch()
            assert caught.value.kind is ProblemKind.LOCAL
            assert harness.server.received == []
            disk.unprotect()
            assert content(await harness.fetch()) == PNG


async def test_halves_of_jobs_that_lack_nothing_are_cleared(tmp_path: Path) -> None:
    file = RangeResponder(b"\x89PNG" + bytes(300_000), cut_after_bytes=[100_000, 0, 0])
    async with open_downloader_harness(tmp_path, file) as harness:
        with pytest.raises(Problem):
            await harness.fetch()
        halves = harness.files()
        lacking = replace(JOB, state=JobState.DONE, finished_s=1000.0, outputs=(harness.output(),))
        await harness.downloads.clear_partial_files([lacking], 2000.0)
        assert harness.files() == halves
        await harness.downloads.clear_partial_files([replace(lacking, outputs=())], 2000.0)
        assert harness.files() == []
