"""Notices about presets, and the offer to copy them to another folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from runcomfy_desktop.core.presets.preset_library_state import PresetLibraryState
from runcomfy_desktop.core.presets.preset_messages import (
    damaged_notice,
    deleted_notice,
    root_changed_notice,
)
from runcomfy_desktop.domain.base.problem import Problem


def test_one_and_many() -> None:
    assert deleted_notice(["A\nb"], lambda: None).title == "The preset “A b” was deleted."
    assert deleted_notice(["A", "B"], lambda: None).title == "2 presets were deleted."
    many = damaged_notice([f"{number}.json" for number in range(8)])
    assert many.detail.endswith("4.json and 3 more.")


def test_nothing_is_offered_where_there_is_nothing_to_bring() -> None:
    old, new = Path("/a"), Path("/b")
    assert root_changed_notice(old, new, 0, lambda: None).action is None
    assert root_changed_notice(old, new, 2, None).action is None
    assert root_changed_notice(old, new, 2, lambda: None).action_text == "Copy them here"


def test_the_same_words_are_no_news() -> None:
    state = PresetLibraryState(problem=Problem("A"))
    assert state.shows_same_as(PresetLibraryState(problem=Problem("A")))
    assert not state.shows_same_as(PresetLibraryState(problem=Problem("B")))
    assert not state.shows_same_as(replace(state, root="/x"))
