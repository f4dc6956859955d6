"""Actions on stored drafts that are not open: while they are opened, and at shutdown."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.drafts import drafts
from runcomfy_desktop.core.editor.open_draft_commands import set_preset
from runcomfy_desktop.store.draft_summaries import draft_path
from tests.support.async_wait import wait_until, yield_to_tasks
from tests.support.draft_harness import (
    FLUX,
    KONTEXT,
    SEED,
    STEPS,
    DraftHarness,
    open_draft_harness,
    write,
)
from tests.support.emulated_connection import EmulatedConnection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject
    from runcomfy_desktop.domain.drafts.draft import Draft


def stored(folder: Path, key: str) -> JsonObject:
    """Returns the stored content of a draft."""
    content: JsonObject = json.loads(draft_path(folder / "drafts", key).read_bytes())
    return content


@asynccontextmanager
async def open_two_drafts(
    folder: Path, preset: str = ""
) -> AsyncIterator[tuple[DraftHarness, str]]:
    """Yields a harness with two.json open, and the key of one.json's draft, which is only stored
    and belongs to the preset."""
    one, two = write(folder / "one.json"), write(folder / "two.json")
    async with open_draft_harness(folder, is_online=False) as harness:
        await harness.open_file(one)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        set_preset(harness.draft_editor, harness.draft.key, preset)
        await harness.open_file(two)
    async with open_draft_harness(folder, is_online=False) as harness:
        await harness.wait_until_listed("two.json")
        yield harness, harness.row("one.json").key


def first_load_is_slow(harness: DraftHarness, read: list[str] | None = None) -> asyncio.Event:
    """Delays the next load of a draft until the event is set.

    The load returns the draft as it was before the delay. `read` gets the key once the draft is
    read.
    """
    load, go_on, slow = harness.store._load, asyncio.Event(), [True]

    async def late(path: Path, key: str) -> Draft | None:
        is_slow = bool(slow and slow.pop())
        found = await load(path, key)
        if is_slow:
            if read is not None:
                read.append(key)
            await go_on.wait()
        return found

    harness.store._load = late  # type: ignore[method-assign]
    return go_on


async def test_a_draft_that_is_opened_while_it_is_renamed_keeps_what_is_typed(
    tmp_path: Path,
) -> None:
    async with open_two_drafts(tmp_path) as (parts, key):
        go_on = first_load_is_slow(parts)
        parts.drafts.rename(key, "Blue")
        await asyncio.sleep(0)
        parts.drafts.open(key)
        await wait_until(lambda: parts.draft.key == key)
        parts.draft_editor.edit({SEED: 77, STEPS: 9}, "Much work")
        go_on.set()
        await wait_until(lambda: "Blue" in parts.titles)
    assert stored(tmp_path, key)["changes"] == {"31": {"seed": 77, "steps": 9}}
    assert stored(tmp_path, key)["title"] == "Blue"


async def test_a_draft_that_is_renamed_and_bound_while_it_is_opened_stays_so(
    tmp_path: Path,
) -> None:
    async with open_two_drafts(tmp_path) as (parts, key):
        read: list[str] = []
        go_on = first_load_is_slow(parts, read)
        parts.drafts.open(key)
        await wait_until(lambda: read)
        parts.drafts.rename(key, "Blue")
        parts.drafts.bind(key, FLUX)
        await wait_until(lambda: "Blue" in parts.titles and parts.row("Blue").deployment_id == FLUX)
        go_on.set()
        await wait_until(lambda: parts.draft.key == key)
        assert parts.row("Blue").deployment_id == FLUX
        assert parts.draft.deployment_id == FLUX
        parts.draft_editor.edit({STEPS: 9}, "Steps")
    found = stored(tmp_path, key)
    assert (found["title"], found["deployment_id"]) == ("Blue", FLUX)
    assert found["changes"] == {"31": {"seed": 5, "steps": 9}}


async def test_a_draft_that_is_renamed_while_its_deployment_is_awaited_stays_so(
    tmp_path: Path,
) -> None:
    connection = EmulatedConnection()
    async with open_draft_harness(tmp_path, connection) as harness:
        harness.catalogue.open(FLUX)
        await wait_until(lambda: harness.draft.deployment_id == FLUX)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft.deployment_id == KONTEXT)
        harness.draft_editor.edit({SEED: 6}, "Seed")
    async with open_draft_harness(tmp_path, connection) as harness:
        await wait_until(lambda: harness.draft.key == KONTEXT)
        connection.hold(FLUX)
        known = len(connection.calls)
        harness.drafts.open(FLUX)
        await wait_until(lambda: any(FLUX in call for call in connection.calls[known:]))
        harness.drafts.rename(FLUX, "Blue")
        await wait_until(lambda: "Blue" in harness.titles)
        connection.release()
        await wait_until(lambda: harness.draft.key == FLUX)
        harness.draft_editor.edit({STEPS: 9}, "Steps")
        assert "Blue" in harness.titles
    assert stored(tmp_path, FLUX)["title"] == "Blue"


async def test_a_file_that_was_bound_out_of_view_is_opened_for_the_deployment_in_use(
    tmp_path: Path,
) -> None:
    async with open_two_drafts(tmp_path) as (_parts, key):
        pass
    async with open_draft_harness(tmp_path) as harness:
        await harness.wait_until_listed("two.json")
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft_editor.state.deployment is not None)
        harness.drafts.bind(key, FLUX)
        await wait_until(lambda: harness.row("one.json").deployment_id == FLUX)
        await harness.open_file(tmp_path / "one.json")
        assert harness.draft.deployment_id == KONTEXT


async def test_a_title_of_before_does_not_come_back_with_a_draft_that_is_opened_again(
    tmp_path: Path,
) -> None:
    async with open_two_drafts(tmp_path) as (parts, key):
        parts.drafts.rename(key, "Blue")
        await wait_until(lambda: "Blue" in parts.titles)
        parts.drafts.open(key)
        await parts.wait_until_listed("Blue")
        parts.drafts.rename(key, "Green")
        await parts.open_file(tmp_path / "two.json")
        parts.drafts.open(key)
        await parts.wait_until_listed("Green")
    assert stored(tmp_path, key)["title"] == "Green"


async def test_a_draft_that_is_deleted_while_it_is_renamed_is_deleted_with_its_new_title(
    tmp_path: Path,
) -> None:
    async with open_two_drafts(tmp_path) as (parts, key):
        go_on = first_load_is_slow(parts)
        parts.drafts.rename(key, "Blue")
        parts.drafts.delete([key])
        await yield_to_tasks()
        go_on.set()
        await wait_until(lambda: parts.shown_notices)
        assert not draft_path(tmp_path / "drafts", key).exists()
        # The file opens with a new draft at once, with none of the deleted draft's values.
        await parts.open_file(tmp_path / "one.json")
        assert (parts.draft.title, parts.draft.changes) == ("", {})
        await parts.open_file(tmp_path / "two.json")
        parts.undo_deletion()
        await wait_until(lambda: "Blue" in parts.titles)
    assert stored(tmp_path, key)["title"] == "Blue"


async def test_what_comes_in_the_place_of_a_deleted_draft_has_nothing_of_it(
    tmp_path: Path,
) -> None:
    async with open_two_drafts(tmp_path) as (parts, key):
        parts.drafts.rename(key, "Blue")
        await wait_until(lambda: "Blue" in parts.titles)
        parts.drafts.delete([key])
        await wait_until(lambda: parts.shown_notices)
        await parts.open_file(tmp_path / "one.json")
        assert (parts.draft.title, parts.draft.changes) == ("", {})


async def test_the_undo_of_a_deletion_is_done_before_the_window_is_closed(tmp_path: Path) -> None:
    async with open_two_drafts(tmp_path) as (parts, key):
        parts.drafts.delete([key])
        await wait_until(lambda: parts.shown_notices)
        parts.undo_deletion()
    assert stored(tmp_path, key)["changes"] == {"31": {"seed": 5}}


async def test_a_title_and_a_deployment_are_stored_before_the_window_is_closed(
    tmp_path: Path,
) -> None:
    async with open_two_drafts(tmp_path) as (parts, key):
        parts.drafts.rename(key, "Blue")
        parts.drafts.bind(key, FLUX)
    found = stored(tmp_path, key)
    assert (found["title"], found["deployment_id"]) == ("Blue", FLUX)


async def test_a_disk_that_does_not_answer_does_not_keep_the_window_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_two_drafts(tmp_path) as (parts, key):
        first_load_is_slow(parts)
        parts.drafts.rename(key, "Blue")
        await yield_to_tasks()
        monkeypatch.setattr(drafts, "_FINISH_S", 0.0)
        await parts.drafts.close()
    assert stored(tmp_path, key)["title"] == ""


async def test_a_duplicate_is_stored_before_the_window_is_closed(tmp_path: Path) -> None:
    async with open_two_drafts(tmp_path) as (parts, key):
        parts.drafts.duplicate(key)
    async with open_draft_harness(tmp_path, is_online=False) as parts:
        assert parts.row("one.json 2").change_count == 1


async def test_a_deleted_draft_that_is_gone_for_good_is_told(tmp_path: Path) -> None:
    async with open_two_drafts(tmp_path) as (parts, key):
        parts.drafts.delete([key])
        await wait_until(lambda: parts.shown_notices)
        draft_path(tmp_path / "drafts" / "deleted", key).unlink()
        parts.undo_deletion()
        await wait_until(lambda: len(parts.shown_notices) > 1)
        assert parts.shown_notices[-1].title == "The draft one.json could not be put back."
        assert str(tmp_path / "drafts" / "deleted") in parts.shown_notices[-1].detail
        assert "one.json" not in parts.titles


async def test_a_stored_draft_follows_a_preset_that_is_renamed(tmp_path: Path) -> None:
    async with open_two_drafts(tmp_path, "Portrait.json") as (parts, key):
        # The second change comes while the first still waits for the disk.
        parts.drafts.update_preset_path("Portrait.json", "Portrait old.json")
        parts.drafts.update_preset_path("Portrait old.json", "In here/Portrait old.json")
        parts.drafts.open(key)
        await wait_until(lambda: parts.draft.key == key)
        await wait_until(lambda: parts.draft.preset == "In here/Portrait old.json")
        await parts.open_file(tmp_path / "two.json")
        set_preset(parts.draft_editor, parts.draft.key, "Portrait.json")
        parts.drafts.update_preset_path("Portrait.json", "Another.json")
        assert parts.draft.preset == "Another.json"
    assert stored(tmp_path, key)["preset"] == "In here/Portrait old.json"


async def test_a_stored_draft_follows_a_preset_also_when_the_window_is_closed(
    tmp_path: Path,
) -> None:
    async with open_two_drafts(tmp_path, "Portrait.json") as (parts, key):
        parts.drafts.update_preset_path("Portrait.json", "Portrait old.json")
    assert stored(tmp_path, key)["preset"] == "Portrait old.json"


@pytest.mark.parametrize("is_open", [False, True])
async def test_a_deleted_draft_that_is_put_back_has_followed_its_preset(
    tmp_path: Path, is_open: bool
) -> None:
    async with open_two_drafts(tmp_path, "Portrait.json") as (parts, key):
        parts.drafts.update_preset_path("Elsewhere.json", "Portrait.json")
        if is_open:
            parts.drafts.open(key)
            await wait_until(lambda: parts.draft.key == key)
        parts.drafts.delete([key])
        await wait_until(lambda: parts.shown_notices)
        parts.drafts.update_preset_path("Portrait.json", "Portrait old.json")
        # Now no draft is left that could follow the preset.
        await parts.store.summaries()
        parts.undo_deletion()
        await wait_until(
            lambda: [row.change_count for row in parts.drafts.state.rows if row.key == key] == [1]
        )
    assert stored(tmp_path, key)["preset"] == "Portrait old.json"
