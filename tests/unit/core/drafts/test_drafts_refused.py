"""Drafts that cannot be read temporarily keep their row, and open once they can."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.store.draft_summaries import draft_path
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.draft_harness import KONTEXT, SEED, STEPS, open_draft_harness, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.store.draft_summaries import DraftSummaries
    from tests.support.draft_harness import DraftHarness

TITLE = "Night in blue"
UNREAD = "A draft could not be read."
MALFORMED = "This draft cannot be read, so it cannot be opened."


async def with_a_further_one(folder: Path) -> str:
    """Stores two drafts of a file, the first of them open, and one of another file."""
    async with open_draft_harness(folder, is_online=False) as harness:
        await harness.open_file(write(folder / "car.json"))
        harness.draft_editor.edit({SEED: 4}, "Seed")
        await harness.open_file(write(folder / "bike.json"))
        first = harness.draft.key
        harness.draft_editor.edit({SEED: 5}, "Seed")
        harness.drafts.create()
        key = harness.draft.key
        harness.drafts.rename(key, TITLE)
        harness.draft_editor.edit({SEED: 6}, "Seed")
        harness.drafts.open(first)
    return key


@contextmanager
def refused(path: Path) -> Iterator[None]:
    """Makes the file unreadable, as if another program had locked it."""
    opened = Path.open

    def refusing(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self == path:
            raise PermissionError(13, "It is used by another process", str(self))
        return opened(self, *args, **kwargs)

    def read(self: Path) -> bytes:
        with self.open("rb") as file:
            data: bytes = file.read()
            return data

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", refusing)
        patch.setattr(Path, "read_bytes", read)
        yield


async def is_idle(harness: DraftHarness) -> None:
    """Waits for all tasks of the drafts."""
    await harness.drafts._tasks.finish()


async def test_one_that_was_listed_keeps_its_row_and_opens_later(tmp_path: Path) -> None:
    key = await with_a_further_one(tmp_path)
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.wait_until_listed("bike.json")
        rows = harness.drafts.state.rows
        with refused(draft_path(tmp_path / "drafts", key)):
            harness.drafts.open(key)
            await wait_until(lambda: harness.shown_notices)
            await is_idle(harness)
        assert [notice.title for notice in harness.shown_notices] == [UNREAD]
        assert harness.drafts.state.rows == rows
        harness.drafts.open(key)
        await harness.wait_until_listed(TITLE)
        assert harness.draft.changes == {SEED: 6}
        harness.draft_editor.edit({STEPS: 7}, "Steps")
        await harness.store.flush()
        harness.drafts.reload()
        await is_idle(harness)
        assert not any(row.is_unreadable for row in harness.drafts.state.rows)


async def test_a_first_one_that_is_shown_without_its_changes_is_listed_by_its_file(
    tmp_path: Path,
) -> None:
    async with open_draft_harness(tmp_path) as harness:
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft.deployment_id == KONTEXT)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        await harness.open_file(write(tmp_path / "bike.json"))
        harness.draft_editor.edit({SEED: 6}, "Seed")
    path = draft_path(tmp_path / "drafts", KONTEXT)
    async with open_draft_harness(tmp_path) as harness:
        await harness.wait_until_listed("bike.json")
        with refused(path):
            harness.drafts.open(KONTEXT)
            await wait_until(lambda: harness.draft.key == KONTEXT)
            await is_idle(harness)
            await harness.open_file(tmp_path / "bike.json")
        # Nothing was typed in the open draft, so only the stored one is listed.
        assert sorted(harness.titles) == sorted(["bike.json", path.name])
        harness.drafts.open(path.name)
        await wait_until(lambda: harness.draft.key == KONTEXT)
        assert harness.draft.changes == {SEED: 5}
        assert path.name not in harness.titles


async def test_one_that_is_in_view_without_its_changes_is_said_to_lie_there(
    tmp_path: Path,
) -> None:
    async with open_draft_harness(tmp_path) as harness:
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft.deployment_id == KONTEXT)
        harness.draft_editor.edit({SEED: 5}, "Seed")
    path = draft_path(tmp_path / "drafts", KONTEXT)
    with ExitStack() as disk:
        disk.enter_context(refused(path))
        async with open_draft_harness(tmp_path) as harness:
            await wait_until(lambda: harness.draft.key == KONTEXT)
            await is_idle(harness)
            disk.close()
            told = len(harness.shown_notices)
            harness.drafts.open(path.name)
            await wait_until(lambda: len(harness.shown_notices) > told)
            assert harness.shown_notices[-1].title == MALFORMED
            assert harness.row(path.name).is_unreadable
            harness.draft_editor.edit({SEED: 7}, "Seed")
    assert path.with_name(f"{path.stem}.broken-1.json").exists()


async def test_one_that_was_never_listed_is_looked_for_again_when_it_is_clicked(
    tmp_path: Path,
) -> None:
    key = await with_a_further_one(tmp_path)
    path = draft_path(tmp_path / "drafts", key)
    with ExitStack() as disk:
        disk.enter_context(refused(path))
        async with open_draft_harness(tmp_path, is_online=False) as harness:
            await harness.wait_until_listed("bike.json")
            assert harness.row(path.name).is_unreadable
            harness.drafts.open(path.name)
            await wait_until(lambda: harness.shown_notices)
            assert [notice.title for notice in harness.shown_notices] == [MALFORMED]
            disk.close()
            harness.drafts.open(path.name)
            await harness.wait_until_listed(TITLE)
            assert harness.draft.changes == {SEED: 6}
            assert path.name not in harness.titles
            assert len(harness.shown_notices) == 1


async def test_one_that_is_gone_when_it_is_clicked_is_said_to_be(tmp_path: Path) -> None:
    await with_a_further_one(tmp_path)
    path = draft_path(tmp_path / "drafts", "odd")
    path.write_text("{")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.wait_until_listed("bike.json")
        path.unlink()
        harness.drafts.open(path.name)
        await wait_until(lambda: harness.shown_notices)
        assert [notice.title for notice in harness.shown_notices] == [
            "A draft is not there any more."
        ]
        assert path.name not in harness.titles


async def test_what_was_asked_for_since_stays_in_view(tmp_path: Path) -> None:
    key = await with_a_further_one(tmp_path)
    path = draft_path(tmp_path / "drafts", key)
    with ExitStack() as disk:
        disk.enter_context(refused(path))
        async with open_draft_harness(tmp_path, is_online=False) as harness:
            await harness.wait_until_listed("bike.json")
            disk.close()
            await overtaken(harness, key)


async def overtaken(harness: DraftHarness, key: str) -> None:
    """Opens the unreadable draft, and another one while the folder is read."""
    heads, asked, go_on = harness.store.summaries, asyncio.Event(), asyncio.Event()

    async def late() -> DraftSummaries:
        found = await heads()
        asked.set()
        await go_on.wait()
        return found

    harness.store.summaries = late  # type: ignore[method-assign]
    harness.drafts.open(draft_path(harness.store.folder, key).name)
    await asked.wait()
    harness.drafts.open(harness.row("car.json").key)
    recorded: list[str] = []
    harness.draft_editor.changed.subscribe(lambda _state: recorded.append(harness.draft.key))
    go_on.set()
    await harness.wait_until_listed("car.json")
    await is_idle(harness)
    await wait_until_stable(lambda: len(recorded))
    assert key not in recorded
