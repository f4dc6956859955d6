"""The media folder is cleaned of copies that nothing has named for a month, and of nothing else."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from runcomfy_desktop.core import inline
from runcomfy_desktop.core.page import Page
from runcomfy_desktop.core.shelf_copy import Keeper, Order
from runcomfy_desktop.domain.job import JobState
from runcomfy_desktop.domain.left_values import LeftValue
from runcomfy_desktop.domain.preset.writing import write_preset
from runcomfy_desktop.domain.schema import InputKind
from runcomfy_desktop.domain.sweep.sweep import Axis, Point, Sweep
from runcomfy_desktop.store.draft_heads import draft_file
from runcomfy_desktop.store.sweeps import KeptSweep, SweepStore
from tests.support.jobs import make_job
from tests.support.media_room import DAY_S, KEY, WORKFLOW, MediaRoom, draft_of, media_room
from tests.support.preset_house import preset
from tests.support.until import until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from runcomfy_desktop.domain.media import MediaFile

# Steps of three days at most, and one of them may be the clock's.
MONTH = 33


async def test_only_what_nothing_names_goes_and_only_after_a_month(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with media_room(tmp_path) as room:
        named, unnamed = room.keep(1), room.keep(2)
        await room.store(draft_of(named))
        await room.clean()
        await room.pass_days(MONTH - 1)
        assert room.names == {named.stored_name, unnamed.stored_name}
        await room.pass_days(1)
        assert room.names == {named.stored_name}
        [words] = [each.message for each in caplog.records if "Removed" in each.message]
        assert f"1 files of {unnamed.size_bytes} bytes" in words


async def test_what_is_named_again_has_its_month_anew(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        file = room.keep(1)
        await room.pass_days(MONTH)
        draft = draft_of(file)
        await room.store(draft)
        await room.pass_days(1)
        await room.store(replace(draft, changes={}))
        await room.pass_days(MONTH)
        assert room.names == {file.stored_name}
        await room.pass_days(1)
        assert room.names == set()


async def in_a_draft(room: MediaRoom, file: MediaFile) -> None:
    await room.store(draft_of(file))


async def without_a_place(room: MediaRoom, file: MediaFile) -> None:
    await room.store(replace(draft_of("b.png"), left=(LeftValue(KEY, file),)))


async def in_a_deleted_draft(room: MediaRoom, file: MediaFile) -> None:
    await room.store(draft_of(file))
    await room.discard(draft_of(file))
    assert not draft_file(room.folder.drafts, draft_of(file).key).exists()


async def in_an_undo_step(room: MediaRoom, file: MediaFile) -> None:
    page = Page(draft_of(file))
    page.advance(draft_of("b.png"), "Change", None)
    room.pages["a"] = page


async def in_a_redo_step(room: MediaRoom, file: MediaFile) -> None:
    page = Page(draft_of("b.png"))
    page.advance(draft_of(file), "Change", None)
    page.undo()
    room.pages["a"] = page


async def left_in_memory(room: MediaRoom, file: MediaFile) -> None:
    room.pages["a"] = Page(replace(draft_of("b.png"), left=(LeftValue(KEY, file),)))


async def in_an_old_job(room: MediaRoom, file: MediaFile) -> None:
    facts = {"service": "https://elsewhere", "changes": {KEY: file}}
    await room.history.save_all([make_job(JobState.DONE, **facts)])


async def made_small_for_a_job(room: MediaRoom, file: MediaFile) -> None:
    await room.history.save_all([make_job(JobState.DONE, smaller={KEY: file})])


async def in_a_job_that_no_disk_took(room: MediaRoom, file: MediaFile) -> None:
    room.jobs["job-1"] = make_job(JobState.DONE, smaller={KEY: file})


async def in_a_grid(room: MediaRoom, file: MediaFile) -> None:
    axis = Axis("Picture", (Point("a", {KEY: file}),))
    await SweepStore(room.folder.sweeps).save(KeptSweep(Sweep("a" * 32, "Grid", (axis,)), True))


async def in_a_grid_that_was_set_aside(room: MediaRoom, file: MediaFile) -> None:
    await in_a_grid(room, file)
    path = room.folder.sweeps / f"{'a' * 32}.json"
    path.write_bytes(path.read_bytes()[:-20])
    assert (await SweepStore(room.folder.sweeps).load()).damaged == 1


async def in_a_preset(room: MediaRoom, file: MediaFile) -> None:
    put(room.root / "Portraits" / "a.json", write_preset(preset(value=file)))


async def in_a_preset_of_another_encoding(room: MediaRoom, file: MediaFile) -> None:
    put(room.root / "a.json", write_preset(preset(value=file)).decode().encode("utf-16"))


async def in_a_preset_that_was_set_aside(room: MediaRoom, file: MediaFile) -> None:
    data = write_preset(preset(value=file))
    put(room.root / "a.broken-1.json", data[:-10])


async def in_a_deleted_preset(room: MediaRoom, file: MediaFile) -> None:
    put(room.trash / "0123.json", write_preset(preset(value=file)))


async def in_a_chosen_folder(room: MediaRoom, file: MediaFile) -> None:
    room.chosen = room.root.parent / "team"
    put(room.chosen / "a.json", write_preset(preset(value=file)))


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


PLACES: tuple[Callable[[MediaRoom, MediaFile], Coroutine[None, None, None]], ...] = (
    in_a_draft,
    without_a_place,
    in_a_deleted_draft,
    in_an_undo_step,
    in_a_redo_step,
    left_in_memory,
    in_an_old_job,
    made_small_for_a_job,
    in_a_job_that_no_disk_took,
    in_a_grid,
    in_a_grid_that_was_set_aside,
    in_a_preset,
    in_a_preset_of_another_encoding,
    in_a_preset_that_was_set_aside,
    in_a_deleted_preset,
    in_a_chosen_folder,
)


@pytest.mark.parametrize("place", PLACES)
async def test_each_place_keeps_what_it_names(
    tmp_path: Path, place: Callable[[MediaRoom, MediaFile], Coroutine[None, None, None]]
) -> None:
    async with media_room(tmp_path) as room:
        named, unnamed = room.keep(1), room.keep(2)
        await place(room, named)
        await room.clean()
        await room.pass_days(2 * MONTH)
        assert room.names == {named.stored_name}, unnamed


async def test_a_workflow_that_was_sent_whole_goes_with_its_job(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        name = await inline.keep(WORKFLOW, room.folder.media)
        job = make_job(JobState.DONE, workflow_file=name)
        await room.history.save_all([job])
        await room.pass_days(MONTH + 1)
        assert room.names == {name}
        await room.history.delete_all([job.job_id])
        await room.pass_days(MONTH + 1)
        assert room.names == set()


def a_damaged_draft(room: MediaRoom) -> Path:
    path = draft_file(room.folder.drafts, "damaged")
    put(path, b'{"format": 1, "key": "damaged", "changes')
    return path


def a_damaged_draft_that_was_set_aside(room: MediaRoom) -> Path:
    path = a_damaged_draft(room)
    return path.rename(path.with_name(f"{path.stem}.broken-1.json"))


def a_draft_of_a_newer_program(room: MediaRoom) -> Path:
    path = draft_file(room.folder.drafts, "newer")
    put(path, b'{"format": 99, "key": "newer"}')
    return path


def a_draft_that_the_disk_does_not_give(room: MediaRoom) -> Path:
    path = draft_file(room.folder.drafts, "refused")
    path.parent.mkdir(parents=True, exist_ok=True)
    # As a link into a disk that is away; root may read whatever has permissions only.
    path.symlink_to(room.root / "away")
    return path


def a_folder_of_drafts_that_is_away(room: MediaRoom) -> Path:
    room.folder.drafts.symlink_to(room.root / "away")
    return room.folder.drafts


def a_damaged_grid(room: MediaRoom) -> Path:
    path = room.folder.sweeps / f"{'b' * 32}.json"
    put(path, b"{")
    return path


def a_grid_of_a_newer_program(room: MediaRoom) -> Path:
    path = room.folder.sweeps / f"{'b' * 32}.json"
    put(path, b'{"format": 99}')
    return path


def a_damaged_preset(room: MediaRoom) -> Path:
    path = room.root / "a.json"
    put(path, write_preset(preset())[:-10])
    return path


def a_preset_on_its_way_here(room: MediaRoom) -> Path:
    path = room.root / "a.json"
    put(path, b"")
    return path


def a_preset_of_a_newer_program(room: MediaRoom) -> Path:
    path = room.root / "a.json"
    put(path, b'{"format": 99, "kind": "runcomfy-desktop preset", "inputs": []}')
    return path


def a_damaged_history_beside_this_one(room: MediaRoom) -> Path:
    path = room.folder.history.with_name("history.broken-1.sqlite")
    put(path, b"SQLite format 3\0")
    return path


def a_record_of_a_newer_program(room: MediaRoom) -> Path:
    put(room.folder.media_cleaning, b'{"format": 99}')
    return room.folder.media_cleaning


OBSTACLES: tuple[Callable[[MediaRoom], Path], ...] = (
    a_damaged_draft,
    a_damaged_draft_that_was_set_aside,
    a_draft_of_a_newer_program,
    a_draft_that_the_disk_does_not_give,
    a_folder_of_drafts_that_is_away,
    a_damaged_grid,
    a_grid_of_a_newer_program,
    a_damaged_preset,
    a_preset_on_its_way_here,
    a_preset_of_a_newer_program,
    a_damaged_history_beside_this_one,
    a_record_of_a_newer_program,
)


@pytest.mark.parametrize("obstacle", OBSTACLES)
async def test_nothing_goes_while_some_of_it_cannot_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, obstacle: Callable[[MediaRoom], Path]
) -> None:
    caplog.set_level(logging.INFO)
    async with media_room(tmp_path) as room:
        file = room.keep(1)
        await room.pass_days(MONTH)
        path = obstacle(room)
        caplog.clear()
        await room.pass_days(2 * MONTH)
        assert room.names == {file.stored_name}
        assert all("Nothing is removed" in each.message for each in caplog.records)
        path.unlink()
        # The times when it could not be told count for nobody.
        await room.pass_days(1)
        is_forgotten = obstacle is a_record_of_a_newer_program
        assert room.names == ({file.stored_name} if is_forgotten else set())


async def test_what_is_seen_named_in_a_look_that_ends_early_begins_anew(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        file = room.keep(1)
        await room.pass_days(MONTH)
        damaged = a_damaged_preset(room)
        draft = draft_of(file)
        await room.store(draft)
        await room.pass_days(1)
        await room.store(replace(draft, changes={}))
        damaged.unlink()
        await room.pass_days(MONTH)
        assert room.names == {file.stored_name}


@pytest.mark.parametrize("document", ["{", "[]" * 3, None])
async def test_a_damaged_row_of_the_history_keeps_everything(
    tmp_path: Path, document: str | None
) -> None:
    async with media_room(tmp_path) as room:
        file = room.keep(1)
        await room.history.save_all([make_job(JobState.DONE)])
        await room.database.run(
            lambda sql: sql.execute(
                "UPDATE jobs SET document = ?", (b"\xff" if document is None else document,)
            )
        )
        await room.pass_days(2 * MONTH)
        assert room.names == {file.stored_name}


async def test_a_history_that_cannot_be_written_keeps_everything(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        file = room.keep(1)
        await room.database.run(lambda sql: sql.execute("PRAGMA query_only = ON"))
        await room.pass_days(2 * MONTH)
        assert room.names == {file.stored_name}


async def test_a_history_that_was_replaced_keeps_everything(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        file = room.keep(1)
        await room.pass_days(MONTH)
        other = tmp_path / "other.sqlite"
        other.write_bytes(b"another one")
        other.replace(room.folder.history)
        await room.pass_days(1)
        assert room.names == {file.stored_name}


@pytest.mark.parametrize("days", [365, -365, 20_000, -20_000])
async def test_a_clock_that_leaps_takes_nothing_from_the_month(tmp_path: Path, days: int) -> None:
    async with media_room(tmp_path) as room:
        room.keep(1)
        await room.clean()
        await room.pass_days(1)
        room.now_s += days * DAY_S
        await room.pass_days(28)
        room.now_s -= days * DAY_S
        assert len(room.names) == 1
        await room.pass_days(5)
        assert room.names == set()


async def test_starts_that_are_far_apart_count_for_a_few_days_each(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        room.keep(1)
        await room.clean()
        for _start in range(10):
            room.now_s += 40 * DAY_S
            await room.clean()
        assert len(room.names) == 1
        room.now_s += 40 * DAY_S
        await room.clean()
        assert room.names == set()


async def test_nothing_is_touched_but_files_of_our_own_form(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        folder = room.folder.media
        room.keep(1)
        outside = tmp_path / "outside.png"
        outside.touch()
        foreign = {"notes.txt", "a.png", f"{'a' * 63}.png", f"{'b' * 64}", f"{'C' * 64}.png"}
        for name in foreign:
            (folder / name).touch()
        (folder / f"{'d' * 64}.png").symlink_to(outside)
        (folder / f"{'e' * 64}.png").mkdir()
        (folder / "inner").mkdir()
        inner = folder / "inner" / f"{'f' * 64}.png"
        inner.touch()
        await room.clean()
        await room.pass_days(MONTH)
        assert room.names == {*foreign, f"{'d' * 64}.png", f"{'e' * 64}.png", "inner"}
        assert inner.exists()
        assert outside.exists()


async def test_a_record_that_cannot_be_written_keeps_everything(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with media_room(tmp_path) as room:
        file = room.keep(1)
        room.folder.media_cleaning.mkdir()
        await room.pass_days(MONTH + 1)
        assert room.names == {file.stored_name}
        assert "Nothing is removed" in caplog.text


async def test_a_damaged_record_begins_all_anew(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        file = room.keep(1)
        await room.pass_days(MONTH)
        room.folder.media_cleaning.write_bytes(b"{")
        await room.pass_days(MONTH)
        assert room.names == {file.stored_name}
        await room.pass_days(1)
        assert room.names == set()


async def test_a_file_that_cannot_be_removed_stays_for_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As Windows does with one that is open."""
    caplog.set_level(logging.INFO)
    async with media_room(tmp_path) as room:
        held, free = room.keep(1), room.keep(2)
        really = os.unlink

        def unlink(path: Path, **how: int) -> None:
            if path.name == held.stored_name:
                raise PermissionError(13, "in use")
            really(path, **how)

        await room.pass_days(MONTH)
        with monkeypatch.context() as patch:
            patch.setattr(os, "unlink", unlink)
            await room.pass_days(1)
        assert room.names == {held.stored_name}
        assert free.stored_name not in caplog.text
        await room.pass_days(1)
        assert room.names == set()


# While a look is going on


async def test_a_picture_that_is_dropped_again_meanwhile_stays(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        file = room.keep(1)
        await room.pass_days(MONTH)
        again: list[MediaFile] = []
        room.meanwhile = lambda: again.append(room.keep(1))
        await room.pass_days(1)
        assert again == [file]
        assert room.names == {file.stored_name}


async def test_a_file_that_is_found_for_a_preset_meanwhile_stays(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        file = room.keep(1)
        await room.pass_days(MONTH)
        room.meanwhile = lambda: room.keeper.look_again(file)
        await room.pass_days(1)
        assert room.names == {file.stored_name}


async def test_a_workflow_that_is_sent_whole_meanwhile_stays(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        name = await inline.keep(WORKFLOW, room.folder.media)
        await room.pass_days(MONTH)
        with ThreadPoolExecutor(1) as others:
            room.meanwhile = lambda: others.submit(
                asyncio.run, inline.keep(WORKFLOW, room.folder.media)
            ).result()
            await room.pass_days(1)
        assert room.names == {name}


async def test_what_is_kept_again_just_after_it_went_is_written_anew(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        file, name = room.keep(1), await inline.keep(WORKFLOW, room.folder.media)
        await room.pass_days(MONTH + 1)
        assert room.names == set()
        assert (room.keep(1), await inline.keep(WORKFLOW, room.folder.media)) == (file, name)
        assert room.names == {file.stored_name, name}


@pytest.mark.real_clock
async def test_a_copy_that_is_being_made_while_the_old_one_goes_is_there(tmp_path: Path) -> None:
    """Its bytes are written and its facts looked at before it takes the old one's place."""
    async with media_room(tmp_path) as room:
        going_on, seen = threading.Event(), threading.Event()

        def measure(_path: Path) -> tuple[int, int]:
            seen.set()
            going_on.wait()
            return 7, 5

        picture = io.BytesIO()
        Image.new("RGB", (7, 5)).save(picture, "PNG")
        keeper = Keeper(room.folder.media, measure)
        order = Order(InputKind.IMAGE, lambda _name: None)

        def keep() -> MediaFile:
            return keeper.keep(io.BytesIO(picture.getvalue()), "a.png", order)

        going_on.set()
        file = keep()
        await room.pass_days(MONTH)
        going_on.clear()
        seen.clear()
        keeping = asyncio.create_task(asyncio.to_thread(keep))
        await until(seen.is_set)
        await room.pass_days(1)
        assert file.stored_name not in room.names
        going_on.set()
        assert await keeping == file
        assert room.names == {file.stored_name}


# In time


async def test_a_session_looks_once_and_not_at_once(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        room.keep(1)
        cleaner = room.cleaner(after_s=60.0)
        cleaner.start()
        await asyncio.sleep(59)
        assert not room.folder.media_cleaning.exists()
        await asyncio.sleep(2)
        await until(room.folder.media_cleaning.exists)
        await cleaner.close()


async def test_a_session_that_ends_before_the_look_waits_for_nothing(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        room.keep(1)
        cleaner = room.cleaner()
        cleaner.start()
        begin_s = asyncio.get_running_loop().time()
        await cleaner.close()
        assert asyncio.get_running_loop().time() == begin_s
        assert not room.folder.media_cleaning.exists()


async def test_a_session_that_ends_during_the_look_removes_nothing_more(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        file = room.keep(1)
        await room.pass_days(MONTH)
        record = room.folder.media_cleaning.read_bytes()
        room.now_s += DAY_S
        cleaner, closing = room.cleaner(after_s=0.0), list[asyncio.Task[None]]()
        room.begins = lambda: closing.append(asyncio.create_task(cleaner.close()))
        cleaner.start()
        await until(lambda: closing)
        await closing[0]
        assert room.names == {file.stored_name}
        assert room.folder.media_cleaning.read_bytes() == record


async def test_an_empty_shelf_writes_nothing(tmp_path: Path) -> None:
    async with media_room(tmp_path) as room:
        await room.clean()
        assert not room.folder.media_cleaning.exists()
