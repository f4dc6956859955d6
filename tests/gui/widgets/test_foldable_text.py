"""Texts that are folded to some lines, as they are seen, unfolded and copied."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from runcomfy_desktop.ui.widgets.foldable_text import FoldableText
from runcomfy_desktop.ui.widgets.layouts import STRETCH, column
from tests.gui.support.user_input import find, key, press, process_events, show

pytestmark = pytest.mark.usefixtures("qapp")

WIDTH = 300
LONG = "the lamp of the lighthouse is lit\n\nand its beam is over the water, " * 8


@pytest.fixture
def window() -> QWidget:
    return QWidget()


def _shown(window: QWidget, lines: int = 3) -> FoldableText:
    text = FoldableText("prompt", "Prompt", lines, window)
    column(text, STRETCH, owner=window)
    show(window, WIDTH, 400)
    return text


def _label(text: FoldableText) -> QLabel:
    return find(text, QLabel, "fact_prompt_text")


def _more(text: FoldableText) -> QToolButton:
    return find(text, QToolButton, "more_prompt")


def _lines(text: FoldableText) -> int:
    label = _label(text)
    return round(label.height() / label.fontMetrics().lineSpacing())


def test_a_short_text_is_shown_whole_and_needs_no_button(window: QWidget) -> None:
    text = _shown(window)
    text.set_text("a red bicycle")
    process_events()
    assert text.shown_text() == "a red bicycle"
    assert _lines(text) == 1
    assert not _more(text).isVisible()


def test_a_long_text_ends_after_its_lines_until_it_is_unfolded_by_key(window: QWidget) -> None:
    text = _shown(window)
    text.set_text(LONG)
    process_events()
    assert text.shown_text().endswith("…")
    assert "\n" not in text.shown_text()
    assert _lines(text) == 3
    assert _label(text).accessibleName() == f"Prompt: {LONG}"
    button = _more(text)
    assert button.accessibleName() == "Show all: Prompt"
    button.setFocus()
    key(button, Qt.Key.Key_Space)
    process_events()
    assert text.shown_text() == LONG
    assert _lines(text) > 16
    assert button.accessibleName() == "Show less: Prompt"
    key(button, Qt.Key.Key_Space)
    process_events()
    assert _lines(text) == 3


def test_a_click_unfolds_and_no_click_folds_what_is_being_selected(window: QWidget) -> None:
    text = _shown(window)
    text.set_text(LONG)
    process_events()
    for _click in range(2):
        press(_label(text), QPoint(10, 5))
        process_events()
        assert text.shown_text() == LONG


def test_the_same_text_stays_unfolded_and_another_is_folded(window: QWidget) -> None:
    text = _shown(window)
    text.set_text(LONG)
    press(_more(text))
    text.set_text(LONG)
    assert text.shown_text() == LONG
    text.set_text(LONG + "!")
    assert text.shown_text().endswith("…")


def test_copying_gives_the_whole_text_as_it_is(window: QWidget) -> None:
    text = _shown(window)
    text.set_text(LONG)
    press(find(text, QToolButton, "copy_prompt"))
    assert QGuiApplication.clipboard().text() == LONG


def test_a_list_ends_with_the_number_of_the_others(window: QWidget) -> None:
    text = _shown(window, lines=2)
    text.set_entries([f"input_{number} {number} → {number + 1}" for number in range(9)])
    process_events()
    shown = text.shown_text()
    assert shown.startswith("input_0 0 → 1, input_1 1 → 2")
    count = shown.count("→")
    assert shown.endswith(f" and {9 - count} more")
    assert _lines(text) == 2
    press(_more(text))
    assert text.shown_text().split("\n")[8] == "input_8 8 → 9"


def test_the_lines_follow_the_width(window: QWidget) -> None:
    text = _shown(window)
    text.set_text(LONG[:180])
    process_events()
    assert _more(text).isVisible()
    text.window().resize(6 * WIDTH, 400)
    process_events()
    assert not _more(text).isVisible()
    assert _lines(text) == 1


def test_hostile_texts_are_plain_and_bounded(window: QWidget) -> None:
    text = _shown(window)
    text.set_text("<b>a</b>\u202e\x07 " + "x" * 1_000_000)
    process_events()
    assert text.shown_text().startswith("<b>a</b> x")
    assert _lines(text) <= 3
    press(_more(text))
    process_events()
    assert len(text.shown_text()) < 10_000
    assert text.width() <= WIDTH


def test_a_list_of_one_long_entry_is_elided(window: QWidget) -> None:
    text = _shown(window, lines=2)
    text.set_entries([LONG])
    process_events()
    assert text.shown_text().endswith("…")
    text.set_entries([LONG, "x"])
    process_events()
    assert text.shown_text() == "2 inputs"
