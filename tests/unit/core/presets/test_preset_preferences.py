"""Favourite and default marks of presets that move or are temporarily unavailable."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.presets.preset_preferences import PresetPreferencesManager
from runcomfy_desktop.store.preset_preferences import PresetPreferences
from tests.support.async_wait import wait_until
from tests.support.preset_harness import open_preset_harness, preset

if TYPE_CHECKING:
    from pathlib import Path


def ignore(_error: Exception) -> None:
    """Ignores an error."""


async def test_a_mark_waits_for_a_folder_that_is_away(tmp_path: Path) -> None:
    marking = PresetPreferencesManager(tmp_path / "marks.json", ignore)
    await marking.load()
    marking.set_favourite("a.json", on=True)
    marking.set_default("d", "a.json")
    assert marking.for_paths([]) == PresetPreferences()
    marking.update_path("a.json", "b.json")
    assert marking.for_paths(["b.json"]) == PresetPreferences(
        frozenset({"b.json"}), {"d": "b.json"}
    )
    await marking.close()


async def test_the_first_sight_counts_until_it_is_taken_over(tmp_path: Path) -> None:
    marking = PresetPreferencesManager(tmp_path / "marks.json", ignore)
    assert marking.known_hash("a.json") == ""
    marking.record_read("a.json", "one")
    marking.record_read("a.json", "two")
    assert marking.known_hash("a.json") == "one"
    marking.record_applied("a.json", "two")
    marking.update_path("a.json", "b.json")
    assert (marking.known_hash("a.json"), marking.known_hash("b.json")) == ("", "two")
    await marking.close()
    again = PresetPreferencesManager(tmp_path / "marks.json", ignore)
    await again.load()
    assert again.known_hash("b.json") == "two"
    again.clear_hashes()
    assert again.known_hash("b.json") == ""
    await again.close()


async def test_what_was_marked_while_it_was_read_stays(tmp_path: Path) -> None:
    marking = PresetPreferencesManager(tmp_path / "marks.json", ignore)
    marking.set_favourite("a.json", on=True)
    await marking.close()
    marking = PresetPreferencesManager(tmp_path / "marks.json", ignore)
    marking.set_favourite("b.json", on=True)
    await marking.load()
    assert marking.for_paths(["a.json", "b.json"]).favourites == {"a.json", "b.json"}
    await marking.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no links without rights")
async def test_marks_that_the_disk_did_not_give_are_said_once_and_come_back(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "marks.json", tmp_path / "elsewhere"
    first = PresetPreferencesManager(elsewhere, ignore)
    first.set_favourite("a.json", on=True)
    first.set_default("d", "a.json")
    await first.close()
    path.symlink_to(path)
    failures: list[Exception] = []
    marking = PresetPreferencesManager(path, failures.append)
    await marking.load()
    assert not await marking.retry_load()
    (problem,) = failures
    assert str(problem) == "Your favourite and default presets could not be read."
    path.unlink()
    elsewhere.rename(path)
    # The program does this when a preset is applied.
    marking.record_applied("b.json", "stamp")
    assert await marking.retry_load()
    assert not await marking.retry_load()
    assert marking.for_paths(["a.json"]) == PresetPreferences(
        frozenset({"a.json"}), {"d": "a.json"}
    )
    await marking.close()
    again = PresetPreferencesManager(path, ignore)
    await again.load()
    assert again.for_paths(["a.json"]) == PresetPreferences(frozenset({"a.json"}), {"d": "a.json"})
    assert again.known_hash("b.json") == "stamp"
    await again.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no links without rights")
async def test_the_library_shows_marks_once_the_disk_gives_them(tmp_path: Path) -> None:
    async with open_preset_harness(tmp_path) as harness:
        path = await harness.save_preset(preset())
        harness.preset_library.set_favourite(path, on=True)
    marks, elsewhere = tmp_path / "marks.json", tmp_path / "elsewhere"
    marks.rename(elsewhere)
    marks.symlink_to(marks)
    async with open_preset_harness(tmp_path) as harness:
        assert harness.titles == ["Your favourite and default presets could not be read."]
        assert not harness.preset_library.state.favourites
        marks.unlink()
        elsewhere.rename(marks)
        await wait_until(lambda: harness.preset_library.state.favourites == {path})
        assert len(harness.shown_notices) == 1


async def test_no_more_is_remembered_than_is_reasonable(tmp_path: Path) -> None:
    marking = PresetPreferencesManager(tmp_path / "marks.json", ignore)
    for number in range(1100):
        marking.record_applied(f"{number}.json", "x")
    assert marking.known_hash("99.json") == ""
    assert marking.known_hash("100.json") == "x"
    await marking.close()
