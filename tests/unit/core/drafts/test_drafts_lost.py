"""Further drafts that are damaged or missing: the first draft of the workflow stays unchanged,
whatever is typed next."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.store.draft_summaries import draft_path
from runcomfy_desktop.store.drafts import FORMAT
from tests.support.async_wait import wait_until, wait_until_stable
from tests.support.draft_harness import FLUX, GRAPH, KONTEXT, SEED, STEPS, open_draft_harness, write
from tests.support.emulated_connection import EmulatedConnection

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.drafts.draft import Draft
    from runcomfy_desktop.store.draft_summaries import DraftSummaries
    from tests.support.draft_harness import DraftHarness

TITLE = "Night in blue"
UNREAD = f"The draft {TITLE} could not be read."
MISSING = "A draft is not there any more."


def stored(folder: Path, key: str) -> object:
    """Returns the changes of a draft as stored on disk."""
    return json.loads(draft_path(folder / "drafts", key).read_bytes())["changes"]


def cut(path: Path) -> bytes:
    """Truncates a file after its header, like a faulty disk; returns the remaining bytes."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path.read_bytes()


def make_further(harness: DraftHarness) -> str:
    """Creates a second draft, so long that its header does not contain everything."""
    harness.draft_editor.edit({SEED: 5}, "Seed")
    harness.drafts.create()
    harness.drafts.rename(harness.draft.key, TITLE)
    harness.draft_editor.edit({SEED: 6, STEPS: "x" * 40_000}, "Both")
    return harness.draft.key


async def of_a_deployment(folder: Path, in_view: str = "") -> str:
    """Stores two drafts of a deployment; the further one is open unless `in_view` is given."""
    async with open_draft_harness(folder) as harness:
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft.deployment_id == KONTEXT)
        key = make_further(harness)
        if in_view == FLUX:
            harness.catalogue.open(FLUX)
            await wait_until(lambda: harness.draft.deployment_id == FLUX)
        elif in_view:
            harness.drafts.open(in_view)
    return key


async def of_a_file(folder: Path, path: Path, in_view: str = "") -> str:
    async with open_draft_harness(folder, is_online=False) as harness:
        await harness.open_file(path)
        key = make_further(harness)
        if in_view:
            harness.drafts.open(in_view)
    return key


async def leaves(harness: DraftHarness, key: str, before: Draft) -> None:
    """Opens a draft that cannot be read; `before` stays open, and no opening is pending."""
    harness.drafts.open(key)
    await wait_until(
        lambda: harness.shown_notices and key not in {row.key for row in harness.drafts.state.rows}
    )
    assert harness.draft is before
    assert harness.drafts.state.opening_key == ""
    assert key not in harness.draft_editor.open_drafts


async def test_a_missing_further_draft_at_the_start(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path)
    draft_path(tmp_path / "drafts", key).unlink()
    async with open_draft_harness(tmp_path) as harness:
        assert harness.draft.key == KONTEXT
        assert harness.draft.changes == {SEED: 5}
        assert [notice.title for notice in harness.shown_notices] == [MISSING]
        harness.draft_editor.edit({STEPS: 7}, "Steps")
    assert stored(tmp_path, KONTEXT) == {"31": {"seed": 5, "steps": 7}}


async def test_a_missing_further_draft_of_a_file_at_the_start(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    key = await of_a_file(tmp_path, path)
    draft_path(tmp_path / "drafts", key).unlink()
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.wait_until_listed("bike.json")
        assert harness.draft.changes == {SEED: 5}
        harness.draft_editor.edit({STEPS: 7}, "Steps")
    assert stored(tmp_path, f"file:{path}") == {"31": {"seed": 5, "steps": 7}}


async def test_of_a_file_that_ran_nowhere_the_first_draft_runs_nowhere(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.open_file(path)
        harness.drafts.create()
        key = harness.draft.key
        harness.drafts.bind(key, FLUX)
    draft_path(tmp_path / "drafts", key).unlink()
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.wait_until_listed("bike.json")
        assert harness.draft.deployment_id == ""


async def test_a_damaged_further_draft_at_the_start(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path)
    path = draft_path(tmp_path / "drafts", key)
    left = cut(path)
    async with open_draft_harness(tmp_path) as harness:
        # The first list may be read while the file is being moved aside; it is read again later.
        broken = f"{path.stem}.broken-1.json"
        await wait_until(
            lambda: [row.key for row in harness.drafts.state.rows] == [KONTEXT, broken]
        )
        assert harness.draft.key == KONTEXT
        assert harness.draft.changes == {SEED: 5}
        (notice,) = harness.shown_notices
        assert notice.title == UNREAD
        assert broken in notice.detail
        harness.draft_editor.edit({STEPS: 7}, "Steps")
    assert stored(tmp_path, KONTEXT) == {"31": {"seed": 5, "steps": 7}}
    assert path.with_name(f"{path.stem}.broken-1.json").read_bytes() == left


async def test_a_list_that_was_begun_earlier_does_not_come_over_a_newer_one(
    tmp_path: Path,
) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    async with open_draft_harness(tmp_path) as harness:
        await wait_until(lambda: {row.key for row in harness.drafts.state.rows} == {KONTEXT, key})
        heads, read, go_on = harness.store.summaries, asyncio.Event(), asyncio.Event()

        async def late() -> DraftSummaries:
            harness.store.summaries = heads  # type: ignore[method-assign] # only the first is slow
            found = await heads()
            read.set()
            await go_on.wait()
            return found

        harness.store.summaries = late  # type: ignore[method-assign]
        harness.drafts.reload()
        await read.wait()
        draft_path(tmp_path / "drafts", key).unlink()
        harness.drafts.reload()
        await wait_until_stable(lambda: -len(harness.drafts.state.rows))
        go_on.set()
        await harness.drafts._tasks.finish()
        assert [row.key for row in harness.drafts.state.rows] == [KONTEXT]


async def test_a_further_draft_of_a_newer_program_at_the_start(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path)
    path = draft_path(tmp_path / "drafts", key)
    newer = json.dumps({**json.loads(path.read_bytes()), "format": FORMAT + 1})
    path.write_text(newer)
    async with open_draft_harness(tmp_path) as harness:
        assert harness.draft.key == KONTEXT
        assert harness.draft.changes == {SEED: 5}
        title = f"The draft {TITLE} was stored by a newer version of this program."
        assert [notice.title for notice in harness.shown_notices] == [title]
        harness.draft_editor.edit({STEPS: 7}, "Steps")
    assert stored(tmp_path, KONTEXT) == {"31": {"seed": 5, "steps": 7}}
    assert path.read_text() == newer


async def test_a_damaged_draft_beside_the_one_in_view_is_not_opened(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    path = draft_path(tmp_path / "drafts", key)
    async with open_draft_harness(tmp_path) as harness:
        harness.draft_editor.edit({STEPS: 10}, "Steps")
        left = cut(path)
        await leaves(harness, key, harness.draft)
        assert [notice.title for notice in harness.shown_notices] == [UNREAD]
        assert harness.draft_editor.state.undo_text == "Steps"
        harness.draft_editor.undo()
        assert harness.draft.changes == {SEED: 5}
        harness.draft_editor.edit({STEPS: 7}, "Steps")
    assert stored(tmp_path, KONTEXT) == {"31": {"seed": 5, "steps": 7}}
    assert path.with_name(f"{path.stem}.broken-1.json").read_bytes() == left


async def test_a_damaged_draft_of_a_deployment_not_read_yet_is_not_opened(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path, in_view=FLUX)
    async with open_draft_harness(tmp_path) as harness:
        cut(draft_path(tmp_path / "drafts", key))
        await leaves(harness, key, harness.draft)
        # The deployment itself opens with its first draft.
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft.key == KONTEXT)
        assert harness.draft.changes == {SEED: 5}


async def test_a_damaged_draft_of_a_file_is_not_opened(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    key = await of_a_file(tmp_path, path, in_view=f"file:{path}")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.wait_until_listed("bike.json")
        cut(draft_path(tmp_path / "drafts", key))
        await leaves(harness, key, harness.draft)
        harness.draft_editor.edit({STEPS: 7}, "Steps")
    assert stored(tmp_path, f"file:{path}") == {"31": {"seed": 5, "steps": 7}}


async def test_a_draft_whose_file_was_taken_away_is_said_and_leaves_the_list(
    tmp_path: Path,
) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    async with open_draft_harness(tmp_path) as harness:
        draft_path(tmp_path / "drafts", key).unlink()
        await leaves(harness, key, harness.draft)
        assert [notice.title for notice in harness.shown_notices] == [MISSING]


@pytest.mark.skipif(sys.platform == "win32", reason="no such rights")
async def test_a_draft_that_the_disk_does_not_give_now_is_opened_later(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    path, elsewhere = draft_path(tmp_path / "drafts", key), tmp_path / "elsewhere"
    async with open_draft_harness(tmp_path) as harness:
        before = harness.draft
        path.rename(elsewhere)
        path.symlink_to(path)
        await leaves(harness, key, before)
        path.unlink()
        elsewhere.rename(path)
        harness.drafts.reload()
        await wait_until(lambda: TITLE in harness.titles)
        harness.drafts.open(key)
        await harness.wait_until_listed(TITLE)
        assert harness.draft.changes[SEED] == 6


async def test_a_draft_deleted_on_its_way_does_not_come(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path)
    async with open_draft_harness(tmp_path) as harness:
        harness.catalogue.open(FLUX)
        await wait_until(lambda: harness.draft.deployment_id == FLUX)
    connection = EmulatedConnection()
    async with open_draft_harness(tmp_path, connection) as harness:
        connection.hold(KONTEXT)
        harness.drafts.open(key)
        await wait_until(lambda: any(path.endswith(KONTEXT) for path in connection.calls))
        harness.drafts.delete([key])
        await wait_until(lambda: harness.shown_notices)
        connection.release()
        await wait_until(lambda: harness.draft.deployment_id == KONTEXT)
        assert harness.draft.key == KONTEXT
        assert harness.draft.changes == {SEED: 5}
        assert key not in harness.draft_editor.open_drafts


async def test_a_draft_renamed_on_its_way_keeps_its_name(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path, in_view=FLUX)
    connection = EmulatedConnection()
    async with open_draft_harness(tmp_path, connection) as harness:
        connection.hold(KONTEXT)
        harness.drafts.open(key)
        await wait_until(lambda: any(path.endswith(KONTEXT) for path in connection.calls))
        harness.drafts.rename(key, "Morning")
        await wait_until(lambda: "Morning" in harness.titles)
        connection.release()
        await wait_until(lambda: harness.draft.key == key)
        assert harness.draft.title == "Morning"


class SlowDraftLoader:
    """Delays one draft: it is read at once, and returned after `give` has been called."""

    def __init__(self, harness: DraftHarness, key: str) -> None:
        self._load, self._release_event, self._key = harness.store.load, asyncio.Event(), key
        self.is_read = False
        harness.store.load = self._slow  # type: ignore[method-assign]

    def give(self) -> None:
        self._release_event.set()

    async def _slow(self, key: str) -> Draft | None:
        found = await self._load(key)
        if key == self._key:
            self.is_read = True
            await self._release_event.wait()
        return found


@pytest.mark.parametrize("command", ["open", "duplicate"])
async def test_what_the_disk_gives_late_is_not_put_before_what_was_opened_since(
    tmp_path: Path, command: str
) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    path = write(tmp_path / "bike.json")
    async with open_draft_harness(tmp_path) as harness:
        disk = SlowDraftLoader(harness, key)
        getattr(harness.drafts, command)(key)
        await wait_until(lambda: disk.is_read)
        await harness.open_file(path)
        rows = len(harness.titles)
        disk.give()
        await wait_until(lambda: not harness.drafts.state.opening_key)
        await wait_until(lambda: len(harness.titles) == rows + (command == "duplicate"))
        assert harness.draft_path == str(path)


async def test_a_draft_of_a_file_that_comes_late_leaves_what_was_asked_for_since(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "bike.json")
    async with open_draft_harness(tmp_path) as harness:
        await harness.open_file(path)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        await harness.open_file(write(tmp_path / "car.json"))
    async with open_draft_harness(tmp_path) as harness:
        await harness.wait_until_listed("car.json")
        disk = SlowDraftLoader(harness, f"file:{path}")
        harness.drafts.open(f"file:{path}")
        await wait_until(lambda: disk.is_read)
        harness.catalogue.open_draft(KONTEXT, KONTEXT)
        await wait_until(lambda: harness.draft.key == KONTEXT)
        disk.give()
        await wait_until(lambda: not harness.drafts.state.opening_key)
        assert harness.draft.key == KONTEXT


async def test_a_draft_deleted_while_the_disk_is_slow_with_it_does_not_come(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    async with open_draft_harness(tmp_path) as harness:
        disk = SlowDraftLoader(harness, key)
        harness.drafts.open(key)
        await wait_until(lambda: disk.is_read)
        harness.drafts.delete([key])
        await wait_until(lambda: harness.shown_notices)
        disk.give()
        await wait_until(lambda: not harness.drafts.state.opening_key)
        assert harness.draft.key == KONTEXT
        assert key not in harness.draft_editor.open_drafts


async def test_a_draft_opens_on_its_deployment_as_that_is_by_then(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    async with open_draft_harness(tmp_path) as harness:
        disk = SlowDraftLoader(harness, key)
        harness.drafts.open(key)
        await wait_until(lambda: disk.is_read)
        newer = Deployment(KONTEXT, "Kontext", payload=DeploymentPayload(GRAPH))
        harness.draft_editor.open_deployment(newer)
        disk.give()
        await harness.wait_until_listed(TITLE)
        assert harness.draft_editor.state.deployment is newer
        assert harness.draft.workflow == harness.draft_editor.workflow_of(KONTEXT)
        assert harness.draft.changes[SEED] == 6
