"""Marks on presets that move, or are away for a while."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.core.preset_marking import Marking
from runcomfy_desktop.store.preset_marks import Marks
from tests.support.preset_house import preset, preset_house
from tests.support.until import until

if TYPE_CHECKING:
    from pathlib import Path


def ignore(_error: Exception) -> None:
    """Nobody is told."""


async def test_a_mark_waits_for_a_folder_that_is_away(tmp_path: Path) -> None:
    marking = Marking(tmp_path / "marks.json", ignore)
    await marking.load()
    marking.set_favourite("a.json", on=True)
    marking.set_default("d", "a.json")
    assert marking.on([]) == Marks()
    marking.follow("a.json", "b.json")
    assert marking.on(["b.json"]) == Marks(frozenset({"b.json"}), {"d": "b.json"})
    await marking.close()


async def test_the_first_sight_counts_until_it_is_taken_over(tmp_path: Path) -> None:
    marking = Marking(tmp_path / "marks.json", ignore)
    assert marking.stamp("a.json") == ""
    marking.saw("a.json", "one")
    marking.saw("a.json", "two")
    assert marking.stamp("a.json") == "one"
    marking.took("a.json", "two")
    marking.follow("a.json", "b.json")
    assert (marking.stamp("a.json"), marking.stamp("b.json")) == ("", "two")
    await marking.close()
    again = Marking(tmp_path / "marks.json", ignore)
    await again.load()
    assert again.stamp("b.json") == "two"
    again.forget_stamps()
    assert again.stamp("b.json") == ""
    await again.close()


async def test_what_was_marked_while_it_was_read_stays(tmp_path: Path) -> None:
    marking = Marking(tmp_path / "marks.json", ignore)
    marking.set_favourite("a.json", on=True)
    await marking.close()
    marking = Marking(tmp_path / "marks.json", ignore)
    marking.set_favourite("b.json", on=True)
    await marking.load()
    assert marking.on(["a.json", "b.json"]).favourites == {"a.json", "b.json"}
    await marking.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no links without rights")
async def test_marks_that_the_disk_did_not_give_are_said_once_and_come_back(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "marks.json", tmp_path / "elsewhere"
    first = Marking(elsewhere, ignore)
    first.set_favourite("a.json", on=True)
    first.set_default("d", "a.json")
    await first.close()
    path.symlink_to(path)
    told: list[Exception] = []
    marking = Marking(path, told.append)
    await marking.load()
    assert not await marking.catch_up()
    (problem,) = told
    assert str(problem) == "Your favourite and default presets could not be read."
    path.unlink()
    elsewhere.rename(path)
    # As the program does by itself when a preset is taken over.
    marking.took("b.json", "stamp")
    assert await marking.catch_up()
    assert not await marking.catch_up()
    assert marking.on(["a.json"]) == Marks(frozenset({"a.json"}), {"d": "a.json"})
    await marking.close()
    again = Marking(path, ignore)
    await again.load()
    assert again.on(["a.json"]) == Marks(frozenset({"a.json"}), {"d": "a.json"})
    assert again.stamp("b.json") == "stamp"
    await again.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no links without rights")
async def test_the_library_shows_marks_once_the_disk_gives_them(tmp_path: Path) -> None:
    async with preset_house(tmp_path) as house:
        path = await house.saved(preset())
        house.library.set_favourite(path, on=True)
    marks, elsewhere = tmp_path / "marks.json", tmp_path / "elsewhere"
    marks.rename(elsewhere)
    marks.symlink_to(marks)
    async with preset_house(tmp_path) as house:
        assert house.titles == ["Your favourite and default presets could not be read."]
        assert not house.library.state.favourites
        marks.unlink()
        elsewhere.rename(marks)
        await until(lambda: house.library.state.favourites == {path})
        assert len(house.told) == 1


async def test_no_more_is_remembered_than_is_reasonable(tmp_path: Path) -> None:
    marking = Marking(tmp_path / "marks.json", ignore)
    for number in range(1100):
        marking.took(f"{number}.json", "x")
    assert marking.stamp("99.json") == ""
    assert marking.stamp("100.json") == "x"
    await marking.close()
