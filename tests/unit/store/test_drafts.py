"""Drafts: the last edit is on disk, the file goes when nothing is changed any more."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.draft import Draft, SeedMode, Source
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.workflow import InputKey, Node, Workflow
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

SEED, TEXT, IMAGE = InputKey("31", "seed"), InputKey("192:6", "text"), InputKey("9", "image")
WORKFLOW = Workflow(
    {
        "31": Node("31", "KSampler", "", {"seed": 1}),
        "192:6": Node("192:6", "CLIPTextEncode", "", {"text": "a"}),
        "9": Node("9", "LoadImage", "", {"image": "a.png"}),
    }
)
DRAFT = Draft(WORKFLOW, Source("bike", workflow_version="v3"), "0b7e4c52")
PICTURE = MediaFile("bike.png", "ab.png", "ab", "image/png", 10, 3, 2, send_large=True)


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
    kept = await DraftStore(tmp_path / "drafts", silent).load(draft.key)
    assert kept == replace(draft, workflow=Workflow({}))
    (path,) = drafts_in(tmp_path / "drafts")
    assert "workflow" not in json.loads(path.read_text())


async def test_a_file_keeps_the_deployment_it_was_bound_to(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    source = Source("a.json", "/folder/\udce9.json")
    draft = replace(DRAFT, source=source).with_values({SEED: 5})
    store.save(draft)
    await store.close()
    kept = await DraftStore(tmp_path, silent).load(draft.key)
    assert kept is not None
    assert (kept.source, kept.deployment_id) == (source, "0b7e4c52")


async def test_that_a_file_runs_itself_is_kept_without_any_edit(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    draft = replace(DRAFT, source=Source("a.json", "/a.json"), runs_file=True)
    store.save(draft)
    await store.close()
    kept = await DraftStore(tmp_path, silent).load(draft.key)
    assert kept is not None
    assert kept.runs_file


async def test_an_edit_is_stored_without_being_flushed(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    store.save(DRAFT.with_values({SEED: 5}))
    await until(lambda: drafts_in(tmp_path))
    await store.close()


async def test_the_last_of_many_edits_is_the_one_stored(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    for seed in range(2, 200):
        store.save(DRAFT.with_values({SEED: seed}))
        await asyncio.sleep(0)
    await store.close()
    kept = await DraftStore(tmp_path, silent).load(DRAFT.key)
    assert kept is not None
    assert kept.changes == {SEED: 199}


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


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"key": "somebody else"}',
        "\x00",
        '{"key": "0b7e4c52", "changes": [], "seed_modes": 3, "source": null, "deployment_id": 4}',
        '{"key": "0b7e4c52", "changes": {"1": 2}, "seed_modes": {"31": {"seed": "odd"}}}',
    ],
)
async def test_a_broken_file_is_no_draft_or_an_empty_one(tmp_path: Path, text: str) -> None:
    store = DraftStore(tmp_path, silent)
    store.save(DRAFT.with_values({SEED: 5}))
    await store.close()
    (path,) = drafts_in(tmp_path)
    path.write_text(text)
    kept = await DraftStore(tmp_path, silent).load(DRAFT.key)
    assert kept is None or (kept.changes == {} and kept.seed_modes == {})


async def test_a_disk_that_refuses_is_told_once(tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    folder.write_text("in the way")
    told: list[Exception] = []
    store = DraftStore(folder, told.append)
    for seed in range(2, 6):
        store.save(DRAFT.with_values({SEED: seed}))
        await store.flush()
    assert len(told) == 1
    folder.unlink()
    await store.close()
    kept = await DraftStore(folder, silent).load(DRAFT.key)
    assert kept is not None
    assert kept.changes == {SEED: 5}
