"""Texts in a window of their own, and the keys of people who write prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QLabel, QPushButton

from runcomfy_desktop.ui.inputs.editors.prompt import PromptEdit
from runcomfy_desktop.ui.inputs.full_text import FullText
from tests.gui.support import hands
from tests.gui.support.bench import EXTRA, PREFIX, PROMPT, STEPS, Bench, shown_bench
from tests.support.until import until
from tests.support.workbenches import run_once

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import Json

K = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def full(bench: Bench) -> FullText:
    found = [each for each in bench.panel.findChildren(FullText) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def edit_of(dialog: FullText) -> PromptEdit:
    return hands.find(dialog, PromptEdit, "full_text_edit")


async def test_a_prompt_opens_in_a_window_and_what_is_typed_is_one_step(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(PROMPT)
        bench.key(K.Key_F11)
        dialog = full(bench)
        assert dialog.windowTitle() == "text – Positive prompt"
        edit = edit_of(dialog)
        assert edit.accessibleName() == "text"
        assert edit.text() == "repaint the bicycle in blue"
        edit.moveCursor(QTextCursor.MoveOperation.End)
        hands.type_text(edit, " and")
        await until(lambda: bench.changes == {PROMPT: "repaint the bicycle in blue and"})
        hands.type_text(edit, " red")
        hands.key(edit, K.Key_Escape)
        assert bench.changes == {PROMPT: "repaint the bicycle in blue and red"}
        assert bench.workbench.state.undo_text == "Change text"
        bench.workbench.undo()
        assert bench.changes == {}


async def test_it_opens_from_the_field_with_what_was_just_typed(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(PREFIX)
        bench.retype("Red")
        bench.key(K.Key_E, CTRL | SHIFT)
        assert edit_of(full(bench)).text() == "Red"
        bench.view.deeds.open_full(PREFIX)
        assert edit_of(full(bench)).text() == "Red", "one window for one input"


async def test_a_run_takes_what_stands_there(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.view.deeds.open_full(PROMPT)
        edit = edit_of(full(bench))
        edit.selectAll()
        hands.type_text(edit, "at once")
        run_once(bench.workbench)
        assert bench.changes == {PROMPT: "at once"}


async def test_undo_elsewhere_is_seen_and_another_workflow_closes_it(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.workbench.edit({PROMPT: "one"}, "Change text")
        bench.view.deeds.open_full(PROMPT)
        dialog = full(bench)
        assert edit_of(dialog).text() == "one"
        bench.workbench.undo()
        assert edit_of(dialog).text() == "repaint the bicycle in blue"
        bench.open({"1": {"class_type": "Other", "inputs": {"batch": 2}}}, deployment_id="other:1")
        assert not [each for each in bench.panel.findChildren(FullText) if each.isVisible()]


async def test_letters_and_words_are_counted(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.view.deeds.open_full(PROMPT)
        count = hands.find(full(bench), QLabel, "full_text_count")
        assert count.text() == "27 letters, 5 words"


async def test_a_value_that_is_not_edited_can_be_looked_at_and_copied(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.stand_on(EXTRA)
        bench.key(K.Key_Return)
        dialog = full(bench)
        assert edit_of(dialog).isReadOnly()
        assert edit_of(dialog).text().startswith('{\n  "on": true')
        hands.press(hands.find(dialog, QPushButton, "full_text_copy"))
        assert QGuiApplication.clipboard().text().startswith('{\n  "on": true')
        bench.stand_on(STEPS)
        bench.key(K.Key_F11)
        assert len(bench.panel.findChildren(FullText)) == 1, "a number has no such window"


async def test_a_text_of_5_mb_is_edited_there(tmp_path: Path) -> None:
    text = ("word " * 19 + "word\n") * 50_000
    workflow: dict[str, Json] = {"6": {"class_type": "CLIPTextEncode", "inputs": {"text": text}}}
    async with shown_bench(tmp_path) as bench:
        bench.open(workflow)
        assert not bench.model.spec_of(PROMPT).kind.editable
        bench.click(PROMPT)
        edit = edit_of(full(bench))
        await until(lambda: not edit.isReadOnly())
        edit.moveCursor(QTextCursor.MoveOperation.End)
        hands.type_text(edit, "end")
        full(bench).close()
        assert bench.changes == {PROMPT: text + "end"}
        bench.workbench.undo()
        assert bench.changes == {}


async def test_a_line_of_a_million_letters_is_shown_in_pieces_and_kept(tmp_path: Path) -> None:
    text = "x" * 1_000_000
    workflow: dict[str, Json] = {"6": {"class_type": "CLIPTextEncode", "inputs": {"text": text}}}
    async with shown_bench(tmp_path) as bench:
        bench.open(workflow)
        bench.click(PROMPT)
        dialog = full(bench)
        await until(lambda: edit_of(dialog).document().blockCount() == 1000)
        assert edit_of(dialog).isReadOnly()
        hands.press(hands.find(dialog, QPushButton, "full_text_copy"))
        assert QGuiApplication.clipboard().text() == text
        dialog.close()
        assert bench.changes == {}


async def test_words_are_weighed_in_the_row(tmp_path: Path) -> None:
    async with shown_bench(tmp_path) as bench:
        bench.open()
        bench.click(PROMPT)
        bench.key(K.Key_End)
        bench.key(K.Key_Up, CTRL)
        bench.key(K.Key_Up, CTRL)
        bench.key(K.Key_Down, CTRL | SHIFT)
        bench.view.settle()
        assert bench.changes == {PROMPT: "repaint the bicycle in (blue:1.15)"}
        bench.key(K.Key_Escape)
        assert bench.changes == {PROMPT: "repaint the bicycle in (blue:1.15)"}


def prompt(text: str) -> PromptEdit:
    """A field with this text; the cursor stands at `|`, a pair of them is a selection."""
    edit = PromptEdit()
    hands.show(edit, 300, 200)
    plain = text.replace("|", "")
    edit.setPlainText(plain)
    start = text.index("|")
    end = text.replace("|", "", 1).find("|")
    cursor = edit.textCursor()
    cursor.setPosition(start)
    cursor.setPosition(start if end < 0 else end, QTextCursor.MoveMode.KeepAnchor)
    edit.setTextCursor(cursor)
    edit.setFocus()
    return edit


@pytest.mark.parametrize(
    ("before", "which", "held", "after"),
    [
        ("a\nb|c\nd", K.Key_D, CTRL, "a\nbc\nbc\nd"),
        ("a |red| b", K.Key_D, CTRL, "a redred b"),
        ("a\nb|c\nd", K.Key_K, CTRL | SHIFT, "a\nd"),
        ("a\nb|\nc|\nd", K.Key_K, CTRL | SHIFT, "a\nd"),
        ("a\nd|", K.Key_K, CTRL | SHIFT, "a"),
        ("a|", K.Key_K, CTRL | SHIFT, ""),
        ("a\nb|c\nd", K.Key_Up, ALT, "bc\na\nd"),
        ("a\nb|c\nd", K.Key_Down, ALT, "a\nd\nbc"),
        ("a\n|b\nc|\nd", K.Key_Up, ALT, "b\nc\na\nd"),
        ("a|\nb", K.Key_Up, ALT, "a\nb"),
        ("😀 b|ike", K.Key_Up, CTRL, "😀 (bike:1.1)"),
        ("a \u00a0b|ike", K.Key_Up, CTRL, "a \u00a0(bike:1.1)"),
    ],
)
def test_lines_and_words_by_keys(
    qapp: object, before: str, which: Qt.Key, held: Qt.KeyboardModifier, after: str
) -> None:
    edit = prompt(before)
    hands.key(edit, which, held)
    assert edit.text() == after
    if before.replace("|", "") != after:
        edit.undo()
        assert edit.text() == before.replace("|", ""), "one step of the field's own undo"


def test_moved_lines_move_on(qapp: object) -> None:
    edit = prompt("a\nb\nc|")
    hands.key(edit, K.Key_Up, ALT)
    hands.key(edit, K.Key_Up, ALT)
    assert edit.text() == "c\na\nb"
    hands.key(edit, K.Key_Down, ALT)
    assert edit.text() == "a\nc\nb"
