"""The preset folder on a real disk: names, conflicts, the trash, full disks, many files."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.presets.preset import Preset, PresetEntry
from runcomfy_desktop.domain.presets.reader import read_preset
from runcomfy_desktop.domain.presets.writer import write_preset
from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.store.preset_paths import PresetPaths, file_name, reserve_file
from runcomfy_desktop.store.presets import TRASH_RETENTION_S, PresetFolder
from tests.support.small_disk import small_disk
from tests.support.soak import examples

if TYPE_CHECKING:
    from pathlib import Path

PRESET = Preset("Golden hour", (PresetEntry(InputKey("6", "text"), "CLIPTextEncode", "", "dusk"),))


def folder_at(place: Path) -> PresetFolder:
    return PresetFolder(place / "presets", place / "shipped", place / "trash")


def valued(text: str) -> Preset:
    return replace(PRESET, entries=(replace(PRESET.entries[0], value=text),))


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Golden hour", "Golden hour.json"),
        ("a/b\\c: d?", "a_b_c_ d_.json"),
        ("CON", "_CON.json"),
        ("nul.txt", "_nul.txt.json"),
        ("..", "Preset.json"),
        ("", "Preset.json"),
        ("   ", "Preset.json"),
        (".hidden", "hidden.json"),
        ("v1.5 soft", "v1.5 soft.json"),
        ("x.broken-1", "x.broken-1_.json"),
        ("half \ud800", "half.json"),
        ("ü" * 300, "ü" * 87 + ".json"),
    ],
)
def test_any_name_has_a_file_name(tmp_path: Path, name: str, file: str) -> None:
    assert file_name(name) == file
    folder = folder_at(tmp_path)
    written = folder.save(replace(PRESET, name=name), "")
    assert written.path == file
    if name.strip():
        assert folder.read(written.path).preset.name == name
    assert [head.path for head in folder.scan().summaries] == [file]


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_no_name_leads_out_or_is_lost(tmp_path: Path, name: str) -> None:
    place = tmp_path / "any"
    folder = folder_at(place)
    path = folder.save(replace(PRESET, name=name), "").path
    assert path in {head.path for head in folder.scan().summaries}
    assert {each.name for each in place.iterdir()} == {"presets"}


def test_an_update_is_in_place_and_keeps_the_mode(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    path = folder.save(PRESET, "").path
    file = tmp_path / "presets" / path
    file.chmod(0o664)
    found = folder.read(path)
    assert folder.update(path, valued("night"), found.content_hash).conflict_path == ""
    assert folder.read(path).preset == valued("night")
    assert file.stat().st_mode & 0o777 == 0o664


def test_what_was_changed_meanwhile_is_kept_beside(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    path = folder.save(PRESET, "Light").path
    file = tmp_path / "presets" / path
    stamp = folder.read(path).content_hash
    file.write_bytes(write_preset(valued("theirs")))
    when = time.mktime((2026, 11, 28, 22, 10, 0, 0, 0, -1))
    os.utime(file, (when, when))
    written = folder.update(path, valued("mine"), stamp)
    assert written.conflict_path == "Light/Golden hour (of 2026-11-28 22-10).json"
    assert folder.read(path).preset == valued("mine")
    other = folder.read(written.conflict_path).preset
    assert other == replace(valued("theirs"), name="Golden hour (of 2026-11-28 22-10)")
    assert folder.update(path, valued("again"), written.content_hash).conflict_path == ""


def test_two_at_the_same_moment_lose_nothing(tmp_path: Path) -> None:
    """Two writers read the first version, and both replace it, as two programs would."""
    path = folder_at(tmp_path).save(PRESET, "").path
    for number in range(25):
        stamp = folder_at(tmp_path).read(path).content_hash
        begin = threading.Barrier(2)

        def write(text: str, stamp: str = stamp, begin: threading.Barrier = begin) -> None:
            folder = folder_at(tmp_path)
            begin.wait()
            folder.update(path, valued(text), stamp)

        both = [f"{number} of {who}" for who in ("one", "two")]
        threads = [threading.Thread(target=write, args=(text,)) for text in both]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        files = (tmp_path / "presets").glob("*.json")
        values = {read_preset(each.read_bytes()).entries[0].value for each in files}
        assert set(both) <= values


def test_what_both_made_the_same_is_no_conflict(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    path = folder.save(PRESET, "").path
    stamp = folder.read(path).content_hash
    (tmp_path / "presets" / path).write_bytes(write_preset(valued("same")))
    assert folder.update(path, valued("same"), stamp).conflict_path == ""


def test_a_damaged_preset_stays_if_the_new_content_is_rejected(tmp_path: Path) -> None:
    folder = PresetFolder(
        tmp_path / "presets", tmp_path / "shipped", tmp_path / "trash", lambda _data: "It has a key"
    )
    path = tmp_path / "presets" / "Golden hour.json"
    path.parent.mkdir()
    path.write_bytes(b"{")
    with pytest.raises(Problem, match="It has a key"):
        folder.update(path.name, PRESET)
    assert path.read_bytes() == b"{"


def test_damage_found_by_an_update_is_kept(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    path = folder.save(PRESET, "").path
    (tmp_path / "presets" / path).write_bytes(b'{"format": 1, <<<<<<< HEAD')
    folder.update(path, valued("new"), "")
    assert folder.read(path).preset == valued("new")
    stored = tmp_path / "presets" / "Golden hour.broken-1.json"
    assert stored.read_bytes().endswith(b"HEAD")


def test_a_rename_to_a_taken_name_takes_nothing_away(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    one = folder.save(PRESET, "").path
    folder.save(replace(valued("two"), name="golden Hour"), "")
    assert folder.rename(one, "golden Hour").path == "golden Hour (2).json"
    assert len(folder.scan().summaries) == 2
    assert folder.rename("golden Hour (2).json", "GOLDEN HOUR (2)").path == "GOLDEN HOUR (2).json"
    assert len(folder.scan().summaries) == 2


def test_a_rename_is_known_to_who_knew_what_was_there(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    written = folder.save(PRESET, "")
    renamed = folder.rename(written.path, "Blue hour", written.content_hash)
    assert renamed.content_hash == folder.read(renamed.path).content_hash
    assert folder.rename(renamed.path, "Dusk", "of before").content_hash == "of before"


def test_a_move_takes_nothing_away_and_changes_no_byte(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    path = folder.save(PRESET, "").path
    folder.save(valued("there"), "Light")
    before = (tmp_path / "presets" / path).read_bytes()
    assert folder.move(path, "Light").path == "Light/Golden hour (2).json"
    assert (tmp_path / "presets" / "Light" / "Golden hour (2).json").read_bytes() == before
    again = folder.move("Light/Golden hour (2).json", "Light")
    assert again.path == "Light/Golden hour (2).json"
    with pytest.raises(Problem, match="not there any more"):
        folder.move(path, "Light")


def test_the_trash_is_emptied_of_what_is_old(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    paths = [folder.save(PRESET, "").path for _ in range(2)]
    thrown = folder.delete([*paths, "gone.json"])
    assert [each.path for each in thrown] == paths
    os.utime(thrown[0].file, (0, time.time() - TRASH_RETENTION_S - 60))
    folder.empty_trash()
    assert [each.file.exists() for each in thrown] == [False, True]
    assert folder.restore(thrown[1:]) == (paths[1],)


def test_folders_have_names_that_can_be(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    assert folder.add_folder("Light: warm/CON") == "Light_ warm/_CON"
    assert folder.scan().folders == ("Light_ warm", "Light_ warm/_CON")
    with pytest.raises(Problem, match="needs a name"):
        folder.add_folder(" . ")


def test_presets_are_brought_along_over_nothing(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    folder.save(PRESET, "Light")
    folder.save(valued("two"), "")
    team = tmp_path / "team"
    (team / "Light").mkdir(parents=True)
    (team / "Light" / "Golden hour.json").write_bytes(write_preset(valued("theirs")))
    assert folder.copy_to(team) == 2
    assert folder.copy_to(team) == 1
    assert read_preset((team / "Light" / "Golden hour.json").read_bytes()) == valued("theirs")
    assert read_preset((team / "Light" / "Golden hour (2).json").read_bytes()) == PRESET


def test_room_is_taken_once(tmp_path: Path) -> None:
    assert reserve_file(tmp_path, "a.json").name == "a.json"
    assert reserve_file(tmp_path, "a.json").name == "a (2).json"


def test_a_pipe_or_a_folder_is_no_preset(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    folder.save(PRESET, "")
    os.mkfifo(tmp_path / "presets" / "pipe.json")
    (tmp_path / "presets" / "folder.json").mkdir()
    assert [head.path for head in folder.scan().summaries] == ["Golden hour.json"]
    for path in ("pipe.json", "folder.json"):
        with pytest.raises(Problem, match="cannot be read"):
            folder.read(path)


@pytest.mark.parametrize("path", ["", "a//b.json", "./a.json", "a/.git/b.json", "a\0.json"])
def test_odd_paths_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(Problem, match="no place in the folder"):
        PresetPaths(tmp_path, tmp_path).file_path(path)


@pytest.mark.root
def test_a_full_disk_leaves_the_old_one_whole(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        folder = folder_at(disk.path)
        path = folder.save(PRESET, "").path
        disk.fill()
        large = valued("x" * 100_000)
        with pytest.raises(Problem, match="disk is full"):
            folder.update(path, large, "")
        with pytest.raises(Problem, match="disk is full"):
            folder.save(replace(large, name="New"), "")
        assert [head.path for head in folder.scan().summaries] == [path]
        assert folder.read(path).preset == PRESET
        disk.empty()
        folder.update(path, large, "")
        assert folder.read(path).preset == large
