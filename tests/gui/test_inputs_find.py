"""Finding in the tree, as a person does: marks, hits by keys, what is said, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QLineEdit

from runcomfy_desktop.domain.workflow import InputKey
from runcomfy_desktop.ui.models.inputs import Column
from runcomfy_desktop.ui.theme import DARK, LIGHT, colours
from tests.gui.support import hands
from tests.gui.support.bench import (
    IMAGE,
    PROMPT,
    SAMPLER,
    SCHEDULER,
    SEED,
    STEPS,
    TILED,
    shown_bench,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.gui.support.bench import Bench

K = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


def here(bench: Bench) -> InputKey | None:
    return bench.model.key_at(bench.view.currentIndex())


def hits(bench: Bench) -> str:
    label = hands.find(bench.panel, QLabel, "inputs_hits")
    return label.text() if label.isVisible() else ""


def marked(bench: Bench, area: QRect) -> int:
    """How many pixels of a place in the tree have the colour of marks."""
    image = bench.picture().toImage()
    ratio = image.devicePixelRatio()
    corner = bench.view.viewport().mapTo(bench.panel, QPoint())
    mark = QColor(colours(bench.view.palette()).mark).rgb()
    place = area.translated(corner)
    return sum(
        image.pixel(int(x * ratio), int(y * ratio)) == mark
        for x in range(place.left(), place.right())
        for y in range(place.top(), place.bottom())
    )


def find(bench: Bench, text: str) -> None:
    bench.panel.focus_filter()
    bench.type(text)


async def test_what_is_found_is_marked_in_names_values_and_titles(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        find(bench, "blue")
        assert marked(bench, bench.row_rect(PROMPT)) > 20
        assert marked(bench, bench.row_rect(PROMPT, Column.NAME)) == 0
        find(bench, "text")
        assert marked(bench, bench.row_rect(PROMPT, Column.NAME)) > 20
        header = bench.view.visualRect(bench.model.index_of_node("6"))
        assert marked(bench, header) > 20, "the class has it, too"
        bench.key(K.Key_Escape)
        assert marked(bench, bench.row_rect(PROMPT, Column.NAME)) == 0


async def test_marks_survive_scrolling_and_an_edit(tmp_path: Path) -> None:
    async with shown_bench(tmp_path, height=300) as bench:
        bench.open()
        find(bench, "s")
        bench.view.verticalScrollBar().setValue(bench.view.verticalScrollBar().maximum())
        assert bench.is_painted()
        bench.view.verticalScrollBar().setValue(0)
        assert bench.is_painted()
        assert marked(bench, bench.row_rect(STEPS, Column.NAME)) > 10
        bench.workbench.edit({STEPS: 31}, "x")
        assert marked(bench, bench.row_rect(STEPS, Column.NAME)) > 10


async def test_a_hit_far_down_in_a_prompt_is_shown_with_what_stands_around_it(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        prompt = "a red bicycle before a white wall, " * 300
        bench.workbench.edit({PROMPT: prompt + "with a zebra on it, " + prompt}, "x")
        height = bench.row_rect(PROMPT).height()
        find(bench, "zebra")
        assert bench.shown() == ["#6", "text"]
        assert marked(bench, bench.row_rect(PROMPT)) > 20
        assert bench.row_rect(PROMPT).height() == height
        assert bench.is_painted()


async def test_a_switch_is_found_by_what_it_says(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        find(bench, "plain")
        assert bench.shown() == ["#50", "tiled"]
        assert marked(bench, bench.row_rect(TILED)) > 20
        bench.workbench.edit({TILED: True}, "x")
        bench.panel.focus_filter()
        bench.key(K.Key_Escape)
        find(bench, "plain")
        assert bench.shown() == []


async def test_letters_apart_are_marked_one_by_one(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        find(bench, "schdlr")
        assert bench.shown() == ["#31", "scheduler"]
        narrow = marked(bench, bench.row_rect(SCHEDULER, Column.NAME))
        find(bench, "scheduler")
        assert 0 < narrow < marked(bench, bench.row_rect(SCHEDULER, Column.NAME))


async def test_enter_goes_to_the_hits_one_after_the_other_and_round(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        find(bench, "sampler")
        assert hits(bench) == "2 hits"
        bench.key(K.Key_Return)
        assert bench.view.hasFocus()
        assert (here(bench), hits(bench)) == (SEED, "1 of 2")
        bench.panel.go_to_hit()
        assert (here(bench), hits(bench)) == (SAMPLER, "2 of 2")
        bench.panel.go_to_hit()
        assert here(bench) == SEED
        bench.panel.go_to_hit(forward=False)
        assert here(bench) == SAMPLER
        bench.panel.focus_filter()
        bench.key(K.Key_Return, SHIFT)
        assert here(bench) == SEED


async def test_the_next_hit_is_counted_from_where_the_keyboard_is(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        find(bench, "image")
        bench.stand_on(IMAGE)
        bench.panel.go_to_hit()
        assert here(bench) == InputKey("60", "left")
        assert hits(bench) == "2 of 3"


async def test_without_words_the_next_hit_begins_with_the_box(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(STEPS)
        bench.panel.go_to_hit()
        assert hands.find(bench.panel, QLineEdit, "inputs_filter").hasFocus()


async def test_escape_in_the_tree_clears_the_filter_and_keeps_the_row(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        find(bench, "scheduler")
        bench.key(K.Key_Return)
        bench.key(K.Key_Escape)
        assert hands.find(bench.panel, QLineEdit, "inputs_filter").text() == ""
        assert len(bench.shown()) > 15
        assert here(bench) == SCHEDULER
        assert bench.view.hasFocus()


async def test_what_was_found_and_changed_stays_in_sight_when_the_box_is_cleared(
    tmp_path: Path,
) -> None:
    async with shown_bench(tmp_path, height=300) as bench:
        bench.open()
        find(bench, "scheduler")
        bench.key(K.Key_Return)
        assert here(bench) == SCHEDULER
        bench.panel.focus_filter()
        bench.key(K.Key_Escape)
        assert hands.find(bench.panel, QLineEdit, "inputs_filter").text() == ""
        assert here(bench) == SCHEDULER
        row = bench.row_rect(SCHEDULER)
        assert bench.view.viewport().rect().contains(row.center())


async def test_a_tab_and_words_narrow_each_other(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({STEPS: 30, PROMPT: "steps of stone"}, "x")
        find(bench, "steps")
        assert bench.shown() == ["#6", "text", "#31", "steps"]
        bench.panel.show_tab("changed")
        assert bench.shown() == ["#6", "text", "#31", "steps"]
        find(bench, "stone")
        assert bench.shown() == ["#6", "text"]


async def test_columns_stand_still_while_somebody_types(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        before = bench.view.visualRect(bench.model.index_of(PROMPT)).left()
        find(bench, "text")
        assert bench.view.visualRect(bench.model.index_of(PROMPT)).left() == before


@pytest.mark.parametrize("text", ["(", "[^", "\\", "*", '"', '""', "#", "# ", "٣", "😀", "a" * 500])
async def test_whatever_is_typed_finds_something_or_nothing(tmp_path: Path, text: str) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        hands.find(bench.panel, QLineEdit, "inputs_filter").setText(text)
        bench.panel.go_to_hit()
        assert not bench.picture().isNull()


def test_marks_are_seen_on_every_ground() -> None:
    for roles in (LIGHT, DARK):
        assert roles.mark not in (roles.window, roles.panel, roles.field, roles.accent_soft)
