"""The library: presets listed, saved, moved, deleted and brought back, beside others who do so."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.domain.preset.reading import read_preset
from runcomfy_desktop.domain.preset.writing import write_preset
from tests.support.preset_house import KEY, preset, preset_house
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path

OLD_S = 1_700_000_000


async def test_a_saved_preset_is_a_file_in_the_list(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        path = await house.saved(preset(), "Light/Evening")
        assert path == "Light/Evening/Golden hour.json"
        assert read_preset((house.root / path).read_bytes()) == preset()
        head = house.heads[path]
        assert (head.name, head.folder, head.count) == ("Golden hour", "Light/Evening", 1)
        assert (head.deployment_id, head.deployment_name, head.problem) == ("dep-1", "Flux", "")
        assert house.library.state.folders == ("Light", "Light/Evening")
        assert await house.read(path) == preset()
        assert house.told == []


async def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        paths = [await house.saved(preset()) for _ in range(3)]
        assert paths == ["Golden hour.json", "Golden hour (2).json", "Golden hour (3).json"]


async def test_what_comes_from_outside_is_seen(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        assert house.paths == []
        (house.root / "Team").mkdir(parents=True)
        file = house.root / "Team" / "theirs.json"
        file.write_bytes(write_preset(preset("Theirs")))
        await until(lambda: house.paths == ["Team/theirs.json"])
        file.write_bytes(write_preset(preset("Renamed there")))
        await until(lambda: house.heads["Team/theirs.json"].name == "Renamed there")
        file.unlink()
        await until(lambda: house.paths == [])


async def test_nothing_is_told_while_nothing_changes(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        await house.saved(preset())
        heard: list[object] = []
        house.library.changed.subscribe(heard.append)
        (house.root / "notes.txt").write_text("x")
        (house.root / "workflow.json").write_text('{"3": {"class_type": "A", "inputs": {}}}')
        found: list[str] = []
        # Behind a few looks of its own.
        for _ in range(5):
            house.library.as_text(["Golden hour.json"], found.append)
        await until(lambda: len(found) == 5)
        assert heard == []


async def test_two_programs_at_one_preset_lose_nothing(tmp_path: Path) -> None:
    shared = tmp_path / "team"
    shared.mkdir()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    async with (
        preset_house(tmp_path / "one", shared) as one,
        preset_house(tmp_path / "two", shared) as two,
    ):
        path = await one.saved(preset(value="first"))
        await until(lambda: path in two.paths)
        await one.read(path)
        await two.read(path)
        await one.updated(path, preset(value="of one"))
        os.utime(shared / path, (OLD_S, OLD_S))
        await two.updated(path, preset(value="of two"))
        assert read_preset((shared / path).read_bytes()).entries[0].value == "of two"
        (beside,) = set(two.paths) - {path}
        assert beside.startswith("Golden hour (of 2023-11-1")
        kept = read_preset((shared / beside).read_bytes())
        assert kept.entries[0].value == "of one"
        assert kept.name == beside.removesuffix(".json")
        assert two.titles == [
            "The preset “Golden hour” had been changed by somebody else meanwhile."
        ]
        assert beside in two.told[0].detail
        assert one.told == []


async def test_a_change_from_outside_is_kept_twice_also_after_a_restart(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        path = await house.saved(preset(value="first"))
        house.library.rename(path, "Blue hour")
        await until(lambda: house.paths == ["Blue hour.json"])
    file = tmp_path / "presets" / "Blue hour.json"
    async with preset_house(tmp_path) as house:
        await house.read("Blue hour.json")
        await house.updated("Blue hour.json", preset("Blue hour", "second"))
        assert house.told == []
    file.write_bytes(write_preset(preset("Blue hour", "of somebody else")))
    async with preset_house(tmp_path) as house:
        await house.read("Blue hour.json")
        await house.updated("Blue hour.json", preset("Blue hour", "third"))
        assert len(house.told) == 1
        values = {read_preset(each.read_bytes()).entries[0].value for each in house.root.iterdir()}
        assert values == {"third", "of somebody else"}


async def test_who_took_over_the_other_version_updates_that(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        path = await house.saved(preset(value="first"))
        (house.root / path).write_bytes(write_preset(preset(value="theirs")))
        house.library.taken(path, await house.read(path))
        await house.read(path)
        await house.updated(path, preset(value="mine"))
        assert house.paths == [path]
        assert house.told == []


async def test_what_was_written_after_the_look_is_not_taken_over(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        path = await house.saved(preset(value="first"))
        seen = await house.read(path)
        (house.root / path).write_bytes(write_preset(preset(value="theirs")))
        house.library.taken(path, seen)
        await house.updated(path, preset(value="mine"))
        values = {read_preset(each.read_bytes()).entries[0].value for each in house.root.iterdir()}
        assert values == {"mine", "theirs"}


async def test_an_update_keeps_what_a_draft_does_not_know(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        path = await house.saved(replace(preset(), note="Taken at noon"))
        told = json.loads((house.root / path).read_bytes())
        told["later"], told["inputs"][0]["weight"] = 1, 2
        (house.root / path).write_text(json.dumps(told))
        house.library.taken(path, await house.read(path))
        await house.updated(path, preset(value="new"))
        told = json.loads((house.root / path).read_bytes())
        assert (told["later"], told["note"]) == (1, "Taken at noon")
        assert told["inputs"][0]["weight"] == 2
        assert told["inputs"][0]["value"] == "new"


async def test_an_update_of_what_is_gone_is_written_all_the_same(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        path = await house.saved(preset())
        (house.root / path).unlink()
        assert await house.updated(path, preset(value="new")) == path
        assert (await house.read(path)).entries[0].value == "new"


async def test_a_newer_preset_is_listed_and_never_written(tmp_path: Path) -> None:
    content = json.dumps({"format": 2, "name": "Of tomorrow", "inputs": []})
    async with preset_house(tmp_path) as house:
        house.root.mkdir(exist_ok=True)
        (house.root / "new.json").write_text(content)
        await until(lambda: house.paths)
        head = house.heads["new.json"]
        assert (head.name, head.problem) == (
            "Of tomorrow",
            "This preset was written by a newer version of this program.",
        )
        house.library.update("new.json", preset())
        house.library.rename("new.json", "Mine")
        house.library.duplicate("new.json")
        await until(lambda: len(house.told) == 3)
        assert set(house.titles) == {head.problem}
        assert (house.root / "new.json").read_text() == content
        assert [each.name for each in house.root.iterdir()] == ["new.json"]


async def test_a_damaged_preset_is_set_aside_and_named(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        path = await house.saved(preset())
        file = house.root / path
        file.write_bytes(file.read_bytes()[:-20])
        # By the clock of whoever wrote it that is just now, however long this test takes.
        os.utime(file, (2 * OLD_S, 2 * OLD_S))
        await until(lambda: house.heads[path].problem)
        assert "not JSON" in house.heads[path].problem
        os.utime(file, (OLD_S, OLD_S))
        await until(lambda: house.told)
        assert house.titles == ["1 preset was damaged and is set aside."]
        assert "Golden hour.broken-1.json" in house.told[0].detail
        assert house.paths == []
        assert (house.root / "Golden hour.broken-1.json").is_file()


async def test_rename_move_and_their_marks(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        moved: list[tuple[str, str]] = []
        house.library.moved.subscribe(moved.append)
        path = await house.saved(preset())
        house.library.set_favourite(path, True)
        house.library.set_default("dep-1", path)
        house.library.rename(path, "Blue: hour?")
        await until(lambda: len(moved) == 1)
        assert house.paths == ["Blue_ hour_.json"]
        assert house.heads["Blue_ hour_.json"].name == "Blue: hour?"
        house.library.move("Blue_ hour_.json", "Light")
        await until(lambda: len(moved) == 2)
        assert house.paths == ["Light/Blue_ hour_.json"]
        state = house.library.state
        assert state.favourites == {"Light/Blue_ hour_.json"}
        assert state.defaults == {"dep-1": "Light/Blue_ hour_.json"}
        assert moved == [
            ("Golden hour.json", "Blue_ hour_.json"),
            ("Blue_ hour_.json", "Light/Blue_ hour_.json"),
        ]
    async with preset_house(tmp_path) as house:
        assert house.library.state.favourites == {"Light/Blue_ hour_.json"}
        house.library.set_default("dep-1", "")
        assert house.library.state.defaults == {}
    async with preset_house(tmp_path, marks="of-another-service.json") as house:
        assert house.library.state.favourites == set()


async def test_what_is_renamed_outside_keeps_its_marks(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        path = await house.saved(preset("One"))
        house.library.set_favourite(path, True)
        house.library.set_default("dep-1", path)
        moved: list[tuple[str, str]] = []
        house.library.moved.subscribe(moved.append)
        (house.root / "in").mkdir()
        (house.root / path).rename(house.root / "in" / "other.json")
        await until(lambda: house.paths == ["in/other.json"])
        assert house.library.state.favourites == {"in/other.json"}
        assert house.library.state.defaults == {"dep-1": "in/other.json"}
        assert moved == [(path, "in/other.json")]


async def test_delete_and_undo(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        paths = [await house.saved(preset(name), "Light") for name in ("One", "Two")]
        before = [(house.root / path).read_bytes() for path in paths]
        house.library.set_favourite(paths[0], True)
        house.library.delete(paths)
        await until(lambda: house.titles == ["2 presets were deleted."])
        assert house.paths == []
        assert house.library.state.favourites == set()
        await house.undo()
        await until(lambda: house.paths == paths)
        assert [(house.root / path).read_bytes() for path in paths] == before
        assert house.library.state.favourites == {paths[0]}


async def test_undo_of_a_delete_writes_over_nothing(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        path = await house.saved(preset(value="old"))
        house.library.delete([path])
        await until(lambda: house.told)
        await house.saved(preset(value="new"))
        await house.undo()
        await until(lambda: len(house.paths) == 2)
        assert (await house.read(path)).entries[0].value == "new"
        assert (await house.read("Golden hour (2).json")).entries[0].value == "old"


async def test_shipped_presets_are_read_only(tmp_path: Path) -> None:
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "sunset.json").write_bytes(write_preset(preset("Sunset")))
    async with preset_house(tmp_path) as house:
        assert house.paths == ["shipped:sunset"]
        assert house.heads["shipped:sunset"].is_shipped
        assert (await house.read("shipped:sunset")).name == "Sunset"
        house.library.delete(["shipped:sunset"])
        await until(lambda: house.titles == ["1 preset came with the program and stays."])
        house.library.update("shipped:sunset", preset())
        await until(lambda: len(house.told) == 2)
        assert "cannot be changed" in house.titles[1]
        house.library.duplicate("shipped:sunset")
        await until(lambda: "Sunset.json" in house.paths)
        assert house.heads["Sunset.json"].name == "Sunset"


@pytest.mark.parametrize(
    "path", ["../out.json", "/etc/x.json", "a/../../x.json", "link/x.json", "x", "shipped:../x"]
)
async def test_no_path_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.json").write_bytes(write_preset(preset("Outside")))
    (tmp_path / "out.json").write_bytes(write_preset(preset("Outside")))
    async with preset_house(tmp_path) as house:
        await house.saved(preset())
        (house.root / "link").symlink_to(outside)
        (house.root / "linked.json").symlink_to(outside / "x.json")
        read: list[object] = []
        house.library.read(path, read.append)
        await until(lambda: house.told)
        house.library.update(path, preset())
        house.library.delete([path])
        await until(lambda: len(house.told) == 3)
        assert read == []
        assert house.paths == ["Golden hour.json"]
        assert (outside / "x.json").is_file()


async def test_a_preset_never_holds_the_key(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        house.library.save(preset(value=f"Bearer {KEY}"), "")
        await until(lambda: house.told)
        assert "holds your key" in house.titles[0]
        assert not house.root.exists() or not any(house.root.rglob("*.json"))


async def test_another_folder_is_used_and_presets_can_be_brought_there(tmp_path: Path) -> None:
    team = tmp_path / "team"
    async with preset_house(tmp_path) as house:
        path = await house.saved(preset(), "Light")
        house.library.move_root(str(team))
        await until(lambda: house.library.state.root == str(team))
        await until(lambda: not house.library.state.loading)
        assert house.paths == []
        assert house.settings[-1].presets_folder == str(team)
        await until(lambda: house.titles == [f"Presets are now kept in {team}."])
        await house.undo()
        await until(lambda: house.paths == [path])
        assert (house.root / path).is_file()
        await until(lambda: house.titles[-1] == "1 preset was copied.")


async def test_a_folder_that_cannot_be_looked_into_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    async with preset_house(tmp_path) as house:
        house.library.move_root(str(tmp_path / "file"))
        await until(lambda: house.told)
        assert house.titles == ["Presets cannot be kept in this folder."]
        assert house.library.state.root == str(house.root)
        assert house.settings == []


async def test_a_chosen_folder_that_goes_away_is_told_and_nothing_is_written_in_its_place(
    tmp_path: Path,
) -> None:
    root, away = tmp_path / "disk" / "team", tmp_path / "away"
    root.mkdir(parents=True)
    async with preset_house(tmp_path, root) as house:
        path = await house.saved(preset("Sunset"))
        root.parent.rename(away)
        await until(lambda: house.library.state.problem)
        gone = f"The folder of presets is not there: {root}."
        assert house.titles == [gone]
        assert house.paths == [path]
        told = len(house.told)
        house.library.save(preset("Other"), "Deep/er")
        await until(lambda: len(house.told) == told + 1)
        house.library.update(path, preset("Sunset", "new"))
        await until(lambda: len(house.told) == told + 2)
        house.library.delete([path])
        await until(lambda: len(house.told) == told + 3)
        assert set(house.titles) == {gone}
        assert not root.parent.exists()
        away.rename(root.parent)
        await until(lambda: house.library.state.problem is None)
        assert (await house.read(path)).entries == preset("Sunset").entries


async def test_the_usual_folder_is_made_again_when_it_was_deleted(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        path = await house.saved(preset("Sunset"))
        (house.root / path).unlink()
        house.root.rmdir()
        await until(lambda: not house.paths)
        assert await house.saved(preset("Sunset")) == path
        assert house.told == []


async def test_what_was_meant_for_one_folder_never_changes_another(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    theirs = write_preset(preset("Sunset", "theirs"))
    (other / "Sunset.json").write_bytes(theirs)
    async with preset_house(tmp_path) as house:
        path = await house.saved(preset("Sunset", "mine"))
        mine = (house.root / path).read_bytes()
        house.library.update(path, preset("Sunset", "newer"))
        house.library.rename(path, "Dawn")
        house.library.move(path, "Deep")
        house.preferences.set(presets_folder=str(other))
        await until(lambda: len(house.told) == 3)
        assert set(house.titles) == {"Presets are looked for in another folder by now."}
        assert [each.name for each in other.iterdir()] == ["Sunset.json"]
        assert (other / "Sunset.json").read_bytes() == theirs
        assert (house.root / path).read_bytes() == mine
