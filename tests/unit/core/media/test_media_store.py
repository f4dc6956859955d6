"""The media store: pictures are kept under their hash; everything else is refused with a reason."""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.media import media_refusals
from runcomfy_desktop.core.media.media_refusals import MediaRefusalReason
from runcomfy_desktop.core.media.media_store import MAX_FILES, CopyProgress, MediaStore, MediaSurvey
from runcomfy_desktop.domain.media.media import INLINE_CAP_BYTES
from runcomfy_desktop.domain.schema.schema import InputKind
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.media.media import MediaFile

# Threads wait for actions of the test.
pytestmark = pytest.mark.real_clock

FORMATS = {
    "PNG": ("image/png", "png"),
    "JPEG": ("image/jpeg", "jpg"),
    "WEBP": ("image/webp", "webp"),
    "GIF": ("image/gif", "gif"),
    "BMP": ("image/bmp", "bmp"),
    "TIFF": ("image/tiff", "tiff"),
}


def measure(path: Path) -> tuple[int, int] | None:
    """Measures a picture with Pillow, in place of the window's function."""
    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, ValueError):
        return None


def picture(path: Path, kind: str = "PNG", size: tuple[int, int] = (7, 5)) -> Path:
    Image.new("RGB", size, (200, 40, 90)).save(path, kind)
    return path


class MediaStoreHarness:
    def __init__(self, media_store: MediaStore, shown_notices: list[Notice]) -> None:
        self.media_store = media_store
        self.shown_notices = shown_notices
        self.stored: list[MediaFile] = []

    async def adds(self, path: Path) -> MediaFile:
        before = len(self.stored)
        self.media_store.add_file(str(path), self.stored.append)
        await wait_until(lambda: len(self.stored) > before or self.shown_notices)
        return self.stored[-1]

    async def refuses(self, path: Path | str) -> Notice:
        self.media_store.add_file(str(path), self.stored.append)
        await wait_until(lambda: self.shown_notices)
        assert self.stored == []
        return self.shown_notices[-1]

    @property
    def names(self) -> list[str]:
        folder = self.media_store.folder
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@asynccontextmanager
async def open_media_store_harness(folder: Path) -> AsyncIterator[MediaStoreHarness]:
    shown_notices: list[Notice] = []
    notices = Notices()
    notices.listen(shown_notices.append)
    media_store = MediaStore(folder / "media", measure, notices)
    yield MediaStoreHarness(media_store, shown_notices)
    await media_store.close()


@pytest.mark.parametrize("kind", FORMATS)
async def test_a_picture_is_kept_under_its_hash(tmp_path: Path, kind: str) -> None:
    mime, ending = FORMATS[kind]
    # The bytes decide on the type of the file, not its name.
    path = picture(tmp_path / "the photo.dat", kind)
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    async with open_media_store_harness(tmp_path) as harness:
        media = await harness.adds(path)
        assert (media.name, media.mime) == ("the photo.dat", mime)
        assert (media.sha256, media.stored_name) == (sha256, f"{sha256}.{ending}")
        assert (media.size_bytes, media.width, media.height) == (len(data), 7, 5)
        assert (harness.media_store.folder / media.stored_name).read_bytes() == data
        assert harness.names == [media.stored_name]


async def test_the_original_may_go_away(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    async with open_media_store_harness(tmp_path) as harness:
        media = await harness.adds(path)
        path.unlink()
        assert (harness.media_store.folder / media.stored_name).exists()


async def test_equal_bytes_are_kept_once(tmp_path: Path) -> None:
    async with open_media_store_harness(tmp_path) as harness:
        one = await harness.adds(picture(tmp_path / "one.png"))
        two = await harness.adds(picture(tmp_path / "two.png"))
        assert (one.name, two.name) == ("one.png", "two.png")
        assert one.stored_name == two.stored_name
        assert harness.names == [one.stored_name]


async def test_a_kept_picture_that_lost_bytes_is_mended(tmp_path: Path) -> None:
    async with open_media_store_harness(tmp_path / "media") as harness:
        first = await harness.adds(picture(tmp_path / "a.png"))
        stored = harness.media_store.folder / first.stored_name
        whole = stored.read_bytes()
        stored.write_bytes(b"")
        assert await harness.adds(tmp_path / "a.png") == first
        assert stored.read_bytes() == whole
        assert harness.names == [first.stored_name]


async def test_many_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    async with open_media_store_harness(tmp_path) as harness:
        for number in range(20):
            path = picture(tmp_path / f"{number}.png", size=(number % 5 + 1, 3))
            harness.media_store.add_file(str(path), harness.stored.append)
        await wait_until(lambda: len(harness.stored) == 20)
        assert harness.shown_notices == []
        assert len(harness.names) == 5


async def test_bytes_from_the_clipboard_are_kept_too(tmp_path: Path) -> None:
    data = picture(tmp_path / "a.png").read_bytes()
    async with open_media_store_harness(tmp_path) as harness:
        for name in ("", "../photo\n.png"):
            harness.media_store.add_bytes(data, name, harness.stored.append)
        await wait_until(lambda: len(harness.stored) == 2)
        assert {media.name for media in harness.stored} == {"Pasted picture", "_photo_.png"}
        assert len(harness.names) == 1


async def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    async with open_media_store_harness(tmp_path) as harness:
        assert (await harness.refuses(tmp_path)).title == f"{tmp_path.name} is a folder."
    async with open_media_store_harness(tmp_path) as harness:
        assert "is not there any more" in (await harness.refuses(tmp_path / "gone.png")).title
    async with open_media_store_harness(tmp_path) as harness:
        assert "could not be read" in (await harness.refuses(f"{tmp_path}/{'n' * 400}.png")).title


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
async def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    async with open_media_store_harness(tmp_path) as harness:
        assert "is not a file" in (await harness.refuses(tmp_path / "pipe.png")).title


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7 no picture", "is not a picture that can be sent"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a picture that can be sent"),
        (b"\x00\x00\x00\x1cftypavif", "is not a picture that can be sent"),
        (b"\x89PNG\r\n\x1a\n and then nothing", "is damaged or cut off"),
        (b"BM", "is damaged or cut off"),
    ],
)
async def test_bytes_that_are_no_picture_are_refused(
    tmp_path: Path, data: bytes, words: str
) -> None:
    (tmp_path / "a.png").write_bytes(data)
    async with open_media_store_harness(tmp_path) as harness:
        notice = await harness.refuses(tmp_path / "a.png")
        assert notice.title.startswith("a.png")
        assert words in notice.title
        assert harness.names == []


async def test_a_gigantic_picture_is_refused_by_its_pixels(tmp_path: Path) -> None:
    shown_notices: list[Notice] = []
    stored: list[MediaFile] = []
    notices = Notices()
    notices.listen(shown_notices.append)
    media_store = MediaStore(tmp_path / "media", lambda _path: (30_000, 20_000), notices)
    media_store.add_file(str(picture(tmp_path / "a.png")), stored.append)
    await wait_until(lambda: shown_notices)
    assert "30000 × 20000" in shown_notices[0].detail
    assert stored == []
    assert list_names(media_store.folder) == []
    await media_store.close()


def list_names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_gigantic_file_is_refused_unread(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    # Sparse: a large size without blocks on the disk.
    with path.open("r+b") as file:
        file.truncate(media_refusals.MAX_BYTES + 1)
    async with open_media_store_harness(tmp_path) as harness:
        notice = await harness.refuses(path)
        assert "too large" in notice.title
        assert harness.names == []


async def test_a_disk_that_refuses_is_said(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file where the folder should be")
    async with open_media_store_harness(tmp_path) as harness:
        notice = await harness.refuses(picture(tmp_path / "a.png"))
        assert "media" in notice.detail


async def test_what_an_ended_program_left_unfinished_is_removed(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "incoming-123.png").write_bytes(b"half")
    (tmp_path / "media" / "abc.png").write_bytes(b"whole")
    async with open_media_store_harness(tmp_path) as harness:
        media = await harness.adds(picture(tmp_path / "a.png"))
        assert harness.names == sorted(["abc.png", media.stored_name])


async def test_closing_stops_a_copy_and_leaves_nothing_half(tmp_path: Path) -> None:
    measuring, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def slow_measure(_path: Path) -> tuple[int, int] | None:
        measuring.set()
        go_on.wait(30)
        ended.set()
        return None

    stored: list[MediaFile] = []
    media_store = MediaStore(tmp_path / "media", slow_measure, Notices())
    media_store.add_file(str(picture(tmp_path / "a.png")), stored.append)
    await wait_until(measuring.is_set)
    await media_store.close()
    go_on.set()
    await wait_until(ended.is_set)
    await wait_until(lambda: list_names(media_store.folder) == [])
    assert stored == []


# Several files, and large ones


def many(folder: Path) -> list[str]:
    """Returns the paths of three pictures, one of them large, and of four other entries."""
    paths = [picture(folder / f"{number}.png", size=(number + 1, 5)) for number in range(3)]
    with paths[2].open("ab") as file:
        file.write(bytes(300 * 1024))
    (folder / "empty.png").touch()
    (folder / "words.txt").write_text("words")
    (folder / "sub").mkdir()
    bad = [folder / name for name in ("empty.png", "words.txt", "sub", "nobody.png")]
    return [str(path) for path in (*paths, *bad)]


async def test_many_are_looked_at_without_being_taken(tmp_path: Path) -> None:
    async with open_media_store_harness(tmp_path) as harness:
        paths, found = many(tmp_path), list[MediaSurvey]()
        harness.media_store.survey(paths, InputKind.IMAGE, found.append)
        await wait_until(lambda: found)
        assert found[0].usable == tuple(paths[:3])
        assert dict(found[0].refused) == {
            MediaRefusalReason.EMPTY: 1,
            MediaRefusalReason.OTHER_KIND: 1,
            MediaRefusalReason.FOLDER: 1,
            MediaRefusalReason.UNREADABLE: 1,
        }
        assert (found[0].large, found[0].unchecked) == (1, 0)
        assert harness.names == []
        assert harness.shown_notices == []


async def test_more_than_a_thousand_at_once_are_counted_only(tmp_path: Path) -> None:
    async with open_media_store_harness(tmp_path) as harness:
        path, found = str(picture(tmp_path / "a.png")), list[MediaSurvey]()
        harness.media_store.survey([path] * (MAX_FILES + 7), InputKind.IMAGE, found.append)
        await wait_until(lambda: found)
        assert (len(found[0].usable), found[0].unchecked) == (MAX_FILES, 7)


async def test_many_are_kept_in_their_order_and_bad_ones_left_out(tmp_path: Path) -> None:
    async with open_media_store_harness(tmp_path) as harness:
        paths, stored = many(tmp_path), list[list["MediaFile"]]()
        harness.media_store.add_files(paths, stored.append, InputKind.IMAGE)
        await wait_until(lambda: stored)
        assert [file.path for file in stored[0]] == paths[:3]
        assert len(harness.names) == 3
        assert harness.shown_notices == []


async def test_one_that_has_grown_too_large_to_be_sent_is_left_out_too(tmp_path: Path) -> None:
    async with open_media_store_harness(tmp_path) as harness:
        paths, stored = many(tmp_path)[:3], list[list["MediaFile"]]()
        os.truncate(paths[1], INLINE_CAP_BYTES + 1)
        harness.media_store.add_files(paths, stored.append, InputKind.IMAGE)
        await wait_until(lambda: stored)
        assert [file.path for file in stored[0]] == [paths[0], paths[2]]


async def test_what_is_stopped_is_gone_and_answers_nobody(tmp_path: Path) -> None:
    path = picture(tmp_path / "large.png")
    os.truncate(path, 300 * 1024 * 1024)
    async with open_media_store_harness(tmp_path) as harness:
        received: list[CopyProgress] = []
        harness.media_store.copy_progress.subscribe(received.append)
        ticket = harness.media_store.add_file(str(path), harness.stored.append)
        await wait_until(lambda: received)
        assert (received[0].operation_id, received[0].name, received[0].total) == (
            ticket,
            path.name,
            300 * 1024**2,
        )
        assert 0 < received[0].done < received[0].total
        harness.media_store.cancel(ticket)
        assert received[-1].is_finished
        await wait_until(lambda: harness.names == [])
        harness.media_store.cancel(ticket)
        harness.media_store.cancel("nobody's")
    assert harness.stored == []
    assert harness.shown_notices == []


async def test_it_is_behind_until_what_is_to_be_used_is_used(tmp_path: Path) -> None:
    go_on, received = threading.Event(), list[object]()

    def made() -> bytes:
        go_on.wait(10)
        return picture(tmp_path / "a.png").read_bytes()

    async with open_media_store_harness(tmp_path) as harness:
        media_store = harness.media_store
        media_store.survey([str(tmp_path / "b.png")], InputKind.IMAGE, lambda _survey: None)
        received.append(media_store.has_pending)
        media_store.add_bytes(made, "a.png", lambda media: received.append(media.name))
        received.append(media_store.has_pending)
        media_store.call_when_stored(lambda: received.append(media_store.has_pending))
        go_on.set()
        await wait_until(lambda: len(received) == 4)
        assert received == [False, True, "a.png", False]


async def test_nobody_waits_for_what_was_taken_back(tmp_path: Path) -> None:
    go_on, received = threading.Event(), list[object]()
    async with open_media_store_harness(tmp_path) as harness:
        ticket = harness.media_store.add_bytes(
            lambda: bytes(go_on.wait(10)), "a.png", received.append
        )
        harness.media_store.call_when_stored(
            lambda: received.append(harness.media_store.has_pending)
        )
        harness.media_store.cancel(ticket)
        await wait_until(lambda: received)
        go_on.set()
    assert received == [False]
