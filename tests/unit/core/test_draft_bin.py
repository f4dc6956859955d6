"""Deleting drafts when the disk refuses: nothing is gone then, and it is said in words."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.draft_bin import DraftBin
from runcomfy_desktop.core.draft_rows import Belonging, DraftRow
from runcomfy_desktop.core.notices import Notice, Notices
from runcomfy_desktop.core.workbench import Workbench
from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.left_values import LeftValue
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.domain.workflow import InputKey, Node, Workflow
from runcomfy_desktop.store.draft_heads import draft_file
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

SEED = InputKey("31", "seed")
WORKFLOW = Workflow({"31": Node("31", "KSampler", "", {"seed": 1})})
DRAFT = Draft(WORKFLOW, Source("a.json", "/x/a.json"))
ROW = DraftRow(DRAFT.key, "Blue", "a.json", Belonging.FILE, path="/x/a.json")


async def test_a_disk_that_refuses_leaves_the_draft_where_it_is(tmp_path: Path) -> None:
    bench, told = Workbench(), list[Notice]()
    notices = Notices()
    notices.listen(told.append)
    store = DraftStore(tmp_path, notices.failure)
    bench.edited.subscribe(store.save)
    bench.open_draft(DRAFT)
    bench.edit({SEED: 5}, "Seed")
    await store.flush()
    (tmp_path / "deleted").write_text("in the way")
    drafts = DraftBin(bench, store, notices)
    with pytest.raises(Problem):
        await drafts.take_out([ROW])
    kept = await DraftStore(tmp_path, notices.failure).load(DRAFT.key)
    assert kept is not None
    assert kept.changes == {SEED: 5}
    assert bench.pages[DRAFT.key].draft.changes == {SEED: 5}


async def test_a_disk_that_refuses_one_of_several_leaves_them_all(tmp_path: Path) -> None:
    bench, notices = Workbench(), Notices()
    store = DraftStore(tmp_path, notices.failure)
    bench.edited.subscribe(store.save)
    bench.open_draft(DRAFT)
    bench.edit({SEED: 5}, "Seed")
    others = [replace(DRAFT.with_values({SEED: 6}), draft_id=each) for each in "bc"]
    for other in others:
        store.save(other)
    await store.flush()
    # The last of them cannot be moved there.
    (draft_file(tmp_path / "deleted", others[-1].key) / "in the way").mkdir(parents=True)
    drafts = DraftBin(bench, store, notices)
    keys = [DRAFT.key, *(other.key for other in others)]
    with pytest.raises(Problem):
        await drafts.take_out([replace(ROW, key=key) for key in keys])
    await store.close()
    later = DraftStore(tmp_path, notices.failure)
    kept = [await later.load(key) for key in keys]
    assert [each and each.changes for each in kept] == [{SEED: 5}, {SEED: 6}, {SEED: 6}]


async def test_what_is_typed_while_a_draft_is_deleted_has_its_place(tmp_path: Path) -> None:
    bench, notices = Workbench(), Notices()
    store = DraftStore(tmp_path, notices.failure)
    bench.edited.subscribe(store.save)
    bench.open_draft(DRAFT)
    bench.edit({SEED: 5}, "Seed")
    typed = [6, 7]

    def settle(_nothing: None) -> None:
        if typed and DRAFT.key in bench.pages:
            bench.edit({SEED: typed.pop(0)}, "Seed")

    bench.settling.subscribe(settle)
    drafts = DraftBin(bench, store, notices)
    taken = await drafts.take_out([ROW])
    assert bench.state.draft is not None
    assert bench.state.draft.changes == {}
    await store.close()
    assert (await store.heads()).heads == ()
    # What is typed in the empty one by then has the place, and the other stands beside.
    (back,) = await drafts.put_back(taken, [])
    await store.close()
    for key, seed in ((DRAFT.key, 7), (back.key, 6)):
        kept = await DraftStore(tmp_path, notices.failure).load(key)
        assert kept is not None
        assert kept.changes == {SEED: seed}


async def test_what_is_typed_in_the_empty_draft_while_the_disk_is_slow_is_stored(
    tmp_path: Path,
) -> None:
    bench, notices, loop = Workbench(), Notices(), asyncio.get_running_loop()
    store = DraftStore(tmp_path, notices.failure)
    bench.edited.subscribe(store.save)
    bench.open_draft(DRAFT)
    bench.edit({SEED: 5}, "Seed")
    disk, go_on = ThreadPoolExecutor(1), threading.Event()
    loop.set_default_executor(disk)

    def settle(_nothing: None) -> None:
        # The draft is put away, and the disk has something else to do for a while.
        disk.submit(go_on.wait, 10)

    bench.settling.subscribe(settle)
    deleting = loop.create_task(DraftBin(bench, store, notices).take_out([ROW]))
    await until(lambda: bench.state.draft is not None and not bench.state.draft.changes)
    bench.edit({SEED: 9}, "Seed")
    go_on.set()
    await deleting
    await store.close()
    later = DraftStore(tmp_path, notices.failure)
    kept, deleted = await later.load(DRAFT.key), await later.restore(DRAFT.key)
    assert kept is not None
    assert deleted is not None
    assert (kept.changes, deleted.changes) == ({SEED: 9}, {SEED: 5})


async def test_one_or_many_are_told_by_name_or_number(tmp_path: Path) -> None:
    told: list[Notice] = []
    notices = Notices()
    notices.listen(told.append)
    drafts = DraftBin(Workbench(), DraftStore(tmp_path, notices.failure), notices)
    drafts.tell([ROW], lambda: None)
    drafts.tell([ROW, ROW], lambda: None)
    assert [each.title for each in told] == ["The draft Blue is deleted.", "2 drafts are deleted."]
    assert {each.action_text for each in told} == {"Undo"}


async def test_what_has_no_place_in_the_empty_draft_meanwhile_is_not_lost(tmp_path: Path) -> None:
    bench, notices = Workbench(), Notices()
    store = DraftStore(tmp_path, notices.failure)
    bench.edited.subscribe(store.save)
    bench.open_draft(DRAFT)
    bench.edit({SEED: 5}, "Seed")
    drafts = DraftBin(bench, store, notices)
    taken = await drafts.take_out([ROW])
    left = (LeftValue(InputKey("9", "text"), "typed", "CLIPTextEncode"),)
    bench.open_draft(DRAFT)
    bench.take(replace(DRAFT, left=left), "What a change of the workflow left")
    [back] = await drafts.put_back(taken, ())
    assert back.changes == {SEED: 5}
    assert bench.pages[DRAFT.key].draft.left == left
    await store.flush()
    kept = [await DraftStore(tmp_path, notices.failure).load(key) for key in (DRAFT.key, back.key)]
    assert [each and each.left for each in kept] == [left, ()]


async def test_a_disk_that_refuses_the_second_odd_file_leaves_both(tmp_path: Path) -> None:
    notices = Notices()
    store = DraftStore(tmp_path, notices.failure)
    names = [f"{letter * 64}.json" for letter in "ab"]
    for name in names:
        (tmp_path / name).write_text("{")
    (tmp_path / "deleted" / names[1] / "in the way").mkdir(parents=True)
    rows = [DraftRow(name, name, "", Belonging.NOTHING) for name in names]
    with pytest.raises(Problem):
        await DraftBin(Workbench(), store, notices).take_out(rows)
    assert [(tmp_path / name).read_text() for name in names] == ["{", "{"]
