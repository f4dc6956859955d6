"""Workflow copies are cleaned up on one thread while drafts are written on another."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow
from runcomfy_desktop.store.drafts import DraftStore
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from pathlib import Path

SEED = InputKey("31", "seed")
WORKFLOW = Workflow({"31": Node("31", "KSampler", "", {"seed": 1})})


async def test_a_copy_that_is_made_while_copies_are_tidied_stays(tmp_path: Path) -> None:
    store = DraftStore(tmp_path, print)
    looked, go_on, tidy = threading.Event(), threading.Event(), store._workflows.remove_unused

    def late(needed: frozenset[str]) -> None:
        looked.set()
        go_on.wait(10)
        tidy(needed)

    store._workflows.remove_unused = late  # type: ignore[method-assign]
    listing = asyncio.ensure_future(store.summaries())
    await wait_until(looked.is_set)
    draft = Draft(WORKFLOW, DraftSource("a"), "d").with_values({SEED: 5})
    store.save(draft)
    await store.flush()
    go_on.set()
    await listing
    await store.close()
    assert await DraftStore(tmp_path, print).load(draft.key) == draft
