"""Drafts side by side, with real files, a real folder and the stand-in for the service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from runcomfy_desktop.core.draft_rows import Belonging, Standing
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.store.draft_heads import draft_file
from runcomfy_desktop.store.drafts import FORMAT
from tests.support.draft_house import FLUX, GRAPH, KONTEXT, SEED, STEPS, house, write
from tests.support.line import Line
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import JsonObject


async def test_several_drafts_of_one_file_side_by_side(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    async with house(tmp_path, is_online=False) as parts:
        await parts.opens(path)
        assert parts.titles == ["bike.json"]
        parts.bench.edit({SEED: 5}, "Seed")
        parts.drafts.new()
        assert parts.draft.changes == {}
        parts.bench.edit({SEED: 6, STEPS: 3}, "Both")
        parts.drafts.duplicate(parts.draft.key)
        assert parts.draft.changes == {SEED: 6, STEPS: 3}
        assert parts.titles == ["bike.json 3", "bike.json 2", "bike.json"]
        assert [row.changes for row in parts.drafts.state.rows] == [2, 2, 1]
        parts.drafts.open(parts.row("bike.json").key)
        assert parts.draft.changes == {SEED: 5}
        parts.drafts.turn(is_back=True)
        assert parts.drafts.state.current == parts.row("bike.json 2")
        parts.drafts.turn(is_back=False)
        parts.drafts.turn(is_back=False)
        assert parts.drafts.state.current == parts.row("bike.json 3")
        row = parts.row("bike.json")
        assert (row.belonging, row.standing) == (Belonging.FILE, Standing.NONE)
        assert row.path == str(path)


async def test_the_next_start_opens_with_the_draft_in_view_without_a_network(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "bike.json")
    async with house(tmp_path, is_online=False) as parts:
        await parts.opens(path)
        parts.bench.edit({SEED: 5}, "Seed")
        parts.drafts.new()
        parts.bench.edit({SEED: 6}, "Seed")
    path.unlink()
    async with house(tmp_path, is_online=False) as parts:
        await parts.shows("bike.json 2")
        assert parts.draft.changes == {SEED: 6}
        parts.drafts.open(parts.row("bike.json").key)
        await parts.shows("bike.json")
        assert parts.draft.changes == {SEED: 5}


async def test_the_next_start_opens_the_draft_of_a_deployment(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.draft.deployment_id == KONTEXT)
        name = parts.draft.source.name
        parts.bench.edit({SEED: 5}, "Seed")
        parts.drafts.new()
        parts.drafts.rename(parts.draft.key, "  Night\nin blue ")
        parts.bench.edit({SEED: 6}, "Seed")
        assert parts.titles == ["Night in blue", name]
    async with house(tmp_path) as parts:
        await parts.shows("Night in blue")
        assert parts.draft.changes == {SEED: 6}
        assert parts.row("Night in blue").standing is Standing.LISTED
        parts.drafts.open(parts.row(name).key)
        await parts.shows(name)
        assert parts.draft.changes == {SEED: 5}
        assert parts.draft.key == KONTEXT


async def test_what_was_only_looked_at_is_no_draft(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.catalogue.open(FLUX)
        await until(lambda: parts.draft.deployment_id == FLUX)
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.draft.deployment_id == KONTEXT)
        assert [row.deployment_id for row in parts.drafts.state.rows] == [KONTEXT]


async def test_stored_drafts_are_renamed_duplicated_and_bound_without_opening_them(
    tmp_path: Path,
) -> None:
    one, two = write(tmp_path / "one.json"), write(tmp_path / "two.json")
    async with house(tmp_path, is_online=False) as parts:
        await parts.opens(one)
        parts.bench.edit({SEED: 5}, "Seed")
        await parts.opens(two)
    async with house(tmp_path, is_online=False) as parts:
        await parts.shows("two.json")
        key = parts.row("one.json").key
        parts.drafts.rename(key, "Blue")
        await until(lambda: "Blue" in parts.titles)
        parts.drafts.bind(key, FLUX)
        await until(lambda: parts.row("Blue").deployment_id == FLUX)
        assert parts.row("Blue").standing is Standing.UNKNOWN
        parts.drafts.duplicate(key)
        await parts.shows("one.json 2")
        assert parts.draft.changes == {SEED: 5}
        assert parts.draft.deployment_id == FLUX
    async with house(tmp_path, is_online=False) as parts:
        assert parts.row("Blue").changes == 1


async def test_a_draft_made_offline_is_bound_later_and_the_difference_told(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "bike.json")
    async with house(tmp_path, is_online=False) as parts:
        await parts.opens(path)
        parts.bench.edit({SEED: 5}, "Seed")
        assert parts.bench.state.deployment is None
        parts.drafts.bind(parts.draft.key, FLUX)
        assert parts.bench.state.blocked
    async with house(tmp_path) as parts:
        await parts.shows("bike.json")
        await until(lambda: parts.bench.state.deployment is not None)
        assert parts.bench.state.difference
        compared = parts.bench.compared()
        assert compared is not None
        assert compared.after == parts.draft.workflow
        assert parts.draft.changes == {SEED: 5}
        # And to another one, straight from there.
        parts.drafts.bind(parts.draft.key, KONTEXT)
        await until(lambda: parts.bench.state.deployment is not None)
        assert parts.bench.state.deployment is not None
        assert parts.bench.state.deployment.deployment_id == KONTEXT


async def test_a_deleted_draft_comes_back_with_its_undo(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    async with house(tmp_path, is_online=False) as parts:
        await parts.opens(path)
        parts.bench.edit({SEED: 5}, "Seed")
        parts.drafts.new()
        parts.bench.edit({STEPS: 7}, "Steps")
        parts.drafts.delete([parts.draft.key])
        await until(lambda: parts.told)
        assert parts.titles == ["bike.json"]
        assert parts.draft.changes == {SEED: 5}
        parts.undo_deletion()
        await parts.shows("bike.json 2")
        assert parts.draft.changes == {STEPS: 7}
        assert parts.bench.state.undo_text == "Steps"


async def test_of_the_only_draft_an_empty_one_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    async with house(tmp_path, is_online=False) as parts:
        await parts.opens(path)
        parts.bench.edit({SEED: 5}, "Seed")
        parts.drafts.delete([parts.draft.key])
        await until(lambda: parts.told)
        assert parts.draft.changes == {}
        assert parts.draft.source.path == str(path)
        # What is done in it meanwhile is not lost when the other comes back.
        parts.bench.edit({STEPS: 9}, "Steps")
        parts.undo_deletion()
        await parts.shows("bike.json 2")
        assert parts.draft.changes == {SEED: 5}
        assert parts.row("bike.json").changes == 1
        parts.drafts.open(parts.row("bike.json").key)
        assert parts.draft.changes == {STEPS: 9}


async def test_each_of_two_drafts_of_one_name_has_its_undo(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    async with house(tmp_path, is_online=False) as parts:
        await parts.opens(path)
        for steps in (5, 7):
            parts.bench.edit({STEPS: steps}, "Steps")
            parts.drafts.delete([parts.draft.key])
            await until(lambda: parts.draft.changes == {})
        await until(lambda: len(parts.told) == 2)
        first, second = parts.told
        assert first.title == second.title
        assert first.about != second.about, "neither takes the other's place"


async def test_drafts_that_are_not_open_are_deleted_and_put_back(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one.json"), write(tmp_path / "two.json")
    async with house(tmp_path, is_online=False) as parts:
        await parts.opens(one)
        parts.bench.edit({SEED: 5}, "Seed")
        parts.drafts.new()
        await parts.opens(two)
    odd = draft_file(tmp_path / "drafts", "odd")
    odd.write_text("{")
    async with house(tmp_path, is_online=False) as parts:
        await parts.shows("two.json")
        keys = [row.key for row in parts.drafts.state.rows if row.title != "two.json"]
        assert len(keys) == 3
        parts.drafts.delete(keys)
        await until(lambda: parts.told)
        assert parts.titles == ["two.json"]
        assert parts.told[-1].title == "3 drafts are deleted."
        parts.undo_deletion()
        await until(lambda: len(parts.titles) == 4)
        parts.drafts.open(parts.row("one.json").key)
        await parts.shows("one.json")
        assert parts.draft.changes == {SEED: 5}
    assert odd.read_text() == "{"


async def test_what_cannot_be_read_is_named_and_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "drafts"
    folder.mkdir()
    damaged, newer = draft_file(folder, "damaged"), draft_file(folder, "newer")
    damaged.write_text("{")
    newer.write_text(json.dumps({"format": FORMAT + 1, "key": "newer"}))
    async with house(tmp_path, is_online=False) as parts:
        assert all(row.is_odd for row in parts.drafts.state.rows)
        assert parts.row(newer.name).is_newer
        for name in (damaged.name, newer.name):
            parts.drafts.open(name)
            await until(lambda: parts.told)
            assert name in parts.told.pop().detail
        assert damaged.read_text() == "{"


async def test_a_draft_says_when_its_deployment_is_not_there_or_disabled(tmp_path: Path) -> None:
    line = Line()
    async with house(tmp_path, line) as parts:
        parts.catalogue.open(FLUX)
        await until(lambda: parts.draft.deployment_id == FLUX)
        name = parts.draft.source.name
        parts.bench.edit({SEED: 5}, "Seed")
        line.world.deployments[FLUX].is_enabled = False
        parts.catalogue.refresh()
        await until(lambda: parts.row(name).standing is Standing.DISABLED)
        del line.world.deployments[FLUX]
        parts.catalogue.refresh()
        await until(lambda: parts.row(name).standing is Standing.UNLISTED)


async def test_a_draft_beside_one_that_is_open_needs_no_network(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.draft.deployment_id == KONTEXT)
        parts.bench.edit({SEED: 5}, "Seed")
        parts.drafts.new()
        parts.bench.edit({SEED: 6}, "Seed")
        parts.drafts.rename(parts.draft.key, "Blue")
        parts.drafts.open(KONTEXT)
    async with house(tmp_path) as parts:
        await until(lambda: parts.draft.key == KONTEXT)
        reads = parts.line.calls.count(f"/prod/v2/deployments/{KONTEXT}")
        parts.drafts.open(parts.row("Blue").key)
        await parts.shows("Blue")
        assert parts.draft.changes == {SEED: 6}
        assert parts.line.calls.count(f"/prod/v2/deployments/{KONTEXT}") == reads


async def test_of_a_changed_file_the_empty_draft_is_of_what_it_is_now(tmp_path: Path) -> None:
    path = write(tmp_path / "bike.json")
    async with house(tmp_path, is_online=False) as parts:
        await parts.opens(path)
        parts.bench.edit({SEED: 5}, "Seed")
        write(path, {"31": {"class_type": "KSampler", "inputs": {"seed": 9, "steps": 20}}})
        parts.files.open(str(path))
        await until(lambda: parts.bench.state.renewal)
        parts.drafts.delete([parts.draft.key])
        await until(lambda: parts.told)
        assert parts.draft.value(SEED) == 9
        assert parts.bench.state.renewal is None


async def test_a_draft_put_back_takes_the_place_of_the_empty_one_opened_meanwhile(
    tmp_path: Path,
) -> None:
    one, two = write(tmp_path / "one.json"), write(tmp_path / "two.json")
    async with house(tmp_path, is_online=False) as parts:
        await parts.opens(one)
        parts.bench.edit({SEED: 5}, "Seed")
        await parts.opens(two)
    async with house(tmp_path, is_online=False) as parts:
        await parts.shows("two.json")
        parts.drafts.delete([parts.row("one.json").key])
        await until(lambda: parts.told)
        await parts.opens(one)
        assert parts.draft.changes == {}
        parts.undo_deletion()
        await until(lambda: parts.row("one.json").changes == 1)
        await until(lambda: parts.draft.changes == {SEED: 5})
        parts.bench.edit({STEPS: 9}, "Steps")
    async with house(tmp_path, is_online=False) as parts:
        await parts.shows("one.json")
        assert parts.draft.changes == {SEED: 5, STEPS: 9}


async def test_a_change_of_the_workflow_is_told_of_a_draft_that_was_not_in_view(
    tmp_path: Path,
) -> None:
    moved: JsonObject = {"97": GRAPH["31"]}
    then = Deployment(KONTEXT, "Kontext", payload=Payload(GRAPH))
    now = Deployment(KONTEXT, "Kontext", payload=Payload(moved))
    async with house(tmp_path, is_online=False) as parts:
        parts.bench.open_deployment(then)
        parts.bench.edit({STEPS: 9}, "Steps")
        first = parts.draft.key
        parts.drafts.new()
        parts.bench.edit({SEED: 5}, "Seed")
        second = parts.draft.key
        parts.drafts.open(first)
        parts.bench.open_deployment(now)
        parts.drafts.open(second)
        assert parts.draft.changes == {}
        assert "1 of your changes does not fit any more" in parts.told[-1].detail
        change = parts.catalogue.news.of(KONTEXT)
        assert change is not None
        assert [(each.key, each.value) for each in change.lost] == [(SEED, 5)]
