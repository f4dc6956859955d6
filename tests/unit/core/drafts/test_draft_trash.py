"""Deleting drafts when the disk refuses: nothing is lost, and the reason is shown."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.base.notices import Notice, Notices
from runcomfy_desktop.core.drafts.draft_rows import DraftRow, DraftSourceKind
from runcomfy_desktop.core.drafts.draft_trash import DraftTrash
from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.drafts.orphaned_values import OrphanedValue
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow
from runcomfy_desktop.store.draft_summaries import draft_path
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

SEED = InputKey("31", "seed")
WORKFLOW = Workflow({"31": Node("31", "KSampler", "", {"seed": 1})})
DRAFT = Draft(WORKFLOW, DraftSource("a.json", "/x/a.json"))
ROW = DraftRow(DRAFT.key, "Blue", "a.json", DraftSourceKind.FILE, path="/x/a.json")


async def test_a_disk_that_refuses_leaves_the_draft_where_it_is(tmp_path: Path) -> None:
    draft_editor, shown_notices = DraftEditor(), list[Notice]()
    notices = Notices()
    notices.listen(shown_notices.append)
    store = DraftStore(tmp_path, notices.post_failure)
    draft_editor.edited.subscribe(store.save)
    draft_editor.open_draft(DRAFT)
    draft_editor.edit({SEED: 5}, "Seed")
    await store.flush()
    (tmp_path / "deleted").write_text("in the way")
    drafts = DraftTrash(draft_editor, store, notices)
    with pytest.raises(Problem):
        await drafts.delete([ROW])
    stored = await DraftStore(tmp_path, notices.post_failure).load(DRAFT.key)
    assert stored is not None
    assert stored.changes == {SEED: 5}
    assert draft_editor.open_drafts[DRAFT.key].draft.changes == {SEED: 5}


async def test_a_disk_that_refuses_one_of_several_leaves_them_all(tmp_path: Path) -> None:
    draft_editor, notices = DraftEditor(), Notices()
    store = DraftStore(tmp_path, notices.post_failure)
    draft_editor.edited.subscribe(store.save)
    draft_editor.open_draft(DRAFT)
    draft_editor.edit({SEED: 5}, "Seed")
    others = [replace(DRAFT.with_values({SEED: 6}), draft_id=each) for each in "bc"]
    for other in others:
        store.save(other)
    await store.flush()
    # The last draft cannot be moved to the trash.
    (draft_path(tmp_path / "deleted", others[-1].key) / "in the way").mkdir(parents=True)
    drafts = DraftTrash(draft_editor, store, notices)
    keys = [DRAFT.key, *(other.key for other in others)]
    with pytest.raises(Problem):
        await drafts.delete([replace(ROW, key=key) for key in keys])
    await store.close()
    later = DraftStore(tmp_path, notices.post_failure)
    stored = [await later.load(key) for key in keys]
    assert [each and each.changes for each in stored] == [{SEED: 5}, {SEED: 6}, {SEED: 6}]


async def test_what_is_typed_while_a_draft_is_deleted_has_its_place(tmp_path: Path) -> None:
    draft_editor, notices = DraftEditor(), Notices()
    store = DraftStore(tmp_path, notices.post_failure)
    draft_editor.edited.subscribe(store.save)
    draft_editor.open_draft(DRAFT)
    draft_editor.edit({SEED: 5}, "Seed")
    typed = [6, 7]

    def settle(_nothing: None) -> None:
        if typed and DRAFT.key in draft_editor.open_drafts:
            draft_editor.edit({SEED: typed.pop(0)}, "Seed")

    draft_editor.commit_requested.subscribe(settle)
    drafts = DraftTrash(draft_editor, store, notices)
    taken = await drafts.delete([ROW])
    assert draft_editor.state.draft is not None
    assert draft_editor.state.draft.changes == {}
    await store.close()
    assert (await store.summaries()).summaries == ()
    # The values typed in the empty draft keep its place; the restored draft gets another one.
    (back,) = await drafts.restore(taken, [])
    await store.close()
    for key, seed in ((DRAFT.key, 7), (back.key, 6)):
        stored = await DraftStore(tmp_path, notices.post_failure).load(key)
        assert stored is not None
        assert stored.changes == {SEED: seed}


async def test_what_is_typed_in_the_empty_draft_while_the_disk_is_slow_is_stored(
    tmp_path: Path,
) -> None:
    draft_editor, notices, loop = DraftEditor(), Notices(), asyncio.get_running_loop()
    store = DraftStore(tmp_path, notices.post_failure)
    draft_editor.edited.subscribe(store.save)
    draft_editor.open_draft(DRAFT)
    draft_editor.edit({SEED: 5}, "Seed")
    disk, go_on = ThreadPoolExecutor(1), threading.Event()
    loop.set_default_executor(disk)

    def settle(_nothing: None) -> None:
        # The draft is moved to the trash while the disk thread is busy.
        disk.submit(go_on.wait, 10)

    draft_editor.commit_requested.subscribe(settle)
    deleting = loop.create_task(DraftTrash(draft_editor, store, notices).delete([ROW]))
    await wait_until(
        lambda: draft_editor.state.draft is not None and not draft_editor.state.draft.changes
    )
    draft_editor.edit({SEED: 9}, "Seed")
    go_on.set()
    await deleting
    await store.close()
    later = DraftStore(tmp_path, notices.post_failure)
    stored, deleted = await later.load(DRAFT.key), await later.restore(DRAFT.key)
    assert stored is not None
    assert deleted is not None
    assert (stored.changes, deleted.changes) == ({SEED: 9}, {SEED: 5})


async def test_one_or_many_are_told_by_name_or_number(tmp_path: Path) -> None:
    shown_notices: list[Notice] = []
    notices = Notices()
    notices.listen(shown_notices.append)
    drafts = DraftTrash(DraftEditor(), DraftStore(tmp_path, notices.post_failure), notices)
    drafts.notify_deleted([ROW], lambda: None)
    drafts.notify_deleted([ROW, ROW], lambda: None)
    assert [each.title for each in shown_notices] == [
        "The draft Blue is deleted.",
        "2 drafts are deleted.",
    ]
    assert {each.action_text for each in shown_notices} == {"Undo"}


async def test_what_has_no_place_in_the_empty_draft_meanwhile_is_not_lost(tmp_path: Path) -> None:
    draft_editor, notices = DraftEditor(), Notices()
    store = DraftStore(tmp_path, notices.post_failure)
    draft_editor.edited.subscribe(store.save)
    draft_editor.open_draft(DRAFT)
    draft_editor.edit({SEED: 5}, "Seed")
    drafts = DraftTrash(draft_editor, store, notices)
    taken = await drafts.delete([ROW])
    left = (OrphanedValue(InputKey("9", "text"), "typed", "CLIPTextEncode"),)
    draft_editor.open_draft(DRAFT)
    draft_editor.replace_draft(replace(DRAFT, orphaned=left), "What a change of the workflow left")
    [back] = await drafts.restore(taken, ())
    assert back.changes == {SEED: 5}
    assert draft_editor.open_drafts[DRAFT.key].draft.orphaned == left
    await store.flush()
    stored = [
        await DraftStore(tmp_path, notices.post_failure).load(key) for key in (DRAFT.key, back.key)
    ]
    assert [each and each.orphaned for each in stored] == [left, ()]


async def test_a_disk_that_refuses_the_second_odd_file_leaves_both(tmp_path: Path) -> None:
    notices = Notices()
    store = DraftStore(tmp_path, notices.post_failure)
    names = [f"{letter * 64}.json" for letter in "ab"]
    for name in names:
        (tmp_path / name).write_text("{")
    (tmp_path / "deleted" / names[1] / "in the way").mkdir(parents=True)
    rows = [DraftRow(name, name, "", DraftSourceKind.UNKNOWN) for name in names]
    with pytest.raises(Problem):
        await DraftTrash(DraftEditor(), store, notices).delete(rows)
    assert [(tmp_path / name).read_text() for name in names] == ["{", "{"]
