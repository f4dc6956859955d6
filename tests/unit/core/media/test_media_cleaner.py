"""Cleaning of the media folder removes copies unused for a month, and nothing else."""

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

from runcomfy_desktop.core.editor.open_draft import OpenDraft
from runcomfy_desktop.core.media import inline_workflows
from runcomfy_desktop.core.media.media_copier import CopyOptions, MediaCopier
from runcomfy_desktop.domain.drafts.orphaned_values import OrphanedValue
from runcomfy_desktop.domain.jobs.job import JobState
from runcomfy_desktop.domain.presets.writer import write_preset
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.domain.sweeps.sweep import Axis, AxisPoint, Sweep
from runcomfy_desktop.store.draft_summaries import draft_path
from runcomfy_desktop.store.sweeps import StoredSweep, SweepStore
from tests.support.async_wait import wait_until
from tests.support.job_factory import make_job
from tests.support.media_folder_harness import (
    DAY_S,
    KEY,
    WORKFLOW,
    MediaFolderHarness,
    draft_of,
    open_media_folder_harness,
)
from tests.support.preset_harness import preset

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from runcomfy_desktop.domain.media.media import MediaFile

# 30 days and one step: a step counts for three days at most, and one may be a change of the clock.
MONTH = 33


async def test_only_what_nothing_names_goes_and_only_after_a_month(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_media_folder_harness(tmp_path) as harness:
        named, unnamed = harness.store_sound(1), harness.store_sound(2)
        await harness.store_drafts(draft_of(named))
        await harness.clean()
        await harness.advance_days(MONTH - 1)
        assert harness.names == {named.stored_name, unnamed.stored_name}
        await harness.advance_days(1)
        assert harness.names == {named.stored_name}
        [words] = [each.message for each in caplog.records if "Removed" in each.message]
        assert f"1 files of {unnamed.size_bytes} bytes" in words


async def test_what_is_named_again_has_its_month_anew(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        file = harness.store_sound(1)
        await harness.advance_days(MONTH)
        draft = draft_of(file)
        await harness.store_drafts(draft)
        await harness.advance_days(1)
        await harness.store_drafts(replace(draft, changes={}))
        await harness.advance_days(MONTH)
        assert harness.names == {file.stored_name}
        await harness.advance_days(1)
        assert harness.names == set()


async def in_a_draft(harness: MediaFolderHarness, file: MediaFile) -> None:
    await harness.store_drafts(draft_of(file))


async def without_a_place(harness: MediaFolderHarness, file: MediaFile) -> None:
    await harness.store_drafts(replace(draft_of("b.png"), orphaned=(OrphanedValue(KEY, file),)))


async def in_a_deleted_draft(harness: MediaFolderHarness, file: MediaFile) -> None:
    await harness.store_drafts(draft_of(file))
    await harness.discard_draft(draft_of(file))
    assert not draft_path(harness.folder.drafts, draft_of(file).key).exists()


async def in_an_undo_step(harness: MediaFolderHarness, file: MediaFile) -> None:
    page = OpenDraft(draft_of(file))
    page.advance(draft_of("b.png"), "Change", None)
    harness.open_drafts["a"] = page


async def in_a_redo_step(harness: MediaFolderHarness, file: MediaFile) -> None:
    page = OpenDraft(draft_of("b.png"))
    page.advance(draft_of(file), "Change", None)
    page.undo()
    harness.open_drafts["a"] = page


async def unreferenced_in_memory(harness: MediaFolderHarness, file: MediaFile) -> None:
    harness.open_drafts["a"] = OpenDraft(
        replace(draft_of("b.png"), orphaned=(OrphanedValue(KEY, file),))
    )


async def in_an_old_job(harness: MediaFolderHarness, file: MediaFile) -> None:
    facts = {"service": "https://elsewhere", "changes": {KEY: file}}
    await harness.history.save_all([make_job(JobState.DONE, **facts)])


async def made_small_for_a_job(harness: MediaFolderHarness, file: MediaFile) -> None:
    await harness.history.save_all([make_job(JobState.DONE, smaller={KEY: file})])


async def in_a_job_that_no_disk_took(harness: MediaFolderHarness, file: MediaFile) -> None:
    harness.jobs["job-1"] = make_job(JobState.DONE, smaller={KEY: file})


async def in_a_grid(harness: MediaFolderHarness, file: MediaFile) -> None:
    axis = Axis("Picture", (AxisPoint("a", {KEY: file}),))
    await SweepStore(harness.folder.sweeps).save(
        StoredSweep(Sweep("a" * 32, "Grid", (axis,)), True)
    )


async def in_a_grid_that_was_set_aside(harness: MediaFolderHarness, file: MediaFile) -> None:
    await in_a_grid(harness, file)
    path = harness.folder.sweeps / f"{'a' * 32}.json"
    path.write_bytes(path.read_bytes()[:-20])
    assert (await SweepStore(harness.folder.sweeps).load()).damaged_count == 1


async def in_a_preset(harness: MediaFolderHarness, file: MediaFile) -> None:
    put(harness.root / "Portraits" / "a.json", write_preset(preset(value=file)))


async def in_a_preset_of_another_encoding(harness: MediaFolderHarness, file: MediaFile) -> None:
    put(harness.root / "a.json", write_preset(preset(value=file)).decode().encode("utf-16"))


async def in_a_preset_that_was_set_aside(harness: MediaFolderHarness, file: MediaFile) -> None:
    data = write_preset(preset(value=file))
    put(harness.root / "a.broken-1.json", data[:-10])


async def in_a_deleted_preset(harness: MediaFolderHarness, file: MediaFile) -> None:
    put(harness.trash / "0123.json", write_preset(preset(value=file)))


async def in_a_chosen_folder(harness: MediaFolderHarness, file: MediaFile) -> None:
    harness.chosen = harness.root.parent / "team"
    put(harness.chosen / "a.json", write_preset(preset(value=file)))


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


PLACES: tuple[Callable[[MediaFolderHarness, MediaFile], Coroutine[None, None, None]], ...] = (
    in_a_draft,
    without_a_place,
    in_a_deleted_draft,
    in_an_undo_step,
    in_a_redo_step,
    unreferenced_in_memory,
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
    tmp_path: Path, place: Callable[[MediaFolderHarness, MediaFile], Coroutine[None, None, None]]
) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        named, unnamed = harness.store_sound(1), harness.store_sound(2)
        await place(harness, named)
        await harness.clean()
        await harness.advance_days(2 * MONTH)
        assert harness.names == {named.stored_name}, unnamed


async def test_a_workflow_that_was_sent_whole_goes_with_its_job(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        name = await inline_workflows.store(WORKFLOW, harness.folder.media)
        job = make_job(JobState.DONE, workflow_file=name)
        await harness.history.save_all([job])
        await harness.advance_days(MONTH + 1)
        assert harness.names == {name}
        await harness.history.delete_all([job.job_id])
        await harness.advance_days(MONTH + 1)
        assert harness.names == set()


def a_damaged_draft(harness: MediaFolderHarness) -> Path:
    path = draft_path(harness.folder.drafts, "damaged")
    put(path, b'{"format": 1, "key": "damaged", "changes')
    return path


def a_damaged_draft_that_was_set_aside(harness: MediaFolderHarness) -> Path:
    path = a_damaged_draft(harness)
    return path.rename(path.with_name(f"{path.stem}.broken-1.json"))


def a_draft_of_a_newer_program(harness: MediaFolderHarness) -> Path:
    path = draft_path(harness.folder.drafts, "newer")
    put(path, b'{"format": 99, "key": "newer"}')
    return path


def a_draft_that_the_disk_does_not_give(harness: MediaFolderHarness) -> Path:
    path = draft_path(harness.folder.drafts, "refused")
    path.parent.mkdir(parents=True, exist_ok=True)
    # A link to a disk that is not mounted; permissions would not stop root.
    path.symlink_to(harness.root / "away")
    return path


def a_folder_of_drafts_that_is_away(harness: MediaFolderHarness) -> Path:
    harness.folder.drafts.symlink_to(harness.root / "away")
    return harness.folder.drafts


def a_damaged_grid(harness: MediaFolderHarness) -> Path:
    path = harness.folder.sweeps / f"{'b' * 32}.json"
    put(path, b"{")
    return path


def a_grid_of_a_newer_program(harness: MediaFolderHarness) -> Path:
    path = harness.folder.sweeps / f"{'b' * 32}.json"
    put(path, b'{"format": 99}')
    return path


def a_damaged_preset(harness: MediaFolderHarness) -> Path:
    path = harness.root / "a.json"
    put(path, write_preset(preset())[:-10])
    return path


def a_preset_on_its_way_here(harness: MediaFolderHarness) -> Path:
    path = harness.root / "a.json"
    put(path, b"")
    return path


def a_preset_of_a_newer_program(harness: MediaFolderHarness) -> Path:
    path = harness.root / "a.json"
    put(path, b'{"format": 99, "kind": "runcomfy-desktop preset", "inputs": []}')
    return path


def a_damaged_history_beside_this_one(harness: MediaFolderHarness) -> Path:
    path = harness.folder.history.with_name("history.broken-1.sqlite")
    put(path, b"SQLite format 3\0")
    return path


def a_record_of_a_newer_program(harness: MediaFolderHarness) -> Path:
    put(harness.folder.media_cleaning_state, b'{"format": 99}')
    return harness.folder.media_cleaning_state


OBSTACLES: tuple[Callable[[MediaFolderHarness], Path], ...] = (
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
    tmp_path: Path, caplog: pytest.LogCaptureFixture, obstacle: Callable[[MediaFolderHarness], Path]
) -> None:
    caplog.set_level(logging.INFO)
    async with open_media_folder_harness(tmp_path) as harness:
        file = harness.store_sound(1)
        await harness.advance_days(MONTH)
        path = obstacle(harness)
        caplog.clear()
        await harness.advance_days(2 * MONTH)
        assert harness.names == {file.stored_name}
        assert all("Nothing is removed" in each.message for each in caplog.records)
        path.unlink()
        # Days on which it was unknown which files are in use do not count.
        await harness.advance_days(1)
        is_forgotten = obstacle is a_record_of_a_newer_program
        assert harness.names == ({file.stored_name} if is_forgotten else set())


async def test_what_is_seen_named_in_a_look_that_ends_early_begins_anew(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        file = harness.store_sound(1)
        await harness.advance_days(MONTH)
        damaged = a_damaged_preset(harness)
        draft = draft_of(file)
        await harness.store_drafts(draft)
        await harness.advance_days(1)
        await harness.store_drafts(replace(draft, changes={}))
        damaged.unlink()
        await harness.advance_days(MONTH)
        assert harness.names == {file.stored_name}


@pytest.mark.parametrize("document", ["{", "[]" * 3, None])
async def test_a_damaged_row_of_the_history_keeps_everything(
    tmp_path: Path, document: str | None
) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        file = harness.store_sound(1)
        await harness.history.save_all([make_job(JobState.DONE)])
        await harness.database.run(
            lambda sql: sql.execute(
                "UPDATE jobs SET document = ?", (b"\xff" if document is None else document,)
            )
        )
        await harness.advance_days(2 * MONTH)
        assert harness.names == {file.stored_name}


async def test_a_history_that_cannot_be_written_keeps_everything(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        file = harness.store_sound(1)
        await harness.database.run(lambda sql: sql.execute("PRAGMA query_only = ON"))
        await harness.advance_days(2 * MONTH)
        assert harness.names == {file.stored_name}


async def test_a_history_that_was_replaced_keeps_everything(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        file = harness.store_sound(1)
        await harness.advance_days(MONTH)
        other = tmp_path / "other.sqlite"
        other.write_bytes(b"another one")
        other.replace(harness.folder.history)
        await harness.advance_days(1)
        assert harness.names == {file.stored_name}


@pytest.mark.parametrize("days", [365, -365, 20_000, -20_000])
async def test_a_clock_that_leaps_takes_nothing_from_the_month(tmp_path: Path, days: int) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        harness.store_sound(1)
        await harness.clean()
        await harness.advance_days(1)
        harness.now_s += days * DAY_S
        await harness.advance_days(28)
        harness.now_s -= days * DAY_S
        assert len(harness.names) == 1
        await harness.advance_days(5)
        assert harness.names == set()


async def test_starts_that_are_far_apart_count_for_a_few_days_each(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        harness.store_sound(1)
        await harness.clean()
        for _start in range(10):
            harness.now_s += 40 * DAY_S
            await harness.clean()
        assert len(harness.names) == 1
        harness.now_s += 40 * DAY_S
        await harness.clean()
        assert harness.names == set()


async def test_nothing_is_touched_but_files_of_our_own_form(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        folder = harness.folder.media
        harness.store_sound(1)
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
        await harness.clean()
        await harness.advance_days(MONTH)
        assert harness.names == {*foreign, f"{'d' * 64}.png", f"{'e' * 64}.png", "inner"}
        assert inner.exists()
        assert outside.exists()


async def test_a_record_that_cannot_be_written_keeps_everything(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_media_folder_harness(tmp_path) as harness:
        file = harness.store_sound(1)
        harness.folder.media_cleaning_state.mkdir()
        await harness.advance_days(MONTH + 1)
        assert harness.names == {file.stored_name}
        assert "Nothing is removed" in caplog.text


async def test_a_damaged_record_begins_all_anew(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        file = harness.store_sound(1)
        await harness.advance_days(MONTH)
        harness.folder.media_cleaning_state.write_bytes(b"{")
        await harness.advance_days(MONTH)
        assert harness.names == {file.stored_name}
        await harness.advance_days(1)
        assert harness.names == set()


async def test_a_file_that_cannot_be_removed_stays_for_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Simulates Windows, which cannot delete an open file."""
    caplog.set_level(logging.INFO)
    async with open_media_folder_harness(tmp_path) as harness:
        held, free = harness.store_sound(1), harness.store_sound(2)
        really = os.unlink

        def unlink(path: Path, **how: int) -> None:
            if path.name == held.stored_name:
                raise PermissionError(13, "in use")
            really(path, **how)

        await harness.advance_days(MONTH)
        with monkeypatch.context() as patch:
            patch.setattr(os, "unlink", unlink)
            await harness.advance_days(1)
        assert harness.names == {held.stored_name}
        assert free.stored_name not in caplog.text
        await harness.advance_days(1)
        assert harness.names == set()


# During a scan


async def test_a_picture_that_is_dropped_again_meanwhile_stays(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        file = harness.store_sound(1)
        await harness.advance_days(MONTH)
        again: list[MediaFile] = []
        harness.before_removal = lambda: again.append(harness.store_sound(1))
        await harness.advance_days(1)
        assert again == [file]
        assert harness.names == {file.stored_name}


async def test_a_file_that_is_found_for_a_preset_meanwhile_stays(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        file = harness.store_sound(1)
        await harness.advance_days(MONTH)
        harness.before_removal = lambda: harness.copier.recheck(file)
        await harness.advance_days(1)
        assert harness.names == {file.stored_name}


async def test_a_workflow_that_is_sent_whole_meanwhile_stays(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        name = await inline_workflows.store(WORKFLOW, harness.folder.media)
        await harness.advance_days(MONTH)
        with ThreadPoolExecutor(1) as others:
            harness.before_removal = lambda: others.submit(
                asyncio.run, inline_workflows.store(WORKFLOW, harness.folder.media)
            ).result()
            await harness.advance_days(1)
        assert harness.names == {name}


async def test_what_is_kept_again_just_after_it_went_is_written_anew(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        file, name = (
            harness.store_sound(1),
            await inline_workflows.store(WORKFLOW, harness.folder.media),
        )
        await harness.advance_days(MONTH + 1)
        assert harness.names == set()
        assert (
            harness.store_sound(1),
            await inline_workflows.store(WORKFLOW, harness.folder.media),
        ) == (file, name)
        assert harness.names == {file.stored_name, name}


@pytest.mark.real_clock
async def test_a_copy_that_is_being_made_while_the_old_one_goes_is_there(tmp_path: Path) -> None:
    """The bytes of the new copy are written and measured before it replaces the old one."""
    async with open_media_folder_harness(tmp_path) as harness:
        going_on, seen = threading.Event(), threading.Event()

        def measure(_path: Path) -> tuple[int, int]:
            seen.set()
            going_on.wait()
            return 7, 5

        picture = io.BytesIO()
        Image.new("RGB", (7, 5)).save(picture, "PNG")
        keeper = MediaCopier(harness.folder.media, measure)
        order = CopyOptions(InputKind.IMAGE, lambda _name: None)

        def keep() -> MediaFile:
            return keeper.store(io.BytesIO(picture.getvalue()), "a.png", order)

        going_on.set()
        file = keep()
        await harness.advance_days(MONTH)
        going_on.clear()
        seen.clear()
        keeping = asyncio.create_task(asyncio.to_thread(keep))
        await wait_until(seen.is_set)
        await harness.advance_days(1)
        assert file.stored_name not in harness.names
        going_on.set()
        assert await keeping == file
        assert harness.names == {file.stored_name}


# Schedule


async def test_a_session_looks_once_and_not_at_once(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        harness.store_sound(1)
        cleaner = harness.cleaner(after_s=60.0)
        cleaner.start()
        await asyncio.sleep(59)
        assert not harness.folder.media_cleaning_state.exists()
        await asyncio.sleep(2)
        await wait_until(harness.folder.media_cleaning_state.exists)
        await cleaner.close()


async def test_a_session_that_ends_before_the_look_waits_for_nothing(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        harness.store_sound(1)
        cleaner = harness.cleaner()
        cleaner.start()
        begin_s = asyncio.get_running_loop().time()
        await cleaner.close()
        assert asyncio.get_running_loop().time() == begin_s
        assert not harness.folder.media_cleaning_state.exists()


async def test_a_session_that_ends_during_the_look_removes_nothing_more(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        file = harness.store_sound(1)
        await harness.advance_days(MONTH)
        record = harness.folder.media_cleaning_state.read_bytes()
        harness.now_s += DAY_S
        cleaner, closing = harness.cleaner(after_s=0.0), list[asyncio.Task[None]]()
        harness.on_begin = lambda: closing.append(asyncio.create_task(cleaner.close()))
        cleaner.start()
        await wait_until(lambda: closing)
        await closing[0]
        assert harness.names == {file.stored_name}
        assert harness.folder.media_cleaning_state.read_bytes() == record


async def test_an_empty_media_store_writes_nothing(tmp_path: Path) -> None:
    async with open_media_folder_harness(tmp_path) as harness:
        await harness.clean()
        assert not harness.folder.media_cleaning_state.exists()
