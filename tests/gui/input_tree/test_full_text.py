"""Full-text windows, and the keyboard shortcuts for prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QLabel, QPushButton

from runcomfy_desktop.ui.input_tree.editors.prompt import PromptEdit
from runcomfy_desktop.ui.input_tree.full_text_dialog import FullTextDialog
from tests.gui.support import user_input
from tests.gui.support.inputs_harness import (
    EXTRA,
    PREFIX,
    PROMPT,
    STEPS,
    InputsHarness,
    open_inputs_harness,
)
from tests.support.async_wait import wait_until
from tests.support.draft_runs import run_once

if TYPE_CHECKING:
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json

K = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def full(harness: InputsHarness) -> FullTextDialog:
    found = [each for each in harness.panel.findChildren(FullTextDialog) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def edit_of(dialog: FullTextDialog) -> PromptEdit:
    return user_input.find(dialog, PromptEdit, "full_text_edit")


async def test_a_prompt_opens_in_a_window_and_what_is_typed_is_one_step(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(PROMPT)
        harness.key(K.Key_F11)
        dialog = full(harness)
        assert dialog.windowTitle() == "text – Positive prompt"
        edit = edit_of(dialog)
        assert edit.accessibleName() == "text"
        assert edit.text() == "repaint the bicycle in blue"
        edit.moveCursor(QTextCursor.MoveOperation.End)
        user_input.type_text(edit, " and")
        await wait_until(lambda: harness.changes == {PROMPT: "repaint the bicycle in blue and"})
        user_input.type_text(edit, " red")
        user_input.key(edit, K.Key_Escape)
        assert harness.changes == {PROMPT: "repaint the bicycle in blue and red"}
        assert harness.draft_editor.state.undo_text == "Change text"
        harness.draft_editor.undo()
        assert harness.changes == {}


async def test_it_opens_from_the_field_with_what_was_just_typed(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(PREFIX)
        harness.retype("Red")
        harness.key(K.Key_E, CTRL | SHIFT)
        assert edit_of(full(harness)).text() == "Red"
        harness.view.commands.open_full_text(PREFIX)
        assert edit_of(full(harness)).text() == "Red", "one window for one input"


async def test_a_run_takes_what_stands_there(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.view.commands.open_full_text(PROMPT)
        edit = edit_of(full(harness))
        edit.selectAll()
        user_input.type_text(edit, "at once")
        run_once(harness.draft_editor)
        assert harness.changes == {PROMPT: "at once"}


async def test_undo_elsewhere_is_seen_and_another_workflow_closes_it(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.draft_editor.edit({PROMPT: "one"}, "Change text")
        harness.view.commands.open_full_text(PROMPT)
        dialog = full(harness)
        assert edit_of(dialog).text() == "one"
        harness.draft_editor.undo()
        assert edit_of(dialog).text() == "repaint the bicycle in blue"
        harness.open(
            {"1": {"class_type": "Other", "inputs": {"batch": 2}}}, deployment_id="other:1"
        )
        assert not [each for each in harness.panel.findChildren(FullTextDialog) if each.isVisible()]


async def test_letters_and_words_are_counted(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.view.commands.open_full_text(PROMPT)
        count = user_input.find(full(harness), QLabel, "full_text_count")
        assert count.text() == "27 letters, 5 words"


async def test_a_value_that_is_not_edited_can_be_looked_at_and_copied(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.focus_row(EXTRA)
        harness.key(K.Key_Return)
        dialog = full(harness)
        assert edit_of(dialog).isReadOnly()
        assert edit_of(dialog).text().startswith('{\n  "on": true')
        user_input.press(user_input.find(dialog, QPushButton, "full_text_copy"))
        assert QGuiApplication.clipboard().text().startswith('{\n  "on": true')
        harness.focus_row(STEPS)
        harness.key(K.Key_F11)
        assert len(harness.panel.findChildren(FullTextDialog)) == 1, "a number has no such window"


async def test_a_text_of_5_mb_is_edited_there(tmp_path: Path) -> None:
    text = ("word " * 19 + "word\n") * 50_000
    workflow: dict[str, Json] = {"6": {"class_type": "CLIPTextEncode", "inputs": {"text": text}}}
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(workflow)
        assert not harness.model.spec_of(PROMPT).kind.is_editable
        harness.click(PROMPT)
        edit = edit_of(full(harness))
        await wait_until(lambda: not edit.isReadOnly())
        edit.moveCursor(QTextCursor.MoveOperation.End)
        user_input.type_text(edit, "end")
        full(harness).close()
        assert harness.changes == {PROMPT: text + "end"}
        harness.draft_editor.undo()
        assert harness.changes == {}


async def test_a_line_of_a_million_letters_is_shown_in_pieces_and_kept(tmp_path: Path) -> None:
    text = "x" * 1_000_000
    workflow: dict[str, Json] = {"6": {"class_type": "CLIPTextEncode", "inputs": {"text": text}}}
    async with open_inputs_harness(tmp_path) as harness:
        harness.open(workflow)
        harness.click(PROMPT)
        dialog = full(harness)
        await wait_until(lambda: edit_of(dialog).document().blockCount() == 1000)
        assert edit_of(dialog).isReadOnly()
        user_input.press(user_input.find(dialog, QPushButton, "full_text_copy"))
        assert QGuiApplication.clipboard().text() == text
        dialog.close()
        assert harness.changes == {}


async def test_words_are_weighed_in_the_row(tmp_path: Path) -> None:
    async with open_inputs_harness(tmp_path) as harness:
        harness.open()
        harness.click(PROMPT)
        harness.key(K.Key_End)
        harness.key(K.Key_Up, CTRL)
        harness.key(K.Key_Up, CTRL)
        harness.key(K.Key_Down, CTRL | SHIFT)
        harness.view.commit_pending_edits()
        assert harness.changes == {PROMPT: "repaint the bicycle in (blue:1.15)"}
        harness.key(K.Key_Escape)
        assert harness.changes == {PROMPT: "repaint the bicycle in (blue:1.15)"}


def prompt(text: str) -> PromptEdit:
    """Creates a field with this text; `|` marks the cursor, a pair of `|` a selection."""
    edit = PromptEdit()
    user_input.show(edit, 300, 200)
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
    user_input.key(edit, which, held)
    assert edit.text() == after
    if before.replace("|", "") != after:
        edit.undo()
        assert edit.text() == before.replace("|", ""), "one step of the field's own undo"


def test_moved_lines_move_on(qapp: object) -> None:
    edit = prompt("a\nb\nc|")
    user_input.key(edit, K.Key_Up, ALT)
    user_input.key(edit, K.Key_Up, ALT)
    assert edit.text() == "c\na\nb"
    user_input.key(edit, K.Key_Down, ALT)
    assert edit.text() == "a\nc\nb"
