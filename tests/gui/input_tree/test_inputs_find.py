"""Searching in the tree: highlights, navigation by keys, announcements, and leaving the filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QLineEdit

from runcomfy_desktop.domain.workflow.workflow import InputKey
from runcomfy_desktop.ui.input_tree.inputs_model import InputColumn
from runcomfy_desktop.ui.style.theme import DARK, LIGHT, colours
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    IMAGE,
    PROMPT,
    SAMPLER,
    SCHEDULER,
    SEED,
    STEPS,
    TILED,
    open_inputs_harness,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.inputs_harness import InputsHarness

K = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


def here(harness: InputsHarness) -> InputKey | None:
    return harness.model.key_at(harness.view.currentIndex())


def hits(harness: InputsHarness) -> str:
    label = user_input.find(harness.panel, QLabel, "inputs_hits")
    return label.text() if label.isVisible() else ""


def marked(harness: InputsHarness, area: QRect) -> int:
    """Counts the pixels with the highlight colour in an area of the tree."""
    image = harness.screenshot().toImage()
    ratio = image.devicePixelRatio()
    corner = harness.view.viewport().mapTo(harness.panel, QPoint())
    mark = QColor(colours(harness.view.palette()).mark).rgb()
    place = area.translated(corner)
    return sum(
        image.pixel(int(x * ratio), int(y * ratio)) == mark
        for x in range(place.left(), place.right())
        for y in range(place.top(), place.bottom())
    )


def find(harness: InputsHarness, text: str) -> None:
    harness.panel.focus_filter()
    harness.type(text)


async def test_what_is_found_is_marked_in_names_values_and_titles(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        find(harness, "blue")
        assert marked(harness, harness.row_rect(PROMPT)) > 20
        assert marked(harness, harness.row_rect(PROMPT, InputColumn.NAME)) == 0
        find(harness, "text")
        assert marked(harness, harness.row_rect(PROMPT, InputColumn.NAME)) > 20
        header = harness.view.visualRect(harness.model.index_of_node("6"))
        assert marked(harness, header) > 20, "the class has it, too"
        harness.key(K.Key_Escape)
        assert marked(harness, harness.row_rect(PROMPT, InputColumn.NAME)) == 0


async def test_marks_survive_scrolling_and_an_edit(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path, height=300) as harness:
        harness.open()
        find(harness, "s")
        harness.view.verticalScrollBar().setValue(harness.view.verticalScrollBar().maximum())
        assert harness.is_painted()
        harness.view.verticalScrollBar().setValue(0)
        assert harness.is_painted()
        assert marked(harness, harness.row_rect(STEPS, InputColumn.NAME)) > 10
        harness.draft_editor.edit({STEPS: 31}, "x")
        assert marked(harness, harness.row_rect(STEPS, InputColumn.NAME)) > 10


async def test_a_hit_far_down_in_a_prompt_is_shown_with_what_stands_around_it(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        prompt = "a red bicycle before a white wall, " * 300
        harness.draft_editor.edit({PROMPT: prompt + "with a zebra on it, " + prompt}, "x")
        height = harness.row_rect(PROMPT).height()
        find(harness, "zebra")
        assert harness.row_names() == ["#6", "text"]
        assert marked(harness, harness.row_rect(PROMPT)) > 20
        assert harness.row_rect(PROMPT).height() == height
        assert harness.is_painted()


async def test_a_switch_is_found_by_what_it_says(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        find(harness, "plain")
        assert harness.row_names() == ["#50", "tiled"]
        assert marked(harness, harness.row_rect(TILED)) > 20
        harness.draft_editor.edit({TILED: True}, "x")
        harness.panel.focus_filter()
        harness.key(K.Key_Escape)
        find(harness, "plain")
        assert harness.row_names() == []


async def test_letters_apart_are_marked_one_by_one(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        find(harness, "schdlr")
        assert harness.row_names() == ["#31", "scheduler"]
        narrow = marked(harness, harness.row_rect(SCHEDULER, InputColumn.NAME))
        find(harness, "scheduler")
        assert 0 < narrow < marked(harness, harness.row_rect(SCHEDULER, InputColumn.NAME))


async def test_enter_goes_to_the_hits_one_after_the_other_and_round(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        find(harness, "sampler")
        assert hits(harness) == "2 hits"
        harness.key(K.Key_Return)
        assert harness.view.hasFocus()
        assert (here(harness), hits(harness)) == (SEED, "1 of 2")
        harness.panel.go_to_hit()
        assert (here(harness), hits(harness)) == (SAMPLER, "2 of 2")
        harness.panel.go_to_hit()
        assert here(harness) == SEED
        harness.panel.go_to_hit(forward=False)
        assert here(harness) == SAMPLER
        harness.panel.focus_filter()
        harness.key(K.Key_Return, SHIFT)
        assert here(harness) == SEED


async def test_the_next_hit_is_counted_from_where_the_keyboard_is(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        find(harness, "image")
        harness.focus_row(IMAGE)
        harness.panel.go_to_hit()
        assert here(harness) == InputKey("60", "left")
        assert hits(harness) == "2 of 3"


async def test_without_words_the_next_hit_begins_with_the_box(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(STEPS)
        harness.panel.go_to_hit()
        assert user_input.find(harness.panel, QLineEdit, "inputs_filter").hasFocus()


async def test_escape_in_the_tree_clears_the_filter_and_keeps_the_row(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        find(harness, "scheduler")
        harness.key(K.Key_Return)
        harness.key(K.Key_Escape)
        assert user_input.find(harness.panel, QLineEdit, "inputs_filter").text() == ""
        assert len(harness.row_names()) > 15
        assert here(harness) == SCHEDULER
        assert harness.view.hasFocus()


async def test_what_was_found_and_changed_stays_in_sight_when_the_box_is_cleared(
    tmp_path: Path,
) -> None:
    async with open_inputs_harness(tmp_path, height=300) as harness:
        harness.open()
        find(harness, "scheduler")
        harness.key(K.Key_Return)
        assert here(harness) == SCHEDULER
        harness.panel.focus_filter()
        harness.key(K.Key_Escape)
        assert user_input.find(harness.panel, QLineEdit, "inputs_filter").text() == ""
        assert here(harness) == SCHEDULER
        row = harness.row_rect(SCHEDULER)
        assert harness.view.viewport().rect().contains(row.center())


async def test_a_tab_and_words_narrow_each_other(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({STEPS: 30, PROMPT: "steps of stone"}, "x")
        find(harness, "steps")
        assert harness.row_names() == ["#6", "text", "#31", "steps"]
        harness.panel.show_tab("changed")
        assert harness.row_names() == ["#6", "text", "#31", "steps"]
        find(harness, "stone")
        assert harness.row_names() == ["#6", "text"]


async def test_columns_stand_still_while_somebody_types(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        before = harness.view.visualRect(harness.model.index_of(PROMPT)).left()
        find(harness, "text")
        assert harness.view.visualRect(harness.model.index_of(PROMPT)).left() == before


@pytest.mark.parametrize("text", ["(", "[^", "\\", "*", '"', '""', "#", "# ", "٣", "😀", "a" * 500])
async def test_whatever_is_typed_finds_something_or_nothing(tmp_path: Path, text: str) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        user_input.find(harness.panel, QLineEdit, "inputs_filter").setText(text)
        harness.panel.go_to_hit()
        assert not harness.screenshot().isNull()


def test_marks_are_seen_on_every_ground() -> None:
    for roles in (LIGHT, DARK):
        assert roles.mark not in (roles.window, roles.panel, roles.field, roles.accent_soft)
