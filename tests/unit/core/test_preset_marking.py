"""Marks on presets that move, or are away for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.core.preset_marking import Marking
from runcomfy_desktop.store.preset_marks import Marks

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


async def test_no_more_is_remembered_than_is_reasonable(tmp_path: Path) -> None:
    marking = Marking(tmp_path / "marks.json", ignore)
    for number in range(1100):
        marking.took(f"{number}.json", "x")
    assert marking.stamp("99.json") == ""
    assert marking.stamp("100.json") == "x"
    await marking.close()
