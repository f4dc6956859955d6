"""What of drafts is still to be written: stored edits, and deeds on stored drafts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.drafts.pending_draft_writes import PendingDraftWrites
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

DRAFT = Draft(Workflow({}), DraftSource("x"), "dep", {InputKey("31", "seed"): 7})


def ignore(_error: Exception) -> None:
    """Nobody is told."""


async def test_an_edit_is_written_at_once_when_it_is_in_a_hurry(tmp_path: Path) -> None:
    store, received = DraftStore(tmp_path, ignore), list[bool]()
    writes = PendingDraftWrites(store, Tasks(), Tasks())
    received.append(writes.has_pending)
    store.save(DRAFT)
    received.append(writes.has_pending)
    writes.call_when_flushed(lambda: received.append(writes.has_pending))
    await wait_until(lambda: len(received) == 3)
    assert received == [False, True, False]
    await store.close()


async def test_it_waits_for_an_action_and_for_what_that_writes(tmp_path: Path) -> None:
    store, deeds, go_on, received = (
        DraftStore(tmp_path, ignore),
        Tasks(),
        asyncio.Event(),
        list[bool](),
    )
    writes = PendingDraftWrites(store, deeds, Tasks())

    async def action() -> None:
        await go_on.wait()
        store.save(DRAFT)

    deeds.start("rename", action())
    assert writes.has_pending
    writes.call_when_flushed(lambda: received.append(writes.has_pending))
    go_on.set()
    await wait_until(lambda: received)
    assert received == [False]
    assert await DraftStore(tmp_path, ignore).load(DRAFT.key) is not None


async def test_what_the_disk_refuses_leaves_it_behind(tmp_path: Path) -> None:
    folder, received = tmp_path / "drafts", list[bool]()
    folder.write_text("in the way")
    store = DraftStore(folder, ignore)
    writes = PendingDraftWrites(store, Tasks(), Tasks())
    store.save(DRAFT)
    received.append(writes.would_lose_changes)
    writes.call_when_flushed(lambda: received.append(writes.would_lose_changes))
    await wait_until(lambda: len(received) == 2)
    assert received == [False, True]
    assert writes.has_pending
    await store.close()
