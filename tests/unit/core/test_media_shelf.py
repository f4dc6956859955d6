"""The media shelf: pictures kept under their hash; everything else refused in words."""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from runcomfy_desktop.core import shelf_refusals
from runcomfy_desktop.core.media_shelf import MAX_FILES, Keeping, MediaShelf, Survey
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.shelf_refusals import Why
from runcomfy_desktop.domain.media import INLINE_CAP_BYTES
from runcomfy_desktop.domain.schema import InputKind
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.media import MediaFile

# Threads wait for what the test does meanwhile.
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
    """What the window lends, done by Pillow here."""
    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, ValueError):
        return None


def picture(path: Path, kind: str = "PNG", size: tuple[int, int] = (7, 5)) -> Path:
    Image.new("RGB", size, (200, 40, 90)).save(path, kind)
    return path


class House:
    def __init__(self, shelf: MediaShelf, told: list[Notice]) -> None:
        self.shelf = shelf
        self.told = told
        self.kept: list[MediaFile] = []

    async def adds(self, path: Path) -> MediaFile:
        before = len(self.kept)
        self.shelf.add_file(str(path), self.kept.append)
        await until(lambda: len(self.kept) > before or self.told)
        return self.kept[-1]

    async def refuses(self, path: Path | str) -> Notice:
        self.shelf.add_file(str(path), self.kept.append)
        await until(lambda: self.told)
        assert self.kept == []
        return self.told[-1]

    @property
    def names(self) -> list[str]:
        folder = self.shelf.folder
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    told: list[Notice] = []
    notices = Notices()
    notices.listen(told.append)
    shelf = MediaShelf(folder / "media", measure, notices)
    yield House(shelf, told)
    await shelf.close()


@pytest.mark.parametrize("kind", FORMATS)
async def test_a_picture_is_kept_under_its_hash(tmp_path: Path, kind: str) -> None:
    mime, ending = FORMATS[kind]
    # The bytes say what it is; the name may say something else.
    path = picture(tmp_path / "the photo.dat", kind)
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    async with house(tmp_path) as parts:
        media = await parts.adds(path)
        assert (media.name, media.mime) == ("the photo.dat", mime)
        assert (media.sha256, media.stored_name) == (sha256, f"{sha256}.{ending}")
        assert (media.size_bytes, media.width, media.height) == (len(data), 7, 5)
        assert (parts.shelf.folder / media.stored_name).read_bytes() == data
        assert parts.names == [media.stored_name]


async def test_the_original_may_go_away(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    async with house(tmp_path) as parts:
        media = await parts.adds(path)
        path.unlink()
        assert (parts.shelf.folder / media.stored_name).exists()


async def test_equal_bytes_are_kept_once(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        one = await parts.adds(picture(tmp_path / "one.png"))
        two = await parts.adds(picture(tmp_path / "two.png"))
        assert (one.name, two.name) == ("one.png", "two.png")
        assert one.stored_name == two.stored_name
        assert parts.names == [one.stored_name]


async def test_a_kept_picture_that_lost_bytes_is_mended(tmp_path: Path) -> None:
    async with house(tmp_path / "media") as shelf:
        first = await shelf.adds(picture(tmp_path / "a.png"))
        stored = shelf.shelf.folder / first.stored_name
        whole = stored.read_bytes()
        stored.write_bytes(b"")
        assert await shelf.adds(tmp_path / "a.png") == first
        assert stored.read_bytes() == whole
        assert shelf.names == [first.stored_name]


async def test_many_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        for number in range(20):
            path = picture(tmp_path / f"{number}.png", size=(number % 5 + 1, 3))
            parts.shelf.add_file(str(path), parts.kept.append)
        await until(lambda: len(parts.kept) == 20)
        assert parts.told == []
        assert len(parts.names) == 5


async def test_bytes_from_the_clipboard_are_kept_too(tmp_path: Path) -> None:
    data = picture(tmp_path / "a.png").read_bytes()
    async with house(tmp_path) as parts:
        for name in ("", "../photo\n.png"):
            parts.shelf.add_bytes(data, name, parts.kept.append)
        await until(lambda: len(parts.kept) == 2)
        assert {media.name for media in parts.kept} == {"Pasted picture", "_photo_.png"}
        assert len(parts.names) == 1


async def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        assert (await parts.refuses(tmp_path)).title == f"{tmp_path.name} is a folder."
    async with house(tmp_path) as parts:
        assert "is not there any more" in (await parts.refuses(tmp_path / "gone.png")).title
    async with house(tmp_path) as parts:
        assert "could not be read" in (await parts.refuses(f"{tmp_path}/{'n' * 400}.png")).title


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
async def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    async with house(tmp_path) as parts:
        assert "is not a file" in (await parts.refuses(tmp_path / "pipe.png")).title


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
    async with house(tmp_path) as parts:
        notice = await parts.refuses(tmp_path / "a.png")
        assert notice.title.startswith("a.png")
        assert words in notice.title
        assert parts.names == []


async def test_a_gigantic_picture_is_refused_by_its_pixels(tmp_path: Path) -> None:
    told: list[Notice] = []
    kept: list[MediaFile] = []
    notices = Notices()
    notices.listen(told.append)
    shelf = MediaShelf(tmp_path / "media", lambda _path: (30_000, 20_000), notices)
    shelf.add_file(str(picture(tmp_path / "a.png")), kept.append)
    await until(lambda: told)
    assert "30000 × 20000" in told[0].detail
    assert kept == []
    assert list_names(shelf.folder) == []
    await shelf.close()


def list_names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_gigantic_file_is_refused_unread(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    # Sparse: large for whoever asks, nothing on the disk.
    with path.open("r+b") as file:
        file.truncate(shelf_refusals.MAX_BYTES + 1)
    async with house(tmp_path) as parts:
        notice = await parts.refuses(path)
        assert "too large" in notice.title
        assert parts.names == []


async def test_a_disk_that_refuses_is_said(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file where the folder should be")
    async with house(tmp_path) as parts:
        notice = await parts.refuses(picture(tmp_path / "a.png"))
        assert "media" in notice.detail


async def test_what_an_ended_program_left_unfinished_is_removed(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "incoming-123.png").write_bytes(b"half")
    (tmp_path / "media" / "abc.png").write_bytes(b"whole")
    async with house(tmp_path) as parts:
        media = await parts.adds(picture(tmp_path / "a.png"))
        assert parts.names == sorted(["abc.png", media.stored_name])


async def test_closing_stops_a_copy_and_leaves_nothing_half(tmp_path: Path) -> None:
    measuring, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def slow_measure(_path: Path) -> tuple[int, int] | None:
        measuring.set()
        go_on.wait(30)
        ended.set()
        return None

    kept: list[MediaFile] = []
    shelf = MediaShelf(tmp_path / "media", slow_measure, Notices())
    shelf.add_file(str(picture(tmp_path / "a.png")), kept.append)
    await until(measuring.is_set)
    await shelf.close()
    go_on.set()
    await until(ended.is_set)
    await until(lambda: list_names(shelf.folder) == [])
    assert kept == []


# Several, and large ones


def many(folder: Path) -> list[str]:
    """Three pictures, one of them large, and four that are none."""
    paths = [picture(folder / f"{number}.png", size=(number + 1, 5)) for number in range(3)]
    with paths[2].open("ab") as file:
        file.write(bytes(300 * 1024))
    (folder / "empty.png").touch()
    (folder / "words.txt").write_text("words")
    (folder / "sub").mkdir()
    bad = [folder / name for name in ("empty.png", "words.txt", "sub", "nobody.png")]
    return [str(path) for path in (*paths, *bad)]


async def test_many_are_looked_at_without_being_taken(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        paths, found = many(tmp_path), list[Survey]()
        parts.shelf.survey(paths, InputKind.IMAGE, found.append)
        await until(lambda: found)
        assert found[0].usable == tuple(paths[:3])
        assert dict(found[0].refused) == {
            Why.EMPTY: 1,
            Why.OTHER_KIND: 1,
            Why.FOLDER: 1,
            Why.UNREADABLE: 1,
        }
        assert (found[0].large, found[0].left) == (1, 0)
        assert parts.names == []
        assert parts.told == []


async def test_more_than_a_thousand_at_once_are_counted_only(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        path, found = str(picture(tmp_path / "a.png")), list[Survey]()
        parts.shelf.survey([path] * (MAX_FILES + 7), InputKind.IMAGE, found.append)
        await until(lambda: found)
        assert (len(found[0].usable), found[0].left) == (MAX_FILES, 7)


async def test_many_are_kept_in_their_order_and_bad_ones_left_out(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        paths, kept = many(tmp_path), list[list["MediaFile"]]()
        parts.shelf.add_files(paths, kept.append, InputKind.IMAGE)
        await until(lambda: kept)
        assert [file.path for file in kept[0]] == paths[:3]
        assert len(parts.names) == 3
        assert parts.told == []


async def test_one_that_has_grown_too_large_to_be_sent_is_left_out_too(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        paths, kept = many(tmp_path)[:3], list[list["MediaFile"]]()
        os.truncate(paths[1], INLINE_CAP_BYTES + 1)
        parts.shelf.add_files(paths, kept.append, InputKind.IMAGE)
        await until(lambda: kept)
        assert [file.path for file in kept[0]] == [paths[0], paths[2]]


async def test_what_is_stopped_is_gone_and_answers_nobody(tmp_path: Path) -> None:
    path = picture(tmp_path / "large.png")
    os.truncate(path, 300 * 1024 * 1024)
    async with house(tmp_path) as parts:
        told: list[Keeping] = []
        parts.shelf.keeping.subscribe(told.append)
        ticket = parts.shelf.add_file(str(path), parts.kept.append)
        await until(lambda: told)
        assert (told[0].ticket, told[0].name, told[0].whole) == (ticket, path.name, 300 * 1024**2)
        assert 0 < told[0].done < told[0].whole
        parts.shelf.stop(ticket)
        assert told[-1].is_over
        await until(lambda: parts.names == [])
        parts.shelf.stop(ticket)
        parts.shelf.stop("nobody's")
    assert parts.kept == []
    assert parts.told == []


async def test_it_is_behind_until_what_is_to_be_used_is_used(tmp_path: Path) -> None:
    go_on, heard = threading.Event(), list[object]()

    def made() -> bytes:
        go_on.wait(10)
        return picture(tmp_path / "a.png").read_bytes()

    async with house(tmp_path) as parts:
        shelf = parts.shelf
        shelf.survey([str(tmp_path / "b.png")], InputKind.IMAGE, lambda _survey: None)
        heard.append(shelf.is_behind)
        shelf.add_bytes(made, "a.png", lambda media: heard.append(media.name))
        heard.append(shelf.is_behind)
        shelf.when_kept(lambda: heard.append(shelf.is_behind))
        go_on.set()
        await until(lambda: len(heard) == 4)
        assert heard == [False, True, "a.png", False]


async def test_nobody_waits_for_what_was_taken_back(tmp_path: Path) -> None:
    go_on, heard = threading.Event(), list[object]()
    async with house(tmp_path) as parts:
        ticket = parts.shelf.add_bytes(lambda: bytes(go_on.wait(10)), "a.png", heard.append)
        parts.shelf.when_kept(lambda: heard.append(parts.shelf.is_behind))
        parts.shelf.stop(ticket)
        await until(lambda: heard)
        go_on.set()
    assert heard == [False]
