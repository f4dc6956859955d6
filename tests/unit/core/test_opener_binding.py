"""Asking for a deployment while a file is in view: when it becomes that of the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runcomfy_desktop.store.draft_heads import draft_file
from tests.support.draft_house import FLUX, KONTEXT, SEED, house, write
from tests.support.line import Line
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path


async def bound_to_flux(folder: Path) -> Path:
    path = write(folder / "bike.json")
    async with house(folder, is_online=False) as parts:
        await parts.opens(path)
        parts.bench.edit({SEED: 5}, "Seed")
        parts.drafts.bind(parts.draft.key, FLUX)
    return path


def stored_for(folder: Path, path: Path) -> object:
    stored = json.loads(draft_file(folder / "drafts", f"file:{path}").read_bytes())
    return stored["deployment_id"]


async def test_a_file_keeps_its_deployment_that_is_still_on_its_way(tmp_path: Path) -> None:
    path = await bound_to_flux(tmp_path)
    line = Line()
    line.hold(FLUX)
    async with house(tmp_path, line, is_online=False) as parts:
        await parts.shows("bike.json")
        parts.catalogue.refresh()
        await until(lambda: parts.catalogue.state.loaded_s)
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.bench.state.deployment is not None)
        assert parts.draft.key == KONTEXT, "what was asked for is in view, as it is"
        parts.bench.edit({SEED: 6}, "Seed")
        line.release()
    assert stored_for(tmp_path, path) == FLUX


async def test_a_file_keeps_its_deployment_as_long_as_no_list_says_that_it_is_gone(
    tmp_path: Path,
) -> None:
    path = await bound_to_flux(tmp_path)
    async with house(tmp_path, is_online=False) as parts:
        await parts.shows("bike.json")
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.draft.key == KONTEXT)
        parts.bench.edit({SEED: 6}, "Seed")
    assert stored_for(tmp_path, path) == FLUX


async def test_a_file_whose_deployment_is_gone_gets_the_one_asked_for(tmp_path: Path) -> None:
    path = await bound_to_flux(tmp_path)
    line = Line()
    del line.world.deployments[FLUX]
    async with house(tmp_path, line, is_online=False) as parts:
        await parts.shows("bike.json")
        parts.catalogue.refresh()
        await until(lambda: parts.catalogue.state.loaded_s)
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.bench.state.deployment is not None)
        assert parts.draft_path == str(path)
    assert stored_for(tmp_path, path) == KONTEXT


async def test_a_file_whose_deployment_is_of_another_kind_gets_the_one_asked_for(
    tmp_path: Path,
) -> None:
    path = await bound_to_flux(tmp_path)
    line = Line()
    line.world.deployments[FLUX].is_lora = True
    async with house(tmp_path, line, is_online=False) as parts:
        await parts.shows("bike.json")
        parts.catalogue.refresh()
        await until(lambda: FLUX in parts.catalogue.state.kinds)
        await until(lambda: not parts.catalogue.state.opening_id)
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.bench.state.deployment is not None)
        assert parts.draft_path == str(path)
    assert stored_for(tmp_path, path) == KONTEXT


async def test_a_file_gets_its_own_deployment_when_that_is_asked_for(tmp_path: Path) -> None:
    path = await bound_to_flux(tmp_path)
    async with house(tmp_path, is_online=False) as parts:
        await parts.shows("bike.json")
        parts.catalogue.open(FLUX)
        await until(lambda: parts.bench.state.deployment is not None)
        assert parts.draft_path == str(path)
        assert parts.draft.changes == {SEED: 5}
    assert stored_for(tmp_path, path) == FLUX


async def test_what_is_asked_for_is_no_less_a_wish_when_it_is_being_read_already(
    tmp_path: Path,
) -> None:
    await bound_to_flux(tmp_path)
    other = write(tmp_path / "car.json")
    line = Line()
    line.hold(FLUX)
    async with house(tmp_path, line, is_online=False) as parts:
        await parts.shows("bike.json")
        parts.catalogue.refresh()
        await until(lambda: parts.catalogue.state.opening_id == FLUX)
        await parts.opens(other)
        parts.catalogue.open(FLUX)
        line.release()
        await until(lambda: parts.bench.state.deployment is not None)
        assert parts.draft_path == str(other)
        assert parts.draft.deployment_id == FLUX


async def test_what_was_in_view_when_it_was_asked_for_is_bound_and_no_other(
    tmp_path: Path,
) -> None:
    mine, other = write(tmp_path / "mine.json"), write(tmp_path / "other.json")
    line = Line()
    line.hold(FLUX)
    async with house(tmp_path, line, is_online=False) as parts:
        await parts.opens(mine)
        parts.bench.edit({SEED: 5}, "Seed")
        parts.catalogue.open(FLUX)
        await parts.opens(other)
        parts.bench.edit({SEED: 6}, "Seed")
        line.release()
        await until(lambda: parts.told)
        assert [each.title for each in parts.told] == [
            f"mine.json runs on {parts.line.world.deployments[FLUX].name} from now on."
        ]
        await until(lambda: not parts.catalogue.state.opening_id)
        assert parts.draft_path == str(other), "nothing comes over what was opened later"
        assert (parts.draft.deployment_id, parts.bench.state.deployment) == ("", None)
        parts.drafts.open(f"file:{mine}")
        await parts.shows("mine.json")
        assert parts.bench.state.deployment is not None
        assert parts.draft.changes == {SEED: 5}
    assert stored_for(tmp_path, mine) == FLUX
    assert stored_for(tmp_path, other) == ""


async def test_what_is_known_of_before_is_bound_so_and_then_as_it_is_now(tmp_path: Path) -> None:
    mine, other = write(tmp_path / "mine.json"), write(tmp_path / "other.json")
    async with house(tmp_path, is_online=False) as parts:
        line = parts.line
        parts.catalogue.open(FLUX)
        await until(lambda: parts.bench.state.deployment is not None)
        await until(lambda: not parts.catalogue.state.opening_id)
        parts.bench.release(FLUX, parts.draft.source)
        await parts.opens(mine)
        line.hold(FLUX)
        parts.catalogue.open(FLUX)
        await until(lambda: line.calls[-1].endswith(FLUX))
        await parts.opens(other)
        line.world.deployments[FLUX].name = "newer"
        line.release()
        await until(lambda: not parts.catalogue.state.opening_id)
        record = parts.bench.record_of(FLUX)
        assert record is not None
        assert record.name == "newer"
        assert parts.bench.pages[f"file:{mine}"].draft.deployment_id == FLUX
        assert parts.draft.deployment_id == ""
        assert parts.draft_path == str(other)


async def test_a_file_that_came_later_is_not_bound_to_what_was_asked_for_before(
    tmp_path: Path,
) -> None:
    later = write(tmp_path / "later.json")
    line = Line()
    async with house(tmp_path, line, is_online=False) as parts:
        line.hold(FLUX)
        parts.catalogue.open(FLUX)
        await parts.opens(later)
        line.release()
        await until(lambda: not parts.catalogue.state.opening_id)
        assert parts.draft_path == str(later)
        assert parts.draft.deployment_id == ""


async def test_a_draft_that_was_deleted_meanwhile_is_bound_to_nothing(tmp_path: Path) -> None:
    mine, other = write(tmp_path / "mine.json"), write(tmp_path / "other.json")
    line = Line()
    line.hold(FLUX)
    async with house(tmp_path, line, is_online=False) as parts:
        await parts.opens(mine)
        parts.bench.edit({SEED: 5}, "Seed")
        parts.catalogue.open(FLUX)
        await parts.opens(other)
        parts.drafts.delete([f"file:{mine}"])
        await until(lambda: f"file:{mine}" not in parts.bench.pages)
        told = len(parts.told)
        line.release()
        await until(lambda: not parts.catalogue.state.opening_id)
        assert (parts.draft_path, parts.draft.deployment_id) == (str(other), "")
        assert len(parts.told) == told
        assert f"file:{mine}" not in parts.bench.pages


async def test_with_no_file_named_none_is_bound(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine.json")
    async with house(tmp_path, is_online=False) as parts:
        await parts.opens(mine)
        parts.bench.edit({SEED: 5}, "Seed")
        assert parts.catalogue.file_for(FLUX) == parts.draft.key
        parts.catalogue.open(FLUX, "")
        await until(lambda: parts.draft.key == FLUX)
    assert stored_for(tmp_path, mine) == ""


async def test_the_draft_that_is_named_last_is_bound(tmp_path: Path) -> None:
    mine, other = write(tmp_path / "mine.json"), write(tmp_path / "other.json")
    line = Line()
    line.hold(FLUX)
    async with house(tmp_path, line, is_online=False) as parts:
        await parts.opens(mine)
        parts.catalogue.open(FLUX)
        await parts.opens(other)
        parts.catalogue.open(FLUX)
        line.release()
        await until(lambda: parts.bench.state.deployment is not None)
        assert parts.draft_path == str(other)
        assert parts.bench.pages[f"file:{mine}"].draft.deployment_id == ""
