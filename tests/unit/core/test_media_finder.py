"""Files that a preset names are found by their bytes, wherever they went; the rest is named."""

from __future__ import annotations

import hashlib
import os
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from runcomfy_desktop.core.media_finder import Found, MediaFinder
from runcomfy_desktop.core.media_shelf import MediaShelf
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.shelf_copy import Keeper
from runcomfy_desktop.core.shelf_refusals import MAX_BYTES
from runcomfy_desktop.domain.input_spec import InputKind
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.media_checks import misfit
from tests.support.until import until

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
    """A picture, and what a preset says of it that was made where it lies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (7, 5), (red, 40, 90)).save(path, "PNG")
    data = path.read_bytes()
    sha = hashlib.sha256(data).hexdigest()
    return MediaFile(
        path.name, f"{sha}.png", sha, "image/png", len(data), 7, 5, path=str(path.absolute())
    )


class House:
    def __init__(self, shelf: MediaShelf, told: list[Notice]) -> None:
        self.shelf = shelf
        self.told = told

    async def finds(
        self,
        *files: MediaFile,
        brought: dict[str, bytes] | None = None,
        folders: Sequence[str] = (),
    ) -> Found:
        return await self._came(
            lambda then: self.shelf.finder.find(files, then, brought=brought or {}, folders=folders)
        )

    async def finds_in(self, places: Sequence[Path], *files: MediaFile) -> Found:
        return await self._came(
            lambda then: self.shelf.finder.look_in([str(each) for each in places], files, then)
        )

    async def _came(self, start: Callable[[Callable[[Found], object]], object]) -> Found:
        came: list[Found] = []
        start(came.append)
        await until(lambda: came)
        return came[0]

    def kept(self, file: MediaFile) -> bool:
        return (self.shelf.folder / file.stored_name).is_file()


@asynccontextmanager
async def _house(folder: Path) -> AsyncIterator[House]:
    notices = Notices()
    told: list[Notice] = []
    notices.listen(told.append)
    shelf = MediaShelf(folder / "media", _measure, notices)
    try:
        yield House(shelf, told)
    finally:
        await shelf.close()


def _keeper(house: House) -> Keeper:
    return Keeper(house.shelf.folder, _measure)


async def test_nothing_is_looked_for_where_nothing_is_wanted(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        assert await house.finds() == Found()
        assert not house.shelf.folder.exists()


async def test_a_copy_on_the_shelf_is_enough(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        file = _picture(tmp_path / "bike.png")
        house.shelf.folder.mkdir()
        (tmp_path / "bike.png").rename(house.shelf.folder / file.stored_name)
        found = await house.finds(file)
        # Nothing says any more that it lay there.
        assert found.files == {file.sha256: replace(file, path="")}
        assert (found.missing, found.taken) == ((), frozenset())


async def test_a_copy_on_the_shelf_is_what_its_bytes_say_whatever_is_said_of_it(
    tmp_path: Path,
) -> None:
    async with _house(tmp_path) as house:
        data = b"-----BEGIN OPENSSH PRIVATE KEY-----"
        sha = hashlib.sha256(data).hexdigest()
        said = MediaFile("cat.png", f"{sha}.png", sha, "image/png", len(data), 640, 480)
        house.shelf.folder.mkdir()
        (house.shelf.folder / said.stored_name).write_bytes(data)
        kept = (await house.finds(said)).files[sha]
        assert (kept.mime, kept.width, kept.height) == ("application/octet-stream", 0, 0)
        assert misfit(kept, InputKind.IMAGE)
        assert await house.shelf.finder.kept([said]) == Found({sha: kept})


async def test_a_path_is_believed_of_a_copy_only_where_its_bytes_lie_there(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        file = _picture(tmp_path / "bike.png")
        house.shelf.folder.mkdir()
        copy = house.shelf.folder / file.stored_name
        copy.write_bytes((tmp_path / "bike.png").read_bytes())
        named = replace(file, name="cat.png")
        assert (await house.finds(named)).files == {file.sha256: file}
        other = tmp_path / "other.png"
        other.write_bytes(bytes(file.size_bytes))
        found = await house.finds(replace(named, path=str(other)))
        assert found.files == {file.sha256: replace(named, path="")}


async def test_a_file_that_is_where_it_was_is_kept(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        file = _picture(tmp_path / "bike.png")
        found = await house.finds(replace(file, name="My bike.png"))
        kept = found.files[file.sha256]
        assert (kept.name, kept.width, kept.height) == ("bike.png", 7, 5)
        assert house.kept(kept)
        assert found.taken == {file.sha256}


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
async def test_a_link_is_called_as_the_file_that_it_leads_to(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        file = _picture(tmp_path / "private" / "bike.png")
        (tmp_path / "cat.png").symlink_to(tmp_path / "private" / "bike.png")
        found = await house.finds(replace(file, name="cat.png", path=str(tmp_path / "cat.png")))
        kept = found.files[file.sha256]
        assert (kept.name, kept.path) == ("bike.png", file.path)


async def test_a_file_that_no_input_could_take_is_not_read(tmp_path: Path) -> None:
    read: list[Path] = []

    def hash_of(path: Path) -> str:
        read.append(path)
        return ""

    async with _house(tmp_path) as house:
        large = tmp_path / "large.png"
        with large.open("wb") as opened:
            opened.truncate(MAX_BYTES + 1)
        sha = "ab" * 32
        said = MediaFile(
            "a.png", f"{sha}.png", sha, "image/png", MAX_BYTES + 1, 1, 1, path=str(large)
        )
        house.shelf.finder = MediaFinder(house.shelf.folder, _keeper(house), Notices(), hash_of)
        assert (await house.finds(said)).missing == (said,)
        assert read == []
        # One byte less, and it is looked at.
        os.truncate(large, MAX_BYTES)
        await house.finds(replace(said, size_bytes=MAX_BYTES))
        assert read == [large, large]


@pytest.mark.parametrize("new", ["other name.png", "bike.png.bak"])
async def test_a_file_that_was_renamed_is_found_in_its_folder(tmp_path: Path, new: str) -> None:
    async with _house(tmp_path) as house:
        file = _picture(tmp_path / "pictures" / "bike.png")
        (tmp_path / "pictures" / "bike.png").rename(tmp_path / "pictures" / new)
        found = await house.finds(file)
        assert house.kept(found.files[file.sha256])
        assert found.files[file.sha256].path.endswith(new)


async def test_a_file_is_found_in_a_folder_that_was_used_of_late(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        file = _picture(tmp_path / "old" / "bike.png")
        other = _picture(tmp_path / "new" / "car.png", red=10)
        (tmp_path / "old" / "bike.png").rename(tmp_path / "new" / "bike.png")
        found = await house.finds(file, folders=[str(tmp_path / "gone"), str(tmp_path / "new")])
        assert house.kept(found.files[file.sha256])
        assert not house.kept(other)


async def test_a_file_with_other_bytes_at_its_place_is_not_the_file(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        file = _picture(tmp_path / "bike.png")
        data = bytearray((tmp_path / "bike.png").read_bytes())
        data[-1] ^= 1
        (tmp_path / "bike.png").write_bytes(data)
        found = await house.finds(file)
        assert found.files == {}
        assert found.missing == (file,)


async def test_what_a_preset_brings_goes_to_the_shelf(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        path = tmp_path / "bike.png"
        file = _picture(path)
        data = path.read_bytes()
        path.unlink()
        found = await house.finds(replace(file, path=""), brought={file.sha256: data, "00": b"x"})
        assert house.kept(found.files[file.sha256])
        assert found.missing == ()


async def test_a_folder_that_is_chosen_is_looked_through_to_the_bottom(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        one = _picture(tmp_path / "old" / "bike.png")
        two = _picture(tmp_path / "old" / "car.png", red=10)
        gone = _picture(tmp_path / "old" / "boat.png", red=90)
        (tmp_path / "old" / "boat.png").unlink()
        deep = tmp_path / "moved" / "a" / "b"
        deep.parent.mkdir(parents=True)
        (tmp_path / "old").rename(deep)
        first = await house.finds(one, two, gone)
        assert len(first.missing) == 3
        found = await house.finds_in([tmp_path / "moved"], *first.missing)
        assert found.files.keys() == {one.sha256, two.sha256}
        assert found.missing == (gone,)


async def test_a_single_file_can_be_named(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        file = _picture(tmp_path / "a" / "bike.png")
        (tmp_path / "a" / "bike.png").rename(tmp_path / "elsewhere.png")
        found = await house.finds_in([tmp_path / "elsewhere.png"], file)
        assert house.kept(found.files[file.sha256])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
async def test_pipes_and_circles_hold_nobody_up(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        file = _picture(tmp_path / "pictures" / "bike.png")
        (tmp_path / "pictures" / "bike.png").unlink()
        os.mkfifo(tmp_path / "pictures" / "pipe.png")
        (tmp_path / "pictures" / "round").symlink_to(tmp_path / "pictures")
        found = await house.finds_in([tmp_path / "pictures"], replace(file, path="/dev/zero"))
        assert len(found.missing) == 1


async def test_a_shelf_that_cannot_be_written_is_told_and_the_file_stays_missing(
    tmp_path: Path,
) -> None:
    async with _house(tmp_path) as house:
        file = _picture(tmp_path / "bike.png")
        house.shelf.folder.write_text("a file where the folder should be")
        found = await house.finds(file)
        assert found.missing == (file,)
        assert len(house.told) == 1


async def test_a_name_from_outside_leads_nowhere(tmp_path: Path) -> None:
    async with _house(tmp_path) as house:
        house.shelf.folder.mkdir()
        file = _picture(tmp_path / "bike.png")
        strange = replace(file, stored_name="../bike.png", path="")
        found = await house.finds(strange)
        assert found.missing == (strange,)
