"""Opening a deployment while a file is open, and the cases in which this binds the file to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runcomfy_desktop.store.draft_summaries import draft_path
from tests.support.async_wait import wait_until
from tests.support.draft_harness import FLUX, KONTEXT, SEED, open_draft_harness, write
from tests.support.emulated_connection import EmulatedConnection

if TYPE_CHECKING:
    from pathlib import Path


async def bound_to_flux(folder: Path) -> Path:
    path = write(folder / "bike.json")
    async with open_draft_harness(folder, is_online=False) as harness:
        await harness.open_file(path)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        harness.drafts.bind(harness.draft.key, FLUX)
    return path


def stored_for(folder: Path, path: Path) -> object:
    stored = json.loads(draft_path(folder / "drafts", f"file:{path}").read_bytes())
    return stored["deployment_id"]


async def test_a_file_keeps_its_deployment_that_is_still_on_its_way(tmp_path: Path) -> None:
    path = await bound_to_flux(tmp_path)
    connection = EmulatedConnection()
    connection.hold(FLUX)
    async with open_draft_harness(tmp_path, connection, is_online=False) as harness:
        await harness.wait_until_listed("bike.json")
        harness.catalogue.refresh()
        await wait_until(lambda: harness.catalogue.state.loaded_s)
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft_editor.state.deployment is not None)
        assert harness.draft.key == KONTEXT, "what was asked for is in view, as it is"
        harness.draft_editor.edit({SEED: 6}, "Seed")
        connection.release()
    assert stored_for(tmp_path, path) == FLUX


async def test_a_file_keeps_its_deployment_as_long_as_no_list_says_that_it_is_gone(
    tmp_path: Path,
) -> None:
    path = await bound_to_flux(tmp_path)
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.wait_until_listed("bike.json")
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft.key == KONTEXT)
        harness.draft_editor.edit({SEED: 6}, "Seed")
    assert stored_for(tmp_path, path) == FLUX


async def test_a_file_whose_deployment_is_gone_gets_the_one_asked_for(tmp_path: Path) -> None:
    path = await bound_to_flux(tmp_path)
    connection = EmulatedConnection()
    del connection.backend.deployments[FLUX]
    async with open_draft_harness(tmp_path, connection, is_online=False) as harness:
        await harness.wait_until_listed("bike.json")
        harness.catalogue.refresh()
        await wait_until(lambda: harness.catalogue.state.loaded_s)
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft_editor.state.deployment is not None)
        assert harness.draft_path == str(path)
    assert stored_for(tmp_path, path) == KONTEXT


async def test_a_file_whose_deployment_is_of_another_kind_gets_the_one_asked_for(
    tmp_path: Path,
) -> None:
    path = await bound_to_flux(tmp_path)
    connection = EmulatedConnection()
    connection.backend.deployments[FLUX].is_lora = True
    async with open_draft_harness(tmp_path, connection, is_online=False) as harness:
        await harness.wait_until_listed("bike.json")
        harness.catalogue.refresh()
        await wait_until(lambda: FLUX in harness.catalogue.state.kinds)
        await wait_until(lambda: not harness.catalogue.state.opening_id)
        harness.catalogue.open(KONTEXT)
        await wait_until(lambda: harness.draft_editor.state.deployment is not None)
        assert harness.draft_path == str(path)
    assert stored_for(tmp_path, path) == KONTEXT


async def test_a_file_gets_its_own_deployment_when_that_is_asked_for(tmp_path: Path) -> None:
    path = await bound_to_flux(tmp_path)
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.wait_until_listed("bike.json")
        harness.catalogue.open(FLUX)
        await wait_until(lambda: harness.draft_editor.state.deployment is not None)
        assert harness.draft_path == str(path)
        assert harness.draft.changes == {SEED: 5}
    assert stored_for(tmp_path, path) == FLUX


async def test_what_is_asked_for_is_no_less_a_request_when_it_is_being_read_already(
    tmp_path: Path,
) -> None:
    await bound_to_flux(tmp_path)
    other = write(tmp_path / "car.json")
    connection = EmulatedConnection()
    connection.hold(FLUX)
    async with open_draft_harness(tmp_path, connection, is_online=False) as harness:
        await harness.wait_until_listed("bike.json")
        harness.catalogue.refresh()
        await wait_until(lambda: harness.catalogue.state.opening_id == FLUX)
        await harness.open_file(other)
        harness.catalogue.open(FLUX)
        connection.release()
        await wait_until(lambda: harness.draft_editor.state.deployment is not None)
        assert harness.draft_path == str(other)
        assert harness.draft.deployment_id == FLUX


async def test_what_was_in_view_when_it_was_asked_for_is_bound_and_no_other(
    tmp_path: Path,
) -> None:
    mine, other = write(tmp_path / "mine.json"), write(tmp_path / "other.json")
    connection = EmulatedConnection()
    connection.hold(FLUX)
    async with open_draft_harness(tmp_path, connection, is_online=False) as harness:
        await harness.open_file(mine)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        harness.catalogue.open(FLUX)
        await harness.open_file(other)
        harness.draft_editor.edit({SEED: 6}, "Seed")
        connection.release()
        await wait_until(lambda: harness.shown_notices)
        assert [each.title for each in harness.shown_notices] == [
            f"mine.json runs on {harness.connection.backend.deployments[FLUX].name} from now on."
        ]
        await wait_until(lambda: not harness.catalogue.state.opening_id)
        assert harness.draft_path == str(other), "nothing comes over what was opened later"
        assert (harness.draft.deployment_id, harness.draft_editor.state.deployment) == ("", None)
        harness.drafts.open(f"file:{mine}")
        await harness.wait_until_listed("mine.json")
        assert harness.draft_editor.state.deployment is not None
        assert harness.draft.changes == {SEED: 5}
    assert stored_for(tmp_path, mine) == FLUX
    assert stored_for(tmp_path, other) == ""


async def test_what_is_known_of_before_is_bound_so_and_then_as_it_is_now(tmp_path: Path) -> None:
    mine, other = write(tmp_path / "mine.json"), write(tmp_path / "other.json")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        send_queue = harness.connection
        harness.catalogue.open(FLUX)
        await wait_until(lambda: harness.draft_editor.state.deployment is not None)
        await wait_until(lambda: not harness.catalogue.state.opening_id)
        harness.draft_editor.remove_deployment(FLUX, harness.draft.source)
        await harness.open_file(mine)
        send_queue.hold(FLUX)
        harness.catalogue.open(FLUX)
        await wait_until(lambda: send_queue.calls[-1].endswith(FLUX))
        await harness.open_file(other)
        send_queue.backend.deployments[FLUX].name = "newer"
        send_queue.release()
        await wait_until(lambda: not harness.catalogue.state.opening_id)
        record = harness.draft_editor.record_of(FLUX)
        assert record is not None
        assert record.name == "newer"
        assert harness.draft_editor.open_drafts[f"file:{mine}"].draft.deployment_id == FLUX
        assert harness.draft.deployment_id == ""
        assert harness.draft_path == str(other)


async def test_a_file_that_came_later_is_not_bound_to_what_was_asked_for_before(
    tmp_path: Path,
) -> None:
    later = write(tmp_path / "later.json")
    connection = EmulatedConnection()
    async with open_draft_harness(tmp_path, connection, is_online=False) as harness:
        connection.hold(FLUX)
        harness.catalogue.open(FLUX)
        await harness.open_file(later)
        connection.release()
        await wait_until(lambda: not harness.catalogue.state.opening_id)
        assert harness.draft_path == str(later)
        assert harness.draft.deployment_id == ""


async def test_a_draft_that_was_deleted_meanwhile_is_bound_to_nothing(tmp_path: Path) -> None:
    mine, other = write(tmp_path / "mine.json"), write(tmp_path / "other.json")
    connection = EmulatedConnection()
    connection.hold(FLUX)
    async with open_draft_harness(tmp_path, connection, is_online=False) as harness:
        await harness.open_file(mine)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        harness.catalogue.open(FLUX)
        await harness.open_file(other)
        harness.drafts.delete([f"file:{mine}"])
        await wait_until(lambda: f"file:{mine}" not in harness.draft_editor.open_drafts)
        told = len(harness.shown_notices)
        connection.release()
        await wait_until(lambda: not harness.catalogue.state.opening_id)
        assert (harness.draft_path, harness.draft.deployment_id) == (str(other), "")
        assert len(harness.shown_notices) == told
        assert f"file:{mine}" not in harness.draft_editor.open_drafts


async def test_with_no_file_named_none_is_bound(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine.json")
    async with open_draft_harness(tmp_path, is_online=False) as harness:
        await harness.open_file(mine)
        harness.draft_editor.edit({SEED: 5}, "Seed")
        assert harness.catalogue.bindable_file_key(FLUX) == harness.draft.key
        harness.catalogue.open(FLUX, "")
        await wait_until(lambda: harness.draft.key == FLUX)
    assert stored_for(tmp_path, mine) == ""


async def test_the_draft_that_is_named_last_is_bound(tmp_path: Path) -> None:
    mine, other = write(tmp_path / "mine.json"), write(tmp_path / "other.json")
    connection = EmulatedConnection()
    connection.hold(FLUX)
    async with open_draft_harness(tmp_path, connection, is_online=False) as harness:
        await harness.open_file(mine)
        harness.catalogue.open(FLUX)
        await harness.open_file(other)
        harness.catalogue.open(FLUX)
        connection.release()
        await wait_until(lambda: harness.draft_editor.state.deployment is not None)
        assert harness.draft_path == str(other)
        assert harness.draft_editor.open_drafts[f"file:{mine}"].draft.deployment_id == ""
