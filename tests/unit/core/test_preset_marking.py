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
