"""The watch over kept files and their originals; a file system that plays tricks harms nobody."""

from __future__ import annotations

import hashlib
import os
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.media_watch import MediaWatch, Original
from runcomfy_desktop.core.notices import Notices
from runcomfy_desktop.domain.media import MediaFile
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

DATA = b"the bytes of a picture"
SHA = hashlib.sha256(DATA).hexdigest()


class House:
    def __init__(self, folder: Path) -> None:
        self.original = folder / "photo.png"
        self.original.write_bytes(DATA)
        self.copy = folder / "media" / f"{SHA}.png"
        self.copy.parent.mkdir()
        self.copy.write_bytes(DATA)
        about = self.original.stat()
        self.file = MediaFile(
            "photo.png",
            self.copy.name,
            SHA,
            "image/png",
            len(DATA),
            6,
            4,
            path=str(self.original),
            mtime_ns=about.st_mtime_ns,
        )
        self.watch = MediaWatch(self.copy.parent, Notices())
        self.changes = 0
        self.watch.changed.subscribe(self._count)

    def _count(self, _nothing: None) -> None:
        self.changes += 1

    async def standing(self) -> Original:
        """What a look at the original tells, that has ended."""
        marker = replace(self.file, path=str(self.original.with_name("nobody")), sha256="-")
        self.watch.look([self.file])
        before = self.watch.original(marker)
        self.watch.look([self.file, replace(marker, sha256=f"{before}{self.changes}")])
        last = replace(marker, sha256=f"{before}{self.changes}")
        await until(lambda: self.watch.original(last) is Original.GONE)
        return self.watch.original(self.file)

    async def may_run(self, *files: MediaFile) -> bool:
        said: list[bool] = []
        self.watch.before_run(
            files or (self.file,), lambda: said.append(True), lambda: said.append(False)
        )
        await until(lambda: said)
        return said[0]


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    made = House(folder)
    yield made
    await made.watch.close()


def edit(path: Path) -> None:
    path.write_bytes(DATA + b" edited")


def edit_to_the_same_size(path: Path) -> None:
    path.write_bytes(DATA.upper())
    os.utime(path, (1, 1))


def touch(path: Path) -> None:
    os.utime(path, (1, 1))


def replace_by_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def replace_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda _path: None, Original.SAME),
        (touch, Original.SAME),
        (edit, Original.CHANGED),
        (edit_to_the_same_size, Original.CHANGED),
        (lambda path: path.unlink(), Original.GONE),
        (replace_by_a_pipe, Original.CHANGED),
        (replace_by_a_folder, Original.CHANGED),
    ],
)
async def test_what_became_of_an_original(
    tmp_path: Path, change: Callable[[Path], object], expected: Original
) -> None:
    async with house(tmp_path) as parts:
        assert parts.watch.original(parts.file) is Original.UNKNOWN
        change(parts.original)
        assert await parts.standing() is expected
        assert await parts.may_run(), "the copy is what is sent"


async def test_what_was_pasted_has_no_original(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        pasted = replace(parts.file, path="")
        parts.watch.look([pasted])
        await parts.standing()
        assert parts.watch.original(pasted) is Original.UNKNOWN


@pytest.mark.parametrize("path", ["a\0b", "/" + "x" * 5000, "/proc/1/root/x", "relative/nobody"])
async def test_a_path_that_is_none_is_gone(tmp_path: Path, path: str) -> None:
    async with house(tmp_path) as parts:
        file = replace(parts.file, path=path)
        parts.watch.look([file])
        await until(lambda: parts.watch.original(file) is Original.GONE)


def flip(path: Path) -> None:
    spoilt = bytearray(path.read_bytes())
    spoilt[3] ^= 255
    path.write_bytes(spoilt)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.unlink(), "is not there any more"),
        (lambda path: path.write_bytes(b""), "is damaged"),
        (flip, "is damaged"),
        (replace_by_a_pipe, "is damaged"),
    ],
)
async def test_a_copy_that_is_not_what_it_was_stops_a_run(
    tmp_path: Path, change: Callable[[Path], object], words: str
) -> None:
    async with house(tmp_path) as parts:
        assert await parts.may_run()
        change(parts.copy)
        assert not await parts.may_run()
        assert words in parts.watch.lost[parts.file.stored_name]
        assert "photo.png" in parts.watch.lost[parts.file.stored_name]


async def test_a_copy_that_is_back_is_good_again(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        flip(parts.copy)
        assert not await parts.may_run()
        parts.copy.write_bytes(DATA)
        parts.watch.look([parts.file])
        await until(lambda: not parts.watch.lost)
        assert await parts.may_run()


async def test_a_name_that_leads_out_of_the_folder_is_no_copy(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        assert not await parts.may_run(replace(parts.file, stored_name="../photo.png"))


async def test_nothing_to_look_at_is_answered_at_once(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        went: list[str] = []
        parts.watch.before_run([], lambda: went.append("go"), lambda: went.append("no"))
        assert went == ["go"]


async def test_it_tells_only_what_is_new(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        await parts.standing()
        before = parts.changes
        assert await parts.may_run()
        assert await parts.may_run()
        assert parts.changes == before


async def refused(parts: House) -> bool:
    """Whether a run with the file is refused."""
    ended: list[str] = []
    parts.watch.before_run(
        [parts.file], lambda: ended.append("sent"), lambda: ended.append("refused")
    )
    await until(lambda: ended)
    return ended == ["refused"]


async def test_what_a_run_found_is_not_forgotten_by_a_look_that_went_beside_it(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as parts:
        parts.copy.write_bytes(DATA[::-1])
        # Which of the two ends first is chance.
        for _round in range(40):
            parts.watch.lost = {}
            assert await refused(parts)
            await parts.standing()
            assert parts.copy.name in parts.watch.lost
