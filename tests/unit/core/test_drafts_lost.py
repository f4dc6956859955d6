"""Further drafts that are damaged or not there any more: the first one of the workflow stays as it
was, whatever is typed next."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.store.draft_heads import draft_file
from runcomfy_desktop.store.drafts import FORMAT
from tests.support.draft_house import FLUX, GRAPH, KONTEXT, SEED, STEPS, house, write
from tests.support.line import Line
from tests.support.until import settled, until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.store.draft_heads import DraftHeads
    from tests.support.draft_house import House

TITLE = "Night in blue"
UNREAD = f"The draft {TITLE} could not be read."
MISSING = "A draft is not there any more."


def stored(folder: Path, key: str) -> object:
    """What was changed in a draft, as the disk has it."""
    return json.loads(draft_file(folder / "drafts", key).read_bytes())["changes"]


def cut(path: Path) -> bytes:
    """Damages a file behind its head, as a disk does; what is left of it."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path.read_bytes()


def make_further(parts: House) -> str:
    """A second draft beside the one in view, so long that its head says nothing of the rest."""
    parts.bench.edit({SEED: 5}, "Seed")
    parts.drafts.new()
    parts.drafts.rename(parts.draft.key, TITLE)
    parts.bench.edit({SEED: 6, STEPS: "x" * 40_000}, "Both")
    return parts.draft.key


async def of_a_deployment(folder: Path, in_view: str = "") -> str:
    """Two drafts of a deployment, of which the further one is in view unless `in_view` is."""
    async with house(folder) as parts:
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.draft.deployment_id == KONTEXT)
        key = make_further(parts)
        if in_view == FLUX:
            parts.catalogue.open(FLUX)
            await until(lambda: parts.draft.deployment_id == FLUX)
        elif in_view:
            parts.drafts.open(in_view)
    return key


async def of_a_file(folder: Path, path: Path, in_view: str = "") -> str:
    async with house(folder, is_online=False) as parts:
        await parts.opens(path)
        key = make_further(parts)
        if in_view:
            parts.drafts.open(in_view)
    return key


async def leaves(parts: House, key: str, before: Draft) -> None:
    """Opens a draft that cannot be read: `before` stays in view, nothing is on its way."""
    parts.drafts.open(key)
    await until(lambda: parts.told and key not in {row.key for row in parts.drafts.state.rows})
    assert parts.draft is before
    assert parts.drafts.state.opening_key == ""
    assert key not in parts.bench.pages


async def test_a_missing_further_draft_at_the_start(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path)
    draft_file(tmp_path / "drafts", key).unlink()
    async with house(tmp_path) as parts:
        assert parts.draft.key == KONTEXT
        assert parts.draft.changes == {SEED: 5}
        assert [notice.title for notice in parts.told] == [MISSING]
        parts.bench.edit({STEPS: 7}, "Steps")
    assert stored(tmp_path, KONTEXT) == {"31": {"seed": 5, "steps": 7}}


async def test_a_missing_further_draft_of_a_file_at_the_start(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    key = await of_a_file(tmp_path, path)
    draft_file(tmp_path / "drafts", key).unlink()
    async with house(tmp_path, is_online=False) as parts:
        await parts.shows("bike.json")
        assert parts.draft.changes == {SEED: 5}
        parts.bench.edit({STEPS: 7}, "Steps")
    assert stored(tmp_path, f"file:{path}") == {"31": {"seed": 5, "steps": 7}}


async def test_of_a_file_that_ran_nowhere_the_first_draft_runs_nowhere(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    async with house(tmp_path, is_online=False) as parts:
        await parts.opens(path)
        parts.drafts.new()
        key = parts.draft.key
        parts.drafts.bind(key, FLUX)
    draft_file(tmp_path / "drafts", key).unlink()
    async with house(tmp_path, is_online=False) as parts:
        await parts.shows("bike.json")
        assert parts.draft.deployment_id == ""


async def test_a_damaged_further_draft_at_the_start(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path)
    path = draft_file(tmp_path / "drafts", key)
    left = cut(path)
    async with house(tmp_path) as parts:
        # The first list may be read while the file is being set aside; it is read again after.
        broken = f"{path.stem}.broken-1.json"
        await until(lambda: [row.key for row in parts.drafts.state.rows] == [KONTEXT, broken])
        assert parts.draft.key == KONTEXT
        assert parts.draft.changes == {SEED: 5}
        (notice,) = parts.told
        assert notice.title == UNREAD
        assert broken in notice.detail
        parts.bench.edit({STEPS: 7}, "Steps")
    assert stored(tmp_path, KONTEXT) == {"31": {"seed": 5, "steps": 7}}
    assert path.with_name(f"{path.stem}.broken-1.json").read_bytes() == left


async def test_a_list_that_was_begun_earlier_does_not_come_over_a_newer_one(
    tmp_path: Path,
) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    async with house(tmp_path) as parts:
        await until(lambda: {row.key for row in parts.drafts.state.rows} == {KONTEXT, key})
        heads, read, go_on = parts.store.heads, asyncio.Event(), asyncio.Event()

        async def late() -> DraftHeads:
            parts.store.heads = heads  # type: ignore[method-assign] # only the first is slow
            found = await heads()
            read.set()
            await go_on.wait()
            return found

        parts.store.heads = late  # type: ignore[method-assign]
        parts.drafts.reread()
        await read.wait()
        draft_file(tmp_path / "drafts", key).unlink()
        parts.drafts.reread()
        await settled(lambda: -len(parts.drafts.state.rows))
        go_on.set()
        await parts.drafts._tasks.finish()
        assert [row.key for row in parts.drafts.state.rows] == [KONTEXT]


async def test_a_further_draft_of_a_newer_program_at_the_start(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path)
    path = draft_file(tmp_path / "drafts", key)
    newer = json.dumps({**json.loads(path.read_bytes()), "format": FORMAT + 1})
    path.write_text(newer)
    async with house(tmp_path) as parts:
        assert parts.draft.key == KONTEXT
        assert parts.draft.changes == {SEED: 5}
        title = f"The draft {TITLE} was stored by a newer version of this program."
        assert [notice.title for notice in parts.told] == [title]
        parts.bench.edit({STEPS: 7}, "Steps")
    assert stored(tmp_path, KONTEXT) == {"31": {"seed": 5, "steps": 7}}
    assert path.read_text() == newer


async def test_a_damaged_draft_beside_the_one_in_view_is_not_opened(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    path = draft_file(tmp_path / "drafts", key)
    async with house(tmp_path) as parts:
        parts.bench.edit({STEPS: 10}, "Steps")
        left = cut(path)
        await leaves(parts, key, parts.draft)
        assert [notice.title for notice in parts.told] == [UNREAD]
        assert parts.bench.state.undo_text == "Steps"
        parts.bench.undo()
        assert parts.draft.changes == {SEED: 5}
        parts.bench.edit({STEPS: 7}, "Steps")
    assert stored(tmp_path, KONTEXT) == {"31": {"seed": 5, "steps": 7}}
    assert path.with_name(f"{path.stem}.broken-1.json").read_bytes() == left


async def test_a_damaged_draft_of_a_deployment_not_read_yet_is_not_opened(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path, in_view=FLUX)
    async with house(tmp_path) as parts:
        cut(draft_file(tmp_path / "drafts", key))
        await leaves(parts, key, parts.draft)
        # The deployment itself comes with its first draft.
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.draft.key == KONTEXT)
        assert parts.draft.changes == {SEED: 5}


async def test_a_damaged_draft_of_a_file_is_not_opened(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    key = await of_a_file(tmp_path, path, in_view=f"file:{path}")
    async with house(tmp_path, is_online=False) as parts:
        await parts.shows("bike.json")
        cut(draft_file(tmp_path / "drafts", key))
        await leaves(parts, key, parts.draft)
        parts.bench.edit({STEPS: 7}, "Steps")
    assert stored(tmp_path, f"file:{path}") == {"31": {"seed": 5, "steps": 7}}


async def test_a_draft_whose_file_was_taken_away_is_said_and_leaves_the_list(
    tmp_path: Path,
) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    async with house(tmp_path) as parts:
        draft_file(tmp_path / "drafts", key).unlink()
        await leaves(parts, key, parts.draft)
        assert [notice.title for notice in parts.told] == [MISSING]


@pytest.mark.skipif(sys.platform == "win32", reason="no such rights")
async def test_a_draft_that_the_disk_does_not_give_now_is_opened_later(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    path, elsewhere = draft_file(tmp_path / "drafts", key), tmp_path / "elsewhere"
    async with house(tmp_path) as parts:
        before = parts.draft
        path.rename(elsewhere)
        path.symlink_to(path)
        await leaves(parts, key, before)
        path.unlink()
        elsewhere.rename(path)
        parts.drafts.reread()
        await until(lambda: TITLE in parts.titles)
        parts.drafts.open(key)
        await parts.shows(TITLE)
        assert parts.draft.changes[SEED] == 6


async def test_a_draft_deleted_on_its_way_does_not_come(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path)
    async with house(tmp_path) as parts:
        parts.catalogue.open(FLUX)
        await until(lambda: parts.draft.deployment_id == FLUX)
    line = Line()
    async with house(tmp_path, line) as parts:
        line.hold(KONTEXT)
        parts.drafts.open(key)
        await until(lambda: any(path.endswith(KONTEXT) for path in line.calls))
        parts.drafts.delete([key])
        await until(lambda: parts.told)
        line.release()
        await until(lambda: parts.draft.deployment_id == KONTEXT)
        assert parts.draft.key == KONTEXT
        assert parts.draft.changes == {SEED: 5}
        assert key not in parts.bench.pages


async def test_a_draft_renamed_on_its_way_keeps_its_name(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path, in_view=FLUX)
    line = Line()
    async with house(tmp_path, line) as parts:
        line.hold(KONTEXT)
        parts.drafts.open(key)
        await until(lambda: any(path.endswith(KONTEXT) for path in line.calls))
        parts.drafts.rename(key, "Morning")
        await until(lambda: "Morning" in parts.titles)
        line.release()
        await until(lambda: parts.draft.key == key)
        assert parts.draft.title == "Morning"


class SlowDisk:
    """Gives one draft late: it is read, and handed out when `give` is called."""

    def __init__(self, parts: House, key: str) -> None:
        self._load, self._gate, self._key = parts.store.load, asyncio.Event(), key
        self.is_read = False
        parts.store.load = self._slow  # type: ignore[method-assign]

    def give(self) -> None:
        self._gate.set()

    async def _slow(self, key: str) -> Draft | None:
        found = await self._load(key)
        if key == self._key:
            self.is_read = True
            await self._gate.wait()
        return found


@pytest.mark.parametrize("deed", ["open", "duplicate"])
async def test_what_the_disk_gives_late_is_not_put_before_what_was_opened_since(
    tmp_path: Path, deed: str
) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    path = write(tmp_path / "bike.json")
    async with house(tmp_path) as parts:
        disk = SlowDisk(parts, key)
        getattr(parts.drafts, deed)(key)
        await until(lambda: disk.is_read)
        await parts.opens(path)
        rows = len(parts.titles)
        disk.give()
        await until(lambda: not parts.drafts.state.opening_key)
        await until(lambda: len(parts.titles) == rows + (deed == "duplicate"))
        assert parts.draft_path == str(path)


async def test_a_draft_of_a_file_that_comes_late_leaves_what_was_asked_for_since(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "bike.json")
    async with house(tmp_path) as parts:
        await parts.opens(path)
        parts.bench.edit({SEED: 5}, "Seed")
        await parts.opens(write(tmp_path / "car.json"))
    async with house(tmp_path) as parts:
        await parts.shows("car.json")
        disk = SlowDisk(parts, f"file:{path}")
        parts.drafts.open(f"file:{path}")
        await until(lambda: disk.is_read)
        parts.catalogue.open_draft(KONTEXT, KONTEXT)
        await until(lambda: parts.draft.key == KONTEXT)
        disk.give()
        await until(lambda: not parts.drafts.state.opening_key)
        assert parts.draft.key == KONTEXT


async def test_a_draft_deleted_while_the_disk_is_slow_with_it_does_not_come(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    async with house(tmp_path) as parts:
        disk = SlowDisk(parts, key)
        parts.drafts.open(key)
        await until(lambda: disk.is_read)
        parts.drafts.delete([key])
        await until(lambda: parts.told)
        disk.give()
        await until(lambda: not parts.drafts.state.opening_key)
        assert parts.draft.key == KONTEXT
        assert key not in parts.bench.pages


async def test_a_draft_opens_on_its_deployment_as_that_is_by_then(tmp_path: Path) -> None:
    key = await of_a_deployment(tmp_path, in_view=KONTEXT)
    async with house(tmp_path) as parts:
        disk = SlowDisk(parts, key)
        parts.drafts.open(key)
        await until(lambda: disk.is_read)
        newer = Deployment(KONTEXT, "Kontext", payload=Payload(GRAPH))
        parts.bench.open_deployment(newer)
        disk.give()
        await parts.shows(TITLE)
        assert parts.bench.state.deployment is newer
        assert parts.draft.workflow == parts.bench.workflow_of(KONTEXT)
        assert parts.draft.changes[SEED] == 6
