"""Several drafts, with real files, a real folder and the emulator."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from runcomfy_desktop.core.base.tasks import Tasks
from runcomfy_desktop.core.drafts.draft_rows import DeploymentAvailability, DraftSourceKind
from runcomfy_desktop.core.drafts.drafts import PendingDraftWrites
from runcomfy_desktop.domain.deployments.deployment import Deployment, DeploymentPayload
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.workflow.workflow import InputKey, Workflow
from runcomfy_desktop.store.draft_summaries import draft_path
from runcomfy_desktop.store.drafts import FORMAT, DraftStore
from tests.support.async_wait import wait_until
from tests.support.draft_harness import FLUX, GRAPH, KONTEXT, SEED, STEPS, open_draft_harness, write
from tests.support.emulated_connection import EmulatedConnection

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import JsonObject

DRAFT = Draft(Workflow({}), DraftSource("x"), "dep", {InputKey("31", "seed"): 7})


async def test_several_drafts_of_one_file_side_by_side(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.open_file(path)
        assert harness.titles == ["bike.json"]
        harness.draft_editor.edit({SEED: 5}, "Seed")
        harness.drafts.create()
        assert harness.draft.changes == {}
        harness.draft_editor.edit({SEED: 6, STEPS: 3}, "Both")
        harness.drafts.duplicate(harness.draft.key)
        assert harness.draft.changes == {SEED: 6, STEPS: 3}
        assert harness.titles == ["bike.json 3", "bike.json 2", "bike.json"]
        assert [row.change_count for row in harness.drafts.state.rows] == [2, 2, 1]
        harness.drafts.open(harness.row("bike.json").key)
        assert harness.draft.changes == {SEED: 5}
        harness.drafts.open_adjacent(is_backwards=True)
        assert harness.drafts.state.current == harness.row("bike.json 2")
        harness.drafts.open_adjacent(is_backwards=False)
        harness.drafts.open_adjacent(is_backwards=False)
        assert harness.drafts.state.current == harness.row("bike.json 3")
        row = harness.row("bike.json")
        assert (row.source_kind, row.availability) == (
            DraftSourceKind.FILE,
            DeploymentAvailability.NONE,
        )
        assert row.path == str(path)


async def test_the_next_start_opens_with_the_draft_in_view_without_a_network(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "bike.json")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.open_file(path)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        harness.drafts.create()
        harness.draft_editor.edit({SEED: 6}, "Seed")
    path.unlink()
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.wait_until_listed("bike.json 2")
        assert harness.draft.changes == {SEED: 6}
        harness.drafts.open(harness.row("bike.json").key)
        await harness.wait_until_listed("bike.json")
        assert harness.draft.changes == {SEED: 5}


async def test_the_next_start_opens_the_draft_of_a_deployment(tmp_path: Path) -> None:
    async with open_draft_harness(tmp_path) as harness:
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft.deployment_id == KONTEXT)
        name = harness.draft.source.name
        harness.draft_editor.edit({SEED: 5}, "Seed")
        harness.drafts.create()
        harness.drafts.rename(harness.draft.key, "  Night\nin blue ")
        harness.draft_editor.edit({SEED: 6}, "Seed")
        assert harness.titles == ["Night in blue", name]
    async with open_draft_harness(tmp_path) as harness:
        await harness.wait_until_listed("Night in blue")
        assert harness.draft.changes == {SEED: 6}
        assert harness.row("Night in blue").availability is DeploymentAvailability.LISTED
        harness.drafts.open(harness.row(name).key)
        await harness.wait_until_listed(name)
        assert harness.draft.changes == {SEED: 5}
        assert harness.draft.key == KONTEXT


async def test_what_was_only_looked_at_is_no_draft(tmp_path: Path) -> None:
    async with open_draft_harness(tmp_path) as harness:
        harness.catalogue.open(FLUX)
        await wait_until(lambda: harness.draft.deployment_id == FLUX)
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft.deployment_id == KONTEXT)
        assert [row.deployment_id for row in harness.drafts.state.rows] == [KONTEXT]


async def test_stored_drafts_are_renamed_duplicated_and_bound_without_opening_them(
    tmp_path: Path,
) -> None:
    one, two = write(tmp_path / "one.json"), write(tmp_path / "two.json")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.open_file(one)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        await harness.open_file(two)
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.wait_until_listed("two.json")
        key = harness.row("one.json").key
        harness.drafts.rename(key, "Blue")
        await wait_until(lambda: "Blue" in harness.titles)
        harness.drafts.bind(key, FLUX)
        await wait_until(lambda: harness.row("Blue").deployment_id == FLUX)
        assert harness.row("Blue").availability is DeploymentAvailability.UNKNOWN
        harness.drafts.duplicate(key)
        await harness.wait_until_listed("one.json 2")
        assert harness.draft.changes == {SEED: 5}
        assert harness.draft.deployment_id == FLUX
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        assert harness.row("Blue").change_count == 1


async def test_a_draft_made_offline_is_bound_later_and_the_difference_told(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "bike.json")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.open_file(path)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        assert harness.draft_editor.state.deployment is None
        harness.drafts.bind(harness.draft.key, FLUX)
        assert harness.draft_editor.state.blocked_reason
    async with open_draft_harness(tmp_path) as harness:
        await harness.wait_until_listed("bike.json")
        await wait_until(lambda: harness.draft_editor.state.deployment is not None)
        assert harness.draft_editor.state.difference
        compared = harness.draft_editor.comparison()
        assert compared is not None
        assert compared.after == harness.draft.workflow
        assert harness.draft.changes == {SEED: 5}
        # Then to another deployment, directly.
        harness.drafts.bind(harness.draft.key, KONTEXT)
        await wait_until(lambda: harness.draft_editor.state.deployment is not None)
        assert harness.draft_editor.state.deployment is not None
        assert harness.draft_editor.state.deployment.deployment_id == KONTEXT


async def test_a_deleted_draft_comes_back_with_its_undo(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.open_file(path)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        harness.drafts.create()
        harness.draft_editor.edit({STEPS: 7}, "Steps")
        harness.drafts.delete([harness.draft.key])
        await wait_until(lambda: harness.shown_notices)
        assert harness.titles == ["bike.json"]
        assert harness.draft.changes == {SEED: 5}
        harness.undo_deletion()
        await harness.wait_until_listed("bike.json 2")
        assert harness.draft.changes == {STEPS: 7}
        assert harness.draft_editor.state.undo_text == "Steps"


async def test_of_the_only_draft_an_empty_one_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.open_file(path)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        harness.drafts.delete([harness.draft.key])
        await wait_until(lambda: harness.shown_notices)
        assert harness.draft.changes == {}
        assert harness.draft.source.path == str(path)
        # Changes in the empty draft are not lost when the other one is restored.
        harness.draft_editor.edit({STEPS: 9}, "Steps")
        harness.undo_deletion()
        await harness.wait_until_listed("bike.json 2")
        assert harness.draft.changes == {SEED: 5}
        assert harness.row("bike.json").change_count == 1
        harness.drafts.open(harness.row("bike.json").key)
        assert harness.draft.changes == {STEPS: 9}


async def test_each_of_two_drafts_of_one_name_has_its_undo(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.open_file(path)
        for steps in (5, 7):
            harness.draft_editor.edit({STEPS: steps}, "Steps")
            harness.drafts.delete([harness.draft.key])
            await wait_until(lambda: harness.draft.changes == {})
        await wait_until(lambda: len(harness.shown_notices) == 2)
        first, second = harness.shown_notices
        assert first.title == second.title
        assert first.subject != second.subject, "neither takes the other's place"


async def test_drafts_that_are_not_open_are_deleted_and_put_back(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one.json"), write(tmp_path / "two.json")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.open_file(one)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        harness.drafts.create()
        await harness.open_file(two)
    odd = draft_path(tmp_path / "drafts", "odd")
    odd.write_text("{")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.wait_until_listed("two.json")
        keys = [row.key for row in harness.drafts.state.rows if row.title != "two.json"]
        assert len(keys) == 3
        harness.drafts.delete(keys)
        await wait_until(lambda: harness.shown_notices)
        assert harness.titles == ["two.json"]
        assert harness.shown_notices[-1].title == "3 drafts are deleted."
        harness.undo_deletion()
        await wait_until(lambda: len(harness.titles) == 4)
        harness.drafts.open(harness.row("one.json").key)
        await harness.wait_until_listed("one.json")
        assert harness.draft.changes == {SEED: 5}
    assert odd.read_text() == "{"


async def test_what_cannot_be_read_is_named_and_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    folder.mkdir()
    damaged, newer = draft_path(folder, "damaged"), draft_path(folder, "newer")
    damaged.write_text("{")
    newer.write_text(json.dumps({"format": FORMAT + 1, "key": "newer"}))
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        assert all(row.is_unreadable for row in harness.drafts.state.rows)
        assert harness.row(newer.name).is_newer
        for name in (damaged.name, newer.name):
            harness.drafts.open(name)
            await wait_until(lambda: harness.shown_notices)
            assert name in harness.shown_notices.pop().detail
        assert damaged.read_text() == "{"


async def test_a_draft_says_when_its_deployment_is_not_there_or_disabled(tmp_path: Path) -> None:
    connection = EmulatedConnection()
    async with open_draft_harness(tmp_path, connection) as harness:
        harness.catalogue.open(FLUX)
        await wait_until(lambda: harness.draft.deployment_id == FLUX)
        name = harness.draft.source.name
        harness.draft_editor.edit({SEED: 5}, "Seed")
        connection.backend.deployments[FLUX].is_enabled = False
        harness.catalogue.refresh()
        await wait_until(lambda: harness.row(name).availability is DeploymentAvailability.DISABLED)
        del connection.backend.deployments[FLUX]
        harness.catalogue.refresh()
        await wait_until(lambda: harness.row(name).availability is DeploymentAvailability.UNLISTED)


async def test_a_draft_beside_one_that_is_open_needs_no_network(tmp_path: Path) -> None:
    async with open_draft_harness(tmp_path) as harness:
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft.deployment_id == KONTEXT)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        harness.drafts.create()
        harness.draft_editor.edit({SEED: 6}, "Seed")
        harness.drafts.rename(harness.draft.key, "Blue")
        harness.drafts.open(KONTEXT)
    async with open_draft_harness(tmp_path) as harness:
        await wait_until(lambda: harness.draft.key == KONTEXT)
        reads = harness.connection.calls.count(f"/prod/v2/deployments/{KONTEXT}")
        harness.drafts.open(harness.row("Blue").key)
        await harness.wait_until_listed("Blue")
        assert harness.draft.changes == {SEED: 6}
        assert harness.connection.calls.count(f"/prod/v2/deployments/{KONTEXT}") == reads


async def test_of_a_changed_file_the_empty_draft_is_of_what_it_is_now(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.open_file(path)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        write(path, {"31": {"class_type": "KSampler", "inputs": {"seed": 9, "steps": 20}}})
        harness.files.open(str(path))
        await wait_until(lambda: harness.draft_editor.state.file_difference)
        harness.drafts.delete([harness.draft.key])
        await wait_until(lambda: harness.shown_notices)
        assert harness.draft.value(SEED) == 9
        assert harness.draft_editor.state.file_difference is None


async def test_a_draft_put_back_takes_the_place_of_the_empty_one_opened_meanwhile(
    tmp_path: Path,
) -> None:
    one, two = write(tmp_path / "one.json"), write(tmp_path / "two.json")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.open_file(one)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        await harness.open_file(two)
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.wait_until_listed("two.json")
        harness.drafts.delete([harness.row("one.json").key])
        await wait_until(lambda: harness.shown_notices)
        await harness.open_file(one)
        assert harness.draft.changes == {}
        harness.undo_deletion()
        await wait_until(lambda: harness.row("one.json").change_count == 1)
        await wait_until(lambda: harness.draft.changes == {SEED: 5})
        harness.draft_editor.edit({STEPS: 9}, "Steps")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.wait_until_listed("one.json")
        assert harness.draft.changes == {SEED: 5, STEPS: 9}


async def test_a_change_of_the_workflow_is_told_of_a_draft_that_was_not_in_view(
    tmp_path: Path,
) -> None:
    moved: JsonObject = {"97": GRAPH["31"]}
    then = Deployment(KONTEXT, "Kontext", payload=DeploymentPayload(GRAPH))
    now = Deployment(KONTEXT, "Kontext", payload=DeploymentPayload(moved))
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        harness.draft_editor.open_deployment(then)
        harness.draft_editor.edit({STEPS: 9}, "Steps")
        first = harness.draft.key
        harness.drafts.create()
        harness.draft_editor.edit({SEED: 5}, "Seed")
        second = harness.draft.key
        harness.drafts.open(first)
        harness.draft_editor.open_deployment(now)
        harness.drafts.open(second)
        assert harness.draft.changes == {}
        assert "1 of your changes does not fit any more" in harness.shown_notices[-1].detail
        change = harness.catalogue.change_notifier.change_of(KONTEXT)
        assert change is not None
        assert [(each.key, each.value) for each in change.lost] == [(SEED, 5)]


def ignore(_error: Exception) -> None:
    """Ignores an error."""


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
