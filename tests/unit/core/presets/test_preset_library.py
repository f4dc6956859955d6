"""The preset library: list, save, move, delete and restore, with other programs on the folder."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from runcomfy_desktop.core.presets.preset_library import folders_overlap, root_of
from runcomfy_desktop.domain.presets.reader import read_preset
from runcomfy_desktop.domain.presets.writer import write_preset
from tests.support.async_wait import wait_until
from tests.support.preset_harness import KEY, open_preset_harness, preset

OLD_S = 1_700_000_000


async def test_a_saved_preset_is_a_file_in_the_list(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(preset(), "Light/Evening")
        assert path == "Light/Evening/Golden hour.json"
        assert read_preset((harness.root / path).read_bytes()) == preset()
        head = harness.summaries[path]
        assert (head.name, head.folder, head.count) == ("Golden hour", "Light/Evening", 1)
        assert (head.deployment_id, head.deployment_name, head.problem) == ("dep-1", "Flux", "")
        assert harness.preset_library.state.folders == ("Light", "Light/Evening")
        assert await harness.read_preset(path) == preset()
        assert harness.shown_notices == []


async def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        paths = [await harness.save_preset(preset()) for _ in range(3)]
        assert paths == ["Golden hour.json", "Golden hour (2).json", "Golden hour (3).json"]


async def test_what_comes_from_outside_is_seen(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        assert harness.paths == []
        (harness.root / "Team").mkdir(parents=True)
        file = harness.root / "Team" / "theirs.json"
        file.write_bytes(write_preset(preset("Theirs")))
        await wait_until(lambda: harness.paths == ["Team/theirs.json"])
        file.write_bytes(write_preset(preset("Renamed there")))
        await wait_until(lambda: harness.summaries["Team/theirs.json"].name == "Renamed there")
        file.unlink()
        await wait_until(lambda: harness.paths == [])


async def test_nothing_is_told_while_nothing_changes(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        await harness.save_preset(preset())
        received: list[object] = []
        harness.preset_library.changed.subscribe(received.append)
        (harness.root / "notes.txt").write_text("x")
        (harness.root / "workflow.json").write_text('{"3": {"class_type": "A", "inputs": {}}}')
        found: list[str] = []
        # After a few scans of the folder.
        for _ in range(5):
            harness.preset_library.as_text(["Golden hour.json"], found.append)
        await wait_until(lambda: len(found) == 5)
        assert received == []


async def test_two_programs_at_one_preset_lose_nothing(tmp_path: Path) -> None:
    shared = tmp_path / "team"
    shared.mkdir()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    async with (
        open_preset_harness(tmp_path / "one", shared) as one,
        open_preset_harness(tmp_path / "two", shared) as two,
    ):
        path = await one.save_preset(preset(value="first"))
        await wait_until(lambda: path in two.paths)
        await one.read_preset(path)
        await two.read_preset(path)
        await one.update_preset(path, preset(value="of one"))
        os.utime(shared / path, (OLD_S, OLD_S))
        await two.update_preset(path, preset(value="of two"))
        assert read_preset((shared / path).read_bytes()).entries[0].value == "of two"
        (beside,) = set(two.paths) - {path}
        assert beside.startswith("Golden hour (of 2023-11-1")
        stored = read_preset((shared / beside).read_bytes())
        assert stored.entries[0].value == "of one"
        assert stored.name == beside.removesuffix(".json")
        assert two.titles == [
            "The preset “Golden hour” had been changed by somebody else meanwhile."
        ]
        assert beside in two.shown_notices[0].detail
        assert one.shown_notices == []


async def test_a_change_from_outside_is_kept_twice_also_after_a_restart(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(preset(value="first"))
        harness.preset_library.rename(path, "Blue hour")
        await wait_until(lambda: harness.paths == ["Blue hour.json"])
    file = tmp_path / "presets" / "Blue hour.json"
    async with open_preset_harness(tmp_path) as harness:
        await harness.read_preset("Blue hour.json")
        await harness.update_preset("Blue hour.json", preset("Blue hour", "second"))
        assert harness.shown_notices == []
    file.write_bytes(write_preset(preset("Blue hour", "of somebody else")))
    async with open_preset_harness(tmp_path) as harness:
        await harness.read_preset("Blue hour.json")
        await harness.update_preset("Blue hour.json", preset("Blue hour", "third"))
        assert len(harness.shown_notices) == 1
        values = {
            read_preset(each.read_bytes()).entries[0].value for each in harness.root.iterdir()
        }
        assert values == {"third", "of somebody else"}


async def test_who_took_over_the_other_version_updates_that(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(preset(value="first"))
        (harness.root / path).write_bytes(write_preset(preset(value="theirs")))
        harness.preset_library.mark_applied(path, await harness.read_preset(path))
        await harness.read_preset(path)
        await harness.update_preset(path, preset(value="mine"))
        assert harness.paths == [path]
        assert harness.shown_notices == []


async def test_what_was_written_after_the_look_is_not_taken_over(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(preset(value="first"))
        seen = await harness.read_preset(path)
        (harness.root / path).write_bytes(write_preset(preset(value="theirs")))
        harness.preset_library.mark_applied(path, seen)
        await harness.update_preset(path, preset(value="mine"))
        values = {
            read_preset(each.read_bytes()).entries[0].value for each in harness.root.iterdir()
        }
        assert values == {"mine", "theirs"}


async def test_an_update_keeps_what_a_draft_does_not_know(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(replace(preset(), note="Taken at noon"))
        received = json.loads((harness.root / path).read_bytes())
        received["later"], received["inputs"][0]["weight"] = 1, 2
        (harness.root / path).write_text(json.dumps(received))
        harness.preset_library.mark_applied(path, await harness.read_preset(path))
        await harness.update_preset(path, preset(value="new"))
        received = json.loads((harness.root / path).read_bytes())
        assert (received["later"], received["note"]) == (1, "Taken at noon")
        assert received["inputs"][0]["weight"] == 2
        assert received["inputs"][0]["value"] == "new"


async def test_an_update_of_what_is_gone_is_written_all_the_same(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(preset())
        (harness.root / path).unlink()
        assert await harness.update_preset(path, preset(value="new")) == path
        assert (await harness.read_preset(path)).entries[0].value == "new"


async def test_a_newer_preset_is_listed_and_never_written(tmp_path: Path) -> None:
    content = json.dumps({"format": 2, "name": "Of tomorrow", "inputs": []})
    async with open_preset_harness(tmp_path) as harness:
        harness.root.mkdir(exist_ok=True)
        (harness.root / "new.json").write_text(content)
        await wait_until(lambda: harness.paths)
        head = harness.summaries["new.json"]
        assert (head.name, head.problem) == (
            "Of tomorrow",
            "This preset was written by a newer version of this program.",
        )
        harness.preset_library.update("new.json", preset())
        harness.preset_library.rename("new.json", "Mine")
        harness.preset_library.duplicate("new.json")
        await wait_until(lambda: len(harness.shown_notices) == 3)
        assert set(harness.titles) == {head.problem}
        assert (harness.root / "new.json").read_text() == content
        assert [each.name for each in harness.root.iterdir()] == ["new.json"]


async def test_a_damaged_preset_is_set_aside_and_named(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(preset())
        file = harness.root / path
        file.write_bytes(file.read_bytes()[:-20])
        # The writer's clock makes the file appear new, however long this test takes.
        os.utime(file, (2 * OLD_S, 2 * OLD_S))
        await wait_until(lambda: harness.summaries[path].problem)
        assert "not JSON" in harness.summaries[path].problem
        os.utime(file, (OLD_S, OLD_S))
        await wait_until(lambda: harness.shown_notices)
        assert harness.titles == ["1 preset was damaged and is set aside."]
        assert "Golden hour.broken-1.json" in harness.shown_notices[0].detail
        assert harness.paths == []
        assert (harness.root / "Golden hour.broken-1.json").is_file()


async def test_rename_move_and_their_marks(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        moved: list[tuple[str, str]] = []
        harness.preset_library.moved.subscribe(moved.append)
        path = await harness.save_preset(preset())
        harness.preset_library.set_favourite(path, True)
        harness.preset_library.set_default("dep-1", path)
        harness.preset_library.rename(path, "Blue: hour?")
        await wait_until(lambda: len(moved) == 1)
        assert harness.paths == ["Blue_ hour_.json"]
        assert harness.summaries["Blue_ hour_.json"].name == "Blue: hour?"
        harness.preset_library.move("Blue_ hour_.json", "Light")
        await wait_until(lambda: len(moved) == 2)
        assert harness.paths == ["Light/Blue_ hour_.json"]
        state = harness.preset_library.state
        assert state.favourites == {"Light/Blue_ hour_.json"}
        assert state.defaults == {"dep-1": "Light/Blue_ hour_.json"}
        assert moved == [
            ("Golden hour.json", "Blue_ hour_.json"),
            ("Blue_ hour_.json", "Light/Blue_ hour_.json"),
        ]
    async with open_preset_harness(tmp_path) as harness:
        assert harness.preset_library.state.favourites == {"Light/Blue_ hour_.json"}
        harness.preset_library.set_default("dep-1", "")
        assert harness.preset_library.state.defaults == {}
    async with open_preset_harness(tmp_path, preferences_json="of-another-service.json") as harness:
        assert harness.preset_library.state.favourites == set()


async def test_what_is_renamed_outside_keeps_its_marks(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(preset("One"))
        harness.preset_library.set_favourite(path, True)
        harness.preset_library.set_default("dep-1", path)
        moved: list[tuple[str, str]] = []
        harness.preset_library.moved.subscribe(moved.append)
        (harness.root / "in").mkdir()
        (harness.root / path).rename(harness.root / "in" / "other.json")
        await wait_until(lambda: harness.paths == ["in/other.json"])
        assert harness.preset_library.state.favourites == {"in/other.json"}
        assert harness.preset_library.state.defaults == {"dep-1": "in/other.json"}
        assert moved == [(path, "in/other.json")]


async def test_delete_and_undo(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        paths = [await harness.save_preset(preset(name), "Light") for name in ("One", "Two")]
        before = [(harness.root / path).read_bytes() for path in paths]
        harness.preset_library.set_favourite(paths[0], True)
        harness.preset_library.delete(paths)
        await wait_until(lambda: harness.titles == ["2 presets were deleted."])
        assert harness.paths == []
        assert harness.preset_library.state.favourites == set()
        await harness.undo()
        await wait_until(lambda: harness.paths == paths)
        assert [(harness.root / path).read_bytes() for path in paths] == before
        assert harness.preset_library.state.favourites == {paths[0]}


async def test_undo_of_a_delete_writes_over_nothing(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(preset(value="old"))
        harness.preset_library.delete([path])
        await wait_until(lambda: harness.shown_notices)
        await harness.save_preset(preset(value="new"))
        await harness.undo()
        await wait_until(lambda: len(harness.paths) == 2)
        assert (await harness.read_preset(path)).entries[0].value == "new"
        assert (await harness.read_preset("Golden hour (2).json")).entries[0].value == "old"


async def test_shipped_presets_are_read_only(tmp_path: Path) -> None:
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "sunset.json").write_bytes(write_preset(preset("Sunset")))
    async with open_preset_harness(tmp_path) as harness:
        assert harness.paths == ["shipped:sunset"]
        assert harness.summaries["shipped:sunset"].is_shipped
        assert (await harness.read_preset("shipped:sunset")).name == "Sunset"
        harness.preset_library.delete(["shipped:sunset"])
        await wait_until(lambda: harness.titles == ["1 preset came with the program and stays."])
        harness.preset_library.update("shipped:sunset", preset())
        await wait_until(lambda: len(harness.shown_notices) == 2)
        assert "cannot be changed" in harness.titles[1]
        harness.preset_library.duplicate("shipped:sunset")
        await wait_until(lambda: "Sunset.json" in harness.paths)
        assert harness.summaries["Sunset.json"].name == "Sunset"


@pytest.mark.parametrize(
    "path", ["../out.json", "/etc/x.json", "a/../../x.json", "link/x.json", "x", "shipped:../x"]
)
async def test_no_path_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.json").write_bytes(write_preset(preset("Outside")))
    (tmp_path / "out.json").write_bytes(write_preset(preset("Outside")))
    async with open_preset_harness(tmp_path) as harness:
        await harness.save_preset(preset())
        (harness.root / "link").symlink_to(outside)
        (harness.root / "linked.json").symlink_to(outside / "x.json")
        read: list[object] = []
        harness.preset_library.read(path, read.append)
        await wait_until(lambda: harness.shown_notices)
        harness.preset_library.update(path, preset())
        harness.preset_library.delete([path])
        await wait_until(lambda: len(harness.shown_notices) == 3)
        assert read == []
        assert harness.paths == ["Golden hour.json"]
        assert (outside / "x.json").is_file()


async def test_a_preset_never_holds_the_key(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        harness.preset_library.save(preset(value=f"Bearer {KEY}"), "")
        await wait_until(lambda: harness.shown_notices)
        assert "holds your key" in harness.titles[0]
        assert not harness.root.exists() or not any(harness.root.rglob("*.json"))


async def test_another_folder_is_used_and_presets_can_be_brought_there(tmp_path: Path) -> None:
    team = tmp_path / "team"
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(preset(), "Light")
        harness.preset_library.set_root(str(team))
        await wait_until(lambda: harness.preset_library.state.root == str(team))
        await wait_until(lambda: not harness.preset_library.state.loading)
        assert harness.paths == []
        assert harness.settings[-1].presets_folder == str(team)
        await wait_until(lambda: harness.titles == [f"Presets are now kept in {team}."])
        await harness.undo()
        await wait_until(lambda: harness.paths == [path])
        assert (harness.root / path).is_file()
        await wait_until(lambda: harness.titles[-1] == "1 preset was copied.")


async def test_a_folder_that_cannot_be_looked_into_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    async with open_preset_harness(tmp_path) as harness:
        harness.preset_library.set_root(str(tmp_path / "file"))
        await wait_until(lambda: harness.shown_notices)
        assert harness.titles == ["Presets cannot be kept in this folder."]
        assert harness.preset_library.state.root == str(harness.root)
        assert harness.settings == []


async def test_a_chosen_folder_that_goes_away_is_told_and_nothing_is_written_in_its_place(
    tmp_path: Path,
) -> None:
    root, away = tmp_path / "disk" / "team", tmp_path / "away"
    root.mkdir(parents=True)
    async with open_preset_harness(tmp_path, root) as harness:
        path = await harness.save_preset(preset("Sunset"))
        root.parent.rename(away)
        await wait_until(lambda: harness.preset_library.state.problem)
        gone = f"The folder of presets is not there: {root}."
        assert harness.titles == [gone]
        assert harness.paths == [path]
        told = len(harness.shown_notices)
        harness.preset_library.save(preset("Other"), "Deep/er")
        await wait_until(lambda: len(harness.shown_notices) == told + 1)
        harness.preset_library.update(path, preset("Sunset", "new"))
        await wait_until(lambda: len(harness.shown_notices) == told + 2)
        harness.preset_library.delete([path])
        await wait_until(lambda: len(harness.shown_notices) == told + 3)
        assert set(harness.titles) == {gone}
        assert not root.parent.exists()
        away.rename(root.parent)
        await wait_until(lambda: harness.preset_library.state.problem is None)
        assert (await harness.read_preset(path)).entries == preset("Sunset").entries


async def test_the_usual_folder_is_made_again_when_it_was_deleted(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(preset("Sunset"))
        (harness.root / path).unlink()
        harness.root.rmdir()
        await wait_until(lambda: not harness.paths)
        assert await harness.save_preset(preset("Sunset")) == path
        assert harness.shown_notices == []


async def test_what_was_meant_for_one_folder_never_changes_another(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    theirs = write_preset(preset("Sunset", "theirs"))
    (other / "Sunset.json").write_bytes(theirs)
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(preset("Sunset", "mine"))
        mine = (harness.root / path).read_bytes()
        harness.preset_library.update(path, preset("Sunset", "newer"))
        harness.preset_library.rename(path, "Dawn")
        harness.preset_library.move(path, "Deep")
        harness.preferences.set(presets_folder=str(other))
        await wait_until(lambda: len(harness.shown_notices) == 3)
        assert set(harness.titles) == {"Presets are looked for in another folder by now."}
        assert [each.name for each in other.iterdir()] == ["Sunset.json"]
        assert (other / "Sunset.json").read_bytes() == theirs
        assert (harness.root / path).read_bytes() == mine


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [("/a", "/a", True), ("/a", "/a/b", True), ("/a/b", "/a", True), ("/a", "/ab", False)],
)
def test_folders_in_one_another(one: str, other: str, together: bool) -> None:
    assert folders_overlap(Path(one), Path(other)) is together


def test_one_spelling_for_each_folder(tmp_path: Path) -> None:
    assert root_of("", tmp_path) == tmp_path
    assert root_of(f"{tmp_path}/a/../b/", tmp_path) == tmp_path / "b"
