"""Deleted drafts and their workflows can be restored; the latest are kept longest."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow
from runcomfy_desktop.store.draft_summaries import draft_path
from runcomfy_desktop.store.drafts import DraftStore

if TYPE_CHECKING:
    from pathlib import Path

SEED = InputKey("31", "seed")
WORKFLOW = Workflow({"31": Node("31", "KSampler", "", {"seed": 1})})
DRAFT = Draft(WORKFLOW, DraftSource("bike", workflow_version="v3"), "0b7e4c52")
LONG_AGO_S = 1_700_000_000


def silent(_error: Exception) -> None:
    raise AssertionError("nothing was expected to fail")


def drafts_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.json"))


async def all_deleted(store: DraftStore, count: int) -> list[str]:
    """Saves `count` drafts, the last one with an old time, and deletes them in sequence."""
    drafts = [replace(DRAFT.with_values({SEED: 5}), draft_id=f"{at}") for at in range(count)]
    for draft in drafts:
        store.save(draft)
    await store.flush()
    os.utime(draft_path(store.folder, drafts[-1].key), (LONG_AGO_S, LONG_AGO_S))
    for draft in drafts:
        await store.discard(draft.key)
    return [draft.key for draft in drafts]


async def test_a_draft_that_was_taken_out_can_be_had_back(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    draft = DRAFT.with_values({SEED: 5})
    store.save(draft)
    await store.discard(draft.key)
    assert (await store.summaries()).summaries == ()
    assert await store.load(draft.key) is None
    assert await store.restore(draft.key) == draft
    again = DraftStore(tmp_path, silent)
    assert await again.restore(draft.key) == draft
    again.save(draft)
    assert [head.key for head in (await again.summaries()).summaries] == [draft.key]


async def test_a_workflow_is_kept_as_long_as_a_draft_is_of_it(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    draft = DRAFT.with_values({SEED: 5})
    store.save(draft)
    store.save(replace(draft, draft_id="b"))
    await store.flush()
    copies = tmp_path / "workflows"
    assert len(list(copies.iterdir())) == 1
    await store.discard("draft:b")
    later = DraftStore(tmp_path, silent)
    await later.summaries()
    assert len(list(copies.iterdir())) == 1
    for path in (*drafts_in(tmp_path), *drafts_in(tmp_path / "deleted")):
        path.unlink()
    await later.summaries()
    assert list(copies.iterdir()) == []


async def test_a_copy_that_cannot_be_written_never_holds_up_the_changes(tmp_path: Path) -> None:
    (tmp_path / "workflows").write_text("in the way")
    store = DraftStore(tmp_path, silent)
    store.save(DRAFT.with_values({SEED: 5}))
    await store.close()
    stored = await DraftStore(tmp_path, silent).load(DRAFT.key)
    assert stored is not None
    assert stored.changes == {SEED: 5}


async def test_a_damaged_file_is_taken_out_and_put_back_as_it_is(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    path = tmp_path / f"{'a' * 64}.json"
    path.write_text("{")
    await store.discard_file(path.name)
    assert (await store.summaries()).unreadable == ()
    await store.restore_file(path.name)
    assert path.read_text() == "{"


async def test_the_draft_deleted_last_is_kept_longest(tmp_path: Path) -> None:
    keys = await all_deleted(DraftStore(tmp_path, silent), 21)
    later = DraftStore(tmp_path, silent)
    await later.summaries()
    gone = [key for key in keys if await later.restore(key) is None]
    assert gone == keys[:1]


@pytest.mark.parametrize("names", [range(21), range(20, -1, -1)])
async def test_drafts_deleted_at_the_same_time_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: range
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: LONG_AGO_S * 10**9)
    store = DraftStore(tmp_path, silent)
    drafts = [replace(DRAFT.with_values({SEED: 5}), draft_id=f"{name:02}") for name in names]
    for draft in drafts:
        store.save(draft)
    await store.flush()
    for draft in drafts:
        await store.discard(draft.key)
    later = DraftStore(tmp_path, silent)
    await later.summaries()
    gone = [draft for draft in drafts if await later.restore(draft.key) is None]
    assert gone == drafts[:1]


async def test_what_was_deleted_since_the_start_can_all_be_had_back(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    keys = await all_deleted(store, 25)
    # Deleting a deployment lists the drafts again while Undo is still offered.
    await store.summaries()
    stored = [await store.restore(key) for key in keys]
    assert [draft and draft.workflow for draft in stored] == [WORKFLOW] * 25


async def test_a_file_that_could_not_be_read_is_kept_as_long_as_a_draft(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, silent)
    keys = await all_deleted(store, 20)
    store.save(DRAFT.with_values({SEED: 6}))
    await store.flush()
    path = draft_path(tmp_path, DRAFT.key)
    os.utime(path, (LONG_AGO_S, LONG_AGO_S))
    await store.discard_file(path.name)
    later = DraftStore(tmp_path, silent)
    await later.summaries()
    assert (await later.restore(DRAFT.key)) is not None
    assert [key for key in keys if await later.restore(key) is None] == keys[:1]


async def test_a_file_that_could_not_be_read_can_be_had_back_since_the_start(
    tmp_path: Path,
) -> None:
    store = DraftStore(tmp_path, silent)
    store.save(DRAFT.with_values({SEED: 6}))
    await store.flush()
    path = draft_path(tmp_path, DRAFT.key)
    await store.discard_file(path.name)
    await all_deleted(store, 25)
    await store.summaries()
    await store.restore_file(path.name)
    assert await DraftStore(tmp_path, silent).load(DRAFT.key) is not None
