"""A draft that loads slowly, overtaken by a newer deployment record or a later action."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.draft_harness import FLUX, KONTEXT, SEED, DraftHarness, open_draft_harness, write
from tests.support.emulated_connection import EmulatedConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.drafts.draft import Draft


def one_is_late(harness: DraftHarness, late_key: str) -> tuple[asyncio.Event, asyncio.Event]:
    """Delays this draft; returns the events that it was requested and that it may continue."""
    load, asked, go_on = harness.store.load, asyncio.Event(), asyncio.Event()

    async def late(key: str) -> Draft | None:
        found = await load(key)
        if key == late_key:
            asked.set()
            await go_on.wait()
        return found

    harness.store.load = late  # type: ignore[method-assign]
    return asked, go_on


@asynccontextmanager
async def pending_draft(folder: Path) -> AsyncIterator[tuple[DraftHarness, str, asyncio.Event]]:
    """Yields a harness with a deployment's first draft open, the key of its further draft, which is
    being loaded, and the event that lets that load continue."""
    async with open_draft_harness(folder) as harness:
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft.deployment_id == KONTEXT)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        harness.drafts.create()
        further = harness.draft.key
        harness.draft_editor.edit({SEED: 6}, "Seed")
        harness.drafts.open(KONTEXT)
    async with open_draft_harness(folder) as harness:
        assert harness.draft.key == KONTEXT
        asked, go_on = one_is_late(harness, further)
        harness.drafts.open(further)
        await asked.wait()
        yield harness, further, go_on


async def test_a_record_that_came_meanwhile_is_not_put_back(tmp_path: Path) -> None:
    async with pending_draft(tmp_path) as (parts, key, go_on):
        remote = parts.connection.backend.deployments[KONTEXT]
        remote.workflow_version = "v99"
        remote.updated_at = "2027-01-01T00:00:00+00:00"
        parts.catalogue.refresh()
        await wait_until(lambda: parts.draft.source.workflow_version == "v99")
        go_on.set()
        await wait_until(lambda: parts.draft.key == key)
        assert parts.draft.changes == {SEED: 6}
        assert parts.draft.source.workflow_version == "v99"
        record = parts.draft_editor.record_of(KONTEXT)
        assert record is not None
        assert record.workflow_version == "v99"


@pytest.mark.parametrize("deployment_id", [KONTEXT, FLUX])
async def test_a_deployment_that_is_asked_for_later_is_shown(
    tmp_path: Path, deployment_id: str
) -> None:
    async with pending_draft(tmp_path) as (parts, key, go_on):
        recorded: list[str] = []
        parts.draft_editor.changed.subscribe(lambda _state: recorded.append(parts.draft.key))
        parts.catalogue.open(deployment_id)
        assert parts.drafts.state.opening_key == ""
        go_on.set()
        await wait_until(lambda: not parts.catalogue.state.opening_id)
        await wait_until_stable(lambda: len(recorded))
        assert parts.draft.key == deployment_id
        assert key not in recorded


async def test_a_deployment_that_is_read_again_by_itself_is_no_later_request(
    tmp_path: Path,
) -> None:
    async with pending_draft(tmp_path) as (parts, key, go_on):
        parts.connection.backend.deployments[KONTEXT].updated_at = "2027-01-01T00:00:00+00:00"
        parts.catalogue.refresh()
        await wait_until(
            lambda: parts.connection.calls.count(f"/prod/v2/deployments/{KONTEXT}") >= 2
        )
        await wait_until(lambda: not parts.catalogue.state.opening_id)
        go_on.set()
        await wait_until(lambda: parts.draft.key == key)


async def test_a_deployment_is_shown_that_is_asked_for_while_a_draft_of_a_file_is_on_its_way(
    tmp_path: Path,
) -> None:
    path, connection = write(tmp_path / "bike.json"), EmulatedConnection()
    async with open_draft_harness(tmp_path, connection) as harness:
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft.deployment_id == KONTEXT)
        await harness.open_file(path)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        key = harness.draft.key
        harness.drafts.open(KONTEXT)
        await wait_until(lambda: harness.draft.key == KONTEXT)
    async with open_draft_harness(tmp_path, connection) as harness:
        assert harness.row("bike.json").deployment_id == KONTEXT
        asked, go_on = one_is_late(harness, key)
        connection.hold(FLUX)
        harness.drafts.open(key)
        await asked.wait()
        recorded: list[str] = []
        harness.draft_editor.changed.subscribe(lambda _state: recorded.append(harness.draft.key))
        harness.catalogue.open(FLUX)
        assert harness.drafts.state.opening_key == ""
        go_on.set()
        await wait_until_stable(lambda: len(recorded))
        connection.release()
        await wait_until(lambda: not harness.catalogue.state.opening_id)
        assert harness.draft.key == FLUX
        assert key not in recorded
