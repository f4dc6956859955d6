"""Scans of a preset folder: new files are read, files that are not presets are ignored."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.presets.preset import Preset
from runcomfy_desktop.domain.presets.writer import write_preset
from runcomfy_desktop.store.preset_scan import MAX_DEPTH, PresetScan

if TYPE_CHECKING:
    from pathlib import Path

OLD_S = 1_700_000_000
# A time in the future, which counts as "just now" however long a test takes.
JUST_NOW_S = 2 * OLD_S


def put(place: Path, name: str, content: bytes, mtime_s: float = OLD_S) -> Path:
    file = place / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    os.utime(file, (mtime_s, mtime_s))
    return file


def preset(name: str) -> bytes:
    return write_preset(Preset(name))


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    scan = PresetScan(tmp_path / "none")
    assert scan.scan().summaries == ()
    assert not scan.may_have_changed()


def test_only_presets_are_listed(tmp_path: Path) -> None:
    put(tmp_path, "b/x.json", preset("Two"))
    put(tmp_path, "a.json", preset("one"))
    put(tmp_path, ".git/c.json", preset("hidden"))
    put(tmp_path, "d.txt", preset("text"))
    put(tmp_path, "e.json", b'{"3": {"class_type": "A", "inputs": {}}}')
    put(tmp_path, "f.broken-2.json", b"{")
    listing = PresetScan(tmp_path).scan()
    assert [(head.path, head.name) for head in listing.summaries] == [
        ("a.json", "one"),
        ("b/x.json", "Two"),
    ]
    assert listing.folders == ("b",)
    assert listing.summaries[0].modified_s == OLD_S


def test_what_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    file = put(tmp_path, "a.json", preset("one"))
    scan = PresetScan(tmp_path)
    first = scan.scan().summaries[0]
    assert scan.scan().summaries[0] is first
    # Size and time are unchanged, so the change is not noticed.
    put(tmp_path, "a.json", preset("two"))
    assert scan.scan().summaries[0] is first
    file.write_bytes(preset("three"))
    assert scan.scan().summaries[0].name == "three"


def test_a_file_that_somebody_moved_is_known_again(tmp_path: Path) -> None:
    one = put(tmp_path, "a.json", preset("one"))
    put(tmp_path, "b.json", preset("two"))
    scan = PresetScan(tmp_path)
    assert scan.scan().moved == ()
    (tmp_path / "in").mkdir()
    one.rename(tmp_path / "in" / "new.json")
    assert scan.scan().moved == (("a.json", "in/new.json"),)
    assert scan.scan().moved == ()
    # A copy whose original stays, a rewritten file, and a removed one do not count as moves.
    os.link(tmp_path / "b.json", tmp_path / "c.json")
    assert scan.scan().moved == ()
    (tmp_path / "in" / "new.json").unlink()
    put(tmp_path, "d.json", preset("one"), OLD_S + 1)
    assert scan.scan().moved == ()


def test_which_of_two_alike_was_moved_is_not_guessed(tmp_path: Path) -> None:
    first = put(tmp_path, "a.json", preset("one"))
    scan = PresetScan(tmp_path)
    scan.scan()
    os.link(first, tmp_path / "b.json")
    first.rename(tmp_path / "c.json")
    assert scan.scan().moved == ()


def test_the_cheap_question(tmp_path: Path) -> None:
    put(tmp_path, "a/a.json", preset("one"))
    scan = PresetScan(tmp_path)
    scan.scan()
    assert not scan.may_have_changed()
    os.utime(tmp_path / "a", (OLD_S, OLD_S))
    assert scan.may_have_changed()


def test_damaged_presets_are_set_aside_once_they_are_settled(tmp_path: Path) -> None:
    half = preset("half")[:-5]
    put(tmp_path, "young.json", half, JUST_NOW_S)
    put(tmp_path, "old.json", half)
    put(tmp_path, "foreign.json", b"// settings\n{}")
    scan = PresetScan(tmp_path)
    listing = scan.scan()
    assert listing.damaged_names == ("old.broken-1.json",)
    assert (tmp_path / "old.broken-1.json").read_bytes() == half
    assert {head.path: bool(head.problem) for head in listing.summaries} == {
        "foreign.json": True,
        "young.json": True,
    }
    assert (tmp_path / "foreign.json").is_file()
    put(tmp_path, "young.json", preset("whole"), JUST_NOW_S)
    assert {head.name for head in scan.scan().summaries} == {"foreign", "whole"}


def test_room_that_somebody_made_is_no_damage(tmp_path: Path) -> None:
    put(tmp_path, "room.json", b"", JUST_NOW_S)
    assert PresetScan(tmp_path).scan().summaries == ()


def test_what_is_not_ours_is_not_set_aside(tmp_path: Path) -> None:
    put(tmp_path, "old.json", preset("half")[:-5])
    assert PresetScan(tmp_path, moves_damaged=False).scan().damaged_names == ()
    assert (tmp_path / "old.json").is_file()


def test_links_and_names_that_are_no_text_are_left_alone(tmp_path: Path) -> None:
    outside = put(tmp_path, "outside/a.json", preset("one")).parent
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(outside)
    (root / "circle").symlink_to(root)
    (root / "a.json").symlink_to(outside / "a.json")
    with open(os.fsencode(root) + b"/\xff.json", "wb") as odd:  # noqa: PTH123
        odd.write(preset("odd"))
    assert PresetScan(root).scan().summaries == ()


def test_no_more_is_looked_at_than_is_reasonable(tmp_path: Path) -> None:
    deep = "/".join("d" * (MAX_DEPTH + 3))
    put(tmp_path, f"{deep}/a.json", preset("deep"))
    listing = PresetScan(tmp_path).scan()
    assert listing.is_truncated
    assert listing.summaries == ()


def test_thousands_of_presets(tmp_path: Path) -> None:
    for number in range(3000):
        put(tmp_path, f"f{number % 20}/{number}.json", preset(f"Preset {number}"))
    scan = PresetScan(tmp_path)
    listing = scan.scan()
    assert len(listing.summaries) == scan.count == 3000
    assert len(listing.folders) == 20
    assert scan.scan().summaries == listing.summaries
