"""Drafts: the last edit is on disk, and the file is removed when no changes are left."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource, SeedMode
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow
from runcomfy_desktop.store import drafts
from runcomfy_desktop.store.drafts import DraftStore
from tests.support import hostile_environments
from tests.support.async_wait import wait_until
from tests.support.small_disk import small_disk
from tests.support.virtual_time import run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

SEED, TEXT, IMAGE = InputKey("31", "seed"), InputKey("192:6", "text"), InputKey("9", "image")
WORKFLOW = Workflow(
    {
        "31": Node("31", "KSampler", "", {"seed": 1}),
        "192:6": Node("192:6", "CLIPTextEncode", "", {"text": "a"}),
        "9": Node("9", "LoadImage", "", {"image": "a.png"}),
    }
)
DRAFT = Draft(WORKFLOW, DraftSource("bike", workflow_version="v3"), "0b7e4c52")
PICTURE = MediaFile("bike.png", "ab.png", "ab", "image/png", 10, 3, 2)


def silent(_error: Exception) -> None:
    raise AssertionError("nothing was expected to fail")


def drafts_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.json"))


async def test_changes_and_seed_modes_come_back(tmp_path: Path) -> None:
    store = DraftStore(tmp_path / "drafts", silent)
    draft = DRAFT.with_values({SEED: 2**53, TEXT: "é\n\ud800", IMAGE: PICTURE})
    draft = draft.with_seed_mode(SEED, SeedMode.RANDOM)
    store.save(draft)
    await store.close()
    stored = await DraftStore(tmp_path / "drafts", silent).load(draft.key)
    # The workflow is stored next to the drafts, once for all drafts with that workflow.
    assert stored == draft
    (path,) = drafts_in(tmp_path / "drafts")
    assert json.loads(path.read_text())["workflow"]


async def test_that_words_are_chosen_for_each_run_comes_back_without_any_edit(
    tmp_path: Path,
) -> None:
    store = DraftStore(tmp_path / "drafts", silent)
    draft = replace(DRAFT, dynamic_prompt_inputs=frozenset({TEXT}))
    store.save(draft)
    await store.close()
    assert await DraftStore(tmp_path / "drafts", silent).load(draft.key) == draft


async def test_a_file_keeps_the_deployment_it_was_bound_to(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    source = DraftSource("a.json", "/folder/\udce9.json")
    draft = replace(DRAFT, source=source).with_values({SEED: 5})
    store.save(draft)
    await store.close()
    stored = await DraftStore(tmp_path, silent).load(draft.key)
    assert stored is not None
    assert (stored.source, stored.deployment_id) == (source, "0b7e4c52")


async def test_that_a_file_runs_itself_is_kept_without_any_edit(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    draft = replace(DRAFT, source=DraftSource("a.json", "/a.json"), runs_file=True)
    store.save(draft)
    await store.close()
    stored = await DraftStore(tmp_path, silent).load(draft.key)
    assert stored is not None
    assert stored.runs_file


async def test_an_edit_is_stored_without_being_flushed(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    store.save(DRAFT.with_values({SEED: 5}))
    await wait_until(lambda: drafts_in(tmp_path))
    await store.close()


async def test_the_last_of_many_edits_is_the_one_stored(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    for seed in range(2, 200):
        store.save(DRAFT.with_values({SEED: seed}))
        await asyncio.sleep(0)
    await store.close()
    stored = await DraftStore(tmp_path, silent).load(DRAFT.key)
    assert stored is not None
    assert stored.changes == {SEED: 199}


async def test_an_untouched_draft_has_no_file(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    store.save(DRAFT.with_values({SEED: 5}))
    await store.flush()
    store.save(DRAFT)
    await store.close()
    assert drafts_in(tmp_path) == []
    assert await DraftStore(tmp_path, silent).load(DRAFT.key) is None


async def test_what_is_not_written_yet_is_loaded_already(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    draft = DRAFT.with_values({SEED: 5})
    store.save(draft)
    assert await store.load(draft.key) == draft
    await store.close()


async def written(folder: Path, text: str) -> Path:
    """Writes a draft, replaces its file's content with `text`, and returns the file's path."""
    store = DraftStore(folder, silent)
    store.save(DRAFT.with_values({SEED: 5}))
    await store.close()
    (path,) = drafts_in(folder)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        '{"key": "0b7e4c52", "changes": [], "seed_modes": 3, "source": null, "deployment_id": 4}',
        '{"key": "0b7e4c52", "changes": {"1": 2}, "seed_modes": {"31": {"seed": "odd"}}}',
    ],
)
async def test_odd_facts_are_left_out(tmp_path: Path, text: str) -> None:
    await written(tmp_path, text)
    stored = await DraftStore(tmp_path, silent).load(DRAFT.key)
    assert stored is not None
    assert (stored.changes, stored.seed_modes) == ({}, {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "\x00",
        "[" * 100_000,
        '{"key": "somebody else"}',
    ],
)
async def test_a_damaged_draft_is_set_aside_and_said(tmp_path: Path, text: str) -> None:
    path = await written(tmp_path, text)
    failures: list[Exception] = []
    store = DraftStore(tmp_path, failures.append)
    assert await store.load(DRAFT.key) is None
    aside = path.with_name(f"{path.stem}.broken-1.json")
    (problem,) = failures
    assert isinstance(problem, Problem)
    assert problem.sentence() == hostile_environments.DAMAGED_DRAFT.text_with(kept=aside)
    store.save(DRAFT.with_values({SEED: 7}))
    await store.close()
    assert aside.read_text() == text
    assert path.exists()


async def test_a_draft_that_is_no_file_is_said_and_left_alone(tmp_path: Path) -> None:
    path = await written(tmp_path, "")
    path.unlink()
    path.mkdir()
    failures: list[Exception] = []
    assert await DraftStore(tmp_path, failures.append).load(DRAFT.key) is None
    (problem,) = failures
    assert isinstance(problem, Problem)
    assert problem.detail == (
        "It is shown without them. It stays, under another name once you change something."
    )
    assert path.is_dir()


async def test_a_disk_that_refuses_is_told_once(tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    folder.write_text("in the way")
    failures: list[Exception] = []
    store = DraftStore(folder, failures.append)
    for seed in range(2, 6):
        store.save(DRAFT.with_values({SEED: seed}))
        await store.flush()
    assert len(failures) == 1
    folder.unlink()
    await store.close()
    stored = await DraftStore(folder, silent).load(DRAFT.key)
    assert stored is not None
    assert stored.changes == {SEED: 5}


def test_what_a_disk_refused_is_stored_by_itself_as_soon_as_there_is_room(tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    folder.write_text("in the way")

    async def body() -> None:
        failures: list[Exception] = []
        store = DraftStore(folder, failures.append)
        store.save(DRAFT.with_values({SEED: 77}))
        # Longer than any retry pause; no other change triggers a write.
        await asyncio.sleep(60)
        assert (len(failures), store.has_failed) == (1, True)
        folder.unlink()
        await asyncio.sleep(60)
        assert (store.has_failed, store.has_pending) == (False, False)
        stored = await DraftStore(folder, silent).load(DRAFT.key)
        assert stored is not None
        assert stored.changes == {SEED: 77}
        await store.close()

    run_virtually(body)


async def test_a_draft_of_a_newer_program_is_said_and_not_changed_by_a_byte(tmp_path: Path) -> None:
    path = await written(tmp_path, '{"key": "0b7e4c52", "format": 2, "changes": "of tomorrow"}')
    before = path.read_bytes()
    failures: list[Exception] = []
    store = DraftStore(tmp_path, failures.append)
    assert await store.load(DRAFT.key) is None
    (problem,) = failures
    assert isinstance(problem, Problem)
    assert problem.sentence() == hostile_environments.NEWER_DRAFT.expected_text
    store.save(DRAFT.with_values({SEED: 7}))
    store.save(DRAFT)
    await store.close()
    assert path.read_bytes() == before
    stored = await store.load(DRAFT.key)
    assert stored == DRAFT, "while the program runs, nothing is lost"


def renamed(stored: JsonObject) -> JsonObject:
    """Renames the changes, as a later version might do."""
    return {**stored, "changes": stored["values"]}


async def test_a_draft_of_an_older_program_is_taken_over_and_a_copy_is_kept(tmp_path: Path) -> None:
    text = '{"key": "0b7e4c52", "format": 1, "values": {"31": {"seed": 5}}}'
    path = await written(tmp_path, text)
    store = DraftStore(tmp_path, silent, (renamed,))
    stored = await store.load(DRAFT.key)
    assert stored is not None
    assert stored.changes == {SEED: 5}
    assert path.read_text() == text, "it is read only, so far"
    for seed in (6, 7):
        store.save(DRAFT.with_values({SEED: seed}))
        await store.flush()
    await store.close()
    assert path.with_name(f"{path.stem}.version-1.json").read_text() == text
    assert json.loads(path.read_text())["format"] == 2
    with_both = await DraftStore(tmp_path, silent, (renamed, renamed)).load("another")
    assert with_both is None


async def test_an_older_draft_that_was_removed_meanwhile_keeps_nothing_from_being_stored(
    tmp_path: Path,
) -> None:
    path = await written(tmp_path, '{"key": "0b7e4c52", "format": 1, "values": {}}')
    failures: list[Exception] = []
    store = DraftStore(tmp_path, failures.append, (renamed,))
    assert await store.load(DRAFT.key) is not None
    path.unlink()
    store.save(DRAFT.with_values({SEED: 6}))
    await store.close()
    assert failures == []
    assert json.loads(path.read_text())["format"] == 2
    assert drafts_in(tmp_path) == [path]


def lacks_a_name(stored: JsonObject) -> JsonObject:
    return {**stored, "source": stored["origin"]}


def returns_nothing(stored: JsonObject) -> JsonObject:
    return stored.get("origin")  # type: ignore[return-value]


@pytest.mark.parametrize("step", [lacks_a_name, returns_nothing])
async def test_an_older_draft_that_is_not_understood_is_said_and_set_aside(
    tmp_path: Path, step: Callable[[JsonObject], JsonObject]
) -> None:
    path = await written(tmp_path, '{"key": "0b7e4c52", "format": 1}')
    before, stored = path.read_bytes(), path.with_name(f"{path.stem}.broken-1.json")
    failures: list[Exception] = []
    newer = DraftStore(tmp_path, failures.append, migrations=(step,))
    assert await newer.load(DRAFT.key) is None
    assert [each.sentence() for each in failures if isinstance(each, Problem)] == [
        hostile_environments.DAMAGED_DRAFT.text_with(kept=stored)
    ]
    assert stored.read_bytes() == before


@pytest.mark.root
async def test_without_room_for_a_copy_an_older_draft_stays_as_it_is(tmp_path: Path) -> None:
    text = '{"key": "0b7e4c52", "format": 1, "values": {"31": {"seed": 5}}}'
    with small_disk(tmp_path / "disk") as disk:
        path = await written(disk.path, text)
        disk.fill()
        failures: list[Exception] = []
        store = DraftStore(disk.path, failures.append, (renamed,))
        assert await store.load(DRAFT.key) is not None
        store.save(DRAFT.with_values({SEED: 6}))
        await store.flush()
        assert path.read_text() == text
        assert len(failures) == 1
        disk.empty()
        await store.close()
        assert path.with_name(f"{path.stem}.version-1.json").read_text() == text
        assert json.loads(path.read_text())["changes"] == {"31": {"seed": 6}}


@pytest.mark.root
async def test_a_full_disk_leaves_a_large_draft_as_it_was_until_there_is_room(
    tmp_path: Path,
) -> None:
    picture = replace(PICTURE, size_bytes=20_000_000)
    draft = DRAFT.with_values({TEXT: "a word\n" * 700_000, IMAGE: picture})
    with small_disk(tmp_path / "disk", 16_384) as disk:
        failures: list[Exception] = []
        store = DraftStore(disk.path, failures.append)
        store.save(DRAFT.with_values({SEED: 6, IMAGE: picture}))
        await store.flush()
        (path,) = drafts_in(disk.path)
        before = path.read_bytes()
        disk.fill()
        for seed in range(3):
            store.save(draft.with_values({SEED: seed + 2}))
            await store.flush()
        assert path.read_bytes() == before
        assert len(failures) == 1
        disk.empty()
        await store.close()
        stored = await DraftStore(disk.path, failures.append).load(DRAFT.key)
        assert stored == draft.with_values({SEED: 4})
        assert len(failures) == 1


async def test_what_is_saved_while_the_disk_is_read_is_what_is_loaded(tmp_path: Path) -> None:
    before = DraftStore(tmp_path, silent)
    before.save(DRAFT.with_values({SEED: 5}))
    await before.close()
    store, newer = DraftStore(tmp_path, silent), DRAFT.with_values({SEED: 6})
    loading = asyncio.get_running_loop().create_task(store.load(DRAFT.key))
    await asyncio.sleep(0)
    store.save(newer)
    assert await loading == newer
    await store.close()


async def test_a_draft_loaded_without_its_workflow_keeps_the_copy_when_saved(
    tmp_path: Path,
) -> None:
    store = DraftStore(tmp_path, silent)
    draft = DRAFT.with_values({SEED: 5})
    store.save(draft)
    await store.close()
    for copy in (tmp_path / "workflows").iterdir():
        copy.unlink()
    later = DraftStore(tmp_path, silent)
    stored = await later.load(draft.key)
    assert stored is not None
    assert stored == replace(draft, workflow=Workflow({}))
    later.save(stored.with_values({TEXT: "b"}))
    await later.close()
    (path,) = drafts_in(tmp_path)
    assert json.loads(path.read_text())["count"] == 2


@pytest.mark.skipif(sys.platform == "win32", reason="no such rights")
async def test_a_draft_that_the_disk_did_not_give_is_never_written_over(tmp_path: Path) -> None:
    path = await written(tmp_path, '{"key": "0b7e4c52", "changes": {"31": {"seed": 5}}}')
    whole = path.read_bytes()
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(path)
    failures: list[Exception] = []
    store = DraftStore(tmp_path, failures.append)
    assert await store.load(DRAFT.key) is None
    assert len(failures) == 1
    # The disk is readable again before the next edit.
    path.unlink()
    elsewhere.rename(path)
    store.save(DRAFT.with_values({SEED: 7}))
    await store.close()
    assert path.with_name(f"{path.stem}.broken-1.json").read_bytes() == whole
    stored = await DraftStore(tmp_path, silent).load(DRAFT.key)
    assert stored is not None
    assert stored.changes == {SEED: 7}


async def test_a_draft_too_large_to_be_read_again_is_told_and_the_earlier_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[Exception] = []
    store = DraftStore(tmp_path, failures.append)
    store.save(DRAFT.with_values({SEED: 5}))
    await store.flush()
    monkeypatch.setattr(drafts, "MAX_BYTES", 2000)
    store.save(DRAFT.with_values({SEED: 6, InputKey("31", "text"): "x" * 2000}))
    await store.flush()
    assert len(failures) == 1
    stored = await DraftStore(tmp_path, silent).load(DRAFT.key)
    assert stored is not None
    assert stored.changes == {SEED: 5}
    store.save(DRAFT.with_values({SEED: 7}))
    await store.close()
    stored = await DraftStore(tmp_path, silent).load(DRAFT.key)
    assert stored is not None
    assert stored.changes == {SEED: 7}
