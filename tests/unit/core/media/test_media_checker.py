"""Checks of kept files and their originals; an unreliable file system does no harm."""

from __future__ import annotations

import hashlib
import os
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.base.notices import Notices
from runcomfy_desktop.core.media.media_checker import MediaChecker, OriginalState
from runcomfy_desktop.domain.media.media import MediaFile
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

DATA = b"the bytes of a picture"
SHA = hashlib.sha256(DATA).hexdigest()


class MediaCheckerHarness:
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
        self.watch = MediaChecker(self.copy.parent, Notices())
        self.changes = 0
        self.watch.changed.subscribe(self._count)

    def _count(self, _nothing: None) -> None:
        self.changes += 1

    async def standing(self) -> OriginalState:
        """Returns the state of the original after a completed check."""
        marker = replace(self.file, path=str(self.original.with_name("nobody")), sha256="-")
        self.watch.check([self.file])
        before = self.watch.original_state(marker)
        self.watch.check([self.file, replace(marker, sha256=f"{before}{self.changes}")])
        last = replace(marker, sha256=f"{before}{self.changes}")
        await wait_until(lambda: self.watch.original_state(last) is OriginalState.GONE)
        return self.watch.original_state(self.file)

    async def may_run(self, *files: MediaFile) -> bool:
        return await self.watch.find_unsendable(files or (self.file,)) is None


@asynccontextmanager
async def open_media_checker_harness(folder: Path) -> AsyncIterator[MediaCheckerHarness]:
    made = MediaCheckerHarness(folder)
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
        (lambda _path: None, OriginalState.SAME),
        (touch, OriginalState.SAME),
        (edit, OriginalState.CHANGED),
        (edit_to_the_same_size, OriginalState.CHANGED),
        (lambda path: path.unlink(), OriginalState.GONE),
        (replace_by_a_pipe, OriginalState.CHANGED),
        (replace_by_a_folder, OriginalState.CHANGED),
    ],
)
async def test_what_became_of_an_original(
    tmp_path: Path, change: Callable[[Path], object], expected: OriginalState
) -> None:
    async with open_media_checker_harness(tmp_path) as harness:
        assert harness.watch.original_state(harness.file) is OriginalState.UNKNOWN
        change(harness.original)
        assert await harness.standing() is expected
        assert await harness.may_run(), "the copy is what is sent"


async def test_what_was_pasted_has_no_original(tmp_path: Path) -> None:
    async with open_media_checker_harness(tmp_path) as harness:
        pasted = replace(harness.file, path="")
        harness.watch.check([pasted])
        await harness.standing()
        assert harness.watch.original_state(pasted) is OriginalState.UNKNOWN


@pytest.mark.parametrize("path", ["a\0b", "/" + "x" * 5000, "/proc/1/root/x", "relative/nobody"])
async def test_a_path_that_is_none_is_gone(tmp_path: Path, path: str) -> None:
    async with open_media_checker_harness(tmp_path) as harness:
        file = replace(harness.file, path=path)
        harness.watch.check([file])
        await wait_until(lambda: harness.watch.original_state(file) is OriginalState.GONE)


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
    async with open_media_checker_harness(tmp_path) as harness:
        assert await harness.may_run()
        change(harness.copy)
        assert not await harness.may_run()
        assert words in harness.watch.unsendable[harness.file.stored_name]
        assert "photo.png" in harness.watch.unsendable[harness.file.stored_name]


async def test_a_copy_that_is_back_is_good_again(tmp_path: Path) -> None:
    async with open_media_checker_harness(tmp_path) as harness:
        flip(harness.copy)
        assert not await harness.may_run()
        harness.copy.write_bytes(DATA)
        harness.watch.check([harness.file])
        await wait_until(lambda: not harness.watch.unsendable)
        assert await harness.may_run()


async def test_a_name_that_leads_out_of_the_folder_is_no_copy(tmp_path: Path) -> None:
    async with open_media_checker_harness(tmp_path) as harness:
        assert not await harness.may_run(replace(harness.file, stored_name="../photo.png"))


async def test_nothing_to_look_at_is_answered_at_once(tmp_path: Path) -> None:
    async with open_media_checker_harness(tmp_path) as harness:
        with pytest.raises(StopIteration) as ended:
            harness.watch.find_unsendable([]).send(None)
        assert ended.value.value is None


async def test_it_tells_only_what_is_new(tmp_path: Path) -> None:
    async with open_media_checker_harness(tmp_path) as harness:
        await harness.standing()
        before = harness.changes
        assert await harness.may_run()
        assert await harness.may_run()
        assert harness.changes == before


async def test_what_a_run_found_is_not_forgotten_by_a_look_that_went_beside_it(
    tmp_path: Path,
) -> None:
    async with open_media_checker_harness(tmp_path) as harness:
        harness.copy.write_bytes(DATA[::-1])
        # Either of the two may end first.
        for _round in range(40):
            harness.watch.unsendable = {}
            assert await harness.watch.find_unsendable([harness.file]) == harness.file
            await harness.standing()
            assert harness.copy.name in harness.watch.unsendable
