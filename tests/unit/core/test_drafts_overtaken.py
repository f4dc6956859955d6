"""A draft that the disk is slow to give, and what came meanwhile: a newer record, a later wish."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.draft_house import FLUX, KONTEXT, SEED, House, house, write
from tests.support.line import Line
from tests.support.until import settled, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Draft


def one_is_late(parts: House, late_key: str) -> tuple[asyncio.Event, asyncio.Event]:
    """The disk gives this draft late: the event that says it was asked, and that lets it go on."""
    load, asked, go_on = parts.store.load, asyncio.Event(), asyncio.Event()

    async def late(key: str) -> Draft | None:
        found = await load(key)
        if key == late_key:
            asked.set()
            await go_on.wait()
        return found

    parts.store.load = late  # type: ignore[method-assign]
    return asked, go_on


@asynccontextmanager
async def further_on_its_way(folder: Path) -> AsyncIterator[tuple[House, str, asyncio.Event]]:
    """A house with a deployment's first draft in view, the key of its further one, which was asked
    for, and the event upon which the disk gives that."""
    async with house(folder) as parts:
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.draft.deployment_id == KONTEXT)
        parts.bench.edit({SEED: 5}, "Seed")
        parts.drafts.new()
        further = parts.draft.key
        parts.bench.edit({SEED: 6}, "Seed")
        parts.drafts.open(KONTEXT)
    async with house(folder) as parts:
        assert parts.draft.key == KONTEXT
        asked, go_on = one_is_late(parts, further)
        parts.drafts.open(further)
        await asked.wait()
        yield parts, further, go_on


async def test_a_record_that_came_meanwhile_is_not_put_back(tmp_path: Path) -> None:
    async with further_on_its_way(tmp_path) as (parts, key, go_on):
        remote = parts.line.world.deployments[KONTEXT]
        remote.workflow_version = "v99"
        remote.updated_at = "2027-01-01T00:00:00+00:00"
        parts.catalogue.refresh()
        await until(lambda: parts.draft.source.workflow_version == "v99")
        go_on.set()
        await until(lambda: parts.draft.key == key)
        assert parts.draft.changes == {SEED: 6}
        assert parts.draft.source.workflow_version == "v99"
        record = parts.bench.record_of(KONTEXT)
        assert record is not None
        assert record.workflow_version == "v99"


@pytest.mark.parametrize("deployment_id", [KONTEXT, FLUX])
async def test_a_deployment_that_is_asked_for_later_is_shown(
    tmp_path: Path, deployment_id: str
) -> None:
    async with further_on_its_way(tmp_path) as (parts, key, go_on):
        seen: list[str] = []
        parts.bench.changed.subscribe(lambda _bench: seen.append(parts.draft.key))
        parts.catalogue.open(deployment_id)
        assert parts.drafts.state.opening_key == ""
        go_on.set()
        await until(lambda: not parts.catalogue.state.opening_id)
        await settled(lambda: len(seen))
        assert parts.draft.key == deployment_id
        assert key not in seen


async def test_a_deployment_that_is_read_again_by_itself_is_no_later_wish(tmp_path: Path) -> None:
    async with further_on_its_way(tmp_path) as (parts, key, go_on):
        parts.line.world.deployments[KONTEXT].updated_at = "2027-01-01T00:00:00+00:00"
        parts.catalogue.refresh()
        await until(lambda: parts.line.calls.count(f"/prod/v2/deployments/{KONTEXT}") >= 2)
        await until(lambda: not parts.catalogue.state.opening_id)
        go_on.set()
        await until(lambda: parts.draft.key == key)


async def test_a_deployment_is_shown_that_is_asked_for_while_a_draft_of_a_file_is_on_its_way(
    tmp_path: Path,
) -> None:
    path, line = write(tmp_path / "bike.json"), Line()
    async with house(tmp_path, line) as parts:
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.draft.deployment_id == KONTEXT)
        await parts.opens(path)
        parts.bench.edit({SEED: 5}, "Seed")
        key = parts.draft.key
        parts.drafts.open(KONTEXT)
        await until(lambda: parts.draft.key == KONTEXT)
    async with house(tmp_path, line) as parts:
        assert parts.row("bike.json").deployment_id == KONTEXT
        asked, go_on = one_is_late(parts, key)
        line.hold(FLUX)
        parts.drafts.open(key)
        await asked.wait()
        seen: list[str] = []
        parts.bench.changed.subscribe(lambda _bench: seen.append(parts.draft.key))
        parts.catalogue.open(FLUX)
        assert parts.drafts.state.opening_key == ""
        go_on.set()
        await settled(lambda: len(seen))
        line.release()
        await until(lambda: not parts.catalogue.state.opening_id)
        assert parts.draft.key == FLUX
        assert key not in seen
