"""What of drafts is still to be written: stored edits, and deeds on stored drafts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runcomfy_desktop.core.draft_writes import DraftWrites
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.domain.draft import Draft, Source
from runcomfy_desktop.domain.workflow import InputKey, Workflow
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

DRAFT = Draft(Workflow({}), Source("x"), "dep", {InputKey("31", "seed"): 7})


def ignore(_error: Exception) -> None:
    """Nobody is told."""


async def test_an_edit_is_written_at_once_when_it_is_in_a_hurry(tmp_path: Path) -> None:
    store, heard = DraftStore(tmp_path, ignore), list[bool]()
    writes = DraftWrites(store, Tasks(), Tasks())
    heard.append(writes.is_waiting)
    store.save(DRAFT)
    heard.append(writes.is_waiting)
    writes.hurry(lambda: heard.append(writes.is_waiting))
    await until(lambda: len(heard) == 3)
    assert heard == [False, True, False]
    await store.close()


async def test_it_waits_for_a_deed_and_for_what_that_writes(tmp_path: Path) -> None:
    store, deeds, go_on, heard = (
        DraftStore(tmp_path, ignore),
        Tasks(),
        asyncio.Event(),
        list[bool](),
    )
    writes = DraftWrites(store, deeds, Tasks())

    async def deed() -> None:
        await go_on.wait()
        store.save(DRAFT)

    deeds.start("rename", deed())
    assert writes.is_waiting
    writes.hurry(lambda: heard.append(writes.is_waiting))
    go_on.set()
    await until(lambda: heard)
    assert heard == [False]
    assert await DraftStore(tmp_path, ignore).load(DRAFT.key) is not None


async def test_what_the_disk_refuses_leaves_it_behind(tmp_path: Path) -> None:
    folder, heard = tmp_path / "drafts", list[bool]()
    folder.write_text("in the way")
    store = DraftStore(folder, ignore)
    writes = DraftWrites(store, Tasks(), Tasks())
    store.save(DRAFT)
    heard.append(writes.is_behind)
    writes.hurry(lambda: heard.append(writes.is_behind))
    await until(lambda: len(heard) == 2)
    assert heard == [False, True]
    assert writes.is_waiting
    await store.close()
