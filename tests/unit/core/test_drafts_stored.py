"""What is done with stored drafts that are not open: while they are opened, and when the window
closes."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core import draft_writes
from runcomfy_desktop.core.preset_followers import use_preset
from runcomfy_desktop.store.draft_heads import draft_file
from tests.support.draft_house import FLUX, KONTEXT, SEED, STEPS, House, house, write
from tests.support.line import Line
from tests.support.until import turns, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.json_value import JsonObject


def stored(folder: Path, key: str) -> JsonObject:
    """What is on the disk of a draft."""
    content: JsonObject = json.loads(draft_file(folder / "drafts", key).read_bytes())
    return content


@asynccontextmanager
async def one_beside(folder: Path, preset: str = "") -> AsyncIterator[tuple[House, str]]:
    """A house with two.json in view, and the key of one.json's draft, which is only stored and
    goes back to the preset."""
    one, two = write(folder / "one.json"), write(folder / "two.json")
    async with house(folder, is_online=False) as parts:
        await parts.opens(one)
        parts.bench.edit({SEED: 5}, "Seed")
        use_preset(parts.bench, parts.draft.key, preset)
        await parts.opens(two)
    async with house(folder, is_online=False) as parts:
        await parts.shows("two.json")
        yield parts, parts.row("one.json").key


def first_load_is_slow(parts: House, read: list[str] | None = None) -> asyncio.Event:
    """The disk gives the next draft that is asked for, as it was then, when the event is set;
    `read` gets its key once it is read."""
    load, go_on, slow = parts.store._load, asyncio.Event(), [True]

    async def late(path: Path, key: str) -> Draft | None:
        is_slow = bool(slow and slow.pop())
        found = await load(path, key)
        if is_slow:
            if read is not None:
                read.append(key)
            await go_on.wait()
        return found

    parts.store._load = late  # type: ignore[method-assign]
    return go_on


async def test_a_draft_that_is_opened_while_it_is_renamed_keeps_what_is_typed(
    tmp_path: Path,
) -> None:
    async with one_beside(tmp_path) as (parts, key):
        go_on = first_load_is_slow(parts)
        parts.drafts.rename(key, "Blue")
        await asyncio.sleep(0)
        parts.drafts.open(key)
        await until(lambda: parts.draft.key == key)
        parts.bench.edit({SEED: 77, STEPS: 9}, "Much work")
        go_on.set()
        await until(lambda: "Blue" in parts.titles)
    assert stored(tmp_path, key)["changes"] == {"31": {"seed": 77, "steps": 9}}
    assert stored(tmp_path, key)["title"] == "Blue"


async def test_a_draft_that_is_renamed_and_bound_while_it_is_opened_stays_so(
    tmp_path: Path,
) -> None:
    async with one_beside(tmp_path) as (parts, key):
        read: list[str] = []
        go_on = first_load_is_slow(parts, read)
        parts.drafts.open(key)
        await until(lambda: read)
        parts.drafts.rename(key, "Blue")
        parts.drafts.bind(key, FLUX)
        await until(lambda: "Blue" in parts.titles and parts.row("Blue").deployment_id == FLUX)
        go_on.set()
        await until(lambda: parts.draft.key == key)
        assert parts.row("Blue").deployment_id == FLUX
        assert parts.draft.deployment_id == FLUX
        parts.bench.edit({STEPS: 9}, "Steps")
    found = stored(tmp_path, key)
    assert (found["title"], found["deployment_id"]) == ("Blue", FLUX)
    assert found["changes"] == {"31": {"seed": 5, "steps": 9}}


async def test_a_draft_that_is_renamed_while_its_deployment_is_awaited_stays_so(
    tmp_path: Path,
) -> None:
    line = Line()
    async with house(tmp_path, line) as parts:
        parts.catalogue.open(FLUX)
        await until(lambda: parts.draft.deployment_id == FLUX)
        parts.bench.edit({SEED: 5}, "Seed")
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.draft.deployment_id == KONTEXT)
        parts.bench.edit({SEED: 6}, "Seed")
    async with house(tmp_path, line) as parts:
        await until(lambda: parts.draft.key == KONTEXT)
        line.hold(FLUX)
        known = len(line.calls)
        parts.drafts.open(FLUX)
        await until(lambda: any(FLUX in call for call in line.calls[known:]))
        parts.drafts.rename(FLUX, "Blue")
        await until(lambda: "Blue" in parts.titles)
        line.release()
        await until(lambda: parts.draft.key == FLUX)
        parts.bench.edit({STEPS: 9}, "Steps")
        assert "Blue" in parts.titles
    assert stored(tmp_path, FLUX)["title"] == "Blue"


async def test_a_file_that_was_bound_out_of_view_is_opened_for_the_deployment_in_use(
    tmp_path: Path,
) -> None:
    async with one_beside(tmp_path) as (_parts, key):
        pass
    async with house(tmp_path) as parts:
        await parts.shows("two.json")
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.bench.state.deployment is not None)
        parts.drafts.bind(key, FLUX)
        await until(lambda: parts.row("one.json").deployment_id == FLUX)
        await parts.opens(tmp_path / "one.json")
        assert parts.draft.deployment_id == KONTEXT


async def test_a_title_of_before_does_not_come_back_with_a_draft_that_is_opened_again(
    tmp_path: Path,
) -> None:
    async with one_beside(tmp_path) as (parts, key):
        parts.drafts.rename(key, "Blue")
        await until(lambda: "Blue" in parts.titles)
        parts.drafts.open(key)
        await parts.shows("Blue")
        parts.drafts.rename(key, "Green")
        await parts.opens(tmp_path / "two.json")
        parts.drafts.open(key)
        await parts.shows("Green")
    assert stored(tmp_path, key)["title"] == "Green"


async def test_a_draft_that_is_deleted_while_it_is_renamed_is_deleted_with_its_new_title(
    tmp_path: Path,
) -> None:
    async with one_beside(tmp_path) as (parts, key):
        go_on = first_load_is_slow(parts)
        parts.drafts.rename(key, "Blue")
        parts.drafts.delete([key])
        await turns()
        go_on.set()
        await until(lambda: parts.told)
        assert not draft_file(tmp_path / "drafts", key).exists()
        # What is opened in its place has none of it, however soon that is.
        await parts.opens(tmp_path / "one.json")
        assert (parts.draft.title, parts.draft.changes) == ("", {})
        await parts.opens(tmp_path / "two.json")
        parts.undo_deletion()
        await until(lambda: "Blue" in parts.titles)
    assert stored(tmp_path, key)["title"] == "Blue"


async def test_what_comes_in_the_place_of_a_deleted_draft_has_nothing_of_it(
    tmp_path: Path,
) -> None:
    async with one_beside(tmp_path) as (parts, key):
        parts.drafts.rename(key, "Blue")
        await until(lambda: "Blue" in parts.titles)
        parts.drafts.delete([key])
        await until(lambda: parts.told)
        await parts.opens(tmp_path / "one.json")
        assert (parts.draft.title, parts.draft.changes) == ("", {})


async def test_the_undo_of_a_deletion_is_done_before_the_window_is_closed(tmp_path: Path) -> None:
    async with one_beside(tmp_path) as (parts, key):
        parts.drafts.delete([key])
        await until(lambda: parts.told)
        parts.undo_deletion()
    assert stored(tmp_path, key)["changes"] == {"31": {"seed": 5}}


async def test_a_title_and_a_deployment_are_stored_before_the_window_is_closed(
    tmp_path: Path,
) -> None:
    async with one_beside(tmp_path) as (parts, key):
        parts.drafts.rename(key, "Blue")
        parts.drafts.bind(key, FLUX)
    found = stored(tmp_path, key)
    assert (found["title"], found["deployment_id"]) == ("Blue", FLUX)


async def test_a_disk_that_does_not_answer_does_not_keep_the_window_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with one_beside(tmp_path) as (parts, key):
        first_load_is_slow(parts)
        parts.drafts.rename(key, "Blue")
        await turns()
        monkeypatch.setattr(draft_writes, "_FINISH_S", 0.0)
        await parts.drafts.close()
    assert stored(tmp_path, key)["title"] == ""


async def test_a_duplicate_is_stored_before_the_window_is_closed(tmp_path: Path) -> None:
    async with one_beside(tmp_path) as (parts, key):
        parts.drafts.duplicate(key)
    async with house(tmp_path, is_online=False) as parts:
        assert parts.row("one.json 2").changes == 1


async def test_a_deleted_draft_that_is_gone_for_good_is_told(tmp_path: Path) -> None:
    async with one_beside(tmp_path) as (parts, key):
        parts.drafts.delete([key])
        await until(lambda: parts.told)
        draft_file(tmp_path / "drafts" / "deleted", key).unlink()
        parts.undo_deletion()
        await until(lambda: len(parts.told) > 1)
        assert parts.told[-1].title == "The draft one.json could not be put back."
        assert str(tmp_path / "drafts" / "deleted") in parts.told[-1].detail
        assert "one.json" not in parts.titles


async def test_a_stored_draft_follows_a_preset_that_is_renamed(tmp_path: Path) -> None:
    async with one_beside(tmp_path, "Portrait.json") as (parts, key):
        # The second comes while the first still waits for the disk.
        parts.drafts.follow_preset("Portrait.json", "Portrait old.json")
        parts.drafts.follow_preset("Portrait old.json", "In here/Portrait old.json")
        parts.drafts.open(key)
        await until(lambda: parts.draft.key == key)
        await until(lambda: parts.draft.preset == "In here/Portrait old.json")
        await parts.opens(tmp_path / "two.json")
        use_preset(parts.bench, parts.draft.key, "Portrait.json")
        parts.drafts.follow_preset("Portrait.json", "Another.json")
        assert parts.draft.preset == "Another.json"
    assert stored(tmp_path, key)["preset"] == "In here/Portrait old.json"


async def test_a_stored_draft_follows_a_preset_also_when_the_window_is_closed(
    tmp_path: Path,
) -> None:
    async with one_beside(tmp_path, "Portrait.json") as (parts, key):
        parts.drafts.follow_preset("Portrait.json", "Portrait old.json")
    assert stored(tmp_path, key)["preset"] == "Portrait old.json"


@pytest.mark.parametrize("is_open", [False, True])
async def test_a_deleted_draft_that_is_put_back_has_followed_its_preset(
    tmp_path: Path, is_open: bool
) -> None:
    async with one_beside(tmp_path, "Portrait.json") as (parts, key):
        parts.drafts.follow_preset("Elsewhere.json", "Portrait.json")
        if is_open:
            parts.drafts.open(key)
            await until(lambda: parts.draft.key == key)
        parts.drafts.delete([key])
        await until(lambda: parts.told)
        parts.drafts.follow_preset("Portrait.json", "Portrait old.json")
        # By then no draft is left that would follow it.
        await parts.store.heads()
        parts.undo_deletion()
        await until(
            lambda: [row.changes for row in parts.drafts.state.rows if row.key == key] == [1]
        )
    assert stored(tmp_path, key)["preset"] == "Portrait old.json"
