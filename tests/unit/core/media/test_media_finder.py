"""Files of a preset are found by their hash, wherever they were moved; missing files are named."""

from __future__ import annotations

import hashlib
import os
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.media.media_copier import MediaCopier
from runcomfy_desktop.core.media.media_finder import FoundMedia, MediaFinder
from runcomfy_desktop.core.media.media_refusals import MAX_BYTES
from runcomfy_desktop.core.media.media_store import MediaStore
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.media.media_checks import misfit_text
from runcomfy_desktop.domain.schema.input_spec import InputKind
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path


def _measure(path: Path) -> tuple[int, int] | None:
    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, ValueError):
        return None


def _picture(path: Path, red: int = 200) -> MediaFile:
    """Writes a picture and returns it as a preset saved on this computer would describe it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (7, 5), (red, 40, 90)).save(path, "PNG")
    data = path.read_bytes()
    sha = hashlib.sha256(data).hexdigest()
    return MediaFile(
        path.name, f"{sha}.png", sha, "image/png", len(data), 7, 5, path=str(path.absolute())
    )


class FinderHarness:
    def __init__(self, media_store: MediaStore, shown_notices: list[Notice]) -> None:
        self.media_store = media_store
        self.shown_notices = shown_notices

    async def finds(
        self,
        *files: MediaFile,
        brought: dict[str, bytes] | None = None,
        folders: Sequence[str] = (),
    ) -> FoundMedia:
        return await self._came(
            lambda then: self.media_store.finder.find(
                files, then, embedded=brought or {}, folders=folders
            )
        )

    async def finds_in(self, places: Sequence[Path], *files: MediaFile) -> FoundMedia:
        return await self._came(
            lambda then: self.media_store.finder.find_in(
                [str(each) for each in places], files, then
            )
        )

    async def _came(self, start: Callable[[Callable[[FoundMedia], object]], object]) -> FoundMedia:
        came: list[FoundMedia] = []
        start(came.append)
        await wait_until(lambda: came)
        return came[0]

    def store_file(self, file: MediaFile) -> bool:
        return (self.media_store.folder / file.stored_name).is_file()


@asynccontextmanager
async def _open_finder_harness(folder: Path) -> AsyncIterator[FinderHarness]:
    notices = Notices()
    shown_notices: list[Notice] = []
    notices.listen(shown_notices.append)
    media_store = MediaStore(folder / "media", _measure, notices)
    try:
        yield FinderHarness(media_store, shown_notices)
    finally:
        await media_store.close()


def _copier(harness: FinderHarness) -> MediaCopier:
    return MediaCopier(harness.media_store.folder, _measure)


async def test_nothing_is_looked_for_where_nothing_is_wanted(tmp_path: Path) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        assert await harness.finds() == FoundMedia()
        assert not harness.media_store.folder.exists()


async def test_a_copy_in_the_media_store_is_enough(tmp_path: Path) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        file = _picture(tmp_path / "bike.png")
        harness.media_store.folder.mkdir()
        (tmp_path / "bike.png").rename(harness.media_store.folder / file.stored_name)
        found = await harness.finds(file)
        # The original path is no longer known.
        assert found.files == {file.sha256: replace(file, path="")}
        assert (found.missing, found.copied) == ((), frozenset())


async def test_a_copy_in_the_media_store_is_what_its_bytes_say_whatever_is_said_of_it(
    tmp_path: Path,
) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        data = b"-----BEGIN OPENSSH PRIVATE KEY-----"
        sha = hashlib.sha256(data).hexdigest()
        message = MediaFile("cat.png", f"{sha}.png", sha, "image/png", len(data), 640, 480)
        harness.media_store.folder.mkdir()
        (harness.media_store.folder / message.stored_name).write_bytes(data)
        stored = (await harness.finds(message)).files[sha]
        assert (stored.mime, stored.width, stored.height) == ("application/octet-stream", 0, 0)
        assert misfit_text(stored, InputKind.IMAGE)
        assert await harness.media_store.finder.find_stored([message]) == FoundMedia({sha: stored})


async def test_a_path_is_believed_of_a_copy_only_where_its_bytes_lie_there(tmp_path: Path) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        file = _picture(tmp_path / "bike.png")
        harness.media_store.folder.mkdir()
        copy = harness.media_store.folder / file.stored_name
        copy.write_bytes((tmp_path / "bike.png").read_bytes())
        named = replace(file, name="cat.png")
        assert (await harness.finds(named)).files == {file.sha256: file}
        other = tmp_path / "other.png"
        other.write_bytes(bytes(file.size_bytes))
        found = await harness.finds(replace(named, path=str(other)))
        assert found.files == {file.sha256: replace(named, path="")}


async def test_a_file_that_is_where_it_was_is_kept(tmp_path: Path) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        file = _picture(tmp_path / "bike.png")
        found = await harness.finds(replace(file, name="My bike.png"))
        stored = found.files[file.sha256]
        assert (stored.name, stored.width, stored.height) == ("bike.png", 7, 5)
        assert harness.store_file(stored)
        assert found.copied == {file.sha256}


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
async def test_a_link_is_called_as_the_file_that_it_leads_to(tmp_path: Path) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        file = _picture(tmp_path / "private" / "bike.png")
        (tmp_path / "cat.png").symlink_to(tmp_path / "private" / "bike.png")
        found = await harness.finds(replace(file, name="cat.png", path=str(tmp_path / "cat.png")))
        stored = found.files[file.sha256]
        assert (stored.name, stored.path) == ("bike.png", file.path)


async def test_a_file_that_no_input_could_take_is_not_read(tmp_path: Path) -> None:
    read: list[Path] = []

    def hash_of(path: Path) -> str:
        read.append(path)
        return ""

    async with _open_finder_harness(tmp_path) as harness:
        large = tmp_path / "large.png"
        with large.open("wb") as opened:
            opened.truncate(MAX_BYTES + 1)
        sha = "ab" * 32
        message = MediaFile(
            "a.png", f"{sha}.png", sha, "image/png", MAX_BYTES + 1, 1, 1, path=str(large)
        )
        harness.media_store.finder = MediaFinder(
            harness.media_store.folder, _copier(harness), Notices(), hash_of
        )
        assert (await harness.finds(message)).missing == (message,)
        assert read == []
        # With one byte less, the file is read.
        os.truncate(large, MAX_BYTES)
        await harness.finds(replace(message, size_bytes=MAX_BYTES))
        assert read == [large, large]


@pytest.mark.parametrize("new", ["other name.png", "bike.png.bak"])
async def test_a_file_that_was_renamed_is_found_in_its_folder(tmp_path: Path, new: str) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        file = _picture(tmp_path / "pictures" / "bike.png")
        (tmp_path / "pictures" / "bike.png").rename(tmp_path / "pictures" / new)
        found = await harness.finds(file)
        assert harness.store_file(found.files[file.sha256])
        assert found.files[file.sha256].path.endswith(new)


async def test_a_file_is_found_in_a_folder_that_was_used_of_late(tmp_path: Path) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        file = _picture(tmp_path / "old" / "bike.png")
        other = _picture(tmp_path / "new" / "car.png", red=10)
        (tmp_path / "old" / "bike.png").rename(tmp_path / "new" / "bike.png")
        found = await harness.finds(file, folders=[str(tmp_path / "gone"), str(tmp_path / "new")])
        assert harness.store_file(found.files[file.sha256])
        assert not harness.store_file(other)


async def test_a_file_with_other_bytes_at_its_place_is_not_the_file(tmp_path: Path) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        file = _picture(tmp_path / "bike.png")
        data = bytearray((tmp_path / "bike.png").read_bytes())
        data[-1] ^= 1
        (tmp_path / "bike.png").write_bytes(data)
        found = await harness.finds(file)
        assert found.files == {}
        assert found.missing == (file,)


async def test_what_a_preset_brings_goes_to_the_media_store(tmp_path: Path) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        path = tmp_path / "bike.png"
        file = _picture(path)
        data = path.read_bytes()
        path.unlink()
        found = await harness.finds(replace(file, path=""), brought={file.sha256: data, "00": b"x"})
        assert harness.store_file(found.files[file.sha256])
        assert found.missing == ()


async def test_a_folder_that_is_chosen_is_looked_through_to_the_bottom(tmp_path: Path) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        one = _picture(tmp_path / "old" / "bike.png")
        two = _picture(tmp_path / "old" / "car.png", red=10)
        gone = _picture(tmp_path / "old" / "boat.png", red=90)
        (tmp_path / "old" / "boat.png").unlink()
        deep = tmp_path / "moved" / "a" / "b"
        deep.parent.mkdir(parents=True)
        (tmp_path / "old").rename(deep)
        first = await harness.finds(one, two, gone)
        assert len(first.missing) == 3
        found = await harness.finds_in([tmp_path / "moved"], *first.missing)
        assert found.files.keys() == {one.sha256, two.sha256}
        assert found.missing == (gone,)


async def test_a_single_file_can_be_named(tmp_path: Path) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        file = _picture(tmp_path / "a" / "bike.png")
        (tmp_path / "a" / "bike.png").rename(tmp_path / "elsewhere.png")
        found = await harness.finds_in([tmp_path / "elsewhere.png"], file)
        assert harness.store_file(found.files[file.sha256])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
async def test_pipes_and_circles_hold_nobody_up(tmp_path: Path) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        file = _picture(tmp_path / "pictures" / "bike.png")
        (tmp_path / "pictures" / "bike.png").unlink()
        os.mkfifo(tmp_path / "pictures" / "pipe.png")
        (tmp_path / "pictures" / "round").symlink_to(tmp_path / "pictures")
        found = await harness.finds_in([tmp_path / "pictures"], replace(file, path="/dev/zero"))
        assert len(found.missing) == 1


async def test_a_media_store_that_cannot_be_written_is_told_and_the_file_stays_missing(
    tmp_path: Path,
) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        file = _picture(tmp_path / "bike.png")
        harness.media_store.folder.write_text("a file where the folder should be")
        found = await harness.finds(file)
        assert found.missing == (file,)
        assert len(harness.shown_notices) == 1


async def test_a_name_from_outside_leads_nowhere(tmp_path: Path) -> None:
    async with _open_finder_harness(tmp_path) as harness:
        harness.media_store.folder.mkdir()
        file = _picture(tmp_path / "bike.png")
        strange = replace(file, stored_name="../bike.png", path="")
        found = await harness.finds(strange)
        assert found.missing == (strange,)
